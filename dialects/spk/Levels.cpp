//===- Levels.cpp - numbers that are few integers times a step ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Levels.h"

#include "dialects/spk/Codes.h"

#include <cmath>

using namespace mlir;
using namespace rheobase::spk;

static constexpr llvm::StringLiteral kStep = "step", kLow = "low", kHigh = "high";

/// Nothing where the attribute is no levels.
static std::optional<Levels> parse(Attribute attribute) {
  auto parts = dyn_cast_or_null<DictionaryAttr>(attribute);
  if (!parts || parts.size() != 3)
    return std::nullopt;
  auto step = parts.getAs<FloatAttr>(kStep);
  auto low = parts.getAs<IntegerAttr>(kLow), high = parts.getAs<IntegerAttr>(kHigh);
  if (!step || !step.getType().isF32() || !low || !high || !low.getType().isInteger(64) ||
      !high.getType().isInteger(64))
    return std::nullopt;
  return Levels{step.getValue().convertToFloat(), low.getInt(), high.getInt()};
}

static constexpr int64_t kMostLevels = int64_t(1) << kMostSteps;

bool rheobase::spk::fitCode(int64_t low, int64_t high) {
  return low <= high && low > -kMostLevels / 2 && high < (low < 0 ? kMostLevels / 2 : kMostLevels);
}

std::optional<Levels> rheobase::spk::levelsOf(ObserveOp site) {
  return parse(site->getAttr(kLevelsAttr));
}

void rheobase::spk::setLevels(ObserveOp site, const Levels &levels) {
  Builder b(site.getContext());
  site->setAttr(kLevelsAttr, b.getDictionaryAttr({b.getNamedAttr(kStep, b.getF32FloatAttr(levels.step)),
                                                  b.getNamedAttr(kLow, b.getI64IntegerAttr(levels.low)),
                                                  b.getNamedAttr(kHigh, b.getI64IntegerAttr(levels.high))}));
}

LogicalResult rheobase::spk::verifyLevels(ObserveOp site) {
  Attribute attribute = site->getAttr(kLevelsAttr);
  if (!attribute)
    return success();
  std::optional<Levels> levels = parse(attribute);
  bool fits = levels && levels->step > 0 && std::isfinite(levels->step) && levels->low <= 0 && levels->high >= 0 &&
              fitCode(levels->low, levels->high);
  if (!fits)
    return site.emitOpError("has ") << kLevelsAttr << " " << attribute
                                    << ", {step = S : f32, low = L, high = H} expected with S above 0, L from "
                                    << 1 - kMostLevels / 2 << " to 0 and H from 0 to " << kMostLevels - 1
                                    << ", with L below 0 to " << kMostLevels / 2 - 1;
  return success();
}
