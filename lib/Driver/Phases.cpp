//===- Phases.cpp - the phases of a compilation -------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Phases.h"

#include "FloatIslands.h"
#include "FormChoice.h"
#include "Plan.h"
#include "PlanSearch.h"
#include "Pruning.h"
#include "WeightChoice.h"
#include "WeightCodes.h"
#include "WeightFactors.h"

#include "rheobase/Codegen/Codegen.h"
#include "rheobase/Conversion/OnnxToLinalg/Passes.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Interfaces/ConstantMemory.h"
#include "rheobase/Neurons/Neuron.h"
#include "rheobase/Transforms/Passes.h"
#include "rheobase/Transforms/Pipelines.h"
#include "rheobase/Weights/Format.h"

#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace rheobase;

namespace {

/// Cleans up after a rewriting phase.
void addCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// What is known of ranges without samples.
void addEstimates(OpPassManager &func, const CompileOptions &options) {
  spk::SpkEstimateRangesOptions estimate;
  estimate.fixed = options.ranges != "token";
  func.addPass(spk::createSpkEstimateRanges(estimate));
}

/// How far a linear input's channels reach is evened out, where no grid of the weights would go.
void addMigration(OpPassManager &func, const CompileOptions &options) {
  std::unique_ptr<weights::Format> format = weights::parseFormat(options.weights);
  spk::SpkKeepGridsOptions keep;
  if (format)
    keep.bits = format->bits();
  // Where weights are left out, grids that are there are not looked for.
  if (!format || !format->leavesOut())
    func.addPass(spk::createSpkKeepGrids(keep));
  spk::SpkMigrateChannelsOptions migrate;
  migrate.exponent = options.migrate.value_or(usualMigration(options));
  func.addPass(spk::createSpkMigrateChannels(migrate));
}

/// What a site's ranges are by. One for the network is one for each tensor that calibration made equal.
std::string rangesOfSites(const CompileOptions &options) {
  return options.ranges == "token" ? "token" : "tensor";
}

/// The channels that reach farthest get a code of their own.
void addOutliers(OpPassManager &func, const CompileOptions &options) {
  spk::SpkSplitOutliersOptions outliers;
  outliers.share = options.outliers;
  outliers.steps = options.steps;
  outliers.extra = kOutlierSteps;
  outliers.bases = options.bases;
  outliers.ranges = rangesOfSites(options);
  func.addPass(spk::createSpkSplitOutliers(outliers));
}

} // namespace

double rheobase::usualMigration(const CompileOptions &options) {
  constexpr double tensor = 0.8, token = 0.65;
  // Without a threshold for each row the code spans the farthest row of all samples, so that more is gained by moving.
  return options.ranges == "token" ? token : tensor;
}

LogicalResult rheobase::simplify(ModuleOp module) {
  return codegen::runPasses(module, [](OpPassManager &pm) { buildSimplifyPipeline(pm, {}); });
}

/// Sets what a plan says, where there is one to read.
static LogicalResult setByPlan(ModuleOp module, const CompileOptions &options,
                               std::string (*read)(StringRef path, ModuleOp module)) {
  if (!options.plan.empty() && !options.goal && !options.choosesWeights())
    if (std::string error = read(options.plan, module); !error.empty())
      return emitError(UnknownLoc::get(module.getContext())) << "plan: " << error;
  return success();
}

/// A plan that has been read and the command line say the same of tables, or one of them nothing.
static LogicalResult agreeOnTables(ModuleOp module, const CompileOptions &options) {
  std::optional<StringRef> tables = tablesOf(module);
  if (!tables || options.plan.empty() || options.goal || options.choosesWeights() || options.tables == kAutoTables ||
      options.tables == *tables)
    return success();
  return emitError(UnknownLoc::get(module.getContext()))
         << "plan: '" << options.plan << "' has tables \"" << *tables << "\", --tables=" << options.tables
         << " says otherwise; leave one of them out";
}

/// Sets what a plan says, chooses what a wish leaves open, and says at the sites what was seen.
static LogicalResult settleSites(ModuleOp module, const CompileOptions &options) {
  if (failed(setByPlan(module, options, readPlan)) || failed(agreeOnTables(module, options)))
    return failure();
  if (!options.isCalibrated())
    return success();
  auto seen = calibrate(module, options);
  if (failed(seen) || (options.choosesSteps() && failed(searchPlan(module, *seen, options))))
    return failure();
  annotateSites(module, *seen, options);
  return success();
}

/// Neurons, then codes at the sites.
LogicalResult rheobase::makeSpiking(ModuleOp module, const CompileOptions &options) {
  return codegen::runPasses(module, [&](OpPassManager &pm) {
    OpPassManager &func = pm.nest<func::FuncOp>();
    spk::SpkNeuronsOptions neurons;
    neurons.steps = options.steps;
    neurons.code = options.code;
    neurons.bases = options.bases;
    neurons.neuron = options.neuron;
    func.addPass(spk::createSpkNeurons(neurons));
    spk::SpkEncodeSitesOptions encode;
    encode.steps = options.steps;
    encode.code = options.code;
    encode.bases = options.bases;
    encode.ranges = rangesOfSites(options);
    encode.offsets = options.offsets == "auto";
    const neurons::Neuron *kind = neurons::findKind(options.neuron);
    encode.truncate = kind && kind->truncatesCodes();
    func.addPass(spk::createSpkEncodeSites(encode));
    addCleanup(func);
  });
}

/// `release` is called where weights have been replaced.
static LogicalResult
moveChannels(ModuleOp module, const CompileOptions &options, function_ref<void()> release = [] {}) {
  auto run = [&](void (*add)(OpPassManager &, const CompileOptions &)) {
    auto done = codegen::runPasses(module, [&](OpPassManager &pm) { add(pm.nest<func::FuncOp>(), options); });
    release();
    return done;
  };
  if (!options.isCalibrated())
    return run(addEstimates);
  return failed(run(addMigration)) ? failure() : run(addOutliers);
}

void rheobase::releaseConstants(ModuleOp module, const ConversionRecord *record) {
  SmallVector<ModuleOp> inUse{module};
  if (record)
    inUse.append({record->ann.get(), record->reference.get()});
  releaseConstants(inUse);
}

LogicalResult rheobase::encodeSites(ModuleOp module, const CompileOptions &options) {
  return failed(moveChannels(module, options)) ? failure() : makeSpiking(module, options);
}

LogicalResult rheobase::convert(ModuleOp module, const CompileOptions &options, ConversionRecord *record) {
  auto channelsLast = codegen::runPasses(module, [](OpPassManager &pm) {
    OpPassManager &func = pm.nest<func::FuncOp>();
    func.addPass(spk::createSpkConvToMatmul());
    // Of layers that run step by step the weights are one matrix.
    func.addPass(createCSEPass());
    func.addPass(createOnnxSinkTransposes());
    buildSimplifyPipeline(pm, {});
  });
  auto release = [&] { releaseConstants(module, record); };
  release();
  if (failed(channelsLast) || options.ann)
    return channelsLast;
  auto placed = codegen::runPasses(module, [&](OpPassManager &pm) {
    spk::SpkPlaceSitesOptions place;
    place.normalised = options.attention == "normalised";
    OpPassManager &func = pm.nest<func::FuncOp>();
    func.addPass(spk::createSpkPlaceSites(place));
    func.addPass(spk::createSpkFindSpikes());
  });
  if (failed(placed))
    return failure();
  if (record)
    record->ann = module.clone();
  if (failed(pruneUnits(module, options, record ? &record->pruning : nullptr)) ||
      failed(setByPlan(module, options, readPlannedWeights)) ||
      failed(factorWeights(module, options, record ? &record->matrices : nullptr)) ||
      failed(settleSites(module, options)))
    return failure();
  release();
  if (failed(moveChannels(module, options, release)) ||
      (options.choosesWeights() && failed(chooseWeights(module, options))))
    return failure();
  if (record)
    record->reference = module.clone();
  std::vector<report::Island> islands;
  if (failed(makeSpiking(module, options)) || failed(reportIslands(module, options, islands)))
    return failure();
  if (record)
    record->islands = std::move(islands);
  return success();
}

bool rheobase::codesTables(ModuleOp module, const CompileOptions &options) {
  return options.tables == kAutoTables ? tablesOf(module).value_or(options.usualTables()) == kByteTables
                                       : options.tables == kByteTables;
}

LogicalResult rheobase::compress(ModuleOp module, const CompileOptions &options,
                                 std::vector<spk::CodedMatrix> *matrices) {
  if (options.ann)
    return success();
  if (std::optional<StringRef> tables = tablesOf(module); tables && !llvm::is_contained(choices::tables(), *tables))
    return module.emitError() << "the module says that tables are '" << *tables << "', one of "
                              << llvm::join(choices::tables(), ", ") << " expected; leave it as --compile-to writes it";
  // First, so that what samples show of weights' inputs is behind tables as they will be.
  bool rounds = codesTables(module, options);
  if (rounds || (options.tables == kAutoTables && options.weights != kFloatWeights))
    for (auto func : module.getOps<func::FuncOp>())
      for (spk::CodedMatrix &each : spk::quantizeTables(func, rounds))
        if (matrices)
          matrices->push_back(std::move(each));
  if (options.weights != kFloatWeights && failed(codeWeights(module, options, matrices)))
    return failure();
  return codegen::runPasses(module, [](OpPassManager &pm) { addCleanup(pm.nest<func::FuncOp>()); });
}

LogicalResult rheobase::schedule(ModuleOp module, const CompileOptions &options) {
  if (options.ann)
    return success();
  auto folded = codegen::runPasses(module, [&](OpPassManager &pm) {
    OpPassManager &func = pm.nest<func::FuncOp>();
    func.addPass(options.form == "time" ? spk::createSpkUnfoldTime() : spk::createSpkFoldTime());
    func.addPass(spk::createSpkFoldThresholds());
    addCleanup(func);
  });
  bool chooses = options.form == kAutoForm;
  if (failed(folded) || (!chooses && options.form != kEventForm))
    return folded;
  if (chooses && failed(measureActivity(module, options)))
    return failure();
  return codegen::runPasses(module, [&](OpPassManager &pm) {
    OpPassManager &func = pm.nest<func::FuncOp>();
    spk::SpkChooseEventsOptions choose;
    choose.all = !chooses;
    func.addPass(spk::createSpkChooseEvents(choose));
    addCleanup(func);
  });
}

LogicalResult rheobase::cacheCodes(ModuleOp module, const CompileOptions &options) {
  if (options.ann || options.cache != "codes")
    return success();
  return codegen::runPasses(module, [](OpPassManager &pm) {
    OpPassManager &func = pm.nest<func::FuncOp>();
    func.addPass(spk::createSpkCacheCodes());
    addCleanup(func);
  });
}

LogicalResult rheobase::lowerToProgram(ModuleOp module) {
  auto lowered = codegen::runPasses(module, [](OpPassManager &pm) {
    OpPassManager &func = pm.nest<func::FuncOp>();
    func.addPass(createConvertOnnxToLinalg());
    addCleanup(func);
  });
  return failed(lowered) ? failure() : codegen::formProgram(module);
}
