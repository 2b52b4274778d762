//===- SpkFoldTime.cpp - spk-fold-time ----------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "TensorBuilder.h"
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

/// matmul(decode(a, la), decode or unpack(b, lb)) = float(codes(a) * codes(b)) * (la * lb).
struct FoldMatMul : OpRewritePattern<onnx::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(onnx::MatMulOp op, PatternRewriter &rewriter) const override {
    CodedOperand lhs = codedOperand(op, 0), rhs = codedOperand(op, 1);
    // An offset is taken out by what is known of the other side when compiling.
    if (!lhs || !rhs || rhs.zero || (lhs.zero && !hasKnownSums(rhs.weights)))
      return failure();
    Value acc = integerProduct(rewriter, op, lhs, rhs);
    replaceByScaled(rewriter, op, acc, lhs.step, rhs.step);
    return success();
  }
};

/// A step for each of so many groups, where `decode` has one for each of them or for several together; null where it
/// does not.
Value stepsOfGroups(OpBuilder &b, DecodeOp decode, int64_t groups) {
  Value lsb = decode.getLsb();
  auto type = cast<RankedTensorType>(lsb.getType());
  if (decode.getZero() || !isInGroups(type.getShape(), decode.getTrain().getType().getShape()) ||
      groups % type.getShape().back() != 0)
    return {};
  int64_t together = groups / type.getShape().back();
  if (together == 1)
    return lsb;
  SmallVector<int64_t> owners, shape(type.getShape());
  for (int64_t group = 0; group < groups; ++group)
    owners.push_back(group / together);
  shape.back() = groups;
  return onnx::GatherOp::create(b, decode.getLoc(), type.clone(shape), lsb,
                                TensorBuilder(b, decode.getLoc()).vector(owners),
                                b.getI64IntegerAttr(type.getRank() - 1));
}

/// matmul(decode(t, l), unpack(w, s)) with scales of groups = the sum of the groups' scaled sums, times l, or each
/// times its own l.
struct FoldGroups : OpRewritePattern<onnx::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(onnx::MatMulOp op, PatternRewriter &rewriter) const override {
    CodedOperand lhs = codedOperand(op, 0);
    auto decode = op.getA().getDefiningOp<DecodeOp>();
    auto unpack = op.getB().getDefiningOp<UnpackOp>();
    if (!decode || op.getA().getType().getRank() < 2 || !unpack || !unpack.getFormat() ||
        (lhs.zero && !hasKnownSums(unpack)))
      return failure();
    WeightFormatInterface format = *unpack.getFormat();
    int64_t inputs = cast<ShapedType>(unpack.getCodes().getType()).getDimSize(0),
            length = format.getGroupLength(inputs);
    Value steps = lhs.train ? Value() : stepsOfGroups(rewriter, decode, inputs / length);
    if (!lhs.train && !steps)
      return failure();
    lhs.train = decode.getTrain();
    int64_t most = cast<TrainType>(lhs.train.getType()).getCode().getLargestMagnitude();
    if (!accumulatorHolds(length, most, largestCode(format), rewriter.getI32Type()))
      return rewriter.notifyMatchFailure(op, "the sum of a group may overflow");
    Value codes = lhs.integers(rewriter, op.getLoc());
    Value sum = ScaledMatmulOp::create(rewriter, op.getLoc(), op.getY().getType(), codes, unpack.getCodes(),
                                       unpack.getScale(), unpack.getZero(), steps, format, lhs.isUnsigned());
    if (steps) {
      rewriter.replaceOp(op, sum);
      return success();
    }
    sum = withoutOffset(rewriter, op.getLoc(), sum, lhs.zero, unpack);
    replaceByScaled(rewriter, op, sum, lhs.step, Value());
    return success();
  }
};

struct FoldScaledSynapse : OpRewritePattern<ScaledSynapseOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScaledSynapseOp op, PatternRewriter &rewriter) const override {
    CodedOperand train{op.getTrain(), {}, {}, {}};
    rewriter.replaceOpWithNewOp<ScaledMatmulOp>(op, op.getSum().getType(), train.integers(rewriter, op.getLoc()),
                                                op.getWeights(), op.getScale(), op.getZero(), op.getStep(),
                                                op.getFormat(), train.isUnsigned());
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
    CodedOperand train{op.getTrain(), {}, {}, {}};
    rewriter.replaceOpWithNewOp<MatmulOp>(op, acc, train.integers(rewriter, op.getLoc()), op.getWeights(),
                                          train.isUnsigned(), /*rhs_unsigned=*/false);
    return success();
  }
};

struct FoldProduct : OpRewritePattern<ProductOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ProductOp op, PatternRewriter &rewriter) const override {
    CodedOperand lhs{op.getLhs(), {}, {}, {}}, rhs{op.getRhs(), {}, {}, {}};
    Value left = lhs.integers(rewriter, op.getLoc()), right = rhs.integers(rewriter, op.getLoc());
    rewriter.replaceOpWithNewOp<MatmulOp>(op, op.getAcc().getType(), left, right, lhs.isUnsigned(), rhs.isUnsigned());
    return success();
  }
};

struct SpkFoldTime : rheobase::spk::impl::SpkFoldTimeBase<SpkFoldTime> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFoldPatterns(patterns);
    patterns.add<FoldSynapse, FoldScaledSynapse, FoldProduct>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void rheobase::spk::populateFoldPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldMatMul, FoldGroups>(patterns.getContext());
}
