//===- SpkFoldTime.cpp - spk-fold-time ----------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKFOLDTIME
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// A train's integers.
Value codesOf(OpBuilder &b, Location loc, Value train) {
  return CodesOp::create(b, loc, cast<TrainType>(train.getType()).getCodesType(), train);
}

bool isUnsigned(Value train) {
  return cast<TrainType>(train.getType()).getCode().isUnsigned();
}

/// matmul(decode(a, la), decode or unpack(b, lb)) = float(codes(a) * codes(b)) * (la * lb).
struct FoldMatMul : OpRewritePattern<onnx::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(onnx::MatMulOp op, PatternRewriter &rewriter) const override {
    CodedOperand lhs = codedOperand(op, 0), rhs = codedOperand(op, 1);
    if (!lhs || !rhs)
      return failure();
    Location loc = op.getLoc();
    auto integers = [&](const CodedOperand &o) { return o.train ? codesOf(rewriter, loc, o.train) : o.weights; };
    auto type = cast<RankedTensorType>(op.getY().getType()).clone(accumulatorFor(op, lhs, rhs));
    Value acc =
        MatmulOp::create(rewriter, loc, type, integers(lhs), integers(rhs), lhs.maxMagnitude(), rhs.maxMagnitude(),
                         lhs.train && isUnsigned(lhs.train), rhs.train && isUnsigned(rhs.train));
    replaceByScaled(rewriter, op, acc, lhs.step, rhs.step);
    return success();
  }
};

/// A synapse on integer weights is the same sum.
struct FoldSynapse : OpRewritePattern<SynapseOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SynapseOp op, PatternRewriter &rewriter) const override {
    auto acc = op.getAcc().getType();
    if (isa<FloatType>(acc.getElementType()))
      return failure();
    CodeInterface code = op.getTrain().getType().getCode();
    rewriter.replaceOpWithNewOp<MatmulOp>(op, acc, codesOf(rewriter, op.getLoc(), op.getTrain()), op.getWeights(),
                                          std::max(code.getMax(), -code.getMin()), op.getWeightsMax(),
                                          code.isUnsigned(), false);
    return success();
  }
};

struct FoldProduct : OpRewritePattern<ProductOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ProductOp op, PatternRewriter &rewriter) const override {
    auto largest = [](Value train) {
      CodeInterface code = cast<TrainType>(train.getType()).getCode();
      return std::max(code.getMax(), -code.getMin());
    };
    Location loc = op.getLoc();
    Value lhs = codesOf(rewriter, loc, op.getLhs()), rhs = codesOf(rewriter, loc, op.getRhs());
    rewriter.replaceOpWithNewOp<MatmulOp>(op, op.getAcc().getType(), lhs, rhs, largest(op.getLhs()),
                                          largest(op.getRhs()), isUnsigned(op.getLhs()), isUnsigned(op.getRhs()));
    return success();
  }
};

struct SpkFoldTime : rheobase::spk::impl::SpkFoldTimeBase<SpkFoldTime> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFoldPatterns(patterns);
    patterns.add<FoldSynapse, FoldProduct>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation().walk([&](MatmulOp) { ++folded; });
  }
};

} // namespace

void rheobase::spk::populateFoldPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldMatMul>(patterns.getContext());
}
