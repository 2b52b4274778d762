//===- CatalogueRequests.cpp - which tables are committed ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"

#include "rheobase/Neurons/Published.h"

#include <algorithm>

using namespace rheobase::neurons;

namespace {

/// Nobody waits for these searches.
constexpr int64_t kComparisonBudget = 400000;

/// Collects requests with their defaults written out, each once.
class Requests {
public:
  FitRequest &add(std::string_view kind, std::string_view function, int steps, int bases = 0,
                  std::optional<Interval> interval = {}, std::string_view variant = {}) {
    const Function &found = *findFunction(function);
    FitRequest request;
    request.kind = kind;
    request.function = function;
    request.variant = variant;
    request.steps = steps;
    request.bases = bases ? bases : findKind(kind)->defaultBases(found);
    request.interval = interval.value_or(found.interval);
    for (FitRequest &other : all)
      if (other.kind == request.kind && other.function == request.function && other.variant == request.variant &&
          other.steps == request.steps && other.bases == request.bases && other.interval == request.interval)
        return other;
    return all.emplace_back(request);
  }

  std::vector<FitRequest> all;
};

} // namespace

/// What conversion asks for, at every number of steps.
static void addConversion(Requests &requests) {
  for (int steps = 2; steps <= kMaxSteps; ++steps) {
    for (std::string_view kind : {"mbe", "mbe-ext", "fs"}) {
      for (std::string_view function : {"gelu", "gelu_tanh", "silu", "tanh", "sigmoid", "exp2", "reciprocal", "rsqrt"})
        requests.add(kind, function, steps);
      for (std::string_view function : {"gelu", "gelu_tanh", "silu"})
        requests.add(kind, function, steps, 0, Interval{-16, 16});
    }
    for (std::string_view function : {"gelu_bump", "gelu_tanh_bump", "silu_bump", "tanh_odd", "sigmoid_odd"})
      requests.add("fs", function, steps);
  }
}

/// The rows of the published comparisons.
static void addComparisons(Requests &requests) {
  for (std::string_view function : {"gelu", "silu", "tanh", "square", "exp", "exp2", "reciprocal", "rsqrt"}) {
    for (int steps : {4, 8, 16})
      requests.add("fs", function, steps);
    for (int steps : {8, 16})
      for (int bases : {1, 2, 4, 8}) {
        requests.add("mbe-ext", function, steps, bases).budget = kComparisonBudget;
        requests.add("mbe", function, steps, bases, {}, "shared").budget = kComparisonBudget * std::max(1, bases / 4);
      }
  }
  constexpr Interval wide = {-120, 10};
  for (int steps : {8, 16})
    for (int bases : {2, 4, 8})
      requests.add("mbe-ext", "gelu", steps, bases, wide);
}

/// Both forms of the multi-basis neuron on the published grids.
static void addPublished(Requests &requests) {
  for (const PublishedFits &fits : publishedFits())
    for (auto [bases, published] : fits.meanSquares) {
      requests.add("mbe", fits.function, PublishedFits::kSteps, bases, fits.grid, "literal").budget =
          kComparisonBudget * std::max(1, bases / 4);
      requests.add("mbe-ext", fits.function, PublishedFits::kSteps, bases, fits.grid);
    }
}

std::vector<FitRequest> rheobase::neurons::catalogueRequests() {
  Requests requests;
  addConversion(requests);
  addComparisons(requests);
  addPublished(requests);
  return requests.all;
}
