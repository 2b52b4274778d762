//===- NeuronFactory.cpp - fitted neurons as attributes ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronFactory.h"

#include "rheobase/Neurons/Composite.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;
using neurons::Interval;
using neurons::Result;

namespace {

/// The attribute of one of these names.
template <typename... AttrTys> ReductionInterface reductionNamed(StringRef name, MLIRContext *context) {
  ReductionInterface found;
  (void)((AttrTys::getMnemonic() == name && (found = cast<ReductionInterface>(Attribute(AttrTys::get(context))))) ||
         ...);
  return found;
}

/// Where an interval of inputs ends that calibration saw up to `reach`: an eighth further, as other inputs will go
/// further, and at one of four ends an octave, so that sites share fits.
float withRoom(float reach) {
  constexpr float room = 1.125f, least = 0x1p-4f, most = 0x1p19f;
  constexpr float perOctave = 8; // of mantissas in [1/2, 1)
  int exponent = 0;
  float mantissa = std::frexp(std::clamp(reach * room, least, most), &exponent);
  return std::ldexp(std::ceil(mantissa * perOctave) / perOctave, exponent);
}

std::optional<Interval> withRoom(std::optional<Interval> range) {
  if (!range || !std::isfinite(range->lower) || !std::isfinite(range->upper))
    return std::nullopt;
  return Interval{range->lower < 0 ? -withRoom(-range->lower) : 0, withRoom(std::max(range->upper, 0.0f))};
}

} // namespace

std::optional<FittedNeuron> NeuronFactory::make(Operation *op, StringRef function, std::optional<Interval> range) {
  std::optional<Interval> interval = withRoom(range);
  Interval ends = interval.value_or(Interval{});
  auto [entry, isNew] = made.try_emplace({function.str(), ends.lower, ends.upper});
  std::optional<FittedNeuron> &neuron = entry->second;
  if (!isNew)
    return neuron;
  if (Result<FittedNeuron> result = fit(function, interval)) {
    neuron = *result;
  } else {
    op->emitError() << result.error();
    failed = true;
  }
  return neuron;
}

Result<FittedNeuron> NeuronFactory::fit(StringRef function, std::optional<Interval> interval) const {
  neurons::FitRequest request;
  request.kind = std::string(kind.name());
  request.function = function.str();
  request.steps = steps;
  request.interval = interval;
  Result<neurons::Composite> composite = neurons::compositeFor(request);
  if (!composite)
    return neurons::Error{composite.error()};
  std::string_view name = composite->reduction->name;
  ReductionInterface reduction =
      reductionNamed<DirectAttr, ReluMinusAttr, OddAttr, LogisticAttr, ExpAttr, ReciprocalAttr, RsqrtAttr>(
          StringRef(name.data(), name.size()), context);
  return FittedNeuron{attributeOf(composite->fitted->table), reduction};
}

NeuronInterface NeuronFactory::attributeOf(const neurons::Table &table) const {
  Builder b(context);
  SmallVector<float> offsets, scales, slopes;
  SmallVector<int32_t> feeds;
  for (auto [n, basis] : llvm::enumerate(table.bases)) {
    offsets.push_back(basis.offset);
    scales.push_back(basis.scale);
    // One unit of q_k is the last step's output.
    slopes.push_back(table.outputs[table.at(n, table.steps - 1)]);
    feeds.push_back(static_cast<int32_t>(basis.feed));
  }
  FloatAttr bias = b.getF32FloatAttr(table.bias);
  auto floats = [&](ArrayRef<float> v) { return b.getDenseF32ArrayAttr(v); };
  if (table.saturates)
    return cast<NeuronInterface>(
        Attribute(SegmentNeuronAttr::get(context, table.steps, bias, floats(offsets), floats(scales), floats(slopes))));
  return cast<NeuronInterface>(Attribute(RecurrentNeuronAttr::get(
      context, table.kind, table.bases.size(), table.steps, bias, b.getF32FloatAttr(table.interval.lower),
      b.getF32FloatAttr(table.interval.upper), b.getDenseI32ArrayAttr(feeds), floats(offsets), floats(table.thresholds),
      floats(table.resets), floats(table.outputs))));
}
