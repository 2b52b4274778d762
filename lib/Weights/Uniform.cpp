//===- Uniform.cpp - weights on equal steps -------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kinds.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

constexpr unsigned kFewestBits = 2, kByte = 8;
constexpr int64_t kGroups[] = {32, 64, 128};
/// Ends of grids that least squares tries, as shares of the largest weight.
constexpr int kTrials = 41;
constexpr float kTrialStep = 0.02f;

/// To f16, ties to even; what is beyond its ends is moved there.
float roundToHalf(float x) {
  constexpr float largest = 65504, smallestNormal = 0x1p-14f, tinyStep = 0x1p-24f;
  constexpr uint32_t cutBits = 13, halfCut = (uint32_t(1) << (cutBits - 1)) - 1;
  float magnitude = std::min(std::abs(x), largest);
  if (magnitude < smallestNormal)
    return std::copysign(std::max(std::nearbyint(magnitude / tinyStep), 1.0f) * tinyStep, x);
  auto bits = llvm::bit_cast<uint32_t>(magnitude);
  bits += halfCut + ((bits >> cutBits) & 1);
  bits = bits >> cutBits << cutBits;
  return std::copysign(std::min(llvm::bit_cast<float>(bits), largest), x);
}

/// b bits for a weight, a scale for each group of inputs of an output or for all of them, and either -2^(b-1) to
/// 2^(b-1) - 1 around 0 (bytes: -127 to 127), or 2^b integers of which each group says where 0 is.
class Uniform : public Format {
public:
  Uniform(unsigned width, int64_t group, bool zeros) : width(width), group(group), zeros(zeros) {}

  std::string name() const override {
    std::string name = (zeros ? "uint" : "int") + std::to_string(width);
    return group == 0 ? name : name + "g" + std::to_string(group);
  }
  bool holds(int64_t inputs) const override { return group == 0 || inputs % group == 0; }
  int64_t groupLength(int64_t inputs) const override { return group == 0 ? inputs : group; }
  unsigned bits() const override { return width; }
  bool hasZeros() const override { return zeros; }
  mlir::Type scaleType(mlir::MLIRContext *context) const override {
    mlir::Builder b(context);
    return group == 0 ? b.getF32Type() : b.getF16Type();
  }
  Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const override;
  spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const override {
    if (width == kByte && group == 0)
      return {};
    return mlir::cast<spk::WeightFormatInterface>(mlir::Attribute(spk::UniformWeightsAttr::get(context, width, group)));
  }

private:
  Grid around0(float reach) const;
  Grid between(float low, float high) const;
  Grid withScale(Grid grid, float scale) const;
  Grid inRange(llvm::ArrayRef<float> weights) const;

  unsigned width;
  int64_t group;
  bool zeros;
};

} // namespace

/// The grid with this scale as it is stored; an all-zero group keeps one that is a number.
Grid Uniform::withScale(Grid grid, float scale) const {
  if (scale != 0)
    grid.scale = group == 0 ? scale : roundToHalf(scale);
  return grid;
}

Grid Uniform::around0(float reach) const {
  int high = (1 << (width - 1)) - 1;
  return withScale({1, width == kByte ? -high : -high - 1, high}, reach / static_cast<float>(high));
}

Grid Uniform::between(float low, float high) const {
  int steps = (1 << width) - 1;
  float scale = (high - low) / static_cast<float>(steps);
  int zero = scale > 0 ? Grid{scale, 0, steps}.nearest(-low) : 0;
  return withScale({1, -zero, steps - zero}, scale);
}

/// Where the largest weights are the ends.
Grid Uniform::inRange(llvm::ArrayRef<float> weights) const {
  float low = 0, high = 0;
  for (float weight : weights)
    low = std::min(low, weight), high = std::max(high, weight);
  return zeros ? between(low, high) : around0(std::max(-low, high));
}

static double errorOf(const Grid &grid, llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance) {
  double sum = 0;
  for (auto [i, weight] : llvm::enumerate(weights)) {
    double error = double(weight) - grid.value(grid.nearest(weight));
    sum += error * error * (importance.empty() ? 1.0 : double(importance[i]));
  }
  return sum;
}

Grid Uniform::fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const {
  Grid best = inRange(weights);
  if (criterion == Criterion::Range)
    return best;
  float whole = best.scale;
  double least = errorOf(best, weights, importance);
  // One side of a grid around 0 reaches a step farther: the weights may be the other way round.
  bool turns = !zeros && best.low != -best.high;
  for (int trial = 0; trial < kTrials; ++trial) {
    float share = 1 - kTrialStep * static_cast<float>(trial);
    for (float sign : {1.0f, -1.0f}) {
      if (sign < 0 && !turns)
        continue;
      Grid grid = withScale(best, whole * share * sign);
      if (double error = errorOf(grid, weights, importance); error < least)
        best = grid, least = error;
    }
  }
  return best;
}

std::unique_ptr<Format> rheobase::weights::parseUniform(llvm::StringRef name) {
  bool zeros = name.consume_front("u");
  unsigned bits = 0;
  int64_t group = 0;
  if (!name.consume_front("int") || name.consumeInteger(10, bits))
    return nullptr;
  bool isGrouped = name.consume_front("g");
  if (isGrouped && (name.consumeInteger(10, group) || !llvm::is_contained(kGroups, group)))
    return nullptr;
  if (!name.empty() || bits < kFewestBits || bits > (zeros ? kByte - 1 : kByte))
    return nullptr;
  return std::make_unique<Uniform>(bits, group, zeros);
}
