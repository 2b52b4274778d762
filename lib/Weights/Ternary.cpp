//===- Ternary.cpp - weights that are -scale, 0 or scale -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "Kinds.h"

#include <algorithm>
#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

class Ternary : public Format {
public:
  explicit Ternary(Grouping grouping) : grouping(grouping) {}

  std::string name() const override { return "ternary" + grouping.name(); }
  bool holds(int64_t inputs) const override { return grouping.holds(inputs); }
  int64_t groupLength(int64_t inputs) const override { return grouping.length(inputs); }
  unsigned bits() const override { return 2; }
  bool hasZeros() const override { return false; }
  mlir::Type scaleType(mlir::MLIRContext *context) const override { return grouping.scaleType(context); }
  Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const override {
    float largest = 0;
    for (float weight : weights)
      largest = std::max(largest, std::abs(weight));
    Grid grid = withScale({1, -1, 1}, largest, grouping);
    return criterion == Criterion::Range ? grid
                                         : leastSquaresGrid(grid, /*turns=*/false, weights, importance, grouping);
  }
  spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const override {
    return mlir::cast<spk::WeightFormatInterface>(
        mlir::Attribute(spk::TernaryWeightsAttr::get(context, grouping.group)));
  }

private:
  Grouping grouping;
};

} // namespace

std::unique_ptr<Format> rheobase::weights::parseTernary(llvm::StringRef name) {
  if (!name.consume_front("ternary"))
    return nullptr;
  std::optional<Grouping> grouping = Grouping::parse(name);
  return grouping ? std::make_unique<Ternary>(*grouping) : nullptr;
}
