//===- MbeFit.cpp - a search for multi-basis exponential tables ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MbeFit.h"

#include "Anneal.h"
#include "Arithmetic.h"
#include "Readout.h"
#include "Recurrence.h"
#include "Samples.h"
#include "SegmentFit.h"

#include <algorithm>
#include <cmath>

using namespace rheobase::neurons;

namespace {

constexpr size_t kSamples = 1024;
/// At least so many starts, and more where each may have this many candidates.
constexpr int64_t kStarts = 12, kCandidatesPerStart = 40000;
constexpr double kSpreads[] = {0, 0.1, 0.25, 0.5, 0.8};

/// A point has five numbers for each basis: log alpha, the logit of the threshold decay, how much the logits of the
/// other two differ from it (so that one change moves all three), and the offset.
constexpr size_t kCoordinates = 5;

double sigmoid(double z) {
  return 1 / (1 + arithmetic::exp(-z));
}

MbeBasis basisAt(const std::vector<double> &point, size_t n, Feed feed) {
  const double *at = &point[kCoordinates * n];
  MbeBasis basis;
  basis.feed = feed;
  basis.offset = static_cast<float>(at[4]);
  basis.alpha = static_cast<float>(arithmetic::exp(at[0]));
  basis.thresholdDecay = static_cast<float>(sigmoid(at[1]));
  basis.resetDecay = static_cast<float>(sigmoid(at[1] + at[2]));
  basis.outputDecay = static_cast<float>(sigmoid(at[1] + at[3]));
  return basis;
}

double dot(const std::vector<double> &a, const std::vector<double> &b) {
  // A fixed number of partial sums: vectors of any width, one result.
  constexpr size_t lanes = 16;
  double sums[lanes] = {};
  for (size_t i = 0; i < kSamples; i += lanes)
    for (size_t j = 0; j < lanes; ++j)
      sums[j] += a[i + j] * b[i + j];
  double total = 0;
  for (double sum : sums)
    total += sum;
  return total;
}

/// The squared error after the best weights. A basis is a feature over the samples; a change in one basis costs one
/// feature and one row of the normal equations.
class Features final : public Landscape {
public:
  Features(const Samples &samples, const Neuron &kind, const Neuron::Problem &problem, const MbeVariant &variant)
      : samples(samples), kind(kind), variant(variant), bases(static_cast<size_t>(problem.shape.bases)),
        steps(problem.shape.steps), interval(problem.shape.interval), target(samples.y), equations(bases),
        attempted(bases) {
    double mean = 0;
    for (double y : target)
      mean += y / kSamples;
    takeOff(target, mean);
    equations.energy = attempted.energy = dot(target, target);
    current.assign(bases, std::vector<double>(kSamples));
    tried = current;
    double range = static_cast<double>(interval.upper) - interval.lower;
    logRange = arithmetic::log(range);
    makeGroups(range);
  }

  const std::vector<Group> &groups() const override { return all; }

  void limit(std::vector<double> &point, const Group &) const override {
    for (size_t at = 0; at < point.size(); at += kCoordinates) {
      point[at] = std::clamp(point[at], logRange - 9, logRange + 1.5);
      for (size_t z : {at + 1, at + 2, at + 3})
        point[z] = std::clamp(point[z], -5.0, 5.0);
      point[at + 4] = std::clamp<double>(point[at + 4], 2.0 * interval.lower - interval.upper, interval.upper);
    }
  }

  double start(const std::vector<double> &point) override {
    double cost = compute(point, 0, bases);
    keep();
    return cost;
  }

  double attempt(const std::vector<double> &point, size_t group) override {
    return group < bases ? compute(point, group, group + 1) : compute(point, 0, bases);
  }

  void keep() override {
    for (size_t n = changedBegin; n < changedEnd; ++n)
      std::swap(current[n], tried[n]);
    std::swap(equations, attempted);
  }

  std::vector<double> weights() const { return readout.weights(); }

private:
  /// A bias makes up for means.
  void takeOff(std::vector<double> &values, double mean) const {
    if (variant.hasBias)
      for (double &value : values)
        value -= mean;
  }

  void makeGroups(double range) {
    for (size_t n = 0; n < bases; ++n) {
      size_t at = kCoordinates * n;
      Group group = {{at + 1, at + 2, at + 3}, {1.5, 0.5, 1}};
      if (variant.ownAlpha) {
        group.coordinates.push_back(at);
        group.reach.push_back(1);
      }
      if (variant.ownOffset) {
        group.coordinates.push_back(at + 4);
        group.reach.push_back(range / 4);
      }
      all.push_back(group);
    }
    if (!variant.ownAlpha)
      all.push_back({{0}, {1}});
  }

  double compute(const std::vector<double> &point, size_t begin, size_t end) {
    changedBegin = begin;
    changedEnd = end;
    attempted.gram = equations.gram;
    attempted.right = equations.right;
    for (size_t n = begin; n < end; ++n)
      run(point, n);
    for (size_t n = begin; n < end; ++n) {
      attempted.right[n] = dot(tried[n], target);
      for (size_t m = 0; m < bases; ++m) {
        // Of two changed features, the later one's row has the product.
        bool changed = m >= begin && m < end;
        if (changed && m > n)
          continue;
        attempted.gram[std::max(n, m) * bases + std::min(n, m)] = dot(tried[n], changed ? tried[m] : current[m]);
      }
    }
    return readout.factor(attempted);
  }

  /// The feature of a basis.
  void run(const std::vector<double> &point, size_t n) {
    MbeBasis basis = basisAt(point, n, variant.feed(static_cast<int>(n)));
    if (!variant.ownAlpha)
      basis.alpha = static_cast<float>(arithmetic::exp(point[0]));
    basis.weight = 1;
    std::vector<float> parameters = {0};
    basis.append(parameters);
    Table table = kind.expand({1, steps, interval}, parameters);
    constexpr size_t lanes = 32;
    std::vector<double> &feature = tried[n];
    double mean = 0;
    for (size_t first = 0; first < kSamples; first += lanes) {
      float u[lanes], sum[lanes] = {};
      for (size_t j = 0; j < lanes; ++j)
        u[j] = feedOf(basis.feed, samples.x[first + j]) - basis.offset;
      for (size_t t = 0; t < static_cast<size_t>(steps); ++t) {
        float threshold = table.thresholds[t], reset = table.resets[t], output = table.outputs[t];
        for (size_t j = 0; j < lanes; ++j) {
          bool fired = u[j] >= threshold;
          sum[j] += fired ? output : 0.0f;
          u[j] -= fired ? reset : 0.0f;
        }
      }
      for (size_t j = 0; j < lanes; ++j) {
        feature[first + j] = sum[j];
        mean += sum[j];
      }
    }
    takeOff(feature, mean / kSamples);
  }

  const Samples &samples;
  const Neuron &kind;
  const MbeVariant &variant;
  size_t bases;
  int steps;
  Interval interval;
  std::vector<double> target;
  double logRange = 0;
  std::vector<Group> all;
  std::vector<std::vector<double>> current, tried;
  size_t changedBegin = 0, changedEnd = 0;
  NormalEquations equations, attempted;
  Readout readout;
};

/// Bases that halve, so that each covers one part between knots: all from the lower end, or from zero outwards, or one
/// part each.
class Starts {
public:
  Starts(const Neuron::Problem &problem, const MbeVariant &variant) : problem(problem), variant(variant) {
    int bases = problem.shape.bases;
    Interval interval = problem.shape.interval, positive = {0, interval.upper}, negative = {interval.lower, 0};
    point.resize(kCoordinates * static_cast<size_t>(bases));
    if (variant.feed == mbe_parts::signedFeed) {
      cover({variant.fromZero ? std::max(interval.lower, 0.0f) : interval.lower, interval.upper}, 0, 1, bases, 1);
    } else if (variant.feed == mbe_parts::splitFeed) {
      cover(positive, 0, 2, (bases + 1) / 2, 1);
      cover(negative, 1, 2, bases / 2, -1);
    } else {
      cover(positive, 0, 1, 1, 1);
      cover(positive, 1, 1, bases - 1, 1);
    }
    if (!variant.ownAlpha)
      shareAlpha();
  }

  /// Start number i: each number is moved at random, in the first start not at all, later by up to a large step.
  std::vector<double> get(int i, Random &random) const {
    std::vector<double> moved = point;
    if (!variant.ownAlpha && i % 4 == 1)
      halve(moved, 0.5);
    if (!variant.ownAlpha && i % 4 == 2)
      halve(moved, 0.25 + 0.75 * random.uniform());
    if (variant.feed == mbe_parts::signedFeed && i % 4 == 3)
      sweep(moved, random);
    double spread = kSpreads[i % std::size(kSpreads)];
    double range = static_cast<double>(problem.shape.interval.upper) - problem.shape.interval.lower;
    for (size_t at = 0; at < moved.size(); at += kCoordinates) {
      moved[at] += spread * (2 * random.uniform() - 1);
      moved[at + 1] += spread * (2 * random.uniform() - 1);
      moved[at + 3] += spread * (2 * random.uniform() - 1);
      if (variant.ownOffset)
        moved[at + 4] += spread * 0.1 * range * (2 * random.uniform() - 1);
    }
    return moved;
  }

private:
  /// Where bases without offsets of their own count from, and how far they do.
  double origin() const { return variant.fromZero ? 0 : problem.shape.interval.lower; }
  double reach() const { return problem.shape.interval.upper - origin(); }

  /// Gives the bases first, first + stride, ... the parts between knots of the interval; `direction` -1 counts them
  /// downwards.
  void cover(Interval part, size_t first, size_t stride, int count, int direction) {
    if (count == 0)
      return;
    std::vector<double> knots = placeKnots(problem.function, part, count, problem.calibration);
    if (direction < 0) {
      for (double &knot : knots)
        knot = -knot;
      std::reverse(knots.begin(), knots.end());
    }
    for (size_t k = 0; k + 1 < knots.size(); ++k) {
      double *at = &point[kCoordinates * (first + stride * k)];
      double start = variant.ownOffset ? knots[k] : origin();
      at[0] = arithmetic::log((knots[k + 1] - start) / 2);
      at[4] = start;
    }
  }

  /// Bases of one alpha reach different ends, alpha / (1 - decay), by their decays.
  void shareAlpha() {
    double least = point[0];
    for (size_t at = 0; at < point.size(); at += kCoordinates)
      least = std::min(least, point[at]);
    for (size_t at = 0; at < point.size(); at += kCoordinates) {
      double rest = arithmetic::exp(least - point[at]) / 2;
      point[at] = least;
      point[at + 1] = arithmetic::log((1 - rest) / rest);
    }
  }

  /// All bases halve from a part of the interval.
  void halve(std::vector<double> &moved, double part) const {
    for (size_t at = 0; at < moved.size(); at += kCoordinates) {
      moved[at] = arithmetic::log(part * reach());
      moved[at + 1] = 0;
    }
  }

  /// Thresholds sweep down from the upper end, and the first spike takes all: the step that spikes is the code.
  void sweep(std::vector<double> &moved, Random &random) const {
    for (size_t at = 0; at < moved.size(); at += kCoordinates) {
      double decay = 1 - (0.1 + 0.8 * random.uniform()) / (1 + problem.shape.steps);
      moved[at] = arithmetic::log(reach());
      moved[at + 1] = arithmetic::log(decay / (1 - decay));
      moved[at + 2] = 0;
      moved[at + 3] = -2;
      moved[at + 4] = origin();
    }
  }

  const Neuron::Problem &problem;
  const MbeVariant &variant;
  std::vector<double> point;
};

} // namespace

/// The bias and the rounded numbers. The bias makes up for what rounding the weights moved the mean by.
static std::vector<float> parametersOf(Features &features, const Samples &samples, const Neuron &kind,
                                       const Neuron::Problem &problem, const MbeVariant &variant,
                                       const std::vector<double> &point) {
  features.start(point);
  std::vector<double> weights = features.weights();
  std::vector<float> parameters = {0};
  for (size_t n = 0; n < weights.size(); ++n) {
    MbeBasis basis = basisAt(point, n, variant.feed(static_cast<int>(n)));
    if (!variant.ownAlpha)
      basis.alpha = static_cast<float>(arithmetic::exp(point[0]));
    basis.weight = static_cast<float>(weights[n]);
    basis.append(parameters);
  }
  if (!variant.hasBias)
    return parameters;
  Table table = kind.expand(problem.shape, parameters);
  double bias = 0;
  for (size_t i = 0; i < samples.x.size(); ++i)
    bias += samples.y[i] - kind.evaluate(table, samples.x[i]);
  parameters[0] = static_cast<float>(bias / static_cast<double>(samples.x.size()));
  return parameters;
}

std::vector<std::vector<float>> rheobase::neurons::fitMbe(const Neuron &kind, const Neuron::Problem &problem,
                                                          const MbeVariant &variant) {
  Samples samples = mixedSamples(problem.function, problem.shape.interval, kSamples, problem.calibration);
  Features features(samples, kind, problem, variant);
  Starts starts(problem, variant);
  auto start = [&](int i, Random &random) { return starts.get(i, random); };
  int count = static_cast<int>(std::clamp(problem.budget / kCandidatesPerStart, kStarts, 4 * kStarts));
  std::vector<std::vector<float>> found;
  for (const std::vector<double> &point : annealFromMany(features, count, start, problem.budget, problem.seed))
    found.push_back(parametersOf(features, samples, kind, problem, variant, point));
  return found;
}
