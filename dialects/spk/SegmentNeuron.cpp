//===- SegmentNeuron.cpp - clamped segments ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scalars.h"
#include "dialects/spk/Spk.h"

using namespace mlir;
using namespace rheobase::spk;

/// q_k of one segment as a whole f32 in [0, 2^B]; NaN is the lower end.
static Value segmentCode(Scalars &s, SegmentNeuronAttr neuron, size_t k, Value x) {
  Value v = s.mul(s.sub(x, s.f32(neuron.getOffsets()[k])), s.f32(neuron.getScales()[k]));
  v = s.atMost(s.atLeast(v, s.f32(0)), s.f32(double(int64_t(1) << (neuron.getSteps() - 1))));
  return math::RoundEvenOp::create(s.b, s.loc, v);
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
