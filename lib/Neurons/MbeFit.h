//===- MbeFit.h - a search for multi-basis exponential tables --------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_MBEFIT_H
#define RHEOBASE_LIB_NEURONS_MBEFIT_H

#include "Recurrence.h"

namespace rheobase::neurons {

/// The numbers of one basis. A decay is exp(-dt/tau) of the paper's tau for thresholds, resets and outputs; `weight` is
/// w alpha.
struct MbeBasis {
  static constexpr size_t kNumbers = 7;

  Feed feed = Feed::Signed;
  float offset = 0, alpha = 1, thresholdDecay = 0.5f, resetDecay = 0.5f, outputDecay = 0.5f, weight = 0;

  static MbeBasis read(const float *numbers) {
    return {static_cast<Feed>(static_cast<int>(numbers[0])),
            numbers[1],
            numbers[2],
            numbers[3],
            numbers[4],
            numbers[5],
            numbers[6]};
  }
  void append(std::vector<float> &numbers) const {
    numbers.insert(numbers.end(),
                   {static_cast<float>(feed), offset, alpha, thresholdDecay, resetDecay, outputDecay, weight});
  }
};

/// One way to use the bases; docs/neurons.md has the list.
struct MbeVariant {
  std::string_view name;
  Feed (*feed)(int basis);
  /// Whether each basis has an offset and a leading threshold (alpha) of its own. Where offsets are not free they are 0
  /// with `fromZero`, else the interval's lower end.
  bool ownOffset, ownAlpha, fromZero, hasBias;
  bool (*suits)(Interval interval);
  int leastBases;
};

/// Parts that variants are made of.
namespace mbe_parts {
Feed signedFeed(int basis);
/// Positive, negative, positive, ...
Feed splitFeed(int basis);
/// The first positive, the others magnitude.
Feed rectifiedFeed(int basis);
bool everywhere(Interval interval);
bool reachesAboveZero(Interval interval);
bool hasZeroInside(Interval interval);
} // namespace mbe_parts

/// N bases whose tables decay exponentially: alpha p^t, alpha r^t and w q^t. Kinds differ in their variants.
class ExponentialNeuron : public RecurrentNeuron {
public:
  explicit ExponentialNeuron(std::vector<MbeVariant> variants) : all(std::move(variants)) {}

  int defaultBases(const Function &function) const override;
  int maxBases() const override { return kMaxBases; }
  std::vector<std::string_view> variants(const Shape &shape) const override;
  int64_t defaultBudget(const Shape &) const override { return 200000; }
  size_t parameterCount(const Shape &shape) const override;
  Table expand(const Shape &shape, const std::vector<float> &parameters) const override;
  Listing list(const Shape &shape, const std::vector<float> &parameters) const override;
  std::vector<std::vector<float>> search(const Problem &problem) const override;

private:
  std::vector<MbeVariant> all;
};

/// Parameters of an exponential neuron: decays, offsets and thresholds by annealing, weights and bias by least squares.
std::vector<std::vector<float>> fitMbe(const Neuron &kind, const Neuron::Problem &problem, const MbeVariant &variant);

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_MBEFIT_H
