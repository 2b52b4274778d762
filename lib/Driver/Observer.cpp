//===- Observer.cpp - what samples show at every site --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Observer.h"

#include "Trial.h"

#include "rheobase/Codegen/Codegen.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace rheobase;

LogicalResult rheobase::observe(ModuleOp module, ArrayRef<ObservedSite> sites, const std::string &path, bool progress) {
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
  auto take = [&](ArrayRef<TrialBatch> batches) {
    for (auto [site, output] : llvm::zip(sites, batches.front().outputs))
      site.statistics->add(site.role, output.elements<float>(), output.dims, output.mask);
    return success();
  };
  return runTrials({&trial}, path, take, progress ? "calibrating" : "");
}
