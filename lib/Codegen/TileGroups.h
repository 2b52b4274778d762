//===- TileGroups.h - ops that are computed tile by tile, as one ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_TILEGROUPS_H
#define RHEOBASE_LIB_CODEGEN_TILEGROUPS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include "llvm/ADT/DenseSet.h"

namespace rheobase::codegen {

/// Attributes of a linalg.generic that belongs to a group: the group's number, which of its loops run over the tile's
/// dimensions (the last of them runs fastest), and how far a tile reaches in each.
inline constexpr llvm::StringLiteral kGroupAttr = "rt.group", kTileLoopsAttr = "rt.tile_loops",
                                     kTileStepsAttr = "rt.tile_steps";

/// The most columns of a product that one tile holds as a whole, so that what runs along them can be computed in it.
inline constexpr int64_t kTileColumns = 128;

/// What an op of a group says about it.
struct TileMembership {
  int64_t group;
  llvm::ArrayRef<int64_t> loops, steps;
};
std::optional<TileMembership> tileMembership(mlir::Operation *op);

/// The tensor that `value` is a view of: reshapes and casts do not move elements.
mlir::Value viewRoot(mlir::Value value);

/// Dimensions of a view that stand for dimensions of what it is a view of, and back: nullopt where a reshape mixes one
/// of them with others.
using Positions = llvm::SmallVector<unsigned>;
std::optional<Positions> positionsInView(mlir::Value view, mlir::Value root, Positions inRoot);
std::optional<Positions> positionsInRoot(mlir::Value view, mlir::Value root, Positions inView);

/// The positions in an operand or result with `map` of loops; nullopt where one of them is not a plain dimension of it.
std::optional<Positions> positionsOfLoops(mlir::AffineMap map, llvm::ArrayRef<int64_t> loops);

/// Ops that neither results nor checks need: they serve counters only.
llvm::DenseSet<mlir::Operation *> findCountingOps(mlir::func::FuncOp main);

/// Ops that sizes which are data need, with the checks that stand before them.
llvm::DenseSet<mlir::Operation *> findPrelude(mlir::func::FuncOp main);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_TILEGROUPS_H
