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
#include "rheobase/Conversion/Spk/Migration.h"

#include <algorithm>

using namespace mlir;
using namespace rheobase;

namespace {

LogicalResult fail(ModuleOp module, const std::string &text) {
  return emitError(UnknownLoc::get(module.getContext())) << "calibration: " << text;
}

/// How much farther than the samples a code reaches: the finer its steps, the less that costs, and the more is lost by
/// cutting off what other inputs bring.
float roomFor(unsigned steps) {
  return 1 + static_cast<float>(steps > 7 ? steps - 7 : 0) / 8;
}

/// How far the code of a site reaches, by the policy asked for.
float reachOf(const SiteStatistics &seen, unsigned steps, const CompileOptions &options) {
  float reach = std::max(std::abs(seen.low), std::abs(seen.high));
  // A site without negative values needs no step for the sign.
  double codes = std::ldexp(1.0, static_cast<int>(steps) - (seen.low >= 0 ? 0 : 1)) - 1;
  if (options.clip == "percentile")
    return std::min(reach, seen.magnitudes.percentile(options.percentile));
  return options.clip == "mse" ? seen.magnitudes.leastSquares(reach, codes) : reach * roomFor(steps);
}

void annotate(spk::ObserveOp site, const SiteStatistics &seen, const CompileOptions &options) {
  Builder b(site.getContext());
  // A neuron is fitted on what it sees; it has no code whose steps would be set.
  if (site.getRole() == spk::kNeuronRole)
    return site.setRangeAttr(b.getDenseF32ArrayAttr({seen.low, seen.high}));
  auto steps = static_cast<unsigned>(site.getSteps().value_or(options.steps));
  float reach = reachOf(seen, steps, options);
  // The side that reaches less far ends by the same rule: a share beyond what was seen, or where the other one ends.
  float room = options.clip == "max" ? roomFor(steps) : 1;
  float low = std::max(seen.low * room, -reach), high = std::min(seen.high * room, reach);
  site.setRangeAttr(b.getDenseF32ArrayAttr({std::min(low, 0.0f), std::max(high, 0.0f)}));
  if (seen.peaks.empty())
    return;
  site.setPeaksAttr(b.getDenseF32ArrayAttr(seen.peaks));
  site.setSquaresAttr(b.getDenseF32ArrayAttr(seen.meanSquares()));
  if (site.getRole() != spk::kLinearRole || site.getMigrate() || !options.searchMigration)
    return;
  double outliers = site.getOutliers() ? site.getOutliers()->convertToDouble() : options.outliers;
  spk::LinearCoding coding{steps, std::min(kMostSteps, steps + kOutlierSteps), outliers,
                           site.getRanges().value_or(options.ranges) == "token", usualMigration(options)};
  if (std::optional<double> exponent = spk::bestMigration(site, seen.rows.values(), coding))
    site.setMigrateAttr(b.getF64FloatAttr(*exponent));
}

/// Where there is something to be learnt.
SmallVector<spk::ObserveOp> calibratedSites(ModuleOp module) {
  SmallVector<spk::ObserveOp> sites;
  module.walk([&](spk::ObserveOp op) {
    if (op.getRole() != spk::kAttentionRole)
      sites.push_back(op);
  });
  return sites;
}

} // namespace

FailureOr<std::vector<NamedStatistics>> rheobase::calibrate(ModuleOp module, const CompileOptions &options) {
  SmallVector<spk::ObserveOp> sites = calibratedSites(module);
  std::vector<NamedStatistics> seen;
  if (sites.empty())
    return seen;
  for (spk::ObserveOp site : sites)
    seen.push_back({site.getSite().str(), channelCount(site.getRole(), site.getInput().getType().getShape()), {}});
  if (options.calibrate.empty()) {
    if (std::string error = loadCalibration(options.calibration, seen); !error.empty())
      return fail(module, error);
  } else {
    std::vector<ObservedSite> observed;
    for (auto [site, named] : llvm::zip(sites, seen))
      observed.push_back({site.getRole().str(), &named.statistics});
    if (failed(observe(module, observed, options.calibrate, options.progress)))
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
  for (auto [site, named] : llvm::zip(calibratedSites(module), seen))
    annotate(site, named.statistics, options);
}
