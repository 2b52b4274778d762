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

/// matmul(decode(t, lsb), W): the planes of t times W, int8 codes or numbers.
struct UnfoldSynapse : OpRewritePattern<onnx::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(onnx::MatMulOp op, PatternRewriter &rewriter) const override {
    CodedOperand lhs = codedOperand(op, 0), rhs = codedOperand(op, 1);
    if (!lhs.train || (!rhs.weights && !isConstant(op.getB())))
      return failure();
    auto result = cast<RankedTensorType>(op.getY().getType());
    Type accumulator = rhs.weights ? Type(accumulatorFor(op, lhs, rhs)) : result.getElementType();
    Value acc = SynapseOp::create(rewriter, op.getLoc(), result.clone(accumulator), lhs.train,
                                  rhs.weights ? rhs.weights : op.getB(), kWeightMax);
    replaceByScaled(rewriter, op, acc, lhs.step, rhs.weights ? rhs.step : Value());
    return success();
  }
};

/// matmul(decode(a, la), decode(b, lb)): all pairs of planes.
struct UnfoldProduct : OpRewritePattern<onnx::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(onnx::MatMulOp op, PatternRewriter &rewriter) const override {
    CodedOperand lhs = codedOperand(op, 0), rhs = codedOperand(op, 1);
    if (!lhs.train || !rhs.train)
      return failure();
    auto type = cast<RankedTensorType>(op.getY().getType()).clone(accumulatorFor(op, lhs, rhs));
    Value acc = ProductOp::create(rewriter, op.getLoc(), type, lhs.train, rhs.train);
    replaceByScaled(rewriter, op, acc, lhs.step, rhs.step);
    return success();
  }
};

struct SpkUnfoldTime : rheobase::spk::impl::SpkUnfoldTimeBase<SpkUnfoldTime> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<UnfoldSynapse, UnfoldProduct>(&getContext(), /*benefit=*/2);
    // What has no time form of its own (weights on the left) is exact in value form too.
    populateFoldPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation().walk([&](Operation *op) { unfolded += isa<SynapseOp, ProductOp>(op); });
  }
};

} // namespace
