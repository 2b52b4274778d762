//===- Sampler.h - from scores to a token --------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNNRUN_SAMPLER_H
#define RHEOBASE_TOOLS_SNNRUN_SAMPLER_H

#include <cstdint>
#include <random>
#include <vector>

namespace rheobase::snnrun {

/// Chooses tokens: greedily at temperature 0 (the first of equal scores), else with probability
/// softmax(score / temperature) among the `topK` best (0: all). The same seed chooses the same tokens.
class Sampler {
public:
  Sampler(double temperature, int64_t topK, int64_t seed)
      : temperature(temperature), topK(topK), random(static_cast<uint64_t>(seed)) {}

  /// `scores` is not empty; a NaN is never chosen beside a number.
  int64_t choose(const std::vector<float> &scores);

private:
  double temperature;
  int64_t topK;
  std::mt19937_64 random;
};

} // namespace rheobase::snnrun

#endif // RHEOBASE_TOOLS_SNNRUN_SAMPLER_H
