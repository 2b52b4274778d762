//===- Odd.cpp - signs, and the grid of ReScaW ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Exact.h"
#include "Grids.h"
#include "GroupedFormat.h"
#include "Kinds.h"

#include <algorithm>
#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

constexpr unsigned kFewestBits = 2, kMostBits = 8;

/// Odd integers 2 q + 1 from -(2^b - 1) to 2^b - 1, whose codes q are b bits with a sign.
class Odd : public GroupedFormat {
public:
  Odd(unsigned width, Grouping grouping)
      : GroupedFormat(width == 1 ? "sign" : "rescaw" + std::to_string(width), width, grouping) {}

  std::optional<Grid> exactGrid(llvm::ArrayRef<float> weights, float slack) const override;
  Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const override;
  spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const override {
    return mlir::cast<spk::WeightFormatInterface>(
        mlir::Attribute(spk::OddWeightsAttr::get(context, width, grouping.group)));
  }

private:
  int most() const { return (1 << width) - 1; }
  Grid ofScale(float scale) const { return {scale, -(1 << (width - 1)), (1 << (width - 1)) - 1, 2}; }
};

/// What the sign alone says best: the mean of the magnitudes.
float meanMagnitude(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance) {
  double sum = 0, count = 0;
  for (auto [i, weight] : llvm::enumerate(weights)) {
    double counts = importance.empty() ? 1.0 : double(importance[i]);
    sum += counts * std::abs(double(weight)), count += counts;
  }
  return count > 0 ? static_cast<float>(sum / count) : 0;
}

float largestMagnitude(llvm::ArrayRef<float> weights) {
  float largest = 0;
  for (float weight : weights)
    largest = std::max(largest, std::abs(weight));
  return largest;
}

} // namespace

Grid Odd::fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const {
  Grid grid = ofScale(0);
  if (width == 1) {
    float mean = meanMagnitude(weights, importance);
    // Inputs that never fire say nothing.
    return withScale(grid, mean > 0 ? mean : meanMagnitude(weights, {}), grouping);
  }
  grid = withScale(grid, largestMagnitude(weights) / static_cast<float>(most()), grouping);
  return criterion == Criterion::Range ? grid : leastSquaresGrid(grid, /*turns=*/false, weights, importance, grouping);
}

/// The steps that the largest weight may be, the most first.
std::optional<Grid> Odd::exactGrid(llvm::ArrayRef<float> weights, float slack) const {
  float largest = largestMagnitude(weights);
  if (largest == 0)
    return ofScale(0);
  for (int steps = most(); steps > 0; steps -= 2)
    for (float scale : scalesNear(largest / static_cast<float>(steps), grouping))
      if (Grid grid = ofScale(scale); grid.holds(weights, slack))
        return grid;
  return std::nullopt;
}

std::unique_ptr<Format> rheobase::weights::parseOdd(llvm::StringRef name) {
  unsigned bits = 1;
  if (name.consume_front("rescaw")) {
    if (name.consumeInteger(10, bits) || bits < kFewestBits || bits > kMostBits)
      return nullptr;
  } else if (!name.consume_front("sign")) {
    return nullptr;
  }
  std::optional<Grouping> grouping = Grouping::parse(name);
  return grouping ? std::make_unique<Odd>(bits, *grouping) : nullptr;
}

std::vector<std::string> rheobase::weights::oddNames() {
  std::vector<std::string> names;
  for (const std::string &grouping : Grouping::names()) {
    names.push_back("sign" + grouping);
    for (unsigned bits = kFewestBits; bits <= kMostBits; ++bits)
      names.push_back("rescaw" + std::to_string(bits) + grouping);
  }
  return names;
}
