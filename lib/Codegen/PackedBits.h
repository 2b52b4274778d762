//===- PackedBits.h - where codes of few bits lie ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A column group of `lanes` columns times a block of 32 rows is 8 steps of 4 rows, each a vector of lanes * 4 bytes
// once it is unpacked (the quads of rt.pack). A code of b bits is cut into parts of 8, 4, 2 and 1 bits, the widest the
// lowest of its bits. A part of w bits of all steps takes w vectors: vector u holds steps 8 u / w and on, the first in
// the lowest w bits of every byte. So a step is unpacked by a shift and a mask of a whole vector, whatever the target's
// registers, and blocks are b * lanes * 4 bytes long.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_PACKEDBITS_H
#define RHEOBASE_LIB_CODEGEN_PACKEDBITS_H

#include "dialects/rt/Rt.h"

namespace rheobase::codegen {

/// Rows of a step, and steps of a block: as many as a byte has bits.
inline constexpr int64_t kStepRows = 4, kBlockSteps = 8;
static_assert(kStepRows * kBlockSteps == rt::kGroupUnit);

/// Some neighbouring bits of every code of a block.
struct BitPart {
  unsigned width, shift; ///< how many bits, and which of the code's is the lowest
  int64_t firstVector;   ///< where the block's vectors of this part begin

  int64_t stepsInVector() const { return kBlockSteps / width; }
  /// Of a step: the vector, and the part's lowest bit in its bytes.
  int64_t vectorOf(int64_t step) const { return firstVector + step / stepsInVector(); }
  unsigned bitOf(int64_t step) const { return static_cast<unsigned>(step % stepsInVector()) * width; }
};

llvm::SmallVector<BitPart, 3> bitParts(unsigned bits);

/// What is added to a code of so many bits where its group says nothing: the middle. Bytes are stored as they are.
inline int64_t middleOf(unsigned bits) {
  return bits == 8 ? 0 : int64_t(1) << (bits - 1);
}

/// Indices [v, n] of a codebook, unsigned bytes, of 4 or 8 bits: [column groups][words][lanes * 4 bytes] of i8, where
/// each column has 32 bits in a word, the first index in the lowest.
mlir::ElementsAttr packIndices(mlir::ElementsAttr indices, unsigned bits, int64_t lanes);

/// A codebook [entries, length] of i8 as i32 [length / 4, entries]: four numbers in a word, the first in the lowest
/// byte.
mlir::ElementsAttr codebookWords(mlir::ElementsAttr codebook);

/// A codebook of windows [entries, taps] of i8 as [taps, entries]: for each tap, what an index stands for.
mlir::ElementsAttr codebookTables(mlir::ElementsAttr codebook);

/// Whether every vector of a codebook times as many signed bytes is within 16 bits.
bool hasSmallVectors(mlir::ElementsAttr codebook);

/// Groups of columns in a work item of a product with `tables`, which share what is computed for a row.
inline constexpr int64_t kTableGroups = 4;

/// How wide stored codes are, and what is added to those of groups that do not say.
struct StoredCodes {
  unsigned bits;
  int64_t added;
};

/// The packed form of weights [k, n] of i8 with k a multiple of 32: [column groups][blocks][bytes] of i8. `zeros`
/// [groups, n] may be null.
mlir::ElementsAttr packBits(mlir::ElementsAttr weights, mlir::ElementsAttr zeros, StoredCodes stored, int64_t lanes);

/// Rows of numbers [rows, n] as [column groups][rows][lanes], filled up with zeros: what a group of columns reads lies
/// together.
mlir::ElementsAttr rowsOfColumnGroups(mlir::ElementsAttr rows, int64_t lanes);

/// Of 4 weights one after another `kept` are stored, in ascending order: a block of rt::sparseUnit rows is 4 steps of
/// 4 stored codes, parts as above, then a word for each column that says for each 4 rows which were kept, two bits
/// each, the first in the lowest. What storage adds is not in the codes' bits but is taken with XOR, so that 0 is 0.
mlir::ElementsAttr packSparse(mlir::ElementsAttr weights, unsigned bits, int64_t kept, int64_t lanes);
inline constexpr int64_t kSparseSteps = 4;
/// Vectors of a block's codes; one of words is behind them.
inline int64_t sparseVectors(unsigned bits) {
  return bits * kSparseSteps / 8;
}

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_PACKEDBITS_H
