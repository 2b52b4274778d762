//===- RowTables.h - one row times all vectors of a codebook -------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_ROWTABLES_H
#define RHEOBASE_LIB_CODEGEN_ROWTABLES_H

#include "dialects/rt/Rt.h"
#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/Target.h"

namespace rheobase::codegen {

/// For a codebook of 16 entries and one row: what each vector of the row's inputs gives with each entry is computed
/// once, for all columns of a work item, as 16 bits. A column then adds one number for a whole vector: a word of 8
/// indices is four permutations of 32 such numbers, the tables of vectors p and p + 4 beside each other, and the two
/// numbers in 32 bits are added by a product with ones.
class RowTables {
public:
  /// Whether there is code for the target, and the numbers have room on the stack.
  static bool areFor(rt::PackedMatmulOp op, const Target &target);
  /// The tables are part of the kernel that `op` is in.
  RowTables(Emitter &e, rt::PackedMatmulOp op);

  /// Fills the tables for a row.
  void build(mlir::Value row);
  /// The exact sums of 16 columns, [16 x i32], with what a block adds, whose words of indices they are.
  mlir::Value add(mlir::Value sums, mlir::Value words, mlir::Value block);

private:
  mlir::Value entries(int64_t quad);
  mlir::Value products(mlir::Value sums, mlir::Value left, int64_t quad);

  Emitter &e;
  rt::PackedMatmulOp op;
  int64_t quads;
  mlir::Value tables;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_ROWTABLES_H
