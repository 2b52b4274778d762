//===- Pruning.cpp - leaving out what matters least -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pruning.h"

#include "Observer.h"

#include "rheobase/Conversion/Spk/CodeChoice.h"
#include "rheobase/Conversion/Spk/HiddenUnits.h"

#include "llvm/ADT/MapVector.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;

namespace {

/// Sums over the samples of what a layer's units do.
class ActivitySums {
public:
  /// Codes of the site reach to `levels` steps.
  ActivitySums(int64_t units, double levels) : levels(levels), sums{Sums(units), Sums(units), Sums(units)} {}

  void add(const TrialOutput &output);
  spk::UnitActivity mean() const;

private:
  using Sums = std::vector<double>;

  void addRow(ArrayRef<float> row, Sums &fired);

  double levels;
  int64_t rows = 0, samples = 0;
  spk::UnitActivity sums;
};

} // namespace

/// What fires is the row in steps of its own, as a code's threshold has it.
void ActivitySums::addRow(ArrayRef<float> row, Sums &fired) {
  float reach = 0;
  for (float x : row)
    reach = std::max(reach, std::abs(x));
  double step = reach > 0 ? reach / levels : 1;
  for (auto [i, x] : llvm::enumerate(row)) {
    double value = std::nearbyint(x / step) * step;
    sums.means[i] += x;
    sums.squares[i] += double(x) * x;
    fired[i] += value * value;
  }
  ++rows;
}

void ActivitySums::add(const TrialOutput &output) {
  auto units = static_cast<int64_t>(sums.means.size());
  ArrayRef<float> values = output.elements<float>();
  if (output.dims.empty() || output.dims.front() == 0)
    return;
  MaskedRows masked(output.mask, output.dims);
  int64_t each = static_cast<int64_t>(values.size()) / output.dims.front();
  for (int64_t sample = 0; sample < output.dims.front(); ++sample) {
    Sums fired(units);
    for (int64_t first = sample * each; first < (sample + 1) * each; first += units)
      if (masked.counts(first))
        addRow(values.slice(first, units), fired);
    for (auto [sum, square] : llvm::zip_equal(sums.singular, fired))
      sum += std::sqrt(square);
    ++samples;
  }
}

spk::UnitActivity ActivitySums::mean() const {
  spk::UnitActivity result = sums;
  auto divide = [](Sums &values, int64_t count) {
    for (double &value : values)
      value /= static_cast<double>(std::max<int64_t>(count, 1));
  };
  divide(result.means, rows);
  divide(result.squares, rows);
  divide(result.singular, samples);
  return result;
}

using Activities = llvm::MapVector<Operation *, ActivitySums>;

/// Runs the samples through the network as it is.
static LogicalResult watch(ModuleOp module, Activities &found, const CompileOptions &options) {
  SmallVector<ActivitySums *> order;
  for (spk::ObserveOp site : observedSites(module)) {
    auto *sums = found.find(site);
    order.push_back(sums == found.end() ? nullptr : &sums->second);
  }
  auto take = [&](size_t site, const TrialOutput &output) {
    if (order[site])
      order[site]->add(output);
  };
  return observe(module, take, options.calibrate, options.progress ? "looking at hidden units in" : "");
}

/// Prunes one layer; how many units went.
static int64_t pruneLayer(spk::ObserveOp site, const spk::UnitScore &score, const spk::UnitActivity &activity,
                          double share) {
  // Looked up again: a layer before it may have changed what makes its units.
  std::optional<spk::HiddenLayer> layer = spk::HiddenLayer::of(site);
  if (!layer)
    return 0;
  int64_t before = layer->units;
  layer->keep(spk::keptUnits(score.of(*layer, activity), share), activity.means);
  return before - layer->units;
}

LogicalResult rheobase::pruneUnits(ModuleOp module, const CompileOptions &options) {
  if (options.prune == 0)
    return success();
  const spk::UnitScore &score = *spk::findUnitScore(options.pruneScore);
  bool hasSamples = !options.calibrate.empty();
  if (score.needsSamples() && !hasSamples)
    return emitError(UnknownLoc::get(module.getContext()))
           << "--prune-score=" << score.name()
           << " goes by what units do in samples, and there are none; give --calibrate=FILE.npz, or --prune-score="
           << spk::kScoreWithoutSamples;
  auto func = *module.getOps<func::FuncOp>().begin();
  spk::CodeChoice code{options.steps, options.bases, options.code};
  Activities found;
  int64_t units = 0, gone = 0;
  for (const spk::HiddenLayer &layer : spk::hiddenLayers(func)) {
    auto levels = code.at(layer.site).code(module.getContext(), /*isUnsigned=*/false).getMax();
    found.insert({layer.site, ActivitySums(layer.units, static_cast<double>(levels))});
    units += layer.units;
  }
  if (hasSamples && !found.empty() && failed(watch(module, found, options)))
    return failure();
  for (auto &[site, sums] : found)
    gone +=
        pruneLayer(cast<spk::ObserveOp>(site), score, hasSamples ? sums.mean() : spk::UnitActivity(), options.prune);
  emitRemark(UnknownLoc::get(module.getContext()))
      << "--prune: " << gone << " of " << units << " units of " << found.size() << " hidden layers left out";
  return success();
}
