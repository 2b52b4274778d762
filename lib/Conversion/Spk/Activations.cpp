//===- Activations.cpp - scalar functions to neurons --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronPatterns.h"
#include "Sites.h"
#include "TensorBuilder.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

bool isF32(Value v) {
  return cast<RankedTensorType>(v.getType()).getElementType().isF32();
}

/// One operator that is one scalar function.
template <typename OpTy> struct UnaryPattern : OpRewritePattern<OpTy> {
  UnaryPattern(MLIRContext *context, NeuronOptions options, StringRef function)
      : OpRewritePattern<OpTy>(context), options(std::move(options)), function(function) {}

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    Value x = op->getOperand(0);
    Value y = isF32(x) ? applyNeuron(rewriter, op, options, function, x) : Value();
    if (!y)
      return failure();
    rewriter.replaceOp(op, y);
    return success();
  }

  NeuronOptions options;
  StringRef function;
};

struct GeluPattern : OpRewritePattern<onnx::GeluOp> {
  GeluPattern(MLIRContext *context, NeuronOptions options) : OpRewritePattern(context), options(std::move(options)) {}

  LogicalResult matchAndRewrite(onnx::GeluOp op, PatternRewriter &rewriter) const override {
    StringRef function = op.getApproximate() == "tanh" ? "gelu_tanh" : "gelu";
    Value y = isF32(op.getX()) ? applyNeuron(rewriter, op, options, function, op.getX()) : Value();
    if (!y)
      return failure();
    rewriter.replaceOp(op, y);
    return success();
  }

  NeuronOptions options;
};

/// x / y = x * reciprocal(y) where y is computed; a constant divisor is a scale and stays. The neuron is for positive
/// numbers, so the sign is taken off and put back: sign(y) reciprocal(|y|).
struct DivPattern : OpRewritePattern<onnx::DivOp> {
  DivPattern(MLIRContext *context, NeuronOptions options) : OpRewritePattern(context), options(std::move(options)) {}

  LogicalResult matchAndRewrite(onnx::DivOp op, PatternRewriter &rewriter) const override {
    if (!isF32(op.getC()) || isConstant(op.getB()))
      return failure();
    auto type = cast<RankedTensorType>(op.getB().getType());
    Value size = onnx::AbsOp::create(rewriter, op.getLoc(), type, op.getB());
    Value inverse = applyNeuron(rewriter, op, options, "reciprocal", size);
    if (!inverse)
      return failure();
    TensorBuilder tensors(rewriter, op.getLoc());
    Value sign = onnx::SignOp::create(rewriter, op.getLoc(), type, op.getB());
    rewriter.replaceOp(op, tensors.mul(op.getA(), tensors.mul(inverse, sign)));
    return success();
  }

  NeuronOptions options;
};

} // namespace

CodeInterface NeuronOptions::code(unsigned planes, bool isSigned) const {
  MLIRContext *context = factory.getContext();
  return cast<CodeInterface>(Attribute(BinaryCodeAttr::get(context, planes, isSigned, truncate)));
}

Value rheobase::spk::applyNeuron(PatternRewriter &rewriter, Operation *op, const NeuronOptions &options,
                                 StringRef function, Value x) {
  neurons::Result<FittedNeuron> made = options.factory.make(function);
  if (!made) {
    (void)rewriter.notifyMatchFailure(op, made.error());
    return {};
  }
  return MbeOp::create(rewriter, op->getLoc(), x, function, made->neuron, made->reduction);
}

void rheobase::spk::populateActivationPatterns(RewritePatternSet &patterns, const NeuronOptions &options) {
  MLIRContext *context = patterns.getContext();
  patterns.add<GeluPattern, DivPattern>(context, options);
  patterns.add<UnaryPattern<onnx::TanhOp>>(context, options, "tanh");
  patterns.add<UnaryPattern<onnx::SigmoidOp>>(context, options, "sigmoid");
  patterns.add<UnaryPattern<onnx::ExpOp>>(context, options, "exp");
}
