//===- Recognition.cpp - weights that lie on a grid already --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Weights/Recognition.h"

#include <map>

using namespace rheobase;
using namespace rheobase::weights;

/// Of so few inputs each may be a code by chance.
static constexpr int64_t kFewestInputs = 32;

/// The formats that weights are looked for in, those that store least first.
static std::vector<std::unique_ptr<Format>> candidates(int64_t inputs, unsigned mostBits) {
  std::multimap<double, std::unique_ptr<Format>> byBits;
  for (const FormatKind &kind : formatKinds()) {
    if (!kind.recognised)
      continue;
    for (const std::string &name : kind.recognised()) {
      std::unique_ptr<Format> format = kind.parse(name);
      double bits = format->storedBits(inputs);
      if (format->bits() <= mostBits && format->holds(inputs))
        byBits.emplace(bits, std::move(format));
    }
  }
  std::vector<std::unique_ptr<Format>> found;
  for (auto &[bits, format] : byBits)
    found.push_back(std::move(format));
  return found;
}

/// All codes, or nothing.
static std::optional<Codes> codesIn(const Format &format, const Layer &layer) {
  int64_t length = format.groupLength(layer.inputs);
  Codes codes;
  codes.groups = layer.inputs / length;
  std::vector<float> column(length);
  for (int64_t group = 0; group < codes.groups; ++group)
    for (int64_t n = 0; n < layer.outputs; ++n) {
      for (int64_t i = 0; i < length; ++i)
        column[i] = layer.weight(group * length + i, n);
      std::optional<Grid> grid = format.exactGrid(column);
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

std::optional<Recognised> rheobase::weights::recognise(const Layer &layer, unsigned mostBits) {
  if (layer.inputs < kFewestInputs || layer.outputs == 0)
    return std::nullopt;
  for (std::unique_ptr<Format> &format : candidates(layer.inputs, mostBits))
    if (std::optional<Codes> codes = codesIn(*format, layer))
      return Recognised{std::move(format), std::move(*codes)};
  return std::nullopt;
}
