//===- SpkEstimateRanges.cpp - spk-estimate-ranges -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Moments.h"
#include "Sites.h"
#include "dialects/spk/Levels.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include <cmath>

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKESTIMATERANGES
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// Beyond this many standard deviations a code cuts off.
constexpr double kDeviations = 6;
/// What an estimate says nothing of is below 0 is taken to be this share of what is above.
constexpr double kUnforeseen = 1.0 / 8;

std::optional<SmallVector<float>> rangeOf(const Moments &moments) {
  auto [low, high] = moments.reach(kDeviations);
  if (moments.least < 0)
    low = std::max(std::min(low, -high * kUnforeseen), moments.least);
  bool isRange = std::isfinite(static_cast<float>(low)) && std::isfinite(static_cast<float>(high)) && low < high;
  if (!isRange)
    return std::nullopt;
  return SmallVector<float>{static_cast<float>(std::min(low, 0.0)), static_cast<float>(std::max(high, 0.0))};
}

struct SpkEstimateRanges : rheobase::spk::impl::SpkEstimateRangesBase<SpkEstimateRanges> {
  using SpkEstimateRangesBase::SpkEstimateRangesBase;

  void runOnOperation() override {
    MomentAnalysis analysis;
    unsigned sites = 0, estimated = 0;
    getOperation().walk([&](ObserveOp op) {
      bool isCoded = op.getRole() != kNeuronRole && op.getRole() != kAttentionRole;
      bool isOpen = !op.getRange() && !levelsOf(op) && isCoded && (fixed || hasFreeRows(op.getRole()));
      if (!isOpen)
        return;
      ++sites;
      std::optional<Moments> moments = analysis.of(op.getInput());
      std::optional<SmallVector<float>> range = moments ? rangeOf(*moments) : std::nullopt;
      if (!range)
        return;
      ++estimated;
      op.setRange(*range);
    });
    if (fixed && sites > 0)
      emitWarning(UnknownLoc::get(&getContext()))
          << "no samples: the ranges of " << estimated << " of " << sites
          << " sites are estimated from weights and normalisations, the others are set by each row or sample; "
             "--calibrate=FILE reads them off samples";
  }
};

} // namespace
