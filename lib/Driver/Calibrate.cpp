//===- Calibrate.cpp - ranges from samples -------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CalibrationFile.h"
#include "Observer.h"
#include "Phases.h"

#include "dialects/spk/Spk.h"
#include "rheobase/Conversion/Spk/CodeChoice.h"
#include "rheobase/Conversion/Spk/Migration.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace rheobase;

namespace {

LogicalResult fail(ModuleOp module, const std::string &text) {
  return emitError(UnknownLoc::get(module.getContext())) << "calibration: " << text;
}

/// The code that a site will have, but for its sign.
spk::CodeChoice codeAt(spk::ObserveOp site, const CompileOptions &options) {
  return spk::CodeChoice{options.steps, options.bases, options.code}.at(site);
}

/// How much farther than the samples a code reaches: the finer its steps, the less that costs, and the more is lost by
/// cutting off what other inputs bring.
float roomFor(spk::ObserveOp site, const CompileOptions &options) {
  constexpr float coarse = 7, perDigit = 0.125f;
  spk::CodeInterface code = codeAt(site, options).code(site.getContext(), /*isUnsigned=*/false);
  float digits = 1 + std::log2(static_cast<float>(code.getMax() + 1));
  return 1 + std::max(0.0f, digits - coarse) * perDigit;
}

/// How far the code of a site reaches, by the policy asked for.
float reachOf(spk::ObserveOp site, const SiteStatistics &seen, const CompileOptions &options) {
  float reach = std::max(std::abs(seen.low), std::abs(seen.high));
  if (options.clip == "percentile")
    return std::min(reach, seen.magnitudes.percentile(options.percentile));
  if (options.clip == "peak")
    return reach;
  if (options.clip != "mse")
    return reach * roomFor(site, options);
  spk::CodeInterface code = codeAt(site, options).code(site.getContext(), /*isUnsigned=*/seen.low >= 0);
  return seen.magnitudes.leastSquares(reach, static_cast<double>(code.getMax()));
}

void annotate(spk::ObserveOp site, const SiteStatistics &seen, const CompileOptions &options) {
  Builder b(site.getContext());
  // A neuron is fitted on what it sees; it has no code whose steps would be set.
  if (site.getRole() == spk::kNeuronRole)
    return site.setRangeAttr(b.getDenseF32ArrayAttr({seen.low, seen.high}));
  float reach = reachOf(site, seen, options);
  // The side that reaches less far ends by the same rule: a share beyond what was seen, or where the other one ends.
  float room = options.clip == "max" ? roomFor(site, options) : 1;
  float low = std::max(seen.low * room, -reach), high = std::min(seen.high * room, reach);
  site.setRangeAttr(b.getDenseF32ArrayAttr({std::min(low, 0.0f), std::max(high, 0.0f)}));
  if (seen.peaks.empty())
    return;
  site.setPeaksAttr(b.getDenseF32ArrayAttr(seen.peaks));
  site.setSquaresAttr(b.getDenseF32ArrayAttr(seen.meanSquares()));
  if (site.getRole() != spk::kLinearRole || site.getMigrate() || !options.searchMigration)
    return;
  double outliers = site.getOutliers() ? site.getOutliers()->convertToDouble() : options.outliers;
  unsigned steps = codeAt(site, options).digits();
  spk::LinearCoding coding{steps, std::min(kMostSteps, steps + kOutlierSteps), outliers,
                           site.getRanges().value_or(options.ranges) == "token", usualMigration(options)};
  if (std::optional<double> exponent = spk::bestMigration(site, seen.rows.values(), coding))
    site.setMigrateAttr(b.getF64FloatAttr(*exponent));
}

/// All codes reach as far as the one that reaches farthest, whatever their channels showed.
void shareRange(ArrayRef<spk::ObserveOp> sites) {
  auto encoded = llvm::make_filter_range(sites, [](spk::ObserveOp site) { return site.getRole() != spk::kNeuronRole; });
  float reach = 0;
  for (spk::ObserveOp site : encoded)
    reach = std::max({reach, -(*site.getRange())[0], (*site.getRange())[1]});
  for (spk::ObserveOp site : encoded) {
    site.setRange(SmallVector<float>{(*site.getRange())[0] < 0 ? -reach : 0, reach});
    site.removePeaksAttr();
    site.removeSquaresAttr();
  }
}

} // namespace

FailureOr<std::vector<NamedStatistics>> rheobase::calibrate(ModuleOp module, const CompileOptions &options) {
  SmallVector<spk::ObserveOp> sites = observedSites(module);
  std::vector<NamedStatistics> seen;
  if (sites.empty())
    return seen;
  for (spk::ObserveOp site : sites) {
    if (failed(codeAt(site, options).verify(site)))
      return failure();
    seen.push_back({site.getSite().str(), channelCount(site.getRole(), site.getInput().getType().getShape()), {}});
  }
  if (options.calibrate.empty()) {
    if (std::string error = loadCalibration(options.calibration, seen); !error.empty())
      return fail(module, error);
  } else {
    auto take = [&](size_t site, const TrialOutput &output) {
      seen[site].statistics.add(sites[site].getRole().str(), output.elements<float>(), output.dims, output.mask);
    };
    if (failed(observe(module, take, options.calibrate, options.progress ? "calibrating" : "")))
      return failure();
    for (NamedStatistics &each : seen)
      each.statistics.finish();
    if (!options.calibration.empty())
      if (std::string error = saveCalibration(options.calibration, seen); !error.empty())
        return fail(module, error);
  }
  return seen;
}

void rheobase::annotateSites(ModuleOp module, ArrayRef<NamedStatistics> seen, const CompileOptions &options) {
  SmallVector<spk::ObserveOp> sites = observedSites(module);
  for (auto [site, named] : llvm::zip(sites, seen))
    annotate(site, named.statistics, options);
  if (options.ranges == "global")
    shareRange(sites);
}
