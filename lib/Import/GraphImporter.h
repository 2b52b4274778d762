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
#include "Model.h"
#include "OpEmitter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <optional>

namespace rheobase {

/// Told about each node, in order; errors reported between the two calls are the node's.
class NodeObserver {
public:
  virtual ~NodeObserver() = default;
  virtual void beginNode() = 0;
  virtual void endNode(const NodeForm &form, llvm::StringRef domain, bool ok) = 0;
};

/// The nodes that are imported together, and the names that they see: a graph, the body of a control flow node, which
/// sees the names around it too, or a function.
struct Scope {
  Scope(const google::protobuf::RepeatedPtrField<::onnx::NodeProto> &nodes, int64_t opset, const Scope *outer = nullptr)
      : nodes(nodes), opset(opset), outer(outer) {}

  const google::protobuf::RepeatedPtrField<::onnx::NodeProto> &nodes;
  int64_t opset;
  /// Null where no names around are seen.
  const Scope *outer;
  /// Before the names of nodes.
  std::string prefix;
  /// Nodes of a function may refer to the attributes of its call.
  bool isInFunction = false;
  /// The attributes of a function's call, by name.
  llvm::StringMap<const ::onnx::AttributeProto *> arguments;
  llvm::StringMap<mlir::Value> values;
  /// The node of every output; filled when an error needs it.
  llvm::StringMap<size_t> producers;
  unsigned depth = 0;
  /// Inputs of a function that its call leaves out: they have no value, and no error.
  llvm::StringSet<> absent;

  bool isAbsent(llvm::StringRef name) const { return absent.contains(name) || (outer && outer->isAbsent(name)); }
  /// The value of a name, null after an error; nullopt where it has none.
  std::optional<mlir::Value> find(llvm::StringRef name) const;
};

/// True for the operators whose attributes are graphs: If, Loop and Scan.
bool isNested(const ::onnx::NodeProto &node);

/// Imports the graph of one model. The observer may be null.
class GraphImporter {
public:
  GraphImporter(const Model &model, const ImportOptions &options, TensorReader &tensors, NodeObserver *observer)
      : model(model), graph(model.proto.graph()), options(options), tensors(tensors), observer(observer),
        main(graph.node(), model.opset) {}

  /// Fills `module` with `func.func @main`. Goes on after an error, to report all of them.
  llvm::LogicalResult run(mlir::ModuleOp module);

private:
  llvm::LogicalResult addFunction(mlir::ModuleOp module);
  llvm::LogicalResult addInitializers(const ::onnx::GraphProto &graph, Scope &scope);
  llvm::LogicalResult addInitializer(const ::onnx::TensorProto &tensor, Scope &scope);
  llvm::LogicalResult addNodes();
  llvm::LogicalResult addOutputs();

  llvm::LogicalResult addNode(const ::onnx::NodeProto &node, NodeForm &form, Scope &scope);
  llvm::LogicalResult addConstant(const ::onnx::NodeProto &node, const NodeForm &form, Scope &scope);
  const OperatorSchema *findForm(const ::onnx::NodeProto &node, const NodeForm &form);
  llvm::LogicalResult resolveInputs(const ::onnx::NodeProto &node, NodeForm &form, Scope &scope, bool &blocked);
  llvm::LogicalResult undefinedInput(const NodeForm &form, llvm::StringRef input, Scope &scope);
  NodeForm formOf(const ::onnx::NodeProto &node, size_t index, const Scope &scope);

  // Nested.cpp
  using Values = llvm::SmallVector<mlir::Value>;
  llvm::LogicalResult addNested(const ::onnx::NodeProto &node, NodeForm &form, Scope &scope);
  llvm::LogicalResult addNodesOf(Scope &scope);
  const ::onnx::FunctionProto *findFunction(const ::onnx::NodeProto &node) const;
  llvm::FailureOr<Values> call(const ::onnx::FunctionProto &function, const ::onnx::NodeProto &node,
                               const NodeForm &form, const Scope &scope);
  llvm::FailureOr<Values> importBody(const ::onnx::GraphProto &body, const NodeForm &form, const Scope &scope,
                                     llvm::ArrayRef<mlir::Value> inputs, llvm::StringRef name);
  llvm::FailureOr<Values> importIf(const ::onnx::NodeProto &node, const NodeForm &form, const Scope &scope);
  llvm::FailureOr<Values> importLoop(const ::onnx::NodeProto &node, const NodeForm &form, const Scope &scope);
  llvm::FailureOr<Values> importScan(const ::onnx::NodeProto &node, const NodeForm &form, const Scope &scope);
  std::optional<int64_t> knownNumber(mlir::Value value) const;

  /// Gives a name its value; null after an error, so that what depends on it is not reported again.
  llvm::LogicalResult define(Scope &scope, llvm::StringRef name, mlir::Value value,
                             llvm::function_ref<mlir::InFlightDiagnostic()> error);
  mlir::Location locationOf(llvm::StringRef name);

  const Model &model;
  const ::onnx::GraphProto &graph;
  const ImportOptions &options;
  TensorReader &tensors;
  NodeObserver *observer;
  mlir::func::FuncOp function;
  std::optional<SymbolicShapes> shapes;
  std::optional<OpEmitter> emitter;
  Scope main;
  /// Nodes of bodies and functions that were imported, each as often as it was.
  unsigned nestedNodes = 0;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_GRAPHIMPORTER_H
