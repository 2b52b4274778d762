//===- UnitScores.cpp - how much a unit matters ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/UnitLayers.h"

#include "rheobase/Interfaces/ConstantData.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/xxhash.h"

#include <cmath>

using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// QP-SNN (arXiv 2502.05905, section 4.2) counts the singular values of a kernel's time-averaged spike map; their sum
/// also tells apart maps of full rank, which most are as soon as they fire.
class SingularValues : public UnitScore {
  llvm::StringRef name() const override { return kScoreOfMaps; }
  bool needsSamples() const override { return true; }
  std::vector<double> of(const UnitLayer &, const UnitActivity &activity) const override { return activity.singular; }
};

/// Wanda (arXiv 2306.11695) for a whole unit: the root of the sum over its columns of how long the activations are,
/// times how long the weights that read them, squared.
class Wanda : public UnitScore {
  llvm::StringRef name() const override { return "wanda"; }
  bool needsSamples() const override { return true; }
  std::vector<double> of(const UnitLayer &layer, const UnitActivity &activity) const override {
    std::vector<double> scores(layer.units);
    for (const UnitLayer::Reader &reader : layer.readers) {
      ConstantData data = *ConstantData::of(onnx::MatMulOp(reader.product).getB());
      const std::vector<double> &squares = activity.sites.find(reader.site)->second.squares;
      const std::vector<int64_t> &units = layer.rows(reader).units;
      int64_t outputs = data.getType().getShape().back();
      for (int64_t i = 0; i < data.size(); ++i)
        if (int64_t row = i / outputs, unit = units[row]; unit >= 0)
          scores[unit] += squares[row % squares.size()] * data.number(i) * data.number(i);
    }
    for (double &score : scores)
      score = std::sqrt(score);
    return scores;
  }
};

/// How long the weights are that make a unit, times those that read it.
class Magnitude : public UnitScore {
  llvm::StringRef name() const override { return "magnitude"; }
  bool needsSamples() const override { return false; }
  std::vector<double> of(const UnitLayer &layer, const UnitActivity &) const override {
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
  std::vector<double> of(const UnitLayer &layer, const UnitActivity &) const override {
    std::vector<double> scores;
    for (int64_t unit = 0; unit < layer.units; ++unit)
      scores.push_back(static_cast<double>(llvm::xxh3_64bits(layer.name().str() + ":" + std::to_string(unit))));
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
