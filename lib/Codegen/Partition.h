//===- Partition.h - how a kernel's loops become work items and lanes ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_PARTITION_H
#define RHEOBASE_LIB_CODEGEN_PARTITION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace rheobase::codegen {

/// Lanes of a vector on every target; wider or narrower registers do not change the order of any sum.
inline constexpr int64_t kLanes = 16;

/// The roles of the loops of a linalg.generic on memrefs.
struct Partition {
  /// Parallel loops whose product, times the chunks, is the grid.
  llvm::SmallVector<unsigned> items;
  /// Parallel loops inside a work item, outermost first.
  llvm::SmallVector<unsigned> inner;
  /// Reduction loops except the vector loop, outermost first.
  llvm::SmallVector<unsigned> reductions;
  /// The loop that runs over lanes, and how many.
  std::optional<unsigned> vector;
  int64_t lanes = 1;
  bool vectorIsReduction = false;
  /// Where not 0: the (parallel) vector loop is cut into work items of this many elements.
  int64_t chunk = 0;
};

/// The factor of `loop` in a linear expression; nullopt where the expression is not linear in it.
std::optional<int64_t> factorOf(mlir::AffineExpr expr, unsigned loop);

/// How an operand moves when a loop advances by one.
enum class Access { Uniform, Contiguous, Strided };
Access accessAlong(mlir::AffineMap map, mlir::Type type, unsigned loop);

/// The op that combines an accumulator with a new value, where the body of `op` reduces result `number` with one op
/// that has a neutral element; else null.
mlir::Operation *matchCombiner(mlir::linalg::GenericOp op, unsigned number);

Partition choosePartition(mlir::linalg::GenericOp op);

/// Rows of a matmul's result in one work item.
inline constexpr int64_t kMatmulRows = 96;
/// Bytes of a line of the cache.
inline constexpr int64_t kCacheLine = 64;

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_PARTITION_H
