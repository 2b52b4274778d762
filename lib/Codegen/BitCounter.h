//===- BitCounter.h - weights of one bit by planes of bits ------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_BITCOUNTER_H
#define RHEOBASE_LIB_CODEGEN_BITCOUNTER_H

#include "lib/Codegen/DotProducts.h"
#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/Target.h"

#include "dialects/rt/Rt.h"

namespace rheobase::codegen {

/// Sums of codes times stored bits without unpacking either: plane p of a row's 32 inputs is a word that is met with
/// the word of each column, and what is left of it counted, times 2^p. Targets that do not count the bits of words
/// count those of bytes, and add them up as a dot product does.
class BitCounter {
public:
  BitCounter(Emitter &e, rt::PackedMatmulOp op, const Target &target);

  static bool isFor(rt::PackedMatmulOp op);
  /// Rows of a tile; the more the fewer loads, until registers run out.
  static constexpr int64_t kRows = 4;

  /// `sums` of 16 columns with what `row` has of a block of 32 inputs, whose stored `bytes` (64) are those of the
  /// columns.
  mlir::Value add(mlir::Value sums, mlir::Value bytes, mlir::Value row, mlir::Value block);

private:
  mlir::Value addPlane(mlir::Value sums, mlir::Value met, int64_t plane);

  Emitter &e;
  mlir::Value lhs;
  int64_t planes;
  bool countsWords;
  DotProducts bytesAdded;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_BITCOUNTER_H
