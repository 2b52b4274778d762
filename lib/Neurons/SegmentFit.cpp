//===- SegmentFit.cpp - knots and slopes for clamped segments ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SegmentFit.h"

#include "Arithmetic.h"
#include "Samples.h"

#include <algorithm>
#include <cmath>

using namespace rheobase::neurons;

namespace {

constexpr size_t kSamples = 1024;
constexpr int64_t kPlacementBudget = 4000;

/// The best continuous piecewise-linear function over given knots, on inputs that are counted in `units` per segment
/// (0: not counted).
class Polyline {
public:
  explicit Polyline(const Samples &samples) : samples(samples) {
    for (double y : samples.y)
      energy += y * y;
  }

  /// Squared error of the best values at the knots.
  double fit(const std::vector<double> &knots, double units) {
    size_t count = knots.size();
    diagonal.assign(count, 0);
    beside.assign(count, 0);
    right.assign(count, 0);
    size_t k = 0;
    double inverse = 1 / (knots[1] - knots[0]);
    for (size_t i = 0; i < samples.x.size(); ++i) {
      double x = samples.x[i];
      while (k + 2 < count && x >= knots[k + 1]) {
        ++k;
        inverse = 1 / (knots[k + 1] - knots[k]);
      }
      double part = std::clamp((x - knots[k]) * inverse, 0.0, 1.0);
      if (units > 0)
        part = std::floor(part * units + 0.5) / units;
      double rest = 1 - part;
      diagonal[k] += rest * rest;
      beside[k] += part * rest;
      diagonal[k + 1] += part * part;
      right[k] += rest * samples.y[i];
      right[k + 1] += part * samples.y[i];
    }
    return solve();
  }

  /// Values at the knots, of the last fit.
  std::vector<double> values;

private:
  /// Tridiagonal elimination. The small ridge gives values to knots without samples.
  double solve() {
    size_t count = diagonal.size();
    double ridge = 1e-10 * static_cast<double>(samples.x.size());
    std::vector<double> pivot(count), forward(count);
    values.assign(count, 0);
    double error = energy;
    for (size_t k = 0; k < count; ++k) {
      double factor = k ? beside[k - 1] / pivot[k - 1] : 0;
      pivot[k] = diagonal[k] + ridge - (k ? factor * beside[k - 1] : 0);
      forward[k] = right[k] - (k ? factor * forward[k - 1] : 0);
      error -= forward[k] * forward[k] / pivot[k];
    }
    for (size_t k = count; k-- > 0;)
      values[k] = (forward[k] - (k + 1 < count ? beside[k] * values[k + 1] : 0)) / pivot[k];
    return std::max(error, 0.0);
  }

  const Samples &samples;
  double energy = 0;
  std::vector<double> diagonal, beside, right;
};

/// Knots that split the interval into `count` parts of equal integral of |f''|^power, a tenth of it spread evenly.
std::vector<double> knotsByCurvature(const Function &function, Interval interval, size_t count, double power) {
  constexpr size_t cells = 512;
  double lower = interval.lower, width = (static_cast<double>(interval.upper) - lower) / cells;
  std::vector<double> density(cells);
  double total = 0;
  for (size_t i = 0; i < cells; ++i) {
    double x = lower + (static_cast<double>(i) + 0.5) * width;
    double bend = std::fabs(function.value(x - width / 2) - 2 * function.value(x) + function.value(x + width / 2));
    density[i] = bend > 1e-14 ? arithmetic::exp(power * arithmetic::log(bend)) : 0;
    total += density[i];
  }
  double even = total > 0 ? 0.1 * total / cells : 1;
  total += even * cells;
  std::vector<double> knots = {lower};
  double sum = 0;
  for (size_t i = 0; i < cells; ++i) {
    double part = density[i] + even;
    for (double goal = 0; knots.size() < count;) {
      goal = total * static_cast<double>(knots.size()) / static_cast<double>(count);
      if (sum + part < goal)
        break;
      knots.push_back(lower + (static_cast<double>(i) + (goal - sum) / part) * width);
    }
    sum += part;
  }
  while (knots.size() <= count)
    knots.push_back(interval.upper);
  return knots;
}

/// Moves one knot after the other as long as that helps, in ever smaller parts of the room beside it: first with all
/// other knots in proportion (single moves alone pass a change on from knot to knot too slowly), then alone.
class KnotSearch {
public:
  KnotSearch(Polyline &line, Interval interval, int64_t budget) : line(line), interval(interval), budget(budget) {}

  double improve(std::vector<double> &knots, double units) {
    double best = line.fit(knots, units);
    for (int halvings = 1; halvings <= 7; ++halvings) {
      double part = std::ldexp(1, -halvings);
      bool better = true;
      for (int round = 0; better && round < 12 && budget > 0; ++round) {
        better = false;
        for (size_t k = 0; k < knots.size(); ++k)
          for (double signedPart : {part, -part}) {
            better |= attempt(knots, stretched(knots, k, moved(knots, k, signedPart)), units, best);
            better |= attempt(knots, replaced(knots, k, moved(knots, k, signedPart)), units, best);
          }
      }
    }
    return best;
  }

private:
  /// Where knot k goes: a part of the way to its neighbour or to the interval's end.
  double moved(const std::vector<double> &knots, size_t k, double part) const {
    double below = k ? knots[k - 1] : interval.lower;
    double above = k + 1 < knots.size() ? knots[k + 1] : interval.upper;
    return knots[k] + (part > 0 ? part * (above - knots[k]) : part * (knots[k] - below));
  }

  static std::vector<double> replaced(std::vector<double> knots, size_t k, double next) {
    knots[k] = next;
    return knots;
  }

  /// Knot k moves, and those between it and the ends in proportion.
  static std::vector<double> stretched(std::vector<double> knots, size_t k, double next) {
    double first = knots.front(), last = knots.back(), old = knots[k];
    if (k == 0 || k + 1 == knots.size())
      return replaced(std::move(knots), k, next);
    for (size_t j = 1; j + 1 < knots.size(); ++j)
      knots[j] = j < k ? first + (knots[j] - first) * ((next - first) / (old - first))
                       : last - (last - knots[j]) * ((last - next) / (last - old));
    return knots;
  }

  bool attempt(std::vector<double> &knots, std::vector<double> next, double units, double &best) {
    double smallest = (static_cast<double>(interval.upper) - interval.lower) * 1e-4;
    for (size_t k = 0; k + 1 < next.size(); ++k)
      if (next[k + 1] - next[k] < smallest)
        return false;
    --budget;
    double cost = line.fit(next, units);
    if (!(cost < best * (1 - 1e-9)))
      return false;
    best = cost;
    knots = std::move(next);
    return true;
  }

  Polyline &line;
  Interval interval;
  int64_t budget;
};

} // namespace

static std::vector<float> parametersOf(Polyline &line, std::vector<double> knots, double units) {
  for (double &knot : knots)
    knot = static_cast<float>(knot);
  line.fit(knots, units);
  std::vector<float> parameters = {static_cast<float>(line.values[0])};
  for (size_t k = 0; k + 1 < knots.size(); ++k) {
    parameters.push_back(static_cast<float>(knots[k]));
    parameters.push_back(static_cast<float>(units / (knots[k + 1] - knots[k])));
    parameters.push_back(static_cast<float>((line.values[k + 1] - line.values[k]) / units));
  }
  return parameters;
}

std::vector<std::vector<float>> rheobase::neurons::fitSegments(const Neuron::Problem &problem) {
  const Shape &shape = problem.shape;
  Samples samples = mixedSamples(problem.function, shape.interval, kSamples, problem.calibration);
  Polyline line(samples);
  double units = static_cast<double>(1 << (shape.steps - 1)), best = -1;
  std::vector<double> bestKnots;
  for (double power : {0.4, 0.5, 0.25}) {
    std::vector<double> knots =
        knotsByCurvature(problem.function, shape.interval, static_cast<size_t>(shape.bases), power);
    KnotSearch search(line, shape.interval, problem.budget / 3);
    search.improve(knots, 0);
    double cost = search.improve(knots, units);
    if (best < 0 || cost < best) {
      best = cost;
      bestKnots = knots;
    }
  }
  return {parametersOf(line, bestKnots, units)};
}

std::vector<double> rheobase::neurons::placeKnots(const Function &function, Interval interval, int count,
                                                  const std::vector<float> &calibration) {
  Samples samples = mixedSamples(function, interval, kSamples, calibration);
  Polyline line(samples);
  std::vector<double> knots = knotsByCurvature(function, interval, static_cast<size_t>(count), 0.4);
  KnotSearch(line, interval, kPlacementBudget).improve(knots, 0);
  return knots;
}
