//===- SpkConvToMatmul.cpp - spk-conv-to-matmul -------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorBuilder.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKCONVTOMATMUL
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

SmallVector<int64_t> orFilled(std::optional<ArrayRef<int64_t>> given, size_t count, int64_t value) {
  return given ? SmallVector<int64_t>(*given) : SmallVector<int64_t>(count, value);
}

Value reshape(OpBuilder &b, Location loc, Value x, RankedTensorType type, ArrayRef<int64_t> target) {
  Value shape = TensorBuilder(b, loc).vector(target);
  return onnx::ReshapeOp::create(b, loc, type, x, shape, b.getI64IntegerAttr(0));
}

/// The orders of axes that move channels behind the spatial axes, and back.
SmallVector<int64_t> channelsLast(int64_t spatial) {
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(2, spatial + 2));
  order.insert(order.begin(), 0);
  order.push_back(1);
  return order;
}

SmallVector<int64_t> channelsFirst(int64_t spatial) {
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(1, spatial + 1));
  order.insert(order.begin(), {0, spatial + 1});
  return order;
}

/// The padding before and behind every spatial axis, automatic padding worked out from the sizes.
SmallVector<int64_t> padsOf(onnx::ConvOp conv, ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                            ArrayRef<int64_t> dilations) {
  size_t spatial = kernel.size();
  if (!conv.getAutoPad().starts_with("SAME"))
    return orFilled(conv.getAutoPad() == "NOTSET" ? conv.getPads() : std::nullopt, 2 * spatial, 0);
  ArrayRef<int64_t> from = conv.getX().getType().getShape().drop_front(2);
  ArrayRef<int64_t> to = conv.getY().getType().getShape().drop_front(2);
  SmallVector<int64_t> pads(2 * spatial);
  for (size_t i = 0; i < spatial; ++i) {
    int64_t reach = (to[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1;
    int64_t lacking = std::max<int64_t>(reach - from[i], 0), half = lacking / 2;
    bool upper = conv.getAutoPad() == "SAME_UPPER";
    pads[i] = upper ? half : lacking - half;
    pads[spatial + i] = lacking - pads[i];
  }
  return pads;
}

/// Conv(x, W) = channels first(patches(channels last(x)) * W'), with W' = [group, taps, outputs / group]. The
/// transposes are for `onnx-sink-transposes` to move out of the way.
struct ConvPattern : OpRewritePattern<onnx::ConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(onnx::ConvOp conv, PatternRewriter &rewriter) const override {
    auto weights = conv.getW().getType();
    auto result = cast<RankedTensorType>(conv.getY().getType());
    if (!conv.getW().getDefiningOp<onnx::ConstantOp>())
      return rewriter.notifyMatchFailure(conv, "weights are not constant");
    // The result's spatial sizes become the target of a reshape; only the batch may be open.
    if (llvm::any_of(result.getShape().drop_front(), ShapedType::isDynamic) ||
        llvm::any_of(conv.getX().getType().getShape().drop_front(), ShapedType::isDynamic))
      return rewriter.notifyMatchFailure(conv, "spatial sizes are open");

    Location loc = conv.getLoc();
    TensorBuilder tensors(rewriter, loc);
    size_t spatial = weights.getRank() - 2;
    int64_t group = conv.getGroup(), outputs = weights.getDimSize(0), perGroup = outputs / group;
    int64_t taps = weights.getDimSize(1);
    for (int64_t k : weights.getShape().drop_front(2))
      taps *= k;
    int64_t windows = 1;
    for (int64_t d : result.getShape().drop_front(2))
      windows *= d;

    auto element = weights.getElementType();
    int64_t batch = result.getDimSize(0);
    auto patchesType = RankedTensorType::get({batch, group, windows, taps}, element);
    ArrayRef<int64_t> kernel = weights.getShape().drop_front(2);
    SmallVector<int64_t> strides = orFilled(conv.getStrides(), spatial, 1);
    SmallVector<int64_t> dilations = orFilled(conv.getDilations(), spatial, 1);
    SmallVector<int64_t> pads = padsOf(conv, kernel, strides, dilations);
    Value x = tensors.transpose(conv.getX(), channelsLast(spatial));
    Value patches = PatchesOp::create(rewriter, loc, patchesType, x, kernel, strides, dilations, pads, group);
    Value matrix = weightMatrix(rewriter, loc, conv.getW(), group, perGroup, taps);
    Value product = tensors.matmul(patches, matrix);
    if (group > 1)
      product = tensors.transpose(product, {0, 2, 1, 3});
    SmallVector<int64_t> target(result.getShape().drop_front(2));
    target.insert(target.begin(), batch);
    target.push_back(outputs);
    auto type = RankedTensorType::get(target, element);
    target.front() = 0;
    Value y = reshape(rewriter, loc, product, type, target);
    if (Value bias = conv.getB())
      y = tensors.add(y, bias);
    rewriter.replaceOp(conv, tensors.transpose(y, channelsFirst(spatial)));
    return success();
  }

private:
  /// W [outputs, channels, kernel] as [taps, outputs], or [group, taps, outputs / group] where there are groups. Taps
  /// are kernel elements times channels.
  static Value weightMatrix(OpBuilder &b, Location loc, Value w, int64_t group, int64_t perGroup, int64_t taps) {
    TensorBuilder tensors(b, loc);
    auto type = cast<RankedTensorType>(w.getType());
    Value last = tensors.transpose(w, channelsLast(type.getRank() - 2));
    if (group == 1) {
      SmallVector<int64_t> shape{perGroup, taps};
      return tensors.transpose(reshape(b, loc, last, type.clone(shape), shape), {1, 0});
    }
    SmallVector<int64_t> shape{group, perGroup, taps};
    return tensors.transpose(reshape(b, loc, last, type.clone(shape), shape), {0, 2, 1});
  }
};

struct SpkConvToMatmul : rheobase::spk::impl::SpkConvToMatmulBase<SpkConvToMatmul> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvPattern>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
