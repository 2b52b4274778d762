//===- WeightAllocation.cpp - formats by what they cost and lose ---------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightAllocation.h"

#include "llvm/ADT/STLExtras.h"

#include <optional>

using namespace rheobase;
using llvm::ArrayRef;

namespace {

double sumOf(ArrayRef<std::vector<FormatCost>> sites, ArrayRef<size_t> choice, double FormatCost::*member) {
  double sum = 0;
  for (auto [site, chosen] : llvm::zip(sites, choice))
    sum += site[chosen].*member;
  return sum;
}

struct Step {
  size_t site, format;
  double gain;
};

/// The larger format that brings most for a byte, of those that fit.
std::optional<Step> bestStep(ArrayRef<std::vector<FormatCost>> sites, ArrayRef<size_t> choice, double room) {
  std::optional<Step> best;
  for (auto [i, site] : llvm::enumerate(sites)) {
    const FormatCost &now = site[choice[i]];
    for (size_t next = choice[i] + 1; next < site.size(); ++next) {
      double more = site[next].bytes - now.bytes, less = now.error - site[next].error;
      if (more <= room && less > 0 && (!best || less / more > best->gain))
        best = Step{i, next, less / more};
    }
  }
  return best;
}

} // namespace

double rheobase::bytesOf(ArrayRef<std::vector<FormatCost>> sites, ArrayRef<size_t> choice) {
  return sumOf(sites, choice, &FormatCost::bytes);
}

double rheobase::errorOf(ArrayRef<std::vector<FormatCost>> sites, ArrayRef<size_t> choice) {
  return sumOf(sites, choice, &FormatCost::error);
}

FormatChoice rheobase::allocateFormats(ArrayRef<std::vector<FormatCost>> sites, double most, double enough) {
  FormatChoice choice(sites.size(), 0);
  while (errorOf(sites, choice) > enough) {
    std::optional<Step> step = bestStep(sites, choice, most - bytesOf(sites, choice));
    if (!step)
      break;
    choice[step->site] = step->format;
  }
  return choice;
}
