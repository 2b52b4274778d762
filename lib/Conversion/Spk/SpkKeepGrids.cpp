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
        keepGrid(site);
    });
    giveBackMappedPages();
  }

private:
  /// The channels that share a scale in all readers, and the bits that these need, where any is on a grid.
  void keepGrid(ObserveOp site) const {
    int64_t channels = site.getInput().getType().getShape().back(), together = 1, most = 0;
    // Nothing moves or is grouped where channels are not counted.
    if (ShapedType::isDynamic(channels))
      return;
    for (Operation *reader : site->getUsers()) {
      std::unique_ptr<weights::Format> format = formatOf(site, reader);
      together = std::lcm(together, format ? format->groupLength(channels) : channels);
      most = std::max<int64_t>(most, format ? format->bits() : 0);
    }
    if (most == 0)
      return;
    site.setGrid(together);
    site.setGridBits(most);
  }

  std::unique_ptr<weights::Format> formatOf(ObserveOp site, Operation *reader) const {
    auto product = dyn_cast<onnx::MatMulOp>(reader);
    if (!product || product.getA() != site.getOutput() || !CodedWeights{product, 1, 2}.isMatrix())
      return nullptr;
    std::optional<std::vector<float>> numbers = finiteMatrix(product.getB());
    ArrayRef<int64_t> shape = product.getB().getType().getShape();
    static const weights::Hessian nothing;
    if (!numbers)
      return nullptr;
    std::optional<weights::Recognised> found =
        weights::recognise({*numbers, shape[shape.size() - 2], shape.back(), nothing}, bits, weights::kRoundings);
    return found ? std::move(found->format) : nullptr;
  }
};

} // namespace
