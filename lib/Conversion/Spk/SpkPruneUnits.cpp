//===- SpkPruneUnits.cpp - layers of fewer units --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Conversion/Spk/UnitLayers.h"

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
    SmallVector<UnitKind> kinds;
    for (const std::string &name : what) {
      std::optional<UnitKind> kind = unitKindByName(name);
      if (!kind) {
        getOperation().emitError() << "what is '" << name << "', units, heads or channels expected";
        return signalPassFailure();
      }
      kinds.push_back(*kind);
    }
    if (kinds.empty())
      kinds.push_back(UnitKind::Units);
    SmallVector<UnitLayer> layers = unitLayers(getOperation(), kinds);
    SmallVector<std::vector<double>> scores;
    for (const UnitLayer &layer : layers)
      scores.push_back(known->of(layer, UnitActivity()));
    UnitRemover remover;
    for (auto [layer, stays] : llvm::zip_equal(layers, stayingUnits(layers, scores, share)))
      remover.keep(layer, stays, UnitActivity());
    remover.finish();
  }
};

} // namespace
