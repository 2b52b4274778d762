//===- MoveTransposes.cpp - the rt-move-transposes pass -------------------===//
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
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTMOVETRANSPOSES
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// The op that makes `value` by moving dimensions, and nothing else; else null.
linalg::GenericOp transposeBehind(Value value) {
  auto op = value.getDefiningOp<linalg::GenericOp>();
  bool moves = op && op.getNumDpsInputs() == 1 && op->getNumResults() == 1 && llvm::hasSingleElement(*op.getBody()) &&
               op.getBody()->getTerminator()->getOperand(0) == op.getBody()->getArgument(0);
  SmallVector<AffineMap> maps = moves ? op.getIndexingMapsArray() : SmallVector<AffineMap>();
  return moves && maps[0].isPermutation() && !maps[0].isIdentity() && maps[1].isIdentity() ? op : linalg::GenericOp();
}

/// A tensor like the fill or empty tensor `init`, of these sizes; null where `init` is something else.
Value initLike(Value init, ArrayRef<OpFoldResult> sizes, PatternRewriter &rewriter) {
  Type element = cast<RankedTensorType>(init.getType()).getElementType();
  auto fill = init.getDefiningOp<linalg::FillOp>();
  if (!fill && !init.getDefiningOp<tensor::EmptyOp>())
    return nullptr;
  Value empty = tensor::EmptyOp::create(rewriter, init.getLoc(), sizes, element);
  return fill ? linalg::FillOp::create(rewriter, init.getLoc(), fill.getInputs().front(), empty).getResult(0) : empty;
}

/// insert(T(x), fill) = T(insert(x, fill)): padding is put around what is moved afterwards.
struct PadFirst : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::InsertSliceOp op, PatternRewriter &rewriter) const override {
    linalg::GenericOp transpose = transposeBehind(op.getSource());
    auto fill = op.getDest().getDefiningOp<linalg::FillOp>();
    auto empty = fill ? fill.getOutputs().front().getDefiningOp<tensor::EmptyOp>() : tensor::EmptyOp();
    if (!transpose || !empty || op.getSourceType().getRank() != op.getDestType().getRank())
      return failure();
    AffineMap before = transpose.getIndexingMapsArray().front();
    auto moved = [&](ArrayRef<OpFoldResult> list) { return applyPermutationMap(before, list); };
    Value dest = initLike(op.getDest(), moved(empty.getMixedSizes()), rewriter);
    Value padded = tensor::InsertSliceOp::create(rewriter, op.getLoc(), transpose->getOperand(0), dest,
                                                 moved(op.getMixedOffsets()), moved(op.getMixedSizes()),
                                                 moved(op.getMixedStrides()));
    Value target =
        tensor::EmptyOp::create(rewriter, op.getLoc(), empty.getMixedSizes(), op.getDestType().getElementType());
    auto late = linalg::GenericOp::create(rewriter, op.getLoc(), op.getDestType(), padded, target,
                                          transpose.getIndexingMapsArray(), transpose.getIteratorTypesArray());
    rewriter.cloneRegionBefore(transpose.getRegion(), late.getRegion(), late.getRegion().begin());
    rewriter.replaceOp(op, late);
    return success();
  }
};

/// T(reduce(T'(x))): the reduction writes where the transpose would.
struct ReduceInto : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    linalg::GenericOp transpose = op->getNumResults() == 1 ? transposeBehind(op->getResult(0)) : linalg::GenericOp();
    auto reduction = transpose ? transpose->getOperand(0).getDefiningOp<linalg::GenericOp>() : linalg::GenericOp();
    bool reads = reduction && reduction->getNumResults() == 1 && reduction->hasOneUse() &&
                 reduction.getNumReductionLoops() > 0 && !matchContraction(reduction) &&
                 llvm::any_of(reduction.getInputs(), [](Value input) { return transposeBehind(input) != nullptr; });
    auto empty = op.getOutputs().front().getDefiningOp<tensor::EmptyOp>();
    if (!reads || !empty)
      return failure();
    Value init = initLike(reduction.getOutputs().front(), empty.getMixedSizes(), rewriter);
    if (!init)
      return failure();
    SmallVector<AffineMap> maps = reduction.getIndexingMapsArray();
    maps.back() = inversePermutation(transpose.getIndexingMapsArray().front()).compose(maps.back());
    auto moved = linalg::GenericOp::create(rewriter, op.getLoc(), op->getResultTypes(), reduction.getInputs(), init,
                                           maps, reduction.getIteratorTypesArray());
    rewriter.cloneRegionBefore(reduction.getRegion(), moved.getRegion(), moved.getRegion().begin());
    moved->setLoc(reduction.getLoc());
    rewriter.replaceOp(op, moved);
    return success();
  }
};

struct MoveTransposes : codegen::impl::RtMoveTransposesBase<MoveTransposes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<PadFirst, ReduceInto>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
