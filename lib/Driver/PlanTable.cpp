//===- PlanTable.cpp - a plan, as it is told on a terminal ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanTable.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace rheobase;
using llvm::ArrayRef;
using llvm::StringRef;

static constexpr double kPercent = 100;

std::string rheobase::threeDigits(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.3g", number);
  return text;
}

std::string rheobase::asPercent(double share) {
  return threeDigits(kPercent * share) + " %";
}

/// Of a sample.
static double elementsOf(ArrayRef<SiteCost> costs) {
  double elements = 0;
  for (const SiteCost &cost : costs)
    elements += cost.activations;
  return elements;
}

void rheobase::printPlanTable(llvm::raw_ostream &os, ArrayRef<StringRef> roles, ArrayRef<SiteCost> costs,
                              ArrayRef<unsigned> steps, const PlanOutcome &outcome) {
  struct Row {
    std::vector<SiteCost> costs;
    Allocation steps;
  };
  llvm::MapVector<StringRef, Row> rows;
  for (auto [role, cost, T] : llvm::zip(roles, costs, steps)) {
    rows[role].costs.push_back(cost);
    rows[role].steps.push_back(T);
  }
  os << "plan: error of the outputs " << asPercent(outcome.error) << ", "
     << llvm::format("%.2f steps and %.2f spikes of an activation\n", meanSteps(costs, steps), outcome.spikes);
  os << "  role       sites  least  mean   most   activations  error\n";
  double all = std::max(elementsOf(costs), 1.0);
  for (const auto &[role, row] : rows)
    os << llvm::format("  %-10s %5zu %6u %5.2f %6u %11.1f %%  %s\n", role.str().c_str(), row.costs.size(),
                       *llvm::min_element(row.steps), meanSteps(row.costs, row.steps), *llvm::max_element(row.steps),
                       kPercent * elementsOf(row.costs) / all,
                       asPercent(std::sqrt(modelledError(row.costs, row.steps))).c_str());
}
