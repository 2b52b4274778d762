//===- SpkUnfoldTime.cpp - spk-unfold-time ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "Sites.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKUNFOLDTIME
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// matmul(codes(t), W): the planes of t times int8 weights; matmul(codes(a), codes(b)): all pairs of planes.
struct UnfoldMatmul : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op, PatternRewriter &rewriter) const override {
    auto left = op.getLhs().getDefiningOp<CodesOp>(), right = op.getRhs().getDefiningOp<CodesOp>();
    if (!left || (!right && (op.getRhsUnsigned() || !op.getRhs().getType().getElementType().isInteger(8))))
      return rewriter.notifyMatchFailure(op,
                                         "the left side is no train, or the right neither a train nor int8 weights");
    Type acc = op.getAcc().getType();
    if (right)
      rewriter.replaceOpWithNewOp<ProductOp>(op, acc, left.getTrain(), right.getTrain());
    else
      rewriter.replaceOpWithNewOp<SynapseOp>(op, acc, left.getTrain(), op.getRhs());
    return success();
  }
};

/// The same of weights in groups.
struct UnfoldGroups : OpRewritePattern<ScaledMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScaledMatmulOp op, PatternRewriter &rewriter) const override {
    auto codes = op.getLhs().getDefiningOp<CodesOp>();
    if (!codes)
      return rewriter.notifyMatchFailure(op, "the left side is no train");
    rewriter.replaceOpWithNewOp<ScaledSynapseOp>(op, op.getSum().getType(), codes.getTrain(), op.getWeights(),
                                                 op.getScale(), op.getZero(), op.getStep(), op.getFormat());
    return success();
  }
};

/// matmul(decode(t, lsb), W) with W of f32: in value form it stays a product of numbers.
struct UnfoldNumbers : OpRewritePattern<onnx::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(onnx::MatMulOp op, PatternRewriter &rewriter) const override {
    CodedOperand lhs = codedOperand(op, 0);
    if (!lhs.train || !isConstant(op.getB()) || (lhs.zero && !hasKnownSums(op.getB())))
      return failure();
    Value acc = SynapseOp::create(rewriter, op.getLoc(), op.getY().getType(), lhs.train, op.getB());
    acc = withoutOffset(rewriter, op.getLoc(), acc, lhs.zero, op.getB());
    replaceByScaled(rewriter, op, acc, lhs.step, Value());
    return success();
  }
};

struct SpkUnfoldTime : rheobase::spk::impl::SpkUnfoldTimeBase<SpkUnfoldTime> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<UnfoldMatmul, UnfoldGroups, UnfoldNumbers>(&getContext());
    // One scalar program: a pair of coded operands takes value form first. What has no time form of its own (weights on
    // the left) is exact there too and stays.
    populateFoldPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
