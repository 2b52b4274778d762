//===- Pruning.cpp - leaving out what matters least -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pruning.h"

#include "Observer.h"
#include "SingularValues.h"
#include "Work.h"

#include "rheobase/Conversion/Spk/CodeChoice.h"
#include "rheobase/Conversion/Spk/UnitLayers.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;

namespace {

using Sums = std::vector<double>;

/// Sums over the samples of what a site shows of a layer's units.
class ActivitySums {
public:
  /// Codes of the site reach to `levels` steps. `units` has the unit of each index of the site's last axis, and is
  /// empty where singular values are not asked for.
  ActivitySums(spk::ObserveOp site, int64_t width, ArrayRef<int64_t> units, double levels)
      : isImage(site.getRole() != spk::kLinearRole), levels(levels), columns(columnsOf(units)),
        sums{Sums(width), Sums(width)}, singular(columns.size()) {}

  void add(const TrialOutput &output);
  spk::SiteActivity mean() const;
  Sums singularValues() const;

private:
  static SmallVector<SmallVector<int64_t>> columnsOf(ArrayRef<int64_t> units);
  void fire(MutableArrayRef<float> values) const;
  double singularValueOf(ArrayRef<float> fired, ArrayRef<int64_t> dims, ArrayRef<int64_t> chosen) const;

  bool isImage;
  double levels;
  /// Of each unit.
  SmallVector<SmallVector<int64_t>> columns;
  int64_t rows = 0, samples = 0;
  spk::SiteActivity sums;
  Sums singular;
};

} // namespace

SmallVector<SmallVector<int64_t>> ActivitySums::columnsOf(ArrayRef<int64_t> units) {
  SmallVector<SmallVector<int64_t>> columns;
  for (auto [column, unit] : llvm::enumerate(units)) {
    if (unit >= static_cast<int64_t>(columns.size()))
      columns.resize(unit + 1);
    if (unit >= 0)
      columns[unit].push_back(static_cast<int64_t>(column));
  }
  return columns;
}

/// What fires of a row is the row in steps of its own, as a code's threshold has it; of an image in the image's.
void ActivitySums::fire(MutableArrayRef<float> values) const {
  float reach = 0;
  for (float x : values)
    reach = std::max(reach, std::abs(x));
  auto step = static_cast<float>(reach / levels);
  for (float &x : values)
    x = step > 0 ? std::nearbyint(x / step) * step : 0;
}

/// Of a unit's map: a column of tokens, tokens by width, or the height and width of an image.
double ActivitySums::singularValueOf(ArrayRef<float> fired, ArrayRef<int64_t> dims, ArrayRef<int64_t> chosen) const {
  Sums map;
  for (size_t first = 0; first < fired.size(); first += dims.back())
    for (int64_t column : chosen)
      map.push_back(fired[first + column]);
  bool isPlane = isImage && dims.size() == 4 && chosen.size() == 1;
  auto across = isPlane ? dims[2] : static_cast<int64_t>(chosen.size());
  return sumOfSingularValues(map, static_cast<int64_t>(map.size()) / across, across);
}

void ActivitySums::add(const TrialOutput &output) {
  auto width = static_cast<int64_t>(sums.means.size());
  ArrayRef<float> values = output.elements<float>();
  if (values.empty())
    return;
  MaskedRows masked(output.mask, output.dims);
  int64_t each = static_cast<int64_t>(values.size()) / output.dims.front();
  for (int64_t first = 0; first < static_cast<int64_t>(values.size()); first += each) {
    std::vector<float> fired(values.begin() + first, values.begin() + first + each);
    for (int64_t row = 0; row < each; row += width) {
      MutableArrayRef<float> own = MutableArrayRef(fired).slice(row, width);
      if (!masked.counts(first + row)) {
        llvm::fill(own, 0.0f);
        continue;
      }
      for (auto [i, x] : llvm::enumerate(own)) {
        sums.means[i] += x;
        sums.squares[i] += double(x) * x;
      }
      if (!isImage)
        fire(own);
      ++rows;
    }
    if (isImage)
      fire(fired);
    for (auto [sum, chosen] : llvm::zip_equal(singular, columns))
      sum += singularValueOf(fired, output.dims, chosen);
    ++samples;
  }
}

static Sums divided(Sums values, int64_t count) {
  for (double &value : values)
    value /= static_cast<double>(std::max<int64_t>(count, 1));
  return values;
}

spk::SiteActivity ActivitySums::mean() const {
  return {divided(sums.means, rows), divided(sums.squares, rows)};
}

Sums ActivitySums::singularValues() const {
  return divided(singular, samples);
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
  return observe(module, take, options.calibrate, options.progress ? "looking at units in" : "");
}

/// What samples show of every layer; nothing where there are none.
static FailureOr<SmallVector<spk::UnitActivity>> look(ModuleOp module, ArrayRef<spk::UnitLayer> layers,
                                                      const CompileOptions &options) {
  SmallVector<spk::UnitActivity> seen(layers.size());
  if (options.calibrate.empty() || layers.empty())
    return seen;
  spk::CodeChoice code{options.steps, options.bases, options.code};
  // Maps are looked at for the score that asks for them alone: it takes time.
  bool wantsMaps = options.pruneScore == spk::kScoreOfMaps;
  Activities found;
  for (const spk::UnitLayer &layer : layers)
    for (const spk::UnitLayer::Reader &reader : layer.readers) {
      auto levels = code.at(reader.site).code(module.getContext(), /*isUnsigned=*/false).getMax();
      ArrayRef<int64_t> units = layer.seen(reader).units;
      bool isFirst = wantsMaps && reader.site == layer.site();
      found.insert({reader.site, ActivitySums(reader.site, static_cast<int64_t>(units.size()),
                                              isFirst ? units : ArrayRef<int64_t>(), static_cast<double>(levels))});
    }
  if (failed(watch(module, found, options)))
    return failure();
  for (auto [layer, activity] : llvm::zip_equal(layers, seen)) {
    for (const spk::UnitLayer::Reader &reader : layer.readers)
      activity.sites[reader.site] = found.find(reader.site)->second.mean();
    activity.singular = found.find(layer.site())->second.singularValues();
  }
  return seen;
}

namespace {

/// What a network takes: numbers that are constant, and operations of a sample.
struct NetworkSize {
  double numbers = 0, operations = 0;

  static NetworkSize of(func::FuncOp func, const CompileOptions &options) {
    NetworkSize size;
    for (auto constant : func.getOps<onnx::ConstantOp>())
      if (auto type = cast<ShapedType>(constant.getType()); !constant->use_empty() && type.getElementType().isF32())
        size.numbers += static_cast<double>(type.getNumElements());
    if (FailureOr<WorkCounter> work = WorkCounter::of(func, sampleShapes(options.calibrate)); succeeded(work))
      size.operations = work->total(func);
    return size;
  }
};

} // namespace

static void sayWhatStays(ModuleOp module, ArrayRef<std::string> kinds, const report::Pruning &pruning) {
  InFlightDiagnostic text = emitRemark(UnknownLoc::get(module.getContext())) << "--prune: ";
  for (auto [i, kind] : llvm::enumerate(kinds)) {
    uint64_t layers = 0, units = 0, gone = 0;
    for (const report::PrunedLayer &layer : pruning.layers)
      if (layer.what == kind)
        ++layers, units += layer.units, gone += layer.leftOut;
    text << (i == 0 ? "" : ", ") << gone << " of " << units << " " << kind << " of " << layers << " layers";
  }
  text << " left out; " << llvm::formatv("{0:F3}", pruning.weightsLeft).str() << " of the weights and "
       << llvm::formatv("{0:F3}", pruning.operationsLeft).str() << " of the operations stay";
}

LogicalResult rheobase::pruneUnits(ModuleOp module, const CompileOptions &options, report::Pruning *pruning) {
  if (options.prune == 0)
    return success();
  const spk::UnitScore &score = *spk::findUnitScore(options.pruneScore);
  if (score.needsSamples() && options.calibrate.empty())
    return emitError(UnknownLoc::get(module.getContext()))
           << "--prune-score=" << score.name()
           << " goes by what units do in samples, and there are none; give --calibrate=FILE.npz, or --prune-score="
           << spk::kScoreWithoutSamples;
  SmallVector<spk::UnitKind> kinds;
  for (const std::string &name : options.pruneWhat)
    kinds.push_back(*spk::unitKindByName(name));
  auto func = *module.getOps<func::FuncOp>().begin();
  NetworkSize before = NetworkSize::of(func, options);
  SmallVector<spk::UnitLayer> layers = spk::unitLayers(func, kinds);
  auto activities = look(module, layers, options);
  if (failed(activities))
    return failure();
  SmallVector<std::vector<double>> scores;
  for (auto [layer, activity] : llvm::zip_equal(layers, *activities))
    scores.push_back(score.of(layer, activity));
  spk::UnitRemover remover;
  report::Pruning found;
  found.score = score.name();
  for (auto [layer, stays, activity] :
       llvm::zip_equal(layers, spk::stayingUnits(layers, scores, options.prune), *activities)) {
    found.layers.push_back({layer.name().str(), spk::unitKindName(layer.kind).str(), static_cast<uint64_t>(layer.units),
                            static_cast<uint64_t>(llvm::count(stays, false))});
    remover.keep(layer, stays, activity);
  }
  remover.finish();
  auto share = [](double left, double all) { return all > 0 ? left / all : 1; };
  NetworkSize after = NetworkSize::of(func, options);
  found.weightsLeft = share(after.numbers, before.numbers);
  found.operationsLeft = share(after.operations, before.operations);
  sayWhatStays(module, options.pruneWhat, found);
  if (pruning)
    *pruning = std::move(found);
  return success();
}
