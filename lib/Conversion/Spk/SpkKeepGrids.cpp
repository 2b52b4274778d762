//===- SpkKeepGrids.cpp - spk-keep-grids ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/onnx/Onnx.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Conversion/Spk/Weights.h"
#include "rheobase/Interfaces/ConstantMemory.h"

#include "rheobase/Weights/Recognition.h"

#include <numeric>

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKKEEPGRIDS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

struct SpkKeepGrids : rheobase::spk::impl::SpkKeepGridsBase<SpkKeepGrids> {
  using SpkKeepGridsBase::SpkKeepGridsBase;

  void runOnOperation() override {
    getOperation().walk([&](ObserveOp site) {
      if (site.getRole() == kLinearRole && !site.getMigrate())
        site.setGrid(gridOf(site));
    });
    giveBackMappedPages();
  }

private:
  /// The channels that share a scale in all readers, where any is on a grid.
  std::optional<int64_t> gridOf(ObserveOp site) const {
    int64_t together = 1;
    bool isOnGrid = false;
    for (Operation *reader : site->getUsers()) {
      std::optional<int64_t> own = groupLength(site, reader);
      isOnGrid |= own.has_value();
      together = std::lcm(together, own.value_or(site.getInput().getType().getShape().back()));
    }
    return isOnGrid ? std::optional(together) : std::nullopt;
  }

  std::optional<int64_t> groupLength(ObserveOp site, Operation *reader) const {
    auto product = dyn_cast<onnx::MatMulOp>(reader);
    if (!product || product.getA() != site.getOutput() || !CodedWeights{product, 1, 2}.isMatrix())
      return std::nullopt;
    std::optional<std::vector<float>> numbers = finiteMatrix(product.getB());
    ArrayRef<int64_t> shape = product.getB().getType().getShape();
    static const weights::Hessian nothing;
    if (!numbers)
      return std::nullopt;
    int64_t inputs = shape[shape.size() - 2];
    std::optional<weights::Recognised> found =
        weights::recognise({*numbers, inputs, shape.back(), nothing}, bits, weights::kRoundings);
    return found ? std::optional(found->format->groupLength(inputs)) : std::nullopt;
  }
};

} // namespace
