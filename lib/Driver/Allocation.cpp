//===- Allocation.cpp - steps for sites, by what they cost and bring -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Allocation.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <queue>

using namespace rheobase;
using llvm::ArrayRef;

namespace {

/// Squares of a code's error for a step more, and spikes of an element.
constexpr double kErrorOfStep = 0.25, kSpikesOfStep = 0.5;

double errorAt(const SiteCost &site, unsigned steps) {
  return site.error * std::pow(kErrorOfStep, static_cast<double>(steps) - static_cast<double>(site.steps));
}

/// A site spikes at least a little however few steps it has.
double spikesAt(const SiteCost &site, unsigned steps) {
  constexpr double least = 0.1;
  double more = kSpikesOfStep * (static_cast<double>(steps) - static_cast<double>(site.steps));
  return std::max(site.spikes + more, least * site.spikes);
}

double meanOf(ArrayRef<SiteCost> sites, ArrayRef<unsigned> steps, double (*of)(const SiteCost &, unsigned)) {
  double sum = 0, all = 0;
  for (auto [site, T] : llvm::zip(sites, steps)) {
    sum += site.activations * of(site, T);
    all += site.activations;
  }
  return all > 0 ? sum / all : 0;
}

/// Whether a goal is met so far, and, of goals that limit a cost, whether it may grow that far.
bool isWithin(ArrayRef<SiteCost> sites, ArrayRef<unsigned> steps, const PlanGoal &goal) {
  // Sums in another order differ in the last digits.
  constexpr double room = 1 + 1e-9;
  switch (goal.kind) {
  case PlanGoal::Kind::Error:
    return modelledError(sites, steps) <= goal.value * goal.value * room;
  case PlanGoal::Kind::Planes:
    return meanSteps(sites, steps) <= goal.value * room;
  case PlanGoal::Kind::Spikes:
    return modelledSpikes(sites, steps) <= goal.value * room;
  }
  return false;
}

} // namespace

double rheobase::modelledError(ArrayRef<SiteCost> sites, ArrayRef<unsigned> steps) {
  double sum = 0;
  for (auto [site, T] : llvm::zip(sites, steps))
    sum += errorAt(site, T);
  return sum;
}

double rheobase::meanSteps(ArrayRef<SiteCost> sites, ArrayRef<unsigned> steps) {
  return meanOf(sites, steps, [](const SiteCost &site, unsigned T) { return T + site.more; });
}

double rheobase::modelledSpikes(ArrayRef<SiteCost> sites, ArrayRef<unsigned> steps) {
  return meanOf(sites, steps, spikesAt);
}

Allocation rheobase::allocate(ArrayRef<SiteCost> sites, const PlanGoal &goal) {
  Allocation steps(sites.size(), kFewestChosen);
  // What a step more brings for each element that it is given to; of equals the first site goes first.
  auto worth = [&](size_t i) {
    double gain = errorAt(sites[i], steps[i]) - errorAt(sites[i], steps[i] + 1);
    return std::pair(sites[i].activations > 0 ? gain / sites[i].activations : 0, -static_cast<int64_t>(i));
  };
  std::priority_queue<std::pair<double, int64_t>> next;
  for (size_t i = 0; i < sites.size(); ++i)
    next.push(worth(i));
  bool wantsError = goal.kind == PlanGoal::Kind::Error;
  while (!next.empty() && !(wantsError && isWithin(sites, steps, goal))) {
    auto i = static_cast<size_t>(-next.top().second);
    next.pop();
    ++steps[i];
    // What does not fit is left as it was; a smaller site may.
    if (!wantsError && !isWithin(sites, steps, goal)) {
      --steps[i];
      continue;
    }
    if (steps[i] < kMostChosen)
      next.push(worth(i));
  }
  return steps;
}
