//===- Exponential.cpp - neurons whose tables decay exponentially ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "MbeFit.h"

#include <algorithm>

using namespace rheobase::neurons;

Feed mbe_parts::signedFeed(int) {
  return Feed::Signed;
}
Feed mbe_parts::splitFeed(int basis) {
  return basis % 2 ? Feed::Negative : Feed::Positive;
}
Feed mbe_parts::rectifiedFeed(int basis) {
  return basis ? Feed::Magnitude : Feed::Positive;
}
bool mbe_parts::everywhere(Interval) {
  return true;
}
bool mbe_parts::reachesAboveZero(Interval interval) {
  return interval.upper > 0;
}
bool mbe_parts::hasZeroInside(Interval interval) {
  return interval.lower < 0 && interval.upper > 0;
}

/// As the paper: 4 for the activations, 8 for the mantissa functions.
int ExponentialNeuron::defaultBases(const Function &function) const {
  return function.natural == Natural::Normal || function.natural == Natural::HalfNormal ? 4 : 8;
}

std::vector<std::string_view> ExponentialNeuron::variants(const Shape &shape) const {
  std::vector<std::string_view> names;
  for (const MbeVariant &variant : all)
    if (shape.bases >= variant.leastBases && variant.suits(shape.interval))
      names.push_back(variant.name);
  return names;
}

size_t ExponentialNeuron::parameterCount(const Shape &shape) const {
  return 1 + MbeBasis::kNumbers * static_cast<size_t>(shape.bases);
}

Table ExponentialNeuron::expand(const Shape &shape, const std::vector<float> &parameters) const {
  Table table;
  table.kind = name();
  table.steps = shape.steps;
  table.interval = shape.interval;
  table.bias = parameters[0];
  for (size_t at = 1; at < parameters.size(); at += MbeBasis::kNumbers) {
    MbeBasis basis = MbeBasis::read(&parameters[at]);
    table.bases.push_back({basis.feed, basis.offset, 1});
    double threshold = basis.alpha, reset = basis.alpha, output = basis.weight;
    for (int t = 0; t < shape.steps; ++t) {
      table.thresholds.push_back(static_cast<float>(threshold));
      table.resets.push_back(static_cast<float>(reset));
      table.outputs.push_back(static_cast<float>(output));
      threshold *= basis.thresholdDecay;
      reset *= basis.resetDecay;
      output *= basis.outputDecay;
    }
  }
  return table;
}

/// dt/tau of a decay exp(-dt/tau).
static double rateOf(float decay) {
  return -arithmetic::log(decay);
}

Listing ExponentialNeuron::list(const Shape &, const std::vector<float> &parameters) const {
  Listing listing;
  listing.columns = {"offset", "alpha", "dt/tau_theta", "dt/tau_r", "dt/tau_d", "w"};
  listing.bias = parameters[0];
  for (size_t at = 1; at < parameters.size(); at += MbeBasis::kNumbers) {
    MbeBasis basis = MbeBasis::read(&parameters[at]);
    listing.rows.push_back({"basis " + std::to_string(listing.rows.size()) + ", " + std::string(feedName(basis.feed)),
                            {basis.offset, basis.alpha, rateOf(basis.thresholdDecay), rateOf(basis.resetDecay),
                             rateOf(basis.outputDecay), basis.weight}});
  }
  return listing;
}

std::vector<std::vector<float>> ExponentialNeuron::search(const Problem &problem) const {
  auto variant = std::find_if(all.begin(), all.end(), [&](const MbeVariant &v) { return v.name == problem.variant; });
  return fitMbe(*this, problem, *variant);
}
