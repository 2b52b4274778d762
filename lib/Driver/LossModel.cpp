//===- LossModel.cpp - what a layer loses by a format --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LossModel.h"

#include "rheobase/Weights/Errors.h"

#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

/// The format whose rounding is measured, and the one that leaving out is measured in: there rounding loses next to
/// nothing. What is left out is chosen by what the inputs show, without feedback, which loses less.
static constexpr llvm::StringLiteral kRounded = "int4g32", kLeftOut = "int8", kScores = "wanda";

static const Format &rounded() {
  static const std::unique_ptr<Format> format = parseFormat(kRounded);
  return *format;
}

/// Errors fall with the square of a step, which the number of codes divides; larger groups reach a little farther.
static double roundingBesideMeasured(const Format &format, int64_t inputs) {
  auto codes = [](const Format &each) { return std::ldexp(1.0, static_cast<int>(each.bits())) - 1; };
  constexpr double perDoubling = 1.12;
  double doublings =
      std::log2(static_cast<double>(format.groupLength(inputs)) / static_cast<double>(rounded().groupLength(inputs)));
  return std::pow(codes(rounded()) / codes(format), 2) * std::pow(perDoubling, doublings);
}

LossModel::LossModel(const Layer &layer, const InputMean &mean, const Algorithm &algorithm) : layer(layer), mean(mean) {
  static const Hessian nothing;
  Codes codes = algorithm.quantise(
      {layer.weights, layer.inputs, layer.outputs, algorithm.needsInputs() ? layer.hessian : nothing}, rounded());
  rounding = outputError(layer, codes, mean);
}

int64_t LossModel::measuredGroup() {
  return rounded().groupLength(0);
}

double LossModel::lost(const Format &format) {
  double lost = rounding * roundingBesideMeasured(format, layer.inputs);
  return format.leavesOut() ? lost + lostByLeavingOut(format) : lost;
}

double LossModel::lostByLeavingOut(const Format &format) {
  std::string name = format.name(), pattern = name.substr(name.find('-'));
  auto [entry, isNew] = byPattern.try_emplace(pattern, 0);
  if (isNew) {
    std::unique_ptr<Format> measured = parseFormat(kLeftOut.str() + pattern);
    entry->second = outputError(layer, findAlgorithm(kScores)->quantise(layer, *measured), mean);
  }
  return entry->second;
}
