//===- Sites.cpp - how exporters wrap what we look for ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sites.h"

#include "rheobase/Interfaces/ConstantData.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

/// Integers that count: pixels are bytes, and what is compared is as good as what it is compared with.
static bool isCount(Value v) {
  auto type = dyn_cast<RankedTensorType>(v.getType());
  constexpr unsigned byte = 8;
  return type && isa<IntegerType>(type.getElementType()) && type.getElementTypeBitWidth() > byte;
}

static bool isMask(Value v) {
  auto type = dyn_cast<RankedTensorType>(v.getType());
  return type && type.getElementType().isInteger(1) && isa<BlockArgument>(v);
}

bool PositionValues::contains(Value v) {
  auto [entry, isNew] = known.try_emplace(v, false);
  if (!isNew)
    return entry->second;
  Operation *op = v.getDefiningOp();
  bool is = isConstant(v) || isCount(v) || isMask(v);
  // A table that is read by an index is an embedding.
  if (!is && op && isa<onnx::OnnxDialect>(op->getDialect()) && !isa<onnx::GatherOp>(op))
    is = llvm::all_of(op->getOperands(), [&](Value operand) { return contains(operand); });
  return known[v] = is;
}

ObserveOp rheobase::spk::neuronSiteBehind(Value v) {
  auto site = v.getDefiningOp<ObserveOp>();
  return site && site.getRole() == kNeuronRole ? site : ObserveOp();
}

Value rheobase::spk::withoutNeuronSite(Value v) {
  ObserveOp site = neuronSiteBehind(v);
  return site ? site.getInput() : v;
}

ObserveOp rheobase::spk::attentionSiteBehind(Value v) {
  auto site = v.getDefiningOp<ObserveOp>();
  return site && site.getRole() == kAttentionRole ? site : ObserveOp();
}

onnx::SoftmaxOp rheobase::spk::softmaxBehind(Value v) {
  if (ObserveOp site = attentionSiteBehind(v))
    v = site.getInput();
  if (auto where = v.getDefiningOp<onnx::WhereOp>()) {
    auto guard = where.getCondition().getDefiningOp<onnx::IsNaNOp>();
    if (!guard || guard.getX() != where.getY() || uniformConstant(where.getX()) != 0.0)
      return nullptr;
    v = where.getY();
  }
  return v.getDefiningOp<onnx::SoftmaxOp>();
}

bool rheobase::spk::isOverLastAxis(onnx::SoftmaxOp softmax) {
  int64_t axis = softmax.getAxis();
  return axis == -1 || axis == cast<RankedTensorType>(softmax.getInput().getType()).getRank() - 1;
}

Value rheobase::spk::meanSquareOf(Value v) {
  auto mean = v.getDefiningOp<onnx::ReduceMeanOp>();
  if (!mean || !mean.getKeepdims() || !mean.getAxes())
    return {};
  Value square = mean.getData(), x;
  if (auto product = square.getDefiningOp<onnx::MulOp>(); product && product.getA() == product.getB())
    x = product.getA();
  else if (auto power = square.getDefiningOp<onnx::PowOp>(); power && uniformConstant(power.getY()) == 2.0)
    x = power.getX();
  std::optional<double> axis = uniformConstant(mean.getAxes());
  if (!x || !axis || (*axis != -1 && *axis != cast<RankedTensorType>(x.getType()).getRank() - 1))
    return {};
  return x;
}

Value rheobase::spk::rmsNormInput(Value v) {
  auto rootBehind = [](Value divisor, Value x) {
    auto root = divisor.getDefiningOp<onnx::SqrtOp>();
    auto sum = root ? root.getX().getDefiningOp<onnx::AddOp>() : onnx::AddOp();
    return sum && x && (meanSquareOf(sum.getA()) == x || meanSquareOf(sum.getB()) == x);
  };
  if (auto div = v.getDefiningOp<onnx::DivOp>())
    return rootBehind(div.getB(), div.getA()) ? div.getA() : Value();
  auto mul = v.getDefiningOp<onnx::MulOp>();
  if (!mul)
    return {};
  for (auto [x, inverse] : {std::pair(mul.getA(), mul.getB()), std::pair(mul.getB(), mul.getA())}) {
    auto reciprocal = inverse.getDefiningOp<onnx::ReciprocalOp>();
    auto div = inverse.getDefiningOp<onnx::DivOp>();
    if ((reciprocal && rootBehind(reciprocal.getX(), x)) ||
        (div && uniformConstant(div.getA()) == 1.0 && rootBehind(div.getB(), x)))
      return x;
  }
  return {};
}
