//===- ChannelScaling.cpp - factors for the channels of a site ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelScaling.h"

#include "LinearSite.h"
#include "TensorBuilder.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// The constant behind `v` times a factor for each channel on the last axis; null where it is no f32 constant that
/// lies along it.
Value scaledConstant(OpBuilder &b, Value v, ArrayRef<float> factors) {
  std::optional<ConstantData> data = ConstantData::of(v);
  auto channels = static_cast<int64_t>(factors.size());
  bool fits = data && data->getElementType().isF32() && data->size() == channels && data->getType().getRank() > 0 &&
              data->getType().getShape().back() == channels;
  if (!fits)
    return {};
  ConstantBuilder result(data->getType());
  for (int64_t i = 0; i < channels; ++i)
    result.setNumber(i, static_cast<float>(data->number(i)) * factors[i]);
  return onnx::ConstantOp::create(b, v.getLoc(), result.finish());
}

/// Multiplies into the scale and the offset of the LayerNormalization behind `v`; false where there is none.
bool scaleLayerNorm(Value v, ArrayRef<float> factors) {
  auto norm = v.getDefiningOp<onnx::LayerNormalizationOp>();
  if (!norm || v != norm.getY())
    return false;
  OpBuilder b(norm);
  Value scale = scaledConstant(b, norm.getScale(), factors);
  Value offset = norm.getB() ? scaledConstant(b, norm.getB(), factors) : Value();
  if (!scale || (norm.getB() && !offset))
    return false;
  norm.getScaleMutable().assign(scale);
  if (offset)
    norm.getBMutable().assign(offset);
  return true;
}

/// Multiplies into the constant of a product, as a normalisation by the root mean square ends in.
bool scaleProduct(Value v, ArrayRef<float> factors) {
  auto product = v.getDefiningOp<onnx::MulOp>();
  if (!product)
    return false;
  OpBuilder b(product);
  for (OpOperand &operand : product->getOpOperands())
    if (Value scaled = scaledConstant(b, operand.get(), factors)) {
      operand.set(scaled);
      return true;
    }
  return false;
}

} // namespace

bool rheobase::spk::scaleChannels(ObserveOp observe, ArrayRef<float> factors) {
  if (observe.getPeaks())
    ChannelRanges(observe).scaled(factors).describe(observe);
  else
    observe.removeRangeAttr();
  Value x = observe.getInput();
  if (x.hasOneUse() && (scaleLayerNorm(x, factors) || scaleProduct(x, factors)))
    return false;
  OpBuilder b(observe);
  TensorBuilder tensors(b, observe.getLoc());
  observe.setOperand(tensors.mul(x, tensors.numbers(factors)));
  return true;
}
