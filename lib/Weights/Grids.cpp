//===- Grids.cpp - what formats with scales of groups share --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grids.h"

using namespace rheobase;
using namespace rheobase::weights;

/// Ends of grids that least squares tries, as shares of the largest weight.
static constexpr int kTrials = 41;
static constexpr float kTrialStep = 0.02f;

Grid rheobase::weights::withScale(Grid grid, float scale, Grouping grouping) {
  if (scale != 0)
    grid.scale = grouping.stored(scale);
  return grid;
}

Grid rheobase::weights::leastSquaresGrid(const Grid &whole, bool turns, llvm::ArrayRef<float> weights,
                                         llvm::ArrayRef<float> importance, Grouping grouping) {
  Grid best = whole;
  double least = squaredError(best, weights, importance);
  for (int trial = 0; trial < kTrials; ++trial) {
    float share = 1 - kTrialStep * static_cast<float>(trial);
    for (float sign : {1.0f, -1.0f}) {
      if (sign < 0 && !turns)
        continue;
      Grid grid = withScale(whole, whole.scale * share * sign, grouping);
      if (double error = squaredError(grid, weights, importance); error < least)
        best = grid, least = error;
    }
  }
  return best;
}
