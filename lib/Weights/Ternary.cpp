//===- Ternary.cpp - weights that are -scale, 0 or scale -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "GroupedFormat.h"
#include "Kinds.h"

#include <algorithm>
#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

class Ternary : public GroupedFormat {
public:
  explicit Ternary(Grouping grouping) : GroupedFormat("ternary", /*width=*/2, grouping) {}

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
};

} // namespace

std::unique_ptr<Format> rheobase::weights::parseTernary(llvm::StringRef name) {
  if (!name.consume_front("ternary"))
    return nullptr;
  std::optional<Grouping> grouping = Grouping::parse(name);
  return grouping ? std::make_unique<Ternary>(*grouping) : nullptr;
}
