//===- Sampler.cpp - from scores to a token -----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sampler.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

using namespace rheobase::snnrun;

int64_t Sampler::choose(const std::vector<float> &scores) {
  auto scoreOf = [&](size_t i) { return std::isnan(scores[i]) ? -std::numeric_limits<float>::infinity() : scores[i]; };
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t(0));
  bool greedy = temperature == 0;
  size_t kept = greedy ? 1 : topK > 0 ? std::min(order.size(), static_cast<size_t>(topK)) : order.size();
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                    [&](size_t a, size_t b) { return scoreOf(a) != scoreOf(b) ? scoreOf(a) > scoreOf(b) : a < b; });
  if (greedy || std::isinf(scoreOf(order[0])))
    return static_cast<int64_t>(order[0]);
  std::vector<double> weights;
  double sum = 0;
  for (size_t i = 0; i < kept; ++i)
    sum += weights.emplace_back(std::exp((static_cast<double>(scoreOf(order[i])) - scoreOf(order[0])) / temperature));
  // The 53 bits a double holds, so that the choice is the same with every standard library.
  double rest = static_cast<double>(random() >> 11) * 0x1p-53 * sum;
  for (size_t i = 0; i < kept; ++i) {
    rest -= weights[i];
    if (rest < 0)
      return static_cast<int64_t>(order[i]);
  }
  return static_cast<int64_t>(order[kept - 1]);
}
