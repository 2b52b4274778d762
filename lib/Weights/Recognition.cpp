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

/// Of so few inputs each may be a code by chance; a 3 x 3 window of one channel is none.
static constexpr int64_t kFewestInputs = 9;

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

std::optional<Recognised> rheobase::weights::recognise(const Layer &layer, unsigned mostBits, float slack) {
  if (layer.inputs < kFewestInputs || layer.outputs == 0)
    return std::nullopt;
  for (std::unique_ptr<Format> &format : candidates(layer.inputs, mostBits))
    if (std::optional<Codes> codes = format->exactCodes(layer, slack))
      return Recognised{std::move(format), std::move(*codes)};
  return std::nullopt;
}
