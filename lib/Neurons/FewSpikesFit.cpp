//===- FewSpikesFit.cpp - a search for few-spikes tables -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FewSpikesFit.h"

#include "Anneal.h"
#include "Readout.h"
#include "Samples.h"

#include <algorithm>
#include <cmath>

using namespace rheobase::neurons;

namespace {

constexpr size_t kSamples = 1536;
constexpr int kStarts = 16;

/// The neuron is a decision tree on x, and its leaves are runs of the sorted samples. So a candidate costs as many
/// operations as it has leaves, not samples, and a change at step t costs the steps from t on.
class Tree final : public Landscape {
public:
  Tree(const Samples &samples, Interval interval, size_t steps)
      : samples(samples), steps(steps), lower(interval.lower), equations(steps) {
    double mean = 0, count = static_cast<double>(samples.x.size());
    for (double y : samples.y)
      mean += y / count;
    sums.push_back(0);
    for (double y : samples.y) {
      sums.push_back(sums.back() + y - mean);
      equations.energy += (y - mean) * (y - mean);
    }
    double range = static_cast<double>(interval.upper) - lower;
    indexBuckets(range);
    for (size_t t = 0; t < steps; ++t)
      all.push_back({{2 * t, 2 * t + 1}, {range / 4, range / 4}});
    current.resize(steps + 1);
    attempted.resize(steps + 1);
    current[0] = attempted[0] = {{0, static_cast<uint32_t>(samples.x.size()), 0, 0}};
  }

  const std::vector<Group> &groups() const override { return all; }
  void limit(std::vector<double> &, const Group &) const override {}

  double start(const std::vector<double> &point) override {
    double cost = attempt(point, 0);
    keep();
    return cost;
  }

  double attempt(const std::vector<double> &point, size_t group) override {
    from = group;
    for (size_t t = group; t < steps; ++t)
      split(t == group ? current[t] : attempted[t], attempted[t + 1], t, point[2 * t], point[2 * t + 1]);
    gather(attempted[steps]);
    return readout.factor(equations);
  }

  void keep() override {
    for (size_t t = from; t < steps; ++t)
      std::swap(current[t + 1], attempted[t + 1]);
  }

  std::vector<double> weights() const { return readout.weights(); }

private:
  /// Samples [begin, end) that took the same branches: the steps that fired and the sum of their resets.
  struct Leaf {
    uint32_t begin, end, fired;
    double shift;
  };

  void indexBuckets(double range) {
    perUnit = static_cast<double>(samples.x.size()) / range;
    for (size_t b = 0, i = 0; b <= samples.x.size(); ++b) {
      while (i < samples.x.size() && samples.x[i] < lower + static_cast<double>(b) / perUnit)
        ++i;
      buckets.push_back(static_cast<uint32_t>(i));
    }
  }

  /// The first sample of the leaf that is not below x.
  uint32_t firstFrom(const Leaf &leaf, double x) const {
    if (x <= samples.x[leaf.begin])
      return leaf.begin;
    if (x > samples.x[leaf.end - 1])
      return leaf.end;
    uint32_t i = buckets[static_cast<size_t>((x - lower) * perUnit)];
    i = std::max(i, leaf.begin);
    while (i > leaf.begin && samples.x[i - 1] >= x)
      --i;
    while (i < leaf.end && samples.x[i] < x)
      ++i;
    return i;
  }

  void split(const std::vector<Leaf> &from, std::vector<Leaf> &to, size_t step, double threshold, double reset) const {
    to.clear();
    uint32_t bit = 1u << step;
    for (const Leaf &leaf : from) {
      uint32_t middle = firstFrom(leaf, threshold + leaf.shift);
      if (middle > leaf.begin)
        to.push_back({leaf.begin, middle, leaf.fired, leaf.shift});
      if (middle < leaf.end)
        to.push_back({middle, leaf.end, leaf.fired | bit, leaf.shift + reset});
    }
  }

  void gather(const std::vector<Leaf> &leaves) {
    double gram[kMaxSteps][kMaxSteps] = {}, fired[kMaxSteps] = {}, right[kMaxSteps] = {};
    for (const Leaf &leaf : leaves) {
      double count = leaf.end - leaf.begin, sum = sums[leaf.end] - sums[leaf.begin], row[kMaxSteps];
      for (int j = 0; j < kMaxSteps; ++j)
        row[j] = (leaf.fired >> j) & 1 ? count : 0;
      for (size_t i = 0; i < steps; ++i) {
        if (!((leaf.fired >> i) & 1))
          continue;
        fired[i] += count;
        right[i] += sum;
        for (int j = 0; j < kMaxSteps; ++j)
          gram[i][j] += row[j];
      }
    }
    double total = static_cast<double>(samples.x.size());
    for (size_t i = 0; i < steps; ++i) {
      equations.right[i] = right[i];
      for (size_t j = 0; j <= i; ++j)
        equations.gram[i * steps + j] = gram[i][j] - fired[i] * fired[j] / total;
    }
  }

  const Samples &samples;
  size_t steps;
  double lower, perUnit = 0;
  std::vector<double> sums;
  std::vector<uint32_t> buckets;
  std::vector<Group> all;
  std::vector<std::vector<Leaf>> current, attempted;
  size_t from = 0;
  NormalEquations equations;
  Readout readout;
};

/// A halving code over the interval, or (after the first start) over a random part of it, its numbers moved at random.
std::vector<double> halvingCode(int start, Interval interval, size_t steps, Random &random) {
  double lower = interval.lower, weight = static_cast<double>(interval.upper) - lower;
  double spread = start ? 0.3 : 0, skipped = start ? random.uniform() * weight : 0;
  lower += skipped;
  weight -= skipped;
  std::vector<double> point;
  for (size_t t = 0; t < steps; ++t) {
    weight *= 0.5;
    for (double origin : {lower, 0.0})
      point.push_back(origin + weight * (1 + spread * (2 * random.uniform() - 1)));
  }
  return point;
}

} // namespace

/// The bias and the rounded numbers; outputs are fitted again to what the rounded recurrence does.
static std::vector<float> parametersOf(Tree &tree, const Samples &samples, const Shape &shape,
                                       std::vector<double> point) {
  for (double &value : point)
    value = static_cast<float>(value);
  tree.start(point);
  std::vector<double> weights = tree.weights();
  std::vector<float> parameters = {0};
  for (size_t t = 0; t < weights.size(); ++t)
    for (double value : {point[2 * t], point[2 * t + 1], weights[t]})
      parameters.push_back(static_cast<float>(value));
  Table table = findKind("fs")->expand(shape, parameters);
  double bias = 0;
  for (size_t i = 0; i < samples.x.size(); ++i)
    bias += samples.y[i] - evaluate(table, samples.x[i]);
  parameters[0] = static_cast<float>(bias / static_cast<double>(samples.x.size()));
  return parameters;
}

std::vector<std::vector<float>> rheobase::neurons::fitFewSpikes(const Neuron::Problem &problem) {
  const Shape &shape = problem.shape;
  Samples samples = mixedSamples(problem.function, shape.interval, kSamples, problem.calibration);
  Tree tree(samples, shape.interval, static_cast<size_t>(shape.steps));
  auto start = [&](int i, Random &random) {
    return halvingCode(i, shape.interval, static_cast<size_t>(shape.steps), random);
  };
  std::vector<std::vector<float>> found;
  for (const std::vector<double> &point : annealFromMany(tree, kStarts, start, problem.budget, problem.seed))
    found.push_back(parametersOf(tree, samples, shape, point));
  return found;
}
