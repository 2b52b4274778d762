//===- Contraction.h - recognise contractions -------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_CONTRACTION_H
#define RHEOBASE_LIB_CODEGEN_CONTRACTION_H

#include "dialects/rt/Rt.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace rheobase::codegen {

/// A linalg.generic that multiplies and adds, with one m, one n and one k dimension; all other dimensions are batches.
struct Contraction {
  /// Numbers of the input operands. The right one holds n, the innermost dimension of the result among the free ones.
  unsigned lhs = 0, rhs = 1;
  /// Loop numbers.
  llvm::SmallVector<unsigned> batch;
  unsigned m = 0, n = 0, k = 0;
  /// Integers are widened by zero instead of by sign.
  bool lhsUnsigned = false, rhsUnsigned = false;
  /// The operands' indexing maps over (batch..., m, n, k).
  mlir::AffineMap lhsMap, rhsMap, outMap;

  unsigned numBatch() const { return batch.size(); }
};

/// Matches a contraction that codegen has a kernel for.
std::optional<Contraction> matchContraction(mlir::linalg::GenericOp op);

/// The layout for the right operand.
rt::PackAttr choosePacking(mlir::linalg::GenericOp op, const Contraction &contraction);

/// The width of a column group of bytes in quads, where there are so many columns.
int64_t byteLanes(std::optional<int64_t> columns);

/// Whether a target may want the sums of the right operand's columns.
bool needsSums(rt::PackAttr pack, const Contraction &contraction);

/// Whether a sum starts from zero: then its initial value need not be read.
bool startsFromZero(mlir::Value init);

/// The element type of the packed right operand.
mlir::Type packedElementType(rt::PackAttr pack, mlir::Type element);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_CONTRACTION_H
