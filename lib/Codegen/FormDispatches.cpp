//===- FormDispatches.cpp - the rt-form-dispatches pass -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/rt/Rt.h"
#include "lib/Codegen/ProgramFormer.h"
#include "rheobase/Codegen/Passes.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTFORMDISPATCHES
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;

namespace {

struct FormDispatches : codegen::impl::RtFormDispatchesBase<FormDispatches> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main) {
      getOperation().emitError("the module has no function @main to make a program of");
      return signalPassFailure();
    }
    if (failed(codegen::ProgramFormer(main).run()))
      signalPassFailure();
  }
};

} // namespace
