//===- Anneal.cpp - search by small random changes -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Anneal.h"

#include "Arithmetic.h"

#include <algorithm>
#include <cmath>

using namespace rheobase::neurons;

namespace {
/// Size of the first and the last changes, and of the first permitted worsening, which vanishes after three quarters of
/// the search.
constexpr double kFirstStep = 0.5, kLastStep = 5e-4, kFirstWorsening = 0.05, kWarmPart = 0.75;
} // namespace

/// In (-step, step), over several orders of magnitude.
static double change(Random &random, double step) {
  return (2 * random.uniform() - 1) * std::ldexp(step, -static_cast<int>(random.below(4)));
}

double rheobase::neurons::anneal(Landscape &landscape, std::vector<double> &point, int64_t evaluations, uint64_t seed) {
  Random random(seed);
  double current = landscape.start(point), best = current, step = kFirstStep;
  std::vector<double> at = point;
  double shrink = arithmetic::exp(arithmetic::log(kLastStep / kFirstStep) / static_cast<double>(evaluations));
  for (int64_t i = 0; i < evaluations; ++i, step *= shrink) {
    size_t index = random.below(landscape.groups().size());
    const Landscape::Group &group = landscape.groups()[index];
    std::vector<double> next = at;
    size_t first = random.below(group.coordinates.size());
    bool several = random.uniform() < 0.5;
    for (size_t c = 0; c < group.coordinates.size(); ++c)
      if (c == first || (several && random.uniform() < 0.5))
        next[group.coordinates[c]] += change(random, step) * group.reach[c];
    landscape.limit(next, group);
    double cost = landscape.attempt(next, index);
    double progress = static_cast<double>(i) / (kWarmPart * static_cast<double>(evaluations));
    double slack = progress < 1 ? kFirstWorsening * (1 - progress) * (1 - progress) : 0;
    if (cost >= current * (1 + slack))
      continue;
    landscape.keep();
    at = next;
    current = cost;
    if (cost < best) {
      best = cost;
      point = next;
    }
  }
  return best;
}

std::vector<std::vector<double>>
rheobase::neurons::annealFromMany(Landscape &landscape, int starts,
                                  const std::function<std::vector<double>(int, Random &)> &start, int64_t evaluations,
                                  uint64_t seed) {
  struct Found {
    double cost;
    int start;
    std::vector<double> point;
  };
  Random random(seed);
  std::vector<Found> found;
  for (int i = 0; i < starts; ++i) {
    std::vector<double> point = start(i, random);
    double cost = anneal(landscape, point, std::max<int64_t>(evaluations / (2 * starts), 1), random.next());
    found.push_back({cost, i, std::move(point)});
  }
  std::sort(found.begin(), found.end(),
            [](const Found &a, const Found &b) { return a.cost != b.cost ? a.cost < b.cost : a.start < b.start; });
  std::vector<std::vector<double>> points;
  for (size_t i = 0; i < std::min<size_t>(found.size(), 2); ++i) {
    points.push_back(found[i].point);
    anneal(landscape, found[i].point, std::max<int64_t>(evaluations / 4, 1), random.next());
    points.push_back(found[i].point);
  }
  return points;
}
