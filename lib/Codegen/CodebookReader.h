//===- CodebookReader.h - weights by their indices -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_CODEBOOKREADER_H
#define RHEOBASE_LIB_CODEGEN_CODEBOOKREADER_H

#include "lib/Codegen/DotProducts.h"

namespace rheobase::codegen {

/// Turns words of indices (PackedBits.h) into the bytes that a step of a dot product multiplies. A codebook of 16
/// entries stays in registers, where a permutation looks up in it; a larger one, and targets that have none, read
/// memory.
class CodebookReader {
public:
  CodebookReader(Emitter &e, rt::PackedMatmulOp op, const Target &target, DotProducts &dot);

  /// Inputs and steps whose indices are in one word.
  int64_t inputs() const { return rt::indicesInWord(bits) * length; }
  int64_t steps() const { return inputs() / rt::kQuad; }
  /// The words of 16 columns, [16 x i32].
  mlir::Value words(mlir::Value group, mlir::Value block, mlir::Value column);
  /// The right operands of a step, for 16 columns.
  llvm::SmallVector<mlir::Value> right(mlir::Value group, mlir::Value block, mlir::Value column, int64_t step);

private:
  bool isInRegisters() const;
  mlir::Value table(int64_t quad);
  mlir::Value gathered(int64_t quad, mlir::Value group, mlir::Value block, mlir::Value place, int64_t bit);

  Emitter &e;
  mlir::Value weights, book;
  const Target &target;
  DotProducts &dot;
  int64_t bits, length;
};

/// Of 16 words those that the low four bits of 16 indices say; for targets with registers of 8 lanes or more.
mlir::Value lookedUp(Emitter &e, const Target &target, mlir::Value table, mlir::Value indices);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_CODEBOOKREADER_H
