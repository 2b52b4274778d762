//===- PlanTrials.cpp - what codes do to the outputs, measured -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanTrials.h"

#include "Phases.h"

#include "rheobase/Codegen/Codegen.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringSet.h"

#include <cstring>

using namespace mlir;
using namespace rheobase;

/// As spk-split-outliers names a site's channels that stand out.
static constexpr StringLiteral kOutliersSuffix = ":outliers";

OutputValues rheobase::valuesOf(const TrialBatch &batch) {
  OutputValues values;
  for (const TrialOutput &output : batch.outputs)
    if (output.dtype == RHB_F32)
      values.emplace_back(output.elements<float>().begin(), output.elements<float>().end());
  return values;
}

void OutputError::add(const OutputValues &expected, const OutputValues &reference, const TrialBatch &found) {
  lost.resize(expected.size());
  whole.resize(expected.size());
  size_t number = 0;
  for (const TrialOutput &output : found.outputs) {
    if (output.dtype != RHB_F32)
      continue;
    MaskedRows rows(output.mask, output.dims);
    double less = 0, all = 0;
    for (auto [i, value] : llvm::enumerate(output.elements<float>())) {
      double difference = double(value) - expected[number][i], size = reference[number][i];
      // What is not finite, as scores of masked positions, is no part of either.
      if (!rows.counts(static_cast<int64_t>(i)) || !std::isfinite(difference) || !std::isfinite(size))
        continue;
      less += difference * difference;
      all += size * size;
    }
    lost[number] += less;
    whole[number++] += all;
  }
}

double OutputError::square() const {
  double sum = 0;
  for (auto [less, all] : llvm::zip(lost, whole))
    sum += all > 0 ? less / all : less;
  return lost.empty() ? 0 : sum / static_cast<double>(lost.size());
}

StringRef rheobase::siteOfCode(StringRef name) {
  name.consume_back(kOutliersSuffix);
  return name;
}

CountsBySite rheobase::countsOf(const Trial &trial) {
  CountsBySite counts;
  for (const TrialCount &each : trial.counters()) {
    auto value = static_cast<double>(each.value);
    SiteCounts &site = counts[each.site];
    if (each.quantity == "activations")
      site.activations += value;
    else if (each.quantity == "spikes")
      site.spikes += value;
    else if (each.quantity == "synops" || each.quantity == "product_synops")
      site.synops += value;
  }
  return counts;
}

/// The number of samples that the model fixes, else 1.
static int64_t fixedBatch(func::FuncOp func) {
  for (Type type : func.getArgumentTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    if (tensor.getRank() > 0 && !tensor.isDynamicDim(0))
      return tensor.getDimSize(0);
  }
  return 1;
}

LogicalResult GatedTrial::build(ModuleOp module, const CompileOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  auto func = *copy->getOps<func::FuncOp>().begin();
  rows = fixedBatch(func);
  llvm::StringSet<> known;
  copy->walk([&](spk::ObserveOp op) { known.insert(op.getSite()); });
  if (failed(encodeSites(*copy, options)))
    return failure();
  auto gated = codegen::runPasses(*copy, [&](OpPassManager &pm) {
    spk::SpkGateCodesOptions gates;
    gates.rows = rows;
    pm.nest<func::FuncOp>().addPass(spk::createSpkGateCodes(gates));
    pm.addPass(createCanonicalizerPass());
  });
  copy->walk([&](spk::EncodeOp op) {
    std::string code = nodeName(op);
    StringRef site = siteOfCode(code);
    sites.push_back(known.contains(site) ? site.str() : "");
  });
  return failed(gated) ? failure() : trial.build(std::move(copy));
}

FailureOr<TrialBatch> GatedTrial::run(SampleSet &samples, int64_t first, ArrayRef<StringRef> open) {
  std::vector<float> row;
  for (const std::string &site : sites)
    row.push_back(site.empty() || llvm::is_contained(open, site) ? 1 : 0);
  auto codes = static_cast<int64_t>(row.size());
  rhb::npy::Array gates{RHB_F32, {samples.count(), codes}, {}};
  gates.bytes.resize(samples.count() * row.size() * sizeof(float));
  for (int64_t sample = 0; !row.empty() && sample < samples.count(); ++sample)
    std::memcpy(gates.bytes.data() + sample * row.size() * sizeof(float), row.data(), row.size() * sizeof(float));
  samples.set(spk::kGatesInput.str(), std::move(gates));
  return trial.runBatch(samples, first, rows);
}

LogicalResult rheobase::buildConverted(Trial &trial, ModuleOp module, const CompileOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  CompileOptions inValues = options;
  inValues.form = "value";
  if (failed(encodeSites(*copy, inValues)) || failed(compress(*copy, inValues)) || failed(schedule(*copy, inValues)))
    return failure();
  return trial.build(std::move(copy));
}
