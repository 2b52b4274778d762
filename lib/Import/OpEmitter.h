//===- OpEmitter.h - makes onnx ops and their types -------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_OPEMITTER_H
#define RHEOBASE_LIB_IMPORT_OPEMITTER_H

#include "NodeForm.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/IR/Builders.h"

namespace rheobase {

/// Makes ops of the `onnx` dialect. Element types follow from the operator's schema, shapes from the op's shape
/// function, which is asked as soon as the op exists: every value that is handed out has its type.
class OpEmitter {
public:
  OpEmitter(mlir::OpBuilder builder, SymbolicShapes &shapes) : builder(builder), shapes(shapes) {}

  /// Makes the op of a form that is the dialect's. Reports what is wrong with element types or shapes.
  llvm::FailureOr<llvm::SmallVector<mlir::Value>> create(const NodeForm &form);
  /// Reports inputs whose element types the operator does not take.
  static llvm::LogicalResult checkInputTypes(const NodeForm &form);

  llvm::FailureOr<mlir::Value> constant(mlir::Location loc, mlir::ElementsAttr value);
  /// A one-dimensional tensor of int64.
  llvm::FailureOr<mlir::Value> integers(mlir::Location loc, llvm::ArrayRef<int64_t> values);
  /// A rank-0 tensor of a float type.
  llvm::FailureOr<mlir::Value> scalar(mlir::Location loc, mlir::Type elementType, double value);

  /// Sizes from the elements of a small int64 tensor: those that `known` says, and new symbols of the function where it
  /// is null. The result has known elements.
  llvm::FailureOr<mlir::Value> measure(const NodeForm &form, mlir::Value source, llvm::ArrayRef<SymExpr> known);

  mlir::OpBuilder &getBuilder() { return builder; }
  const SymbolicShapes &getShapes() const { return shapes; }

private:
  llvm::FailureOr<bool> foldSmall(mlir::Operation *op, llvm::SmallVectorImpl<mlir::Value> &values);
  llvm::LogicalResult inferTypes(mlir::Operation *op);
  SymExpr newSymbol(const NodeForm &form);

  mlir::OpBuilder builder;
  SymbolicShapes &shapes;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_OPEMITTER_H
