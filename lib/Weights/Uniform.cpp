//===- Uniform.cpp - weights on equal steps -------------------------------===//
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

constexpr unsigned kFewestBits = 2, kByte = 8;

/// b bits for a weight, a scale for each group of inputs of an output or for all of them, and either -2^(b-1) to
/// 2^(b-1) - 1 around 0 (bytes: -127 to 127), or 2^b integers of which each group says where 0 is.
class Uniform : public GroupedFormat {
public:
  Uniform(unsigned width, Grouping grouping, bool zeros)
      : GroupedFormat((zeros ? "uint" : "int") + std::to_string(width), width, grouping), zeros(zeros) {}

  bool hasZeros() const override { return zeros; }
  std::optional<Grid> exactGrid(llvm::ArrayRef<float> weights, float slack) const override;
  Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const override;
  spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const override {
    if (width == kByte && grouping.group == 0)
      return {};
    return mlir::cast<spk::WeightFormatInterface>(
        mlir::Attribute(spk::UniformWeightsAttr::get(context, width, grouping.group)));
  }

private:
  Grid around0(float reach) const;
  Grid between(float low, float high) const;
  Grid inRange(llvm::ArrayRef<float> weights) const;

  bool zeros;
};

} // namespace

Grid Uniform::around0(float reach) const {
  int high = (1 << (width - 1)) - 1;
  return withScale({1, width == kByte ? -high : -high - 1, high}, reach / static_cast<float>(high), grouping);
}

Grid Uniform::between(float low, float high) const {
  int steps = (1 << width) - 1;
  float scale = (high - low) / static_cast<float>(steps);
  int zero = scale > 0 ? Grid{scale, 0, steps}.nearest(-low) : 0;
  return withScale({1, -zero, steps - zero}, scale, grouping);
}

/// Where the largest weights are the ends.
Grid Uniform::inRange(llvm::ArrayRef<float> weights) const {
  float low = 0, high = 0;
  for (float weight : weights)
    low = std::min(low, weight), high = std::max(high, weight);
  return zeros ? between(low, high) : around0(std::max(-low, high));
}

Grid Uniform::fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const {
  Grid best = inRange(weights);
  if (criterion == Criterion::Range)
    return best;
  // One side of a grid around 0 reaches a step farther: the weights may be the other way round.
  return leastSquaresGrid(best, /*turns=*/!zeros && best.low != -best.high, weights, importance, grouping);
}

/// The steps that the largest weight may be of the grid's, the most first: a code that was chosen by the range has that
/// weight at its end.
std::optional<Grid> Uniform::exactGrid(llvm::ArrayRef<float> weights, float slack) const {
  auto [low, high] = std::minmax_element(weights.begin(), weights.end());
  float largest = std::max(-*low, *high);
  Grid grid = inRange(weights);
  if (largest == 0)
    return grid;
  int ends = (1 << width) - 1, most = zeros ? ends : 1 << (width - 1);
  for (int steps = most; steps > 0; --steps)
    for (float scale : scalesNear(largest / static_cast<float>(steps), grouping)) {
      grid.scale = scale;
      if (zeros) {
        int zero = -std::min(Grid{scale, -ends, ends}.nearest(*low), 0);
        grid.low = -zero, grid.high = ends - zero;
      }
      if (grid.holds(weights, slack))
        return grid;
      grid.scale = -scale;
      if (!zeros && grid.holds(weights, slack))
        return grid;
    }
  return std::nullopt;
}

std::unique_ptr<Format> rheobase::weights::parseUniform(llvm::StringRef name) {
  bool zeros = name.consume_front("u");
  unsigned bits = 0;
  if (!name.consume_front("int") || name.consumeInteger(10, bits))
    return nullptr;
  std::optional<Grouping> grouping = Grouping::parse(name);
  if (!grouping || bits < kFewestBits || bits > (zeros ? kByte - 1 : kByte))
    return nullptr;
  return std::make_unique<Uniform>(bits, *grouping, zeros);
}

std::vector<std::string> rheobase::weights::uniformNames() {
  std::vector<std::string> names;
  for (const std::string &grouping : Grouping::names())
    for (unsigned bits = kFewestBits; bits <= kByte; ++bits)
      for (const char *sign : {"", "u"})
        if (*sign == 0 || bits < kByte)
          names.push_back(sign + ("int" + std::to_string(bits)) + grouping);
  return names;
}
