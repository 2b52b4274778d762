//===- Levels.h - numbers that are few integers times a step -------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_SPK_LEVELS_H
#define RHEOBASE_DIALECTS_SPK_LEVELS_H

#include "dialects/spk/Spk.h"

namespace rheobase::spk {

/// Numbers q * step with integers low <= q <= high, each to the last bit: spikes, and what few of them add up to.
struct Levels {
  float step;
  int64_t low, high;
};

/// What a site (spk.observe) has where its numbers are of few levels already, so that a code loses nothing: an
/// attribute {step = .. : f32, low = .., high = ..}.
inline constexpr llvm::StringLiteral kLevelsAttr = "spk.levels";

/// Whether some code has all integers from `low` to `high`: one with a sign where `low` is below 0.
bool fitCode(int64_t low, int64_t high);
std::optional<Levels> levelsOf(ObserveOp site);
void setLevels(ObserveOp site, const Levels &levels);
llvm::LogicalResult verifyLevels(ObserveOp site);

} // namespace rheobase::spk

#endif // RHEOBASE_DIALECTS_SPK_LEVELS_H
