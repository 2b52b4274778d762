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
#include "rheobase/Interfaces/ConstantData.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

bool isF32(Value v) {
  return cast<RankedTensorType>(v.getType()).getElementType().isF32();
}

/// What calibration saw of a neuron's inputs.
std::optional<neurons::Interval> rangeOf(Value x) {
  ObserveOp site = neuronSiteBehind(x);
  if (!site || !site.getRange())
    return std::nullopt;
  return neurons::Interval{(*site.getRange())[0], (*site.getRange())[1]};
}

/// An operator on one f32 tensor that neurons stand for.
template <typename OpTy> struct NeuronPattern : OpRewritePattern<OpTy> {
  NeuronPattern(MLIRContext *context, NeuronOptions options, PatternBenefit benefit = 1)
      : OpRewritePattern<OpTy>(context, benefit), options(options) {}

  /// Replaces `op` by the neuron for `function` applied to `x`.
  LogicalResult replaceByNeuron(PatternRewriter &rewriter, Operation *op, StringRef function, Value x) const {
    std::optional<FittedNeuron> neuron = isF32(x) ? options.factory.make(op, function, rangeOf(x)) : std::nullopt;
    if (!neuron)
      return failure();
    rewriter.replaceOp(op, applyNeuron(rewriter, op->getLoc(), *neuron, function, withoutNeuronSite(x)));
    return success();
  }

  NeuronOptions options;
};

/// One operator that is one scalar function.
template <typename OpTy> struct UnaryPattern : NeuronPattern<OpTy> {
  UnaryPattern(MLIRContext *context, NeuronOptions options, StringRef function)
      : NeuronPattern<OpTy>(context, options), function(function) {}

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    return this->replaceByNeuron(rewriter, op, function, op->getOperand(0));
  }

  StringRef function;
};

struct GeluPattern : NeuronPattern<onnx::GeluOp> {
  using NeuronPattern::NeuronPattern;

  LogicalResult matchAndRewrite(onnx::GeluOp op, PatternRewriter &rewriter) const override {
    return replaceByNeuron(rewriter, op, op.getApproximate() == "tanh" ? "gelu_tanh" : "gelu", op.getX());
  }
};

/// x sigmoid(x), of which nothing else reads the sigmoid, is one function: SiLU.
struct SiluPattern : NeuronPattern<onnx::SigmoidOp> {
  SiluPattern(MLIRContext *context, NeuronOptions options) : NeuronPattern(context, options, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(onnx::SigmoidOp op, PatternRewriter &rewriter) const override {
    if (!op->hasOneUse())
      return failure();
    auto product = dyn_cast<onnx::MulOp>(*op->user_begin());
    Value x = withoutNeuronSite(op.getX());
    if (!product || (product.getA() != x && product.getB() != x))
      return failure();
    return replaceByNeuron(rewriter, product, "silu", op.getX());
  }
};

/// sign(x) reciprocal(|x|): the neuron is for positive numbers, so that the sign is taken off and put back.
Value signedReciprocal(OpBuilder &b, Location loc, const FittedNeuron &neuron, Value x) {
  Value size = onnx::AbsOp::create(b, loc, x.getType(), x);
  Value sign = onnx::SignOp::create(b, loc, x.getType(), x);
  return TensorBuilder(b, loc).mul(applyNeuron(b, loc, neuron, "reciprocal", size), sign);
}

/// x / y = x * reciprocal(y) where y is computed; a constant divisor is a scale and stays.
struct DivPattern : NeuronPattern<onnx::DivOp> {
  using NeuronPattern::NeuronPattern;

  LogicalResult matchAndRewrite(onnx::DivOp op, PatternRewriter &rewriter) const override {
    if (!isF32(op.getC()) || isConstant(op.getB()))
      return failure();
    std::optional<FittedNeuron> neuron = options.factory.make(op, "reciprocal");
    if (!neuron)
      return failure();
    Value inverse = signedReciprocal(rewriter, op.getLoc(), *neuron, op.getB());
    rewriter.replaceOp(op, TensorBuilder(rewriter, op.getLoc()).mul(op.getA(), inverse));
    return success();
  }
};

struct ReciprocalPattern : NeuronPattern<onnx::ReciprocalOp> {
  using NeuronPattern::NeuronPattern;

  LogicalResult matchAndRewrite(onnx::ReciprocalOp op, PatternRewriter &rewriter) const override {
    std::optional<FittedNeuron> neuron = isF32(op.getX()) ? options.factory.make(op, "reciprocal") : std::nullopt;
    if (!neuron)
      return failure();
    rewriter.replaceOp(op, signedReciprocal(rewriter, op.getLoc(), *neuron, op.getX()));
    return success();
  }
};

/// sqrt(x) = x rsqrt(x), 0 at 0.
LogicalResult replaceBySquareRoot(PatternRewriter &rewriter, Operation *op, Value x, const NeuronOptions &options) {
  std::optional<FittedNeuron> neuron = options.factory.make(op, "rsqrt");
  if (!neuron)
    return failure();
  Value inverse = applyNeuron(rewriter, op->getLoc(), *neuron, "rsqrt", x);
  rewriter.replaceOp(op, TensorBuilder(rewriter, op->getLoc()).mul(x, inverse));
  return success();
}

/// Squares and cubes are products; a power of one half is a square root.
struct PowPattern : NeuronPattern<onnx::PowOp> {
  using NeuronPattern::NeuronPattern;

  LogicalResult matchAndRewrite(onnx::PowOp op, PatternRewriter &rewriter) const override {
    std::optional<double> exponent = uniformConstant(op.getY());
    Value x = op.getX();
    if (!exponent || !isF32(x) || x.getType() != op.getZ().getType())
      return failure();
    if (*exponent == 0.5)
      return replaceBySquareRoot(rewriter, op, x, options);
    if (*exponent != 2.0 && *exponent != 3.0)
      return failure();
    TensorBuilder tensors(rewriter, op.getLoc());
    Value square = tensors.mul(x, x);
    rewriter.replaceOp(op, *exponent == 2.0 ? square : tensors.mul(square, x));
    return success();
  }
};

struct SqrtPattern : NeuronPattern<onnx::SqrtOp> {
  using NeuronPattern::NeuronPattern;

  LogicalResult matchAndRewrite(onnx::SqrtOp op, PatternRewriter &rewriter) const override {
    return isF32(op.getX()) ? replaceBySquareRoot(rewriter, op, op.getX(), options) : failure();
  }
};

} // namespace

Value rheobase::spk::applyNeuron(OpBuilder &b, Location loc, const FittedNeuron &neuron, StringRef function, Value x) {
  return MbeOp::create(b, loc, x, function, neuron.neuron, neuron.reduction);
}

void rheobase::spk::populateActivationPatterns(RewritePatternSet &patterns, const NeuronOptions &options) {
  MLIRContext *context = patterns.getContext();
  patterns.add<GeluPattern, SiluPattern, DivPattern, PowPattern, ReciprocalPattern, SqrtPattern>(context, options);
  patterns.add<UnaryPattern<onnx::TanhOp>>(context, options, "tanh");
  patterns.add<UnaryPattern<onnx::SigmoidOp>>(context, options, "sigmoid");
  patterns.add<UnaryPattern<onnx::ExpOp>>(context, options, "exp");
}
