//===- SpkMigrateChannels.cpp - spk-migrate-channels --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearSite.h"
#include "TensorBuilder.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKMIGRATECHANNELS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

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

struct SpkMigrateChannels : rheobase::spk::impl::SpkMigrateChannelsBase<SpkMigrateChannels> {
  using SpkMigrateChannelsBase::SpkMigrateChannelsBase;

  void runOnOperation() override {
    if (!(exponent >= 0 && exponent <= 1)) {
      getOperation().emitError() << "exponent is " << double(exponent) << ", 0 to 1 expected";
      return signalPassFailure();
    }
    for (LinearSite &site : linearSites(getOperation()))
      if (SmallVector<float> scales = channelScales(site, exponentOf(site.observe)); !scales.empty())
        migrate(site, scales);
  }

private:
  double exponentOf(ObserveOp observe) const {
    if (observe.getGrid())
      return 0;
    return observe.getMigrate() ? observe.getMigrate()->convertToDouble() : exponent;
  }

  static void migrate(LinearSite &site, ArrayRef<float> scales) {
    ObserveOp observe = site.observe;
    OpBuilder b(observe);
    SmallVector<float> inverse;
    for (float scale : scales)
      inverse.push_back(1 / scale);
    Value x = observe.getInput();
    if (!x.hasOneUse() || (!scaleLayerNorm(x, inverse) && !scaleProduct(x, inverse)))
      observe.setOperand(
          TensorBuilder(b, observe.getLoc()).mul(x, TensorBuilder(b, observe.getLoc()).numbers(inverse)));
    for (onnx::MatMulOp product : site.readers) {
      OpBuilder before(product);
      product.setOperand(1, ChannelWeights(product).scaled(before, product.getLoc(), scales));
    }
    ChannelRanges(observe).scaled(inverse).describe(observe);
  }
};

} // namespace
