//===- SparseReader.h - some weights of 4, at their places ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_SPARSEREADER_H
#define RHEOBASE_LIB_CODEGEN_SPARSEREADER_H

#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/Target.h"

#include "dialects/rt/Rt.h"

namespace rheobase::codegen {

/// Puts stored codes (packSparse) where they belong among the 4 rows of a step: what says which were kept looks up, in
/// a table in a register, which byte goes where, and a shuffle of bytes puts it there. Targets of narrow registers
/// shift.
class SparseReader {
public:
  SparseReader(Emitter &e, rt::PackedMatmulOp op, const Target &target)
      : e(e), target(target), kept(static_cast<int64_t>(op.getKept())), bits(op.getBits()) {}

  /// Steps of 4 rows in a block, and of those how many a step of stored codes has.
  int64_t steps() const { return rt::sparseUnit(kept) / rt::kQuad; }
  int64_t stepsOfStored() const { return rt::kQuad / kept; }
  /// The codes of 16 columns and 4 rows as dense ones are unpacked: `stored` are the bytes of the step that has them,
  /// `places` the block's words.
  mlir::Value expanded(mlir::Value stored, mlir::Value places, int64_t step);

private:
  mlir::Value shuffled(mlir::Value stored, mlir::Value places, int64_t step);
  mlir::Value shifted(mlir::Value stored, mlir::Value places, int64_t step);
  mlir::Value shuffle(mlir::Value bytes, mlir::Value control);
  mlir::Value constant(llvm::ArrayRef<uint32_t> words);

  Emitter &e;
  const Target &target;
  int64_t kept;
  unsigned bits;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_SPARSEREADER_H
