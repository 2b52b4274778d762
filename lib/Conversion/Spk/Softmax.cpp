//===- Softmax.cpp - softmax by neurons ---------------------------------------===//
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

struct SoftmaxNeurons {
  FittedNeuron exp, reciprocal;

  static std::optional<SoftmaxNeurons> make(onnx::SoftmaxOp op, NeuronFactory &factory) {
    std::optional<FittedNeuron> exp = factory.make(op, "exp"), reciprocal = factory.make(op, "reciprocal");
    if (!exp || !reciprocal)
      return std::nullopt;
    return SoftmaxNeurons{*exp, *reciprocal};
  }

  /// exp(x - row maximum): 1 at the maximum, 0 where x is -inf, and 0 all along a row of nothing but -inf.
  Value expOfRow(OpBuilder &b, onnx::SoftmaxOp op) const {
    TensorBuilder tensors(b, op.getLoc());
    Value x = op.getInput();
    int64_t last = cast<RankedTensorType>(x.getType()).getRank() - 1;
    return applyNeuron(b, op.getLoc(), exp, "exp", tensors.sub(x, tensors.max(x, {last})));
  }

  /// 1 / row sum.
  Value inverseOfSum(OpBuilder &b, Location loc, Value x) const {
    int64_t last = cast<RankedTensorType>(x.getType()).getRank() - 1;
    return applyNeuron(b, loc, reciprocal, "reciprocal", TensorBuilder(b, loc).sum(x, {last}));
  }
};

/// Whether both operands have rows and columns; ONNX's MatMul also takes vectors.
bool isMatrixProduct(onnx::MatMulOp op) {
  return op.getA().getType().getRank() >= 2 && op.getB().getType().getRank() >= 2;
}

/// Softmax(x) V = (E V) / (sum of E), E = exp(x - max) encoded before normalisation (E6 in dialects/spk/rationale.md):
/// small probabilities keep their digits, and the denominator is the sum of what was really encoded.
struct SoftmaxProduct : OpRewritePattern<onnx::MatMulOp> {
  SoftmaxProduct(MLIRContext *context, NeuronOptions options)
      : OpRewritePattern(context, /*benefit=*/2), options(options) {}

  LogicalResult matchAndRewrite(onnx::MatMulOp op, PatternRewriter &rewriter) const override {
    onnx::SoftmaxOp softmax = softmaxBehind(op.getA());
    if (!softmax || !isMatrixProduct(op) || !isOverLastAxis(softmax) ||
        !cast<RankedTensorType>(op.getY().getType()).getElementType().isF32())
      return failure();
    std::optional<SoftmaxNeurons> neurons = SoftmaxNeurons::make(softmax, options.factory);
    if (!neurons)
      return failure();
    ObserveOp site = attentionSiteBehind(op.getA());
    CodeChoice choice = site ? options.choice.at(site) : options.choice;
    Value decoded = encoded(rewriter, softmax.getLoc(), neurons->expOfRow(rewriter, softmax), choice);
    Value inverse = neurons->inverseOfSum(rewriter, softmax.getLoc(), decoded);
    TensorBuilder atProduct(rewriter, op.getLoc());
    rewriter.replaceOp(op, atProduct.mul(atProduct.matmul(decoded, op.getB()), inverse));
    return success();
  }

private:
  static Value encoded(OpBuilder &b, Location softmax, Value exp, const CodeChoice &choice) {
    Location loc = softmax;
    if (auto name = dyn_cast<NameLoc>(softmax))
      loc = NameLoc::get(b.getStringAttr(name.getName().str() + ":weights"));
    auto type = cast<RankedTensorType>(exp.getType());
    CodeInterface code = choice.code(b.getContext(), /*isUnsigned=*/true);
    Value lsb = TensorBuilder(b, loc).scalar(1.0f / static_cast<float>(code.getMax()));
    Value train = EncodeOp::create(b, loc, TrainType::get(b.getContext(), type.getShape(), code), exp, lsb, Value());
    return DecodeOp::create(b, loc, type, train, lsb, Value());
  }

  NeuronOptions options;
};

/// A Softmax that something else reads: normalised at once.
struct SoftmaxAlone : OpRewritePattern<onnx::SoftmaxOp> {
  SoftmaxAlone(MLIRContext *context, NeuronOptions options) : OpRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(onnx::SoftmaxOp op, PatternRewriter &rewriter) const override {
    if (!isOverLastAxis(op) || feedsProduct(op))
      return failure();
    std::optional<SoftmaxNeurons> neurons = SoftmaxNeurons::make(op, options.factory);
    if (!neurons)
      return failure();
    Value exp = neurons->expOfRow(rewriter, op);
    Value inverse = neurons->inverseOfSum(rewriter, op.getLoc(), exp);
    rewriter.replaceOp(op, TensorBuilder(rewriter, op.getLoc()).mul(exp, inverse));
    return success();
  }

private:
  /// Whether a product that SoftmaxProduct will take still reads it.
  static bool feedsProduct(onnx::SoftmaxOp op) {
    SmallVector<Operation *> readers(op->getUsers());
    for (size_t i = 0; i < readers.size(); ++i) {
      if (auto product = dyn_cast<onnx::MatMulOp>(readers[i]);
          product && softmaxBehind(product.getA()) == op && isMatrixProduct(product))
        return true;
      if (isa<onnx::WhereOp, ObserveOp>(readers[i]))
        llvm::append_range(readers, readers[i]->getUsers());
    }
    return false;
  }

  NeuronOptions options;
};

} // namespace

void rheobase::spk::populateSoftmaxPatterns(RewritePatternSet &patterns, const NeuronOptions &options) {
  patterns.add<SoftmaxProduct, SoftmaxAlone>(patterns.getContext(), options);
}
