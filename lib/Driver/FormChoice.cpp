//===- FormChoice.cpp - value form or events, layer by layer -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FormChoice.h"

#include "Trial.h"
#include "rheobase/Conversion/Spk/Events.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/Support/Format.h"

using namespace mlir;
using namespace rheobase;

namespace {

constexpr StringLiteral kPurpose = "--form=auto";
constexpr double kPercent = 100;

/// How much of a train is not 0.
struct Activity {
  uint64_t active = 0, all = 0;

  void add(ArrayRef<uint8_t> codes) {
    all += codes.size();
    active += codes.size() - llvm::count(codes, 0);
  }
  double share() const { return all == 0 ? 0 : static_cast<double>(active) / static_cast<double>(all); }
};

/// Runs the samples with the integers of each layer's train as results more.
LogicalResult countActivity(ModuleOp module, ArrayRef<spk::EventLayer> layers, const CompileOptions &options,
                            MutableArrayRef<Activity> activities) {
  auto choose = [&](const IRMapping &mapping) {
    SmallVector<Value> codes;
    for (const spk::EventLayer &layer : layers) {
      Value train = mapping.lookup(layer.train);
      OpBuilder b(train.getContext());
      b.setInsertionPointAfterValue(train);
      Type type = cast<spk::TrainType>(train.getType()).getCodesType();
      codes.push_back(spk::CodesOp::create(b, layer.product->getLoc(), type, train));
    }
    return codes;
  };
  auto take = [&](ArrayRef<TrialOutput> codes) {
    for (auto [activity, each] : llvm::zip(activities, codes))
      activity.add(each.bytes);
  };
  return runObserved(module, {kPurpose, options.calibrate, options.progress ? "counting what fires in" : ""}, choose,
                     take);
}

void printChoices(llvm::raw_ostream &os, ArrayRef<spk::EventLayer> layers) {
  os << "forms: predicted nanoseconds of a row on one core (AVX-512)\n"
     << "   active     value     event  choice  layer\n";
  for (const spk::EventLayer &layer : layers) {
    double active = layer.active().value_or(1);
    spk::FormCosts costs = spk::predictCosts(layer, active);
    os << llvm::format("  %5.1f %% %9.1f %9.1f  %-6s  ", kPercent * active, costs.value, costs.events,
                       costs.eventsWin() ? "event" : "value")
       << nodeName(layer.product) << " (" << layer.inputs << " x " << layer.outputs << ")\n";
  }
}

} // namespace

LogicalResult rheobase::measureActivity(ModuleOp module, const CompileOptions &options) {
  SmallVector<spk::EventLayer> layers = spk::eventLayers(*module.getOps<func::FuncOp>().begin());
  auto isKnown = [](const spk::EventLayer &layer) { return layer.active().has_value(); };
  if (options.calibrate.empty() && !llvm::all_of(layers, isKnown))
    return module.emitError() << kPurpose << " chooses by what samples show, and there are none; "
                              << "give --calibrate=FILE.npz, or --form=value or event";
  if (!options.calibrate.empty() && !layers.empty()) {
    SmallVector<Activity> activities(layers.size());
    if (failed(countActivity(module, layers, options, activities)))
      return failure();
    Builder b(module.getContext());
    for (auto [layer, activity] : llvm::zip(layers, activities))
      layer.product->setAttr(spk::kActiveAttr, b.getF64FloatAttr(activity.share()));
  }
  printChoices(llvm::errs(), layers);
  return success();
}
