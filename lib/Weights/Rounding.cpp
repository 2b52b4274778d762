//===- Rounding.cpp - each weight to the nearest code ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rounding.h"

#include "Kinds.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

/// Weights one by one, on grids of either criterion.
class Rounding : public Algorithm {
public:
  Rounding(llvm::StringRef label, Criterion criterion, bool weighs = false)
      : label(label), criterion(criterion), weighs(weighs) {}

  llvm::StringRef name() const override { return label; }
  bool needsInputs() const override { return weighs; }
  Codes quantise(const Layer &layer, const Format &format) const override;
  Hessian metric(const Layer &layer) const override;

private:
  llvm::StringRef label;
  Criterion criterion;
  /// Whether errors weigh as much as their inputs do in samples.
  bool weighs;
};

/// Weights one by one, each on the grid of its group.
class GridQuantiser : public BlockQuantiser {
public:
  GridQuantiser(const Layer &layer, const Format &format, Criterion criterion)
      : BlockQuantiser(/*length=*/1, layer, fitGrids(layer, format, criterion)) {}

  void assign(int64_t block, llvm::MutableArrayRef<double> weights, llvm::ArrayRef<double>) override {
    const Grid *grids = gridsOf(block);
    int8_t *result = &codes.codes[block * outputs];
    for (int64_t n = 0; n < outputs; ++n) {
      int code = grids[n].nearest(static_cast<float>(weights[n]));
      result[n] = static_cast<int8_t>(code);
      weights[n] = grids[n].value(code);
    }
  }
};

/// How much inputs one after another fire, the most of them 1.
std::vector<double> sharesOf(const Layer &layer, int64_t first, int64_t length) {
  double most = 0;
  for (int64_t i = 0; i < length && !layer.hessian.empty(); ++i)
    most = std::max(most, layer.hessian[(first + i) * (layer.inputs + 1)]);
  std::vector<double> shares;
  for (int64_t i = 0; i < length; ++i) {
    // What never fires counts a little, beside what does.
    constexpr double least = 1e-3;
    shares.push_back(std::max(most > 0 ? layer.hessian[(first + i) * (layer.inputs + 1)] / most : 1, least));
  }
  return shares;
}

/// The factor B of errors that weigh as much as their inputs do: diagonal.
std::vector<double> factorOf(const Layer &layer, int64_t first, int64_t length) {
  std::vector<double> factor(length * length), shares = sharesOf(layer, first, length);
  for (int64_t i = 0; i < length; ++i)
    factor[i * length + i] = 1 / std::sqrt(shares[i]);
  return factor;
}

} // namespace

Codes Rounding::quantise(const Layer &layer, const Format &format) const {
  std::unique_ptr<Quantiser> quantiser = format.quantiser(layer, criterion);
  int64_t length = quantiser->blockLength();
  std::vector<double> block(length * layer.outputs);
  for (int64_t first = 0; first < layer.inputs; first += length) {
    auto from = layer.weights.begin() + first * layer.outputs;
    std::copy(from, from + length * layer.outputs, block.begin());
    quantiser->assign(first / length, block, factorOf(layer, first, length));
  }
  return quantiser->take();
}

Hessian Rounding::metric(const Layer &layer) const {
  if (!weighs || layer.hessian.empty())
    return {};
  Hessian metric(layer.inputs * layer.inputs);
  for (auto [i, share] : llvm::enumerate(sharesOf(layer, 0, layer.inputs)))
    metric[i * (layer.inputs + 1)] = share;
  return metric;
}

std::unique_ptr<Quantiser> Format::quantiser(const Layer &layer, Criterion criterion) const {
  return std::make_unique<GridQuantiser>(layer, *this, criterion);
}

Codes rheobase::weights::fitGrids(const Layer &layer, const Format &format, Criterion criterion) {
  int64_t length = format.groupLength(layer.inputs), groups = layer.inputs / length;
  Codes codes;
  codes.codes.resize(layer.inputs * layer.outputs);
  codes.groups = groups;
  codes.grids.resize(groups * layer.outputs);
  llvm::parallelFor(0, static_cast<size_t>(groups), [&](size_t number) {
    auto group = static_cast<int64_t>(number);
    std::vector<float> column(length), importance;
    if (!layer.hessian.empty())
      for (int64_t i = group * length; i < (group + 1) * length; ++i)
        importance.push_back(static_cast<float>(layer.hessian[i * layer.inputs + i]));
    for (int64_t n = 0; n < layer.outputs; ++n) {
      for (int64_t i = 0; i < length; ++i)
        column[i] = layer.weight(group * length + i, n);
      codes.grids[group * layer.outputs + n] = format.fit(column, importance, criterion);
    }
  });
  return codes;
}

const Algorithm &rheobase::weights::roundToNearest() {
  static const Rounding rounding("rtn", Criterion::Range);
  return rounding;
}

const Algorithm &rheobase::weights::leastSquares() {
  static const Rounding rounding(kWithoutInputs, Criterion::LeastSquares);
  return rounding;
}

const Algorithm &rheobase::weights::wanda() {
  static const Rounding rounding("wanda", Criterion::LeastSquares, /*weighs=*/true);
  return rounding;
}
