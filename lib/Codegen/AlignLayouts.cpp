//===- AlignLayouts.cpp - the rt-align-layouts pass -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Contraction.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTALIGNLAYOUTS
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// What a use gains by another layout.
enum class Gain { None, Some, Refused };

} // namespace

static AffineExpr innermost(AffineMap map) {
  return map.getResults().back();
}

/// The operand whose order of elements the result of `op` could have too: its own innermost dimension is another one.
static OpOperand *operandToFollow(linalg::GenericOp op) {
  if (op->getNumResults() != 1 || op.getNumReductionLoops() > 0 || op.hasIndexSemantics() ||
      !op.getDpsInits().front().getDefiningOp<tensor::EmptyOp>() || op.getNumLoops() == 0)
    return nullptr;
  AffineMap written = op.getIndexingMapsArray().back();
  if (!written.isPermutation())
    return nullptr;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap read = op.getMatchingIndexingMap(input);
    if (read.isPermutation())
      return innermost(read) != innermost(written) ? input : nullptr;
  }
  return nullptr;
}

/// Whether the sum of these elements depends on the order they are added in.
static bool addsInOrder(linalg::GenericOp op) {
  return op.getNumReductionLoops() > 0 &&
         llvm::any_of(op->getResultTypes(), [](Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); });
}

/// What a use of the tensor gains where dimension `last` of it becomes the innermost one: a reduction then runs along
/// contiguous elements, a packed operand takes stretches of k.
static Gain gainOf(OpOperand &use, unsigned last) {
  auto user = dyn_cast<linalg::GenericOp>(use.getOwner());
  if (!user || !user.isDpsInput(&use))
    return Gain::Refused;
  auto loop = dyn_cast<AffineDimExpr>(user.getMatchingIndexingMap(&use).getResult(last));
  if (auto contraction = matchContraction(user)) {
    if (use.getOperandNumber() != contraction->rhs)
      return Gain::Refused;
    return loop && loop.getPosition() == contraction->k ? Gain::Some : Gain::None;
  }
  if (addsInOrder(user))
    return Gain::Refused;
  bool reduces = loop && user.getIteratorTypesArray()[loop.getPosition()] == utils::IteratorType::reduction;
  return reduces ? Gain::Some : Gain::None;
}

/// Lays the result of `op` out as `followed`, and lets every user read it so.
static void align(linalg::GenericOp op, OpOperand *followed) {
  AffineMap written = op.getIndexingMapsArray().back(), read = op.getMatchingIndexingMap(followed);
  SmallVector<int64_t> order;
  for (AffineExpr expr : read.getResults())
    order.push_back(*written.getResultPosition(expr));
  Gain best = Gain::None;
  for (OpOperand &use : op->getUses()) {
    Gain gain = gainOf(use, order.back());
    if (gain == Gain::Refused)
      return;
    best = std::max(best, gain);
  }
  if (best == Gain::None)
    return;

  IRRewriter rewriter(op);
  auto empty = op.getDpsInits().front().getDefiningOp<tensor::EmptyOp>();
  SmallVector<OpFoldResult> sizes = applyPermutation(empty.getMixedSizes(), order);
  Value init = tensor::EmptyOp::create(rewriter, op.getLoc(), sizes, empty.getType().getElementType());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps.back() = read;
  auto aligned = linalg::GenericOp::create(rewriter, op.getLoc(), init.getType(), op.getInputs(), init, maps,
                                           op.getIteratorTypesArray());
  rewriter.inlineRegionBefore(op.getRegion(), aligned.getRegion(), aligned.getRegion().begin());
  for (OpOperand &use : llvm::make_early_inc_range(op->getUses())) {
    auto user = cast<linalg::GenericOp>(use.getOwner());
    SmallVector<AffineMap> read = user.getIndexingMapsArray();
    AffineMap &map = read[use.getOperandNumber()];
    map = AffineMap::get(map.getNumDims(), 0, applyPermutation(map.getResults(), order), op.getContext());
    rewriter.modifyOpInPlace(user, [&] {
      user.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(read));
      use.set(aligned->getResult(0));
    });
  }
  rewriter.eraseOp(op);
}

namespace {

struct AlignLayouts : codegen::impl::RtAlignLayoutsBase<AlignLayouts> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (OpOperand *followed = operandToFollow(op))
        align(op, followed);
  }
};

} // namespace
