//===- ColumnChain.h - what makes the columns of a product's result -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_COLUMNCHAIN_H
#define RHEOBASE_LIB_CODEGEN_COLUMNCHAIN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

#include "llvm/ADT/MapVector.h"

namespace rheobase::codegen {

/// A product by a constant and the elementwise ops behind it, up to one value: ops whose loop over the product's
/// columns may be replaced by others. All sizes are known.
class ColumnChain {
public:
  /// The loop over the columns of each op, producers first.
  using Loops = llvm::MapVector<mlir::linalg::GenericOp, unsigned>;

  /// Finds what makes the dimension `position` of `value`, back to a product; false where an op does not fit.
  bool collect(mlir::Value value, unsigned position);
  const Loops &ops() const { return loops; }

private:
  bool collectOperands(mlir::linalg::GenericOp op, unsigned loop);

  Loops loops;
};

/// An empty tensor of `type`, filled as `init` is, which a chain's op starts from.
mlir::Value initLike(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value init, mlir::RankedTensorType type);

/// The elements of `value` as `type`, all of known size, from as far up as views go.
mlir::Value viewAs(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, mlir::RankedTensorType type);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_COLUMNCHAIN_H
