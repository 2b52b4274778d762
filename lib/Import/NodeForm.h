//===- NodeForm.h - a node on its way to the dialect's form -----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_NODEFORM_H
#define RHEOBASE_LIB_IMPORT_NODEFORM_H

#include "Schemas.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/Value.h"

#include <optional>

namespace rheobase {

/// A node whose inputs and attributes are read, in some form of its operator.
struct NodeForm {
  /// The node's name, or one made of operator and position.
  std::string name;
  std::string op;
  /// The model's opset.
  int64_t opset = 0;
  /// The form: the opset that introduced it.
  int64_t version = 0;
  mlir::Location loc;
  /// Null where an optional input is absent.
  llvm::SmallVector<mlir::Value> inputs;
  /// Empty where an output has no name, as nothing reads it.
  llvm::SmallVector<llvm::StringRef> outputs;
  mlir::NamedAttrList attributes;
  /// The values of the outputs, where a version handler makes the ops itself.
  llvm::SmallVector<mlir::Value> results;

  explicit NodeForm(mlir::Location loc) : loc(loc) {}

  /// Starts an error: "node 'x' (Add, opset 13): ".
  mlir::InFlightDiagnostic error() const;

  mlir::Value input(size_t index) const { return index < inputs.size() ? inputs[index] : mlir::Value(); }
  void setInput(size_t index, mlir::Value value);
  bool hasOutput(size_t index) const { return index < outputs.size() && !outputs[index].empty(); }

  std::optional<int64_t> getInt(llvm::StringRef attribute) const;
  std::optional<llvm::ArrayRef<int64_t>> getInts(llvm::StringRef attribute) const;
  std::optional<float> getFloat(llvm::StringRef attribute) const;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_NODEFORM_H
