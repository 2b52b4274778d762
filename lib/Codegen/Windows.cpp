//===- Windows.cpp - windows that a matmul reads in place -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Windows.h"

#include "lib/Codegen/Partition.h"
#include "lib/Codegen/ProgramFormer.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// A loop over elements of the source that are `stride` apart.
struct Piece {
  int64_t size, stride;
};

} // namespace

/// The loops of an op that copies elements from constant strides, outermost first; empty where it does something else.
static SmallVector<Piece> matchCopy(linalg::GenericOp op) {
  bool copies = op.getNumDpsInputs() == 1 && op.getNumDpsInits() == 1 && op.getNumReductionLoops() == 0 &&
                llvm::hasSingleElement(*op.getBody()) &&
                op.getBody()->getTerminator()->getOperand(0) == op.getBody()->getArgument(0) &&
                op.getIndexingMapsArray().back().isIdentity();
  auto type = copies ? dyn_cast<RankedTensorType>(op->getOperand(0).getType()) : RankedTensorType();
  if (!type || type.getRank() == 0 || llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic))
    return {};
  SmallVector<Piece> pieces;
  for (int64_t size : op.getStaticLoopRanges())
    pieces.push_back({size, 0});
  int64_t stride = 1;
  for (int64_t i = type.getRank(); i-- > 0;) {
    AffineExpr expr = op.getIndexingMapsArray().front().getResult(i);
    for (auto [loop, piece] : llvm::enumerate(pieces)) {
      std::optional<int64_t> factor = factorOf(expr, loop);
      if (!factor)
        return {};
      piece.stride += *factor * stride;
    }
    // The first size, which may be open, is nobody's stride.
    stride = i > 0 ? stride * type.getDimSize(i) : stride;
  }
  return pieces;
}

/// Takes the innermost of `pieces` that make up a dimension of this size; nullopt where none do.
static std::optional<SmallVector<Piece>> takeDimension(SmallVectorImpl<Piece> &pieces, int64_t size, bool isFirst) {
  SmallVector<Piece> taken;
  int64_t product = 1;
  while (!pieces.empty() && (isFirst || product < size)) {
    Piece piece = pieces.pop_back_val();
    if (ShapedType::isDynamic(piece.size) && (!isFirst || !pieces.empty()))
      return std::nullopt;
    product = ShapedType::isDynamic(piece.size) ? piece.size : product * piece.size;
    if (piece.size == 1)
      continue;
    // Loops whose elements follow one another are one.
    if (!taken.empty() && piece.stride == taken.back().size * taken.back().stride)
      taken.back().size = ShapedType::isDynamic(piece.size) ? piece.size : taken.back().size * piece.size;
    else
      taken.push_back(piece);
  }
  if (product != size)
    return std::nullopt;
  return SmallVector<Piece>(llvm::reverse(taken));
}

std::optional<StridedPlaces> codegen::matchStridedCopy(linalg::GenericOp op) {
  SmallVector<Piece> pieces = matchCopy(op);
  if (pieces.empty() || op.getIndexingMapsArray().front().isProjectedPermutation())
    return std::nullopt;
  size_t loops = pieces.size();
  int64_t size = 1;
  for (const Piece &piece : pieces)
    size = ShapedType::isDynamic(size) || ShapedType::isDynamic(piece.size) ? ShapedType::kDynamic : size * piece.size;
  auto merged = takeDimension(pieces, size, /*isFirst=*/true);
  if (!merged || merged->size() >= loops || merged->empty())
    return std::nullopt;
  StridedPlaces result;
  for (const Piece &piece : *merged) {
    result.shape.push_back(piece.size);
    result.strides.push_back(piece.stride);
  }
  return result;
}

/// The index of a piece: how often what is inside fits, within its size.
static void addPlaces(ArrayRef<Piece> pieces, AffineExpr dim, SmallVectorImpl<AffineExpr> &places) {
  int64_t inside = 1;
  SmallVector<AffineExpr> reversed;
  for (auto [i, piece] : llvm::enumerate(llvm::reverse(pieces))) {
    AffineExpr place = dim.floorDiv(inside);
    reversed.push_back(i + 1 < pieces.size() ? place % piece.size : place);
    inside *= ShapedType::isDynamic(piece.size) ? 1 : piece.size;
  }
  places.append(reversed.rbegin(), reversed.rend());
}

std::optional<Windows> codegen::matchWindows(linalg::GenericOp op, const Contraction &contraction, int64_t depth) {
  Value operand = op->getOperand(contraction.lhs);
  auto copy = viewRoot(operand).getDefiningOp<linalg::GenericOp>();
  SmallVector<Piece> pieces = copy ? matchCopy(copy) : SmallVector<Piece>();
  AffineExpr k = getAffineDimExpr(contraction.numBatch() + 2, op.getContext());
  if (pieces.empty() || contraction.lhsMap.getResults().back() != k)
    return std::nullopt;

  auto type = cast<RankedTensorType>(operand.getType());
  SmallVector<SmallVector<Piece>> parts(type.getRank());
  for (int64_t i = type.getRank(); i-- > 0;) {
    auto taken = takeDimension(pieces, type.getDimSize(i), i == 0);
    if (!taken)
      return std::nullopt;
    parts[i] = *std::move(taken);
  }
  // Batches are taken one by one.
  AffineExpr m = getAffineDimExpr(contraction.numBatch(), op.getContext());
  for (auto [dim, part] : llvm::zip_equal(contraction.lhsMap.getResults(), parts))
    if (dim != m && dim != k && part.size() > 1)
      return std::nullopt;
  ArrayRef<Piece> inner = parts.back();
  bool fits = !inner.empty() && inner.back().stride == 1 && !ShapedType::isDynamic(inner.front().size) &&
              (inner.size() == 1 || inner.back().size % depth == 0);
  if (!fits)
    return std::nullopt;

  Windows result;
  result.source = copy->getOperand(0);
  SmallVector<AffineExpr> places;
  for (auto [dim, part] : llvm::zip_equal(contraction.lhsMap.getResults(), parts)) {
    addPlaces(part, dim, places);
    for (const Piece &piece : part) {
      result.places.shape.push_back(piece.size);
      result.places.strides.push_back(piece.stride);
    }
  }
  for (const Piece &piece : ArrayRef(parts.front()).drop_front(parts.front().empty() ? 0 : 1))
    result.inFirst *= piece.size;
  result.map = AffineMap::get(contraction.lhsMap.getNumDims(), 0, places, op.getContext());
  return result;
}
