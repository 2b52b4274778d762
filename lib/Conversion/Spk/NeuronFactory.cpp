//===- NeuronFactory.cpp - fitted neurons as attributes ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronFactory.h"

#include "rheobase/Neurons/Fit.h"
#include "rheobase/Neurons/Function.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;
using neurons::Composition;
using neurons::Result;

namespace {

template <typename AttrTy> ReductionInterface reduction(MLIRContext *context) {
  return cast<ReductionInterface>(Attribute(AttrTy::get(context)));
}

/// Functions that an exact split of the exponent brings down to one short interval.
struct RangeReduced {
  StringRef function, onMantissa;
  ReductionInterface (*reduction)(MLIRContext *);
};
constexpr RangeReduced kRangeReduced[] = {
    {"exp", "exp2", reduction<ExpAttr>},
    {"reciprocal", "reciprocal", reduction<ReciprocalAttr>},
    {"rsqrt", "rsqrt", reduction<RsqrtAttr>},
};

ReductionInterface reductionOf(Composition form, MLIRContext *context) {
  switch (form) {
  case Composition::ReluMinus:
    return reduction<ReluMinusAttr>(context);
  case Composition::Odd:
    return reduction<OddAttr>(context);
  case Composition::OddPlus:
    return reduction<LogisticAttr>(context);
  }
  return reduction<DirectAttr>(context);
}

} // namespace

std::optional<FittedNeuron> NeuronFactory::make(Operation *op, StringRef function) {
  auto [entry, isNew] = made.try_emplace(function);
  if (!isNew)
    return entry->second;
  if (Result<FittedNeuron> result = fit(function)) {
    entry->second = *result;
  } else {
    op->emitError() << result.error();
    failed = true;
  }
  return entry->second;
}

Result<FittedNeuron> NeuronFactory::fit(StringRef function) const {
  for (const RangeReduced &entry : kRangeReduced)
    if (function == entry.function)
      return fitted(entry.onMantissa, entry.reduction(context));
  if (kind.fitsParts())
    if (const neurons::Decomposition *parts =
            neurons::decompositionOf(std::string_view(function.data(), function.size())))
      return fitted(StringRef(parts->part.data(), parts->part.size()), reductionOf(parts->form, context));
  return fitted(function, reduction<DirectAttr>(context));
}

Result<FittedNeuron> NeuronFactory::fitted(StringRef function, ReductionInterface how) const {
  neurons::FitRequest request;
  request.kind = std::string(kind.name());
  request.function = function.str();
  request.steps = steps;
  Result<const neurons::Table *> table = neurons::neuronFor(request);
  if (!table)
    return neurons::Error{table.error()};
  return FittedNeuron{attributeOf(**table), how};
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
