//===- SpkQuantizeWeights.cpp - spk-quantize-weights --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sites.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Interfaces/ConstantData.h"

#include <cmath>

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKQUANTIZEWEIGHTS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

constexpr int kMaxCode = 127;

/// Rounds half to even without depending on the floating-point environment.
float roundHalfEven(float v) {
  float floor = std::floor(v), rest = v - floor;
  if (rest != 0.5f)
    return rest < 0.5f ? floor : floor + 1;
  return std::fmod(floor, 2.0f) == 0 ? floor : floor + 1;
}

/// Infinities and NaN have no code: such a matrix stays as it is.
bool isFinite(const ConstantData &data) {
  for (int64_t i = 0; i < data.size(); ++i)
    if (!std::isfinite(data.number(i)))
      return false;
  return true;
}

struct SpkQuantizeWeights : rheobase::spk::impl::SpkQuantizeWeightsBase<SpkQuantizeWeights> {
  void runOnOperation() override {
    llvm::DenseMap<std::pair<Value, int64_t>, Value> done;
    getOperation().walk([&](onnx::MatMulOp op) {
      // The contracted axis, counted from the end: the last of the left operand, the one before it of the right.
      for (auto [side, contracted] : {std::pair(0, int64_t(1)), std::pair(1, int64_t(2))}) {
        OpOperand &weights = op->getOpOperand(side);
        if (!isConstant(weights.get()) || !op->getOperand(1 - side).getDefiningOp<DecodeOp>())
          continue;
        Value &packed = done[{weights.get(), contracted}];
        if (!packed)
          packed = quantise(weights.get(), contracted, op.getLoc());
        if (packed)
          weights.set(packed);
      }
    });
  }

private:
  /// Codes and a scale for every vector along the contracted axis; null where the constant cannot be read.
  Value quantise(Value weights, int64_t contractedFromEnd, Location loc) {
    auto type = cast<RankedTensorType>(weights.getType());
    std::optional<ConstantData> data = ConstantData::of(weights);
    if (!data || !type.getElementType().isF32() || type.getRank() < 2 || !isFinite(*data))
      return {};
    int64_t axis = type.getRank() - contractedFromEnd, length = type.getDimSize(axis), stride = 1;
    for (int64_t d : type.getShape().drop_front(axis + 1))
      stride *= d;
    SmallVector<int64_t> scaleShape(type.getShape());
    scaleShape[axis] = 1;
    OpBuilder b(weights.getContext());
    b.setInsertionPointAfterValue(weights);
    auto codesType = cast<RankedTensorType>(type.clone(b.getI8Type()));
    auto scalesType = type.clone(scaleShape);
    ConstantBuilder codes(codesType), scales(scalesType);
    for (int64_t i = 0, n = scalesType.getNumElements(); i < n; ++i) {
      int64_t first = i / stride * stride * length + i % stride;
      float largest = 0;
      for (int64_t k = 0; k < length; ++k)
        largest = std::max(largest, std::abs(static_cast<float>(data->number(first + k * stride))));
      // An all-zero output keeps a scale that is a number.
      float scale = largest > 0 ? largest / kMaxCode : 1.0f;
      scales.setNumber(i, scale);
      for (int64_t k = 0; k < length; ++k) {
        float code = roundHalfEven(static_cast<float>(data->number(first + k * stride)) / scale);
        codes.setInteger(first + k * stride, static_cast<int64_t>(std::clamp<float>(code, -kMaxCode, kMaxCode)));
      }
    }
    Value q = onnx::ConstantOp::create(b, loc, codes.finish());
    Value s = onnx::ConstantOp::create(b, loc, scales.finish());
    return UnpackOp::create(b, loc, type, q, s);
  }
};

} // namespace
