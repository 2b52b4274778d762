//===- Affine.cpp - weights on equal steps from an offset ----------------===//
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

using namespace rheobase;
using namespace rheobase::weights;

namespace {

/// Differences of two codes are bytes.
constexpr unsigned kFewestBits = 2, kMostBits = 7;
/// Shares of a group's range that least squares tries.
constexpr int kTrials = 26;
constexpr float kTrialStep = 0.02f;

/// b bits for a weight, a scale and an offset for each group of inputs of an output or for all of them: w = q * scale +
/// offset, 0 <= q < 2^b. The offset is any number, and not a multiple of the scale as a zero is.
class Affine : public GroupedFormat {
public:
  Affine(unsigned width, Grouping grouping) : GroupedFormat("affine" + std::to_string(width), width, grouping) {}

  double storedBits(int64_t inputs) const override {
    return width + 2.0 * grouping.scaleBits() / static_cast<double>(groupLength(inputs));
  }
  std::optional<Grid> exactGrid(llvm::ArrayRef<float> weights, float slack) const override;
  Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const override;
  spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const override {
    return mlir::cast<spk::WeightFormatInterface>(
        mlir::Attribute(spk::AffineWeightsAttr::get(context, width, grouping.group)));
  }

private:
  int steps() const { return (1 << width) - 1; }
  /// Around the middle of these ends, so much of what lies between them.
  Grid between(float low, float high, float share) const;
};

} // namespace

Grid Affine::between(float low, float high, float share) const {
  Grid grid{1, 0, steps()};
  float cut = (high - low) * (1 - share) / 2;
  grid.offset = grouping.stored(low + cut);
  if (float scale = (high - low) * share / static_cast<float>(steps()); scale != 0)
    grid.scale = grouping.stored(scale);
  return grid;
}

Grid Affine::fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const {
  auto [low, high] = std::minmax_element(weights.begin(), weights.end());
  Grid best = between(*low, *high, 1);
  if (criterion == Criterion::Range)
    return best;
  double least = squaredError(best, weights, importance);
  for (int trial = 1; trial < kTrials; ++trial) {
    Grid grid = between(*low, *high, 1 - kTrialStep * static_cast<float>(trial));
    if (double error = squaredError(grid, weights, importance); error < least)
      best = grid, least = error;
  }
  return best;
}

/// The smallest weight is the offset, the largest so many steps above it, the most first.
std::optional<Grid> Affine::exactGrid(llvm::ArrayRef<float> weights, float slack) const {
  auto [low, high] = std::minmax_element(weights.begin(), weights.end());
  if (grouping.stored(*low) != *low)
    return std::nullopt;
  Grid grid{1, 0, steps(), 1, *low};
  if (*low == *high)
    return grid;
  for (int count = steps(); count > 0; --count) {
    grid.scale = grouping.stored((*high - *low) / static_cast<float>(count));
    if (grid.holds(weights, slack))
      return grid;
  }
  return std::nullopt;
}

std::unique_ptr<Format> rheobase::weights::parseAffine(llvm::StringRef name) {
  unsigned bits = 0;
  if (!name.consume_front("affine") || name.consumeInteger(10, bits) || bits < kFewestBits || bits > kMostBits)
    return nullptr;
  std::optional<Grouping> grouping = Grouping::parse(name);
  return grouping ? std::make_unique<Affine>(bits, *grouping) : nullptr;
}

std::vector<std::string> rheobase::weights::affineNames() {
  std::vector<std::string> names;
  for (const std::string &grouping : Grouping::names())
    for (unsigned bits = kFewestBits; bits <= kMostBits; ++bits)
      names.push_back("affine" + std::to_string(bits) + grouping);
  return names;
}
