//===- Neurons.cpp - static neurons: clamped segments, threshold recurrences --===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Spk.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace rheobase::spk;

namespace {

Value f32(OpBuilder &b, Location loc, double value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(static_cast<float>(value)));
}

Value i32(OpBuilder &b, Location loc, int32_t value) {
  return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
}

Value compare(OpBuilder &b, Location loc, arith::CmpFPredicate predicate, Value x, Value y) {
  return arith::CmpFOp::create(b, loc, predicate, x, y);
}

Value select(OpBuilder &b, Location loc, Value condition, Value yes, Value no) {
  return arith::SelectOp::create(b, loc, condition, yes, no);
}

Value add(OpBuilder &b, Location loc, Value x, Value y) {
  return arith::AddFOp::create(b, loc, x, y);
}
Value sub(OpBuilder &b, Location loc, Value x, Value y) {
  return arith::SubFOp::create(b, loc, x, y);
}
Value mul(OpBuilder &b, Location loc, Value x, Value y) {
  return arith::MulFOp::create(b, loc, x, y);
}

/// q_k of one segment as a whole f32 in [0, 2^B]; NaN is the lower end.
Value segmentCode(OpBuilder &b, Location loc, SegmentNeuronAttr neuron, size_t k, Value x) {
  Value v = mul(b, loc, sub(b, loc, x, f32(b, loc, neuron.getOffsets()[k])), f32(b, loc, neuron.getScales()[k]));
  Value low = f32(b, loc, 0), high = f32(b, loc, double(int64_t(1) << (neuron.getSteps() - 1)));
  v = select(b, loc, compare(b, loc, arith::CmpFPredicate::OGT, v, low), v, low);
  v = select(b, loc, compare(b, loc, arith::CmpFPredicate::OLT, v, high), v, high);
  return math::RoundEvenOp::create(b, loc, v);
}

/// What a basis sees of x, by the numbers of `feeds`.
Value feed(OpBuilder &b, Location loc, int32_t how, Value x) {
  static constexpr int32_t kPositive = 1, kNegative = 2, kMagnitude = 3;
  Value zero = f32(b, loc, 0);
  if (how == kMagnitude)
    return math::AbsFOp::create(b, loc, x);
  if (how == kNegative)
    x = arith::NegFOp::create(b, loc, x);
  if (how == kPositive || how == kNegative)
    return select(b, loc, compare(b, loc, arith::CmpFPredicate::OGT, x, zero), x, zero);
  return x;
}

/// x moved into the neuron's interval; NaN is the lower end.
Value clampToInterval(OpBuilder &b, Location loc, RecurrentNeuronAttr neuron, Value x) {
  Value low = f32(b, loc, neuron.getLower().getValueAsDouble()),
        high = f32(b, loc, neuron.getUpper().getValueAsDouble());
  x = select(b, loc, compare(b, loc, arith::CmpFPredicate::OGT, x, low), x, low);
  return select(b, loc, compare(b, loc, arith::CmpFPredicate::OLT, x, high), x, high);
}

/// Runs every step of every basis, calling `fire(spike condition, table index)`.
template <typename Fire>
void runRecurrence(OpBuilder &b, Location loc, RecurrentNeuronAttr neuron, Value x, Fire fire) {
  x = clampToInterval(b, loc, neuron, x);
  for (unsigned n = 0; n < neuron.getBases(); ++n) {
    Value u = sub(b, loc, feed(b, loc, neuron.getFeeds()[n], x), f32(b, loc, neuron.getOffsets()[n]));
    for (unsigned t = 0; t < neuron.getSteps(); ++t) {
      size_t i = size_t(n) * neuron.getSteps() + t;
      Value spike = compare(b, loc, arith::CmpFPredicate::OGE, u, f32(b, loc, neuron.getThresholds()[i]));
      fire(spike, i);
      u = select(b, loc, spike, sub(b, loc, u, f32(b, loc, neuron.getResets()[i])), u);
    }
  }
}

} // namespace

//===----------------------------------------------------------------------===//
// SegmentNeuronAttr
//===----------------------------------------------------------------------===//

LogicalResult SegmentNeuronAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned steps, FloatAttr bias,
                                        DenseF32ArrayAttr offsets, DenseF32ArrayAttr scales, DenseF32ArrayAttr slopes) {
  if (steps < 1 || steps > 16)
    return emitError() << "segment neuron has " << steps << " steps, 1 to 16 expected";
  if (offsets.empty() || offsets.size() != scales.size() || offsets.size() != slopes.size())
    return emitError() << "segment neuron has " << offsets.size() << " offsets, " << scales.size() << " scales and "
                       << slopes.size() << " slopes, as many of each expected and at least one";
  return success();
}

unsigned SegmentNeuronAttr::getStepCount() const {
  return getSteps();
}
unsigned SegmentNeuronAttr::getBaseCount() const {
  return size_t(getOffsets().size());
}

Value SegmentNeuronAttr::emitOutput(OpBuilder &b, Location loc, Value x) const {
  Value y = f32(b, loc, getBias().getValueAsDouble());
  for (size_t k = 0; k < size_t(getOffsets().size()); ++k)
    y = add(b, loc, y, mul(b, loc, f32(b, loc, getSlopes()[k]), segmentCode(b, loc, *this, k, x)));
  return y;
}

Value SegmentNeuronAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x) const {
  Value count = i32(b, loc, 0);
  for (size_t k = 0; k < size_t(getOffsets().size()); ++k) {
    Value q = arith::FPToSIOp::create(b, loc, b.getI32Type(), segmentCode(b, loc, *this, k, x));
    // A saturated segment is the single bit 2^B: one spike, as the neuron falls silent after it.
    count = arith::AddIOp::create(b, loc, count, math::CtPopOp::create(b, loc, q));
  }
  return count;
}

//===----------------------------------------------------------------------===//
// RecurrentNeuronAttr
//===----------------------------------------------------------------------===//

LogicalResult RecurrentNeuronAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef kind, unsigned bases,
                                          unsigned steps, FloatAttr bias, FloatAttr lower, FloatAttr upper,
                                          DenseI32ArrayAttr feeds, DenseF32ArrayAttr offsets,
                                          DenseF32ArrayAttr thresholds, DenseF32ArrayAttr resets,
                                          DenseF32ArrayAttr outputs) {
  if (steps < 1 || steps > 16)
    return emitError() << "recurrent neuron has " << steps << " steps, 1 to 16 expected";
  if (bases < 1 || bases > 64)
    return emitError() << "recurrent neuron has " << bases << " bases, 1 to 64 expected";
  if (size_t(offsets.size()) != bases || size_t(feeds.size()) != bases)
    return emitError() << "recurrent neuron has " << offsets.size() << " offsets and " << feeds.size()
                       << " feeds, one of each per basis (" << bases << ") expected";
  if (llvm::any_of(feeds.asArrayRef(), [](int32_t how) { return how < 0 || how > 3; }))
    return emitError() << "recurrent neuron has a feed outside 0 to 3";
  size_t entries = size_t(bases) * steps;
  if (size_t(thresholds.size()) != entries || size_t(resets.size()) != entries || size_t(outputs.size()) != entries)
    return emitError() << "recurrent neuron has tables of " << thresholds.size() << ", " << resets.size() << " and "
                       << outputs.size() << " entries, bases times steps (" << entries << ") expected";
  return success();
}

unsigned RecurrentNeuronAttr::getStepCount() const {
  return getSteps();
}
unsigned RecurrentNeuronAttr::getBaseCount() const {
  return getBases();
}

Value RecurrentNeuronAttr::emitOutput(OpBuilder &b, Location loc, Value x) const {
  Value y = f32(b, loc, getBias().getValueAsDouble());
  runRecurrence(b, loc, *this, x, [&](Value spike, size_t i) {
    y = select(b, loc, spike, add(b, loc, y, f32(b, loc, getOutputs()[i])), y);
  });
  return y;
}

Value RecurrentNeuronAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x) const {
  Value count = i32(b, loc, 0);
  runRecurrence(b, loc, *this, x, [&](Value spike, size_t) {
    count = arith::AddIOp::create(b, loc, count, arith::ExtUIOp::create(b, loc, b.getI32Type(), spike));
  });
  return count;
}
