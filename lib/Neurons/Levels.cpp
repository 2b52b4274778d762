//===- Levels.cpp - a neuron as a staircase ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Neuron.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

using namespace rheobase::neurons;

/// Floats in order as integers, so that halving between two of them ends.
static int64_t rankOf(float x) {
  int32_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  return bits < 0 ? -static_cast<int64_t>(bits & 0x7fffffff) : bits;
}

static float ofRank(int64_t rank) {
  int32_t bits = static_cast<int32_t>(rank < 0 ? -rank : rank);
  float x;
  std::memcpy(&x, &bits, sizeof(x));
  return rank < 0 ? -x : x;
}

namespace {

/// Finds where the spikes of one basis change. While the earlier spikes stay the same, the potential is a monotone
/// function of the input, so a step's spike changes at most once between two inputs (twice for |x|, whose halves are
/// looked at apart).
class Boundaries {
public:
  Boundaries(const Table &table, size_t limit) : table(table), kind(*findKind(table.kind)), limit(limit) {}

  bool find(int64_t first, int64_t last) {
    for (size_t basis = 0; basis < table.bases.size(); ++basis)
      if (!descend(basis, first, trainAt(basis, first), last, trainAt(basis, last)))
        return false;
    return true;
  }

  std::vector<int64_t> ranks;

private:
  using Train = std::vector<uint8_t>;

  Train trainAt(size_t basis, int64_t rank) const {
    Train train(static_cast<size_t>(table.steps));
    kind.train(table, basis, ofRank(rank), train.data());
    return train;
  }

  /// Splits [first, last] at the first step in which the two ends differ, until they agree.
  bool descend(size_t basis, int64_t first, Train firstTrain, int64_t last, const Train &lastTrain) {
    while (firstTrain != lastTrain) {
      size_t step = static_cast<size_t>(std::mismatch(firstTrain.begin(), firstTrain.end(), lastTrain.begin()).first -
                                        firstTrain.begin());
      int64_t low = first, high = last;
      Train lowTrain = firstTrain, highTrain = lastTrain;
      while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        Train train = trainAt(basis, middle);
        bool same = train[step] == firstTrain[step];
        (same ? low : high) = middle;
        (same ? lowTrain : highTrain) = std::move(train);
      }
      if (!descend(basis, first, firstTrain, low, lowTrain) || ranks.size() >= limit)
        return false;
      ranks.push_back(high);
      first = high;
      firstTrain = std::move(highTrain);
    }
    return true;
  }

  const Table &table;
  const Neuron &kind;
  size_t limit;
};

} // namespace

Result<std::vector<Level>> rheobase::neurons::levels(const Table &table, size_t limit) {
  if (auto error = check(table))
    return *error;
  Boundaries boundaries(table, limit);
  int64_t first = rankOf(table.interval.lower), last = rankOf(table.interval.upper), zero = 0;
  bool found = first < zero && zero < last ? boundaries.find(first, zero) && boundaries.find(zero, last)
                                           : boundaries.find(first, last);
  if (!found)
    return Error{"a neuron has more than " + std::to_string(limit) + " levels, expected fewer steps or bases"};
  std::vector<int64_t> &ranks = boundaries.ranks;
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  std::vector<Level> result = {{-std::numeric_limits<float>::infinity(), evaluate(table, table.interval.lower),
                                spikes(table, table.interval.lower)}};
  for (int64_t rank : ranks) {
    float from = ofRank(rank);
    result.push_back({from, evaluate(table, from), spikes(table, from)});
  }
  return result;
}
