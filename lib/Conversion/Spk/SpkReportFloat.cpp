//===- SpkReportFloat.cpp - what is left on numbers --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/Islands.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKREPORTFLOAT
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

struct SpkReportFloat : rheobase::spk::impl::SpkReportFloatBase<SpkReportFloat> {
  void runOnOperation() override {
    // Not op->emitWarning, which prints the op with all its constants.
    for (const FloatIsland &island : floatIslands(getOperation()))
      emitWarning(island.op->getLoc()) << nodeText(island.op) << "stays on numbers: " << island.why;
  }
};

} // namespace
