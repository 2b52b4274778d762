//===- RmsNorm.cpp - normalisation by the root mean square -------------------===//
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

/// x / sqrt(mean(x^2) + epsilon), also as x times 1 / sqrt or its Reciprocal: one code and one neuron instead of a
/// square root and a reciprocal. The root is the Sqrt, so that it matches before its parts become neurons.
struct RmsNormPattern : OpRewritePattern<onnx::SqrtOp> {
  RmsNormPattern(MLIRContext *context, NeuronOptions options) : OpRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(onnx::SqrtOp root, PatternRewriter &rewriter) const override {
    auto sum = root.getX().getDefiningOp<onnx::AddOp>();
    if (!sum || !cast<RankedTensorType>(root.getType()).getElementType().isF32())
      return failure();
    Value epsilon = sum.getB(), x = meanSquareOf(sum.getA());
    if (!x) {
      epsilon = sum.getA();
      x = meanSquareOf(sum.getB());
    }
    SmallVector<Operation *> results = x ? quotients(root, x) : SmallVector<Operation *>();
    if (results.empty() || !uniformConstant(epsilon))
      return failure();
    std::optional<FittedNeuron> rsqrt = options.factory.make(root, "rsqrt");
    if (!rsqrt)
      return failure();
    Value y = normalizeRows(rewriter, results.front()->getLoc(), options, *rsqrt, x, epsilon);
    for (Operation *op : results)
      rewriter.replaceOp(op, y);
    return success();
  }

private:
  /// What divides x by the root, if nothing else reads it.
  static SmallVector<Operation *> quotients(onnx::SqrtOp root, Value x) {
    SmallVector<Operation *> found;
    for (Operation *user : root->getUsers()) {
      auto div = dyn_cast<onnx::DivOp>(user);
      if (div && div.getA() == x && div.getB() == root.getResult()) {
        found.push_back(div);
        continue;
      }
      bool isInverse = isa<onnx::ReciprocalOp>(user) || (div && uniformConstant(div.getA()) == 1.0);
      if (!isInverse)
        return {};
      for (Operation *product : user->getUsers()) {
        auto mul = dyn_cast<onnx::MulOp>(product);
        if (!mul || (mul.getA() != x && mul.getB() != x))
          return {};
        found.push_back(mul);
      }
    }
    return found;
  }

  NeuronOptions options;
};

} // namespace

void rheobase::spk::populateRmsNormPatterns(RewritePatternSet &patterns, const NeuronOptions &options) {
  patterns.add<RmsNormPattern>(patterns.getContext(), options);
}
