//===- SpkPruneUnits.cpp - layers of fewer hidden units -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/HiddenUnits.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKPRUNEUNITS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

struct SpkPruneUnits : rheobase::spk::impl::SpkPruneUnitsBase<SpkPruneUnits> {
  using SpkPruneUnitsBase::SpkPruneUnitsBase;

  void runOnOperation() override {
    if (!(share >= 0 && share < 1)) {
      getOperation().emitError() << "share is " << double(share) << ", 0 or more and less than 1 expected";
      return signalPassFailure();
    }
    const UnitScore *known = findUnitScore(score);
    if (!known || known->needsSamples()) {
      getOperation().emitError() << "score is '" << score << "', one that needs no samples expected, such as '"
                                 << kScoreWithoutSamples << "'";
      return signalPassFailure();
    }
    // Looked up one by one: a layer may change what makes the units of the next.
    SmallVector<ObserveOp> sites(getOperation().getOps<ObserveOp>());
    for (ObserveOp site : sites)
      if (std::optional<HiddenLayer> layer = HiddenLayer::of(site))
        layer->keep(keptUnits(known->of(*layer, {}), share), {});
  }
};

} // namespace
