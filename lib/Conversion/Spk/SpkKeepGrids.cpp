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
      if (site.getRole() == kLinearRole && !site.getMigrate() &&
          llvm::any_of(site->getUsers(), [&](Operation *reader) { return isOnGrid(site, reader); }))
        site.setExact(true);
    });
    giveBackMappedPages();
  }

private:
  bool isOnGrid(ObserveOp site, Operation *reader) const {
    auto product = dyn_cast<onnx::MatMulOp>(reader);
    if (!product || product.getA() != site.getOutput() || !CodedWeights{product, 1, 2}.isMatrix())
      return false;
    std::optional<std::vector<float>> numbers = finiteMatrix(product.getB());
    ArrayRef<int64_t> shape = product.getB().getType().getShape();
    static const weights::Hessian nothing;
    return numbers &&
           weights::recognise({*numbers, shape[shape.size() - 2], shape.back(), nothing}, bits, weights::kRoundings);
  }
};

} // namespace
