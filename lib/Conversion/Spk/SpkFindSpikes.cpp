//===- SpkFindSpikes.cpp - spk-find-spikes ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExactValues.h"
#include "rheobase/Conversion/Spk/Passes.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKFINDSPIKES
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

struct SpkFindSpikes : rheobase::spk::impl::SpkFindSpikesBase<SpkFindSpikes> {
  void runOnOperation() override {
    ExactValues values(getOperation());
    getOperation().walk([&](ObserveOp site) {
      if (site.getRole() == kNeuronRole || site.getRole() == kAttentionRole)
        return;
      if (std::optional<Levels> levels = values.of(site.getInput()))
        setLevels(site, *levels);
    });
  }
};

} // namespace
