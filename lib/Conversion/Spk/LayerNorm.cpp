//===- LayerNorm.cpp - layer normalisation by codes and a neuron --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronPatterns.h"
#include "TensorBuilder.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

/// The code of each row against its own largest magnitude, as numbers again.
static Value codeOfRows(OpBuilder &b, Location loc, const NeuronOptions &options, Value x) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = 1;
  CodeInterface code = options.choice.inner(b.getContext());
  Value lsb = RowStepOp::create(b, loc, type.clone(shape), Type(), x, b.getDenseI64ArrayAttr({type.getRank() - 1}),
                                code, IntegerAttr())
                  .getLsb();
  Value train = EncodeOp::create(b, loc, TrainType::get(b.getContext(), type.getShape(), code), x, lsb, Value());
  return DecodeOp::create(b, loc, type, train, lsb, Value());
}

Value rheobase::spk::normalizeRows(OpBuilder &b, Location loc, const NeuronOptions &options, const FittedNeuron &rsqrt,
                                   Value x, Value epsilon) {
  TensorBuilder tensors(b, loc);
  Value code = codeOfRows(b, loc, options, x);
  int64_t last = cast<RankedTensorType>(x.getType()).getRank() - 1;
  Value squares = tensors.mean(tensors.mul(code, code), {last});
  return tensors.mul(code, applyNeuron(b, loc, rsqrt, "rsqrt", tensors.add(squares, epsilon)));
}

namespace {

/// LayerNorm(x) = c * rsqrt(mean(c^2) + eps) * gamma + beta with c = decode(encode(x - mean(x))): the squares and the
/// product are products of codes; the code's step is each row's own, which is legal as a row is normalised by itself.
struct LayerNormPattern : OpRewritePattern<onnx::LayerNormalizationOp> {
  LayerNormPattern(MLIRContext *context, NeuronOptions options) : OpRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(onnx::LayerNormalizationOp op, PatternRewriter &rewriter) const override {
    auto type = op.getX().getType();
    int64_t rank = type.getRank(), last = rank - 1;
    int64_t axis = op.getAxis();
    bool overLast = axis == -1 || axis == last;
    bool onlyY = (!op.getMean() || op.getMean().use_empty()) && (!op.getInvStdDev() || op.getInvStdDev().use_empty());
    if (!type.getElementType().isF32() || !overLast || !onlyY)
      return rewriter.notifyMatchFailure(op, "not over the last axis alone, or with further results in use");
    std::optional<FittedNeuron> rsqrt = options.factory.make(op, "rsqrt");
    if (!rsqrt)
      return failure();
    Location loc = op.getLoc();
    TensorBuilder tensors(rewriter, loc);
    Value centred = tensors.sub(op.getX(), tensors.mean(op.getX(), {last}));
    Value epsilon = tensors.scalar(op.getEpsilon().convertToFloat());
    Value y = tensors.mul(normalizeRows(rewriter, loc, options, *rsqrt, centred, epsilon), op.getScale());
    if (op.getB())
      y = tensors.add(y, op.getB());
    rewriter.replaceAllUsesWith(op.getY(), y);
    rewriter.eraseOp(op);
    return success();
  }

  NeuronOptions options;
};

} // namespace

void rheobase::spk::populateLayerNormPatterns(RewritePatternSet &patterns, const NeuronOptions &options) {
  patterns.add<LayerNormPattern>(patterns.getContext(), options);
}
