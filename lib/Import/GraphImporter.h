//===- GraphImporter.h - a model's graph as a function ----------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_GRAPHIMPORTER_H
#define RHEOBASE_LIB_IMPORT_GRAPHIMPORTER_H

#include "Attributes.h"
#include "Inputs.h"
#include "OpEmitter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

#include <optional>

namespace rheobase {

/// Told about each node, in order; errors reported between the two calls are the node's.
class NodeObserver {
public:
  virtual ~NodeObserver() = default;
  virtual void beginNode() = 0;
  virtual void endNode(const NodeForm &form, llvm::StringRef domain, bool ok) = 0;
};

/// Imports the graph of one model. The observer may be null.
class GraphImporter {
public:
  GraphImporter(const Model &model, const ImportOptions &options, TensorReader &tensors, NodeObserver *observer)
      : graph(model.proto.graph()), opset(model.opset), options(options), tensors(tensors), observer(observer) {}

  /// Fills `module` with `func.func @main`. Goes on after an error, to report all of them.
  llvm::LogicalResult run(mlir::ModuleOp module);

private:
  llvm::LogicalResult addFunction(mlir::ModuleOp module);
  llvm::LogicalResult addInitializers();
  llvm::LogicalResult addInitializer(const ::onnx::TensorProto &tensor);
  llvm::LogicalResult addNodes();
  llvm::LogicalResult addOutputs();

  llvm::LogicalResult addNode(const ::onnx::NodeProto &node, NodeForm &form);
  llvm::LogicalResult addConstant(const ::onnx::NodeProto &node, const NodeForm &form);
  const OperatorSchema *findForm(const ::onnx::NodeProto &node, const NodeForm &form);
  llvm::LogicalResult resolveInputs(const ::onnx::NodeProto &node, NodeForm &form, bool &blocked);
  llvm::LogicalResult undefinedInput(const NodeForm &form, llvm::StringRef input);

  /// Gives a name its value; null after an error, so that what depends on it is not reported again.
  llvm::LogicalResult define(llvm::StringRef name, mlir::Value value,
                             llvm::function_ref<mlir::InFlightDiagnostic()> error);
  mlir::Location locationOf(llvm::StringRef name);

  const ::onnx::GraphProto &graph;
  int64_t opset;
  const ImportOptions &options;
  TensorReader &tensors;
  NodeObserver *observer;
  mlir::func::FuncOp function;
  std::optional<SymbolicShapes> shapes;
  std::optional<OpEmitter> emitter;
  llvm::StringMap<mlir::Value> values;
  /// The node of every output; filled when an error needs it.
  llvm::StringMap<size_t> producers;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_GRAPHIMPORTER_H
