//===- Rounding.cpp - each weight to the nearest code ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rounding.h"

#include "Kinds.h"

using namespace rheobase;
using namespace rheobase::weights;

namespace {

/// Weights one by one, on grids of either criterion.
class Rounding : public Algorithm {
public:
  Rounding(llvm::StringRef label, Criterion criterion) : label(label), criterion(criterion) {}

  llvm::StringRef name() const override { return label; }
  bool needsInputs() const override { return false; }
  Codes quantise(const Layer &layer, const Format &format) const override {
    Codes codes = fitGrids(layer, format, criterion);
    int64_t length = layer.inputs / codes.groups;
    for (int64_t i = 0; i < layer.inputs; ++i)
      for (int64_t n = 0; n < layer.outputs; ++n) {
        const Grid &grid = codes.grids[i / length * layer.outputs + n];
        codes.codes[i * layer.outputs + n] = static_cast<int8_t>(grid.nearest(layer.weight(i, n)));
      }
    return codes;
  }

private:
  llvm::StringRef label;
  Criterion criterion;
};

} // namespace

Codes rheobase::weights::fitGrids(const Layer &layer, const Format &format, Criterion criterion) {
  int64_t length = format.groupLength(layer.inputs), groups = layer.inputs / length;
  Codes codes;
  codes.codes.resize(layer.inputs * layer.outputs);
  codes.groups = groups;
  std::vector<float> column(length), importance;
  for (int64_t group = 0; group < groups; ++group) {
    importance.clear();
    if (!layer.hessian.empty())
      for (int64_t i = group * length; i < (group + 1) * length; ++i)
        importance.push_back(static_cast<float>(layer.hessian[i * layer.inputs + i]));
    for (int64_t n = 0; n < layer.outputs; ++n) {
      for (int64_t i = 0; i < length; ++i)
        column[i] = layer.weight(group * length + i, n);
      codes.grids.push_back(format.fit(column, importance, criterion));
    }
  }
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
