//===- Observer.cpp - what samples show at every site --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Observer.h"

#include "rheobase/Codegen/Codegen.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace rheobase;

SmallVector<spk::ObserveOp> rheobase::observedSites(ModuleOp module) {
  SmallVector<spk::ObserveOp> sites;
  module.walk([&](spk::ObserveOp op) {
    if (op.getRole() != spk::kAttentionRole)
      sites.push_back(op);
  });
  return sites;
}

LogicalResult rheobase::observe(ModuleOp module, function_ref<void(size_t site, const TrialOutput &output)> take,
                                const std::string &path, StringRef verb) {
  OwningOpRef<ModuleOp> copy = module.clone();
  auto observed = codegen::runPasses(*copy, [](OpPassManager &pm) {
    OpPassManager &func = pm.nest<func::FuncOp>();
    func.addPass(spk::createSpkObserveToResults());
    func.addPass(createCanonicalizerPass());
    func.addPass(createCSEPass());
  });
  Trial trial("calibration");
  if (failed(observed) || failed(trial.build(std::move(copy))))
    return failure();
  auto takeBatch = [&](ArrayRef<TrialBatch> batches) {
    for (auto [site, output] : llvm::enumerate(batches.front().outputs))
      take(site, output);
    return success();
  };
  return runTrials({&trial}, path, takeBatch, verb);
}
