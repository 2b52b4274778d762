//===- Report.cpp - figures that follow from others ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Report/Report.h"

#include <numeric>

using namespace rheobase::report;

namespace {

double quotient(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

uint64_t Site::spikes() const {
  return std::accumulate(planeSpikes.begin(), planeSpikes.end(), uint64_t(0));
}

double Site::spikesPerActivation() const {
  return quotient(spikes(), activations);
}

double Site::planeDensity(size_t plane) const {
  return quotient(planeSpikes[plane], activations);
}

double Site::clipRate() const {
  return quotient(clipped, countedActivations);
}
