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

/// exp(x - row maximum) by a neuron: 1 at the maximum, 0 where x is -inf, and 0 all along a fully masked row.
Value expOfRow(PatternRewriter &rewriter, onnx::SoftmaxOp op, const NeuronOptions &options) {
  TensorBuilder tensors(rewriter, op.getLoc());
  Value x = op.getInput();
  int64_t last = cast<RankedTensorType>(x.getType()).getRank() - 1;
  return applyNeuron(rewriter, op, options, "exp", tensors.sub(x, tensors.max(x, {last})));
}

/// Whether both operands have rows and columns; ONNX's MatMul also takes vectors.
bool isMatrixProduct(onnx::MatMulOp op) {
  return op.getA().getType().getRank() >= 2 && op.getB().getType().getRank() >= 2;
}

/// Softmax(x) V = (E V) / (sum of E), E = exp(x - max) encoded before normalisation (rewrite E6): small probabilities
/// keep their digits, and the denominator is the sum of what was really encoded.
struct SoftmaxProduct : OpRewritePattern<onnx::MatMulOp> {
  SoftmaxProduct(MLIRContext *context, NeuronOptions options)
      : OpRewritePattern(context, /*benefit=*/2), options(std::move(options)) {}

  LogicalResult matchAndRewrite(onnx::MatMulOp op, PatternRewriter &rewriter) const override {
    onnx::SoftmaxOp softmax = softmaxBehind(op.getA());
    if (!softmax || !isMatrixProduct(op) || !isOverLastAxis(softmax) ||
        !cast<RankedTensorType>(op.getY().getType()).getElementType().isF32())
      return failure();
    Location loc = softmax.getLoc();
    TensorBuilder tensors(rewriter, loc);
    Value exp = expOfRow(rewriter, softmax, options);
    Value decoded = exp ? encoded(rewriter, loc, exp) : Value();
    if (!decoded)
      return failure();
    int64_t last = cast<RankedTensorType>(exp.getType()).getRank() - 1;
    Value inverse = applyNeuron(rewriter, softmax, options, "reciprocal", tensors.sum(decoded, {last}));
    TensorBuilder atProduct(rewriter, op.getLoc());
    rewriter.replaceOp(op, atProduct.mul(atProduct.matmul(decoded, op.getB()), inverse));
    return success();
  }

private:
  Value encoded(OpBuilder &b, Location softmax, Value exp) const {
    Location loc = softmax;
    if (auto name = dyn_cast<NameLoc>(softmax))
      loc = NameLoc::get(b.getStringAttr(name.getName().str() + ":weights"));
    auto type = cast<RankedTensorType>(exp.getType());
    CodeInterface code = options.code(options.steps, /*isSigned=*/false);
    Value lsb = TensorBuilder(b, loc).scalar(1.0f / static_cast<float>(code.getMax()));
    Value train = EncodeOp::create(b, loc, TrainType::get(b.getContext(), type.getShape(), code), exp, lsb);
    return DecodeOp::create(b, loc, type, train, lsb);
  }

  NeuronOptions options;
};

/// A Softmax that something else reads: normalised at once.
struct SoftmaxAlone : OpRewritePattern<onnx::SoftmaxOp> {
  SoftmaxAlone(MLIRContext *context, NeuronOptions options) : OpRewritePattern(context), options(std::move(options)) {}

  LogicalResult matchAndRewrite(onnx::SoftmaxOp op, PatternRewriter &rewriter) const override {
    if (!isOverLastAxis(op) || feedsProduct(op))
      return failure();
    Value exp = expOfRow(rewriter, op, options);
    if (!exp)
      return failure();
    TensorBuilder tensors(rewriter, op.getLoc());
    int64_t last = cast<RankedTensorType>(exp.getType()).getRank() - 1;
    Value inverse = applyNeuron(rewriter, op, options, "reciprocal", tensors.sum(exp, {last}));
    rewriter.replaceOp(op, tensors.mul(exp, inverse));
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
      if (isa<onnx::WhereOp>(readers[i]))
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
