//===- SizeBuilder.h - symbolic sizes as index values ------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_ONNXTOLINALG_SIZEBUILDER_H
#define RHEOBASE_CONVERSION_ONNXTOLINALG_SIZEBUILDER_H

#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"

namespace rheobase {

/// Makes index values of size expressions, each once, at the start of the function: `rt.symbol` and `affine.apply`.
class SizeBuilder {
public:
  SizeBuilder(mlir::func::FuncOp func, const SymbolicShapes &shapes) : func(func), shapes(shapes) {}

  /// The value of `e` as an index value.
  mlir::Value value(SymExpr e);

  /// The value of `e` as an integer of type `type`.
  mlir::Value value(SymExpr e, mlir::IntegerType type);

  /// The values of the sizes that are not constants: the operands of `tensor.empty` and its like.
  llvm::SmallVector<mlir::Value> dynamic(llvm::ArrayRef<SymExpr> dims);

  /// Index attributes where constant, values elsewhere.
  llvm::SmallVector<mlir::OpFoldResult> mixed(llvm::ArrayRef<SymExpr> dims);

  /// A rank-1 index tensor with the values of `dims`: the shape operand of `tensor.reshape`.
  mlir::Value tensor(llvm::ArrayRef<SymExpr> dims);

  /// A tensor of `type` with the values of `elements`, row-major.
  mlir::Value tensor(llvm::ArrayRef<SymExpr> elements, mlir::RankedTensorType type);

private:
  mlir::Value build(SymExpr e);
  mlir::ImplicitLocOpBuilder atStart();
  mlir::Value emitted(mlir::Value value);

  mlir::func::FuncOp func;
  const SymbolicShapes &shapes;
  /// The last op made; the next one is put behind it, so that all sizes stand before all other code.
  mlir::Operation *last = nullptr;
  llvm::DenseMap<SymExpr, mlir::Value> values;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Type>, mlir::Value> casts;
};

} // namespace rheobase

#endif // RHEOBASE_CONVERSION_ONNXTOLINALG_SIZEBUILDER_H
