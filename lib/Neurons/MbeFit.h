//===- MbeFit.h - a search for multi-basis exponential tables --------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_MBEFIT_H
#define RHEOBASE_LIB_NEURONS_MBEFIT_H

#include "rheobase/Neurons/Neuron.h"

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

/// What the bases are fed with and which of their numbers are free; docs/neurons.md has the list.
std::vector<std::string_view> mbeVariants(const Shape &shape);

/// Parameters of the mbe kind: decays, offsets and thresholds by annealing, weights and bias by least squares.
std::vector<std::vector<float>> fitMbe(const Neuron::Problem &problem);

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_MBEFIT_H
