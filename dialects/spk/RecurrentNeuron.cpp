//===- RecurrentNeuron.cpp - threshold recurrences over tables -----------------===//
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

namespace {

/// What a basis sees of x, by the numbers of `feeds`.
Value feed(Scalars &s, int32_t how, Value x) {
  static constexpr int32_t kPositive = 1, kNegative = 2, kMagnitude = 3;
  if (how == kMagnitude)
    return s.abs(x);
  if (how == kNegative)
    x = s.negate(x);
  return how == kPositive || how == kNegative ? s.atLeast(x, s.f32(0)) : x;
}

/// Runs every step of every basis, calling `fire(spike condition, table index)`.
template <typename Fire> void runRecurrence(Scalars &s, RecurrentNeuronAttr neuron, Value x, Fire fire) {
  x = s.atLeast(x, s.f32(neuron.getLower().getValueAsDouble()));
  x = s.atMost(x, s.f32(neuron.getUpper().getValueAsDouble()));
  for (unsigned n = 0; n < neuron.getBases(); ++n) {
    Value u = s.sub(feed(s, neuron.getFeeds()[n], x), s.f32(neuron.getOffsets()[n]));
    for (unsigned t = 0; t < neuron.getSteps(); ++t) {
      size_t i = size_t(n) * neuron.getSteps() + t;
      Value spike = s.atOrAbove(u, s.f32(neuron.getThresholds()[i]));
      fire(spike, i);
      u = s.select(spike, s.sub(u, s.f32(neuron.getResets()[i])), u);
    }
  }
}

} // namespace

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
  if (!(lower.getValueAsDouble() < upper.getValueAsDouble()))
    return emitError() << "recurrent neuron has the interval [" << lower.getValueAsDouble() << ", "
                       << upper.getValueAsDouble() << "], a lower end below the upper one expected";
  size_t entries = size_t(bases) * steps;
  if (size_t(thresholds.size()) != entries || size_t(resets.size()) != entries || size_t(outputs.size()) != entries)
    return emitError() << "recurrent neuron has tables of " << thresholds.size() << ", " << resets.size() << " and "
                       << outputs.size() << " entries, bases times steps (" << entries << ") expected";
  return success();
}

StringRef RecurrentNeuronAttr::getKindName() const {
  return getKind();
}
unsigned RecurrentNeuronAttr::getStepCount() const {
  return getSteps();
}
unsigned RecurrentNeuronAttr::getBaseCount() const {
  return getBases();
}

Value RecurrentNeuronAttr::emitOutput(OpBuilder &b, Location loc, Value x) const {
  Scalars s{b, loc};
  Value y = s.f32(getBias().getValueAsDouble());
  runRecurrence(s, *this, x, [&](Value spike, size_t i) { y = s.select(spike, s.add(y, s.f32(getOutputs()[i])), y); });
  return y;
}

Value RecurrentNeuronAttr::emitSpikeCount(OpBuilder &b, Location loc, Value x) const {
  Scalars s{b, loc};
  Value count = s.i32(0);
  runRecurrence(s, *this, x, [&](Value spike, size_t) {
    count = s.addI(count, arith::ExtUIOp::create(b, loc, b.getI32Type(), spike));
  });
  return count;
}
