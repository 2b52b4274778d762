//===- LowRank.cpp - matrices that become pairs of matrices of signs -------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kinds.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

/// Inputs that fill a word of signs: of the matrix, and of the second one of the pair, which the rank is.
constexpr int64_t kWord = 32;
constexpr int64_t kMostRank = 8192;
constexpr int64_t kMostPercent = 400;

/// A pair of matrices of signs with so many signs between inputs and outputs. The pair is made before there are trains
/// (spk-factor-weights); a matrix that comes here is none that it suits.
class LowRank : public Format {
public:
  LowRank(int64_t rank, int64_t percent) : ofAll(rank), percent(percent), signs(parseFormat("sign")) {}

  std::string name() const override {
    return "lr" + (percent > 0 ? std::to_string(percent) + "%" : std::to_string(ofAll)) + "s";
  }
  std::optional<int64_t> rank(int64_t inputs, int64_t outputs) const override;
  bool makesPairs() const override { return true; }
  bool holds(int64_t) const override { return false; }
  int64_t groupLength(int64_t inputs) const override { return signs->groupLength(inputs); }
  unsigned bits() const override { return signs->bits(); }
  bool hasZeros() const override { return false; }
  mlir::Type scaleType(mlir::MLIRContext *context) const override { return signs->scaleType(context); }
  Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const override {
    return signs->fit(weights, importance, criterion);
  }
  spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const override { return signs->attribute(context); }

private:
  /// Of every matrix; or of each what makes the signs so many hundredths of a bit of a weight.
  int64_t ofAll, percent;
  /// What either matrix of the pair is.
  std::unique_ptr<Format> signs;
};

} // namespace

std::optional<int64_t> LowRank::rank(int64_t inputs, int64_t outputs) const {
  if (inputs % kWord != 0 || inputs * outputs == 0)
    return std::nullopt;
  int64_t found = ofAll;
  if (percent > 0)
    found = std::max(kWord, inputs * outputs * percent / (100 * (inputs + outputs)) / kWord * kWord);
  double bytes = bytesPerOutput()->storedBits(inputs) * static_cast<double>(inputs * outputs);
  return pairBits(inputs, outputs, found) < bytes ? std::optional(found) : std::nullopt;
}

std::unique_ptr<Format> rheobase::weights::parseLowRank(llvm::StringRef name) {
  int64_t number = 0;
  if (!name.consume_front("lr") || !name.consume_back("s") || name.empty() || !llvm::isDigit(name.front()))
    return nullptr;
  bool isShare = name.consume_back("%");
  if (name.getAsInteger(10, number) || number < 1)
    return nullptr;
  if (isShare)
    return number <= kMostPercent ? std::make_unique<LowRank>(0, number) : nullptr;
  return number <= kMostRank && number % kWord == 0 ? std::make_unique<LowRank>(number, 0) : nullptr;
}
