//===- TileGrouper.h - choose what is computed tile by tile -----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_TILEGROUPER_H
#define RHEOBASE_LIB_CODEGEN_TILEGROUPER_H

#include "lib/Codegen/Contraction.h"
#include "lib/Codegen/TileGroups.h"

#include "llvm/ADT/MapVector.h"

namespace rheobase::codegen {

/// Finds groups of linalg ops on tensors that can be computed tile by tile: in each, every op has a parallel loop for
/// each dimension of the tile, and what one op of the group reads from another lies in the same tile.
///
/// Three kinds, in this order: a product whose rows go through other ops into a second product (attention), a product
/// with the elementwise ops behind it, and row-wise reductions with what is around them.
class TileGrouper {
public:
  /// Loops of an op, one for each dimension of the tile.
  using Loops = llvm::SmallVector<int64_t>;

  struct Group {
    llvm::SmallVector<int64_t> steps;
    llvm::MapVector<mlir::Operation *, Loops> members;
    /// The column dimension of the tile, where it has one: steps along it are whole column groups of packed operands.
    std::optional<unsigned> columns;
  };

  explicit TileGrouper(mlir::func::FuncOp main);
  void run();

  llvm::ArrayRef<std::unique_ptr<Group>> result() const { return groups; }
  const llvm::DenseSet<mlir::Operation *> &countingOps() const { return counting; }

private:
  bool isCandidate(mlir::Operation &op);
  void fuseAttention();
  void fuseEpilogues();
  void fuseRows();

  void grow(Group &group, bool backward, llvm::function_ref<bool(mlir::linalg::GenericOp)> wanted);
  bool tryJoin(Group &group, mlir::linalg::GenericOp op);
  std::optional<Loops> loopsOf(const Group &group, mlir::linalg::GenericOp op);
  bool takesOperands(const Group &group, mlir::linalg::GenericOp op, const Loops &loops);
  bool takesContraction(const Group &group, mlir::linalg::GenericOp op, const Loops &loops);
  bool isAcyclic(const Group &group);
  void commit(std::unique_ptr<Group> group);

  mlir::linalg::GenericOp memberOf(const Group &group, mlir::Value root);
  const std::optional<Contraction> &contractionOf(mlir::linalg::GenericOp op);

  mlir::func::FuncOp main;
  llvm::DenseSet<mlir::Operation *> counting;
  llvm::SmallVector<mlir::linalg::GenericOp> candidates;
  llvm::DenseSet<mlir::Operation *> isFree;
  llvm::DenseMap<mlir::Operation *, std::optional<Contraction>> contractions;
  llvm::DenseMap<mlir::Operation *, Group *> groupOf;
  llvm::SmallVector<std::unique_ptr<Group>> groups;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_TILEGROUPER_H
