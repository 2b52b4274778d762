//===- SegmentNeuron.cpp - clamped segments ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scalars.h"
#include "dialects/spk/Spk.h"

#include <cmath>

using namespace mlir;
using namespace rheobase::spk;

/// 2^B, the code of a saturated segment.
static float saturated(SegmentNeuronAttr neuron) {
  return static_cast<float>(int64_t(1) << (neuron.getSteps() - 1));
}

/// q of the segment with this offset and scale as a whole f32 in [0, 2^B]; NaN is the lower end.
static Value segmentCode(Scalars &s, SegmentNeuronAttr neuron, Value offset, Value scale, Value x) {
  Value v = s.mul(s.sub(x, offset), scale);
  v = s.atMost(s.atLeast(v, s.f32(0)), s.f32(saturated(neuron)));
  return math::RoundEvenOp::create(s.b, s.loc, v);
}

static Value segmentCode(Scalars &s, SegmentNeuronAttr neuron, size_t k, Value x) {
  return segmentCode(s, neuron, s.f32(neuron.getOffsets()[k]), s.f32(neuron.getScales()[k]), x);
}

/// Whether each segment is saturated where the next one begins: then all but one add the same for every input, those
/// before it all they can and those behind it nothing.
static bool isStaircase(SegmentNeuronAttr neuron) {
  ArrayRef<float> offsets = neuron.getOffsets(), scales = neuron.getScales();
  float most = saturated(neuron), bias = neuron.getBias().getValue().convertToFloat();
  bool isNegativeZero = bias == 0 && std::signbit(bias);
  for (size_t k = 0; k + 1 < offsets.size(); ++k)
    if (!(offsets[k] < offsets[k + 1]) || !((offsets[k + 1] - offsets[k]) * scales[k] > most - 0.5f))
      return false;
  return !isNegativeZero && llvm::all_of(scales, [](float scale) { return scale > 0; });
}

/// The entry of a table for the segment that x is in.
static Value entryAt(Scalars &s, SegmentNeuronAttr neuron, ArrayRef<float> table, Value x) {
  Value entry = s.f32(table.front());
  for (size_t k = 1; k < table.size(); ++k)
    entry = s.select(s.atOrAbove(x, s.f32(neuron.getOffsets()[k])), s.f32(table[k]), entry);
  return entry;
}

/// The sum over all segments, of which one needs computing: the same bits, as the segments before it add a constant,
/// summed here in the same order, and those behind it zeros.
static Value emitStaircase(Scalars &s, SegmentNeuronAttr neuron, Value x) {
  SmallVector<float> before{neuron.getBias().getValue().convertToFloat()};
  for (float slope : ArrayRef<float>(neuron.getSlopes()).drop_back())
    before.push_back(before.back() + slope * saturated(neuron));
  Value offset = entryAt(s, neuron, neuron.getOffsets(), x), scale = entryAt(s, neuron, neuron.getScales(), x);
  Value code = segmentCode(s, neuron, offset, scale, x);
  return s.add(entryAt(s, neuron, before, x), s.mul(entryAt(s, neuron, neuron.getSlopes(), x), code));
}

LogicalResult SegmentNeuronAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned steps, FloatAttr bias,
                                        DenseF32ArrayAttr offsets, DenseF32ArrayAttr scales, DenseF32ArrayAttr slopes) {
  if (steps < 1 || steps > 16)
    return emitError() << "segment neuron has " << steps << " steps, 1 to 16 expected";
  if (offsets.empty() || offsets.size() != scales.size() || offsets.size() != slopes.size())
    return emitError() << "segment neuron has " << offsets.size() << " offsets, " << scales.size() << " scales and "
                       << slopes.size() << " slopes, as many of each expected and at least one";
  return success();
}

StringRef SegmentNeuronAttr::getKindName() const {
  return "segment";
}
unsigned SegmentNeuronAttr::getStepCount() const {
  return getSteps();
}
unsigned SegmentNeuronAttr::getBaseCount() const {
  return 1;
}

Value SegmentNeuronAttr::emitOutput(OpBuilder &b, Location loc, Value x) const {
  Scalars s{b, loc};
  if (isStaircase(*this))
    return emitStaircase(s, *this, x);
  Value y = s.f32(getBias().getValueAsDouble());
  for (size_t k = 0; k < size_t(getOffsets().size()); ++k)
    y = s.add(y, s.mul(s.f32(getSlopes()[k]), segmentCode(s, *this, k, x)));
  return y;
}

Value SegmentNeuronAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x) const {
  Scalars s{b, loc};
  Value count = s.i32(0);
  for (size_t k = 0; k < size_t(getOffsets().size()); ++k) {
    Value q = arith::FPToSIOp::create(b, loc, b.getI32Type(), segmentCode(s, *this, k, x));
    // A saturated segment is the single bit 2^B: one spike, as the neuron falls silent after it.
    count = s.addI(count, math::CtPopOp::create(b, loc, q));
  }
  return count;
}
