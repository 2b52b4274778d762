//===- UnitScores.cpp - how much a hidden unit matters --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/HiddenUnits.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

#include <cmath>
#include <numeric>

using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// QP-SNN (arXiv 2502.05905, section 4.2) counts the singular values of a kernel's time-averaged spike map; their sum
/// also tells apart maps of full rank, which a unit's column of tokens is as soon as it fires.
class SingularValues : public UnitScore {
  llvm::StringRef name() const override { return "svs"; }
  bool needsSamples() const override { return true; }
  std::vector<double> of(const HiddenLayer &, const UnitActivity &activity) const override { return activity.singular; }
};

/// Wanda (arXiv 2306.11695) for a whole unit: how long its activations are, times how long the weights that read it.
class Wanda : public UnitScore {
  llvm::StringRef name() const override { return "wanda"; }
  bool needsSamples() const override { return true; }
  std::vector<double> of(const HiddenLayer &layer, const UnitActivity &activity) const override {
    std::vector<double> scores = layer.lengthsOut();
    for (auto [score, square] : llvm::zip_equal(scores, activity.squares))
      score *= std::sqrt(square);
    return scores;
  }
};

/// How long the weights are that make a unit, times those that read it.
class Magnitude : public UnitScore {
  llvm::StringRef name() const override { return "magnitude"; }
  bool needsSamples() const override { return false; }
  std::vector<double> of(const HiddenLayer &layer, const UnitActivity &) const override {
    std::vector<double> scores = layer.lengthsIn();
    for (auto [score, length] : llvm::zip_equal(scores, layer.lengthsOut()))
      score *= length;
    return scores;
  }
};

/// The same units in each compilation: what the others are compared with.
class Random : public UnitScore {
  llvm::StringRef name() const override { return "random"; }
  bool needsSamples() const override { return false; }
  std::vector<double> of(const HiddenLayer &layer, const UnitActivity &) const override {
    std::vector<double> scores;
    ObserveOp site = layer.site;
    for (int64_t unit = 0; unit < layer.units; ++unit)
      scores.push_back(static_cast<double>(llvm::xxh3_64bits(site.getSite().str() + ":" + std::to_string(unit))));
    return scores;
  }
};

} // namespace

llvm::ArrayRef<const UnitScore *> rheobase::spk::unitScores() {
  static const SingularValues singularValues;
  static const Wanda wanda;
  static const Magnitude magnitude;
  static const Random random;
  static const UnitScore *const all[] = {&singularValues, &wanda, &magnitude, &random};
  return all;
}

const UnitScore *rheobase::spk::findUnitScore(llvm::StringRef name) {
  const auto *found = llvm::find_if(unitScores(), [&](const UnitScore *each) { return each->name() == name; });
  return found == unitScores().end() ? nullptr : *found;
}

llvm::SmallVector<int64_t> rheobase::spk::keptUnits(llvm::ArrayRef<double> scores, double share) {
  constexpr uint64_t kGroup = 32;
  uint64_t units = scores.size(), kept = units - static_cast<uint64_t>(std::floor(share * static_cast<double>(units)));
  if (uint64_t whole = llvm::alignTo(kept, kGroup); units % kGroup == 0 && whole < units)
    kept = whole;
  llvm::SmallVector<int64_t> order(units);
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int64_t a, int64_t b) { return std::pair(-scores[a], a) < std::pair(-scores[b], b); });
  order.truncate(std::max<uint64_t>(kept, 1));
  llvm::sort(order);
  return order;
}
