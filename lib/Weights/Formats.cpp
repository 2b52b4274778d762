//===- Formats.cpp - the register of formats ------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "Kinds.h"

#include "rheobase/Weights/Algorithm.h"
#include "rheobase/Weights/Dense.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace rheobase;
using namespace rheobase::weights;

static constexpr FormatKind kKinds[] = {kUniformKind,  kAffineKind, kOddKind,    kTernaryKind,
                                        kCodebookKind, kWindowKind, kSparseKind, kLowRankKind};

/// The nearest code, half to even: added to a number so large that its last bit is worth 1.
static float nearestCode(const Grid &grid, float weight) {
  constexpr float ones = 0x1.8p23f;
  auto stride = static_cast<float>(grid.step);
  // A grid without 0 says by a scale of 0 that all are 0: any code does.
  float exact = grid.scale == 0 ? 0 : (weight - grid.offset) / grid.scale;
  return std::clamp((exact - (stride - 1)) * (1 / stride), static_cast<float>(grid.low),
                    static_cast<float>(grid.high)) +
         ones - ones;
}

int Grid::nearest(float weight) const {
  return static_cast<int>(nearestCode(*this, weight));
}

bool Grid::holds(llvm::ArrayRef<float> weights, float slack) const {
  float room = 0;
  if (slack > 0)
    for (float weight : weights)
      room = std::max(room, std::abs(weight) * slack);
  return llvm::all_of(weights, [&](float weight) { return std::abs(value(nearest(weight)) - weight) <= room; });
}

RHEOBASE_CLONES double rheobase::weights::squaredError(const Grid &grid, llvm::ArrayRef<float> weights,
                                                       llvm::ArrayRef<float> importance) {
  // Sums beside one another, so that they can be a vector.
  constexpr size_t lanes = 8;
  double sums[lanes] = {};
  auto stride = static_cast<float>(grid.step);
  auto add = [&](size_t i, size_t lane) {
    float integer = stride * nearestCode(grid, weights[i]) + (stride - 1);
    double error = double(weights[i]) - (integer * grid.scale + grid.offset);
    sums[lane] += error * error * (importance.empty() ? 1.0 : double(importance[i]));
  };
  size_t whole = weights.size() / lanes * lanes;
  for (size_t i = 0; i < whole; i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane)
      add(i + lane, lane);
  for (size_t i = whole; i < weights.size(); ++i)
    add(i, i - whole);
  return std::accumulate(std::begin(sums), std::end(sums), 0.0);
}

double Format::storedBits(int64_t inputs) const {
  constexpr double single = 32, half = 16, zero = 8;
  int64_t length = groupLength(inputs);
  double beside = (length == inputs ? single : half) + (hasZeros() ? zero : 0);
  return bits() + beside / static_cast<double>(length);
}

std::optional<Codes> Format::exactCodes(const Layer &layer, float slack) const {
  int64_t length = groupLength(layer.inputs);
  Codes codes;
  codes.groups = layer.inputs / length;
  std::vector<float> column(length);
  for (int64_t group = 0; group < codes.groups; ++group)
    for (int64_t n = 0; n < layer.outputs; ++n) {
      for (int64_t i = 0; i < length; ++i)
        column[i] = layer.weight(group * length + i, n);
      std::optional<Grid> grid = exactGrid(column, slack);
      if (!grid)
        return std::nullopt;
      codes.grids.push_back(*grid);
    }
  codes.codes.reserve(layer.inputs * layer.outputs);
  for (int64_t i = 0; i < layer.inputs; ++i)
    for (int64_t n = 0; n < layer.outputs; ++n) {
      const Grid &grid = codes.grids[i / length * layer.outputs + n];
      codes.codes.push_back(static_cast<int8_t>(grid.nearest(layer.weight(i, n))));
    }
  return codes;
}

llvm::ArrayRef<FormatKind> rheobase::weights::formatKinds() {
  return kKinds;
}

std::unique_ptr<Format> rheobase::weights::parseFormat(llvm::StringRef name) {
  for (const FormatKind &kind : formatKinds())
    if (std::unique_ptr<Format> format = kind.isOnlyFound ? nullptr : kind.parse(name))
      return format;
  return nullptr;
}

std::string rheobase::weights::formatPatterns() {
  auto asked = llvm::make_filter_range(formatKinds(), [](const FormatKind &kind) { return !kind.isOnlyFound; });
  return llvm::join(llvm::map_range(asked, [](const FormatKind &kind) { return kind.pattern; }), ", ");
}

double rheobase::weights::pairBits(int64_t inputs, int64_t outputs, int64_t rank) {
  std::unique_ptr<Format> signs = parseFormat("sign");
  return signs->storedBits(inputs) * static_cast<double>(inputs * rank) +
         signs->storedBits(rank) * static_cast<double>(rank * outputs);
}

std::unique_ptr<Format> rheobase::weights::bytesPerOutput() {
  return parseFormat("int8");
}
