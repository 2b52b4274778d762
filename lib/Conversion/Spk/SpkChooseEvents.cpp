//===- SpkChooseEvents.cpp - spk-choose-events --------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "Sites.h"
#include "rheobase/Conversion/Spk/Events.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "llvm/Support/MathExtras.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKCHOOSEEVENTS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// The cost model's constants, measured on one core of a Zen 4 server (AVX-512 VNNI, 1 MB of second-level cache) over
/// layers of 768 x 3072 and 3072 x 768 with 197 rows: products of a weight and an input per nanosecond, of the dense
/// kernels and of the event kernels, and nanoseconds per input to list events, of all inputs and of those that fire.
constexpr double kDenseBytes = 229, kDenseNumbers = 57;
constexpr double kEventBytes = 75, kEventNumbers = 16;
constexpr double kListedInput = 0.05, kListedEvent = 1;
/// Columns come in groups as wide as these.
constexpr uint64_t kDenseColumns = 16, kEventColumns = 64;

/// The train behind an operand in value form: its integers, or the numbers that they stand for.
Value trainBehind(Operation *product) {
  if (auto matmul = dyn_cast<MatmulOp>(product)) {
    auto codes = matmul.getLhs().getDefiningOp<CodesOp>();
    bool narrow = matmul.getAcc().getType().getElementType().isInteger(32) && !matmul.getRhsUnsigned();
    return codes && narrow ? codes.getTrain() : Value();
  }
  if (auto numbers = dyn_cast<onnx::MatMulOp>(product)) {
    CodedOperand lhs = codedOperand(numbers, 0);
    return lhs.zero && !hasKnownSums(numbers.getB()) ? Value() : lhs.train;
  }
  auto synapse = dyn_cast<SynapseOp>(product);
  return synapse && synapse.getEvents() ? synapse.getTrain() : Value();
}

std::optional<EventLayer> matchLayer(Operation *product) {
  Value train = trainBehind(product);
  if (!train || !isConstant(product->getOperand(1)) ||
      !cast<TrainType>(train.getType()).getCode().getStorageType().isInteger(8))
    return std::nullopt;
  auto weights = cast<RankedTensorType>(product->getOperand(1).getType());
  bool onNumbers = weights.getElementType().isF32();
  auto isOne = [](int64_t size) { return size == 1; };
  if (weights.getRank() < 2 || !llvm::all_of(weights.getShape().drop_back(2), isOne) ||
      !(onNumbers || weights.getElementType().isInteger(8)))
    return std::nullopt;
  return EventLayer{product, train, weights.getShape().drop_back().back(), weights.getShape().back(), onNumbers};
}

/// The product by events; the same scalar program stands behind it.
void walkEvents(const EventLayer &layer) {
  IRRewriter rewriter(layer.product);
  Location loc = layer.product->getLoc();
  Value weights = layer.product->getOperand(1);
  Type type = layer.product->getResult(0).getType();
  auto synapse = SynapseOp::create(rewriter, loc, type, layer.train, weights, /*events=*/true);
  if (Attribute active = layer.product->getAttr(kActiveAttr))
    synapse->setAttr(kActiveAttr, active);
  auto numbers = dyn_cast<onnx::MatMulOp>(layer.product);
  if (!numbers)
    return rewriter.replaceOp(layer.product, synapse);
  CodedOperand lhs = codedOperand(numbers, 0);
  Value acc = withoutOffset(rewriter, loc, synapse, lhs.zero, weights);
  replaceByScaled(rewriter, numbers, acc, lhs.step, Value());
}

struct SpkChooseEvents : rheobase::spk::impl::SpkChooseEventsBase<SpkChooseEvents> {
  using Base::Base;

  void runOnOperation() override {
    for (const EventLayer &layer : eventLayers(getOperation())) {
      if (isa<SynapseOp>(layer.product))
        continue;
      std::optional<double> active = layer.active();
      if (all || (active && predictCosts(layer, *active).eventsWin()))
        walkEvents(layer);
    }
  }
};

} // namespace

std::optional<double> EventLayer::active() const {
  auto attr = product->getAttrOfType<FloatAttr>(kActiveAttr);
  return attr ? std::optional(attr.getValueAsDouble()) : std::nullopt;
}

SmallVector<EventLayer> rheobase::spk::eventLayers(func::FuncOp func) {
  SmallVector<EventLayer> layers;
  func.walk([&](Operation *op) {
    if (auto layer = isa<MatmulOp, SynapseOp, onnx::MatMulOp>(op) ? matchLayer(op) : std::nullopt)
      layers.push_back(*layer);
  });
  return layers;
}

FormCosts rheobase::spk::predictCosts(const EventLayer &layer, double active) {
  auto inputs = static_cast<double>(layer.inputs);
  auto products = [&](uint64_t columns) { return inputs * static_cast<double>(llvm::alignTo(layer.outputs, columns)); };
  double list = inputs * (kListedInput + active * kListedEvent);
  return {products(kDenseColumns) / (layer.onNumbers ? kDenseNumbers : kDenseBytes),
          list + active * products(kEventColumns) / (layer.onNumbers ? kEventNumbers : kEventBytes)};
}
