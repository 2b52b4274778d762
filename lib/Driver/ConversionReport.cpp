//===- ConversionReport.cpp - what a conversion did, measured on samples -------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConversionReport.h"

#include "Facts.h"
#include "NetworkFigures.h"
#include "Trial.h"
#include "rheobase/Conversion/Spk/Events.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace rheobase;

namespace {

/// Results that a probed network has for each site.
enum Probe : size_t { kInput, kStep, kPlanes, kZero, kProbes };
constexpr StringLiteral kProbeNames[] = {"input", "step", "planes", "zero"};
/// The role of attention's weights, which conversion encodes without a site, and of codes inside a normalisation.
constexpr StringLiteral kInnerRole = "inner";

func::FuncOp mainOf(ModuleOp module) {
  return *module.getOps<func::FuncOp>().begin();
}

std::string textOf(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  return text;
}

class ConversionReporter {
public:
  ConversionReporter(ModuleOp module, const ConversionRecord &record, const CompileOptions &options)
      : module(module), func(mainOf(module)), record(record), options(options) {}

  FailureOr<report::Report> run();

private:
  void listSites();
  LogicalResult buildTrials();
  LogicalResult take(ArrayRef<TrialBatch> batches);
  void takeOutputs(const TrialBatch &spiking, const TrialBatch &numbers);
  void addCounters(ArrayRef<TrialCount> counters);
  void listNeurons(ArrayRef<TrialCount> counters);
  void listLayers();

  ModuleOp module;
  func::FuncOp func;
  const ConversionRecord &record;
  const CompileOptions &options;
  report::Report report;
  ProbedSites sites;
  Trial spiking{"report", /*counts=*/true}, numbers{"report"};
  /// Which result of the network on numbers belongs to a site, by the site's name.
  llvm::StringMap<size_t> references;
  std::vector<OutputProbe> outputs;
  uint64_t positions = 0, paddings = 0;
};

void ConversionReporter::listSites() {
  llvm::StringMap<StringRef> roles;
  ModuleOp(record.reference.get()).walk([&](spk::ObserveOp op) { roles[op.getSite()] = op.getRole(); });
  func.walk([&](spk::EncodeOp encode) {
    ProbedSite &probed = sites[encode];
    report::Site &site = probed.site;
    spk::CodeInterface code = encode.getTrain().getType().getCode();
    auto lsb = cast<RankedTensorType>(encode.getLsb().getType());
    site.name = nodeName(encode);
    probed.feedsProducts = feedsProduct(encode);
    StringRef unnamed = probed.feedsProducts ? spk::kAttentionRole : kInnerRole;
    auto role = roles.find(site.name);
    site.role = (role != roles.end() ? role->second : unnamed).str();
    site.code = textOf(code);
    site.ranges = encode.getLsb().getDefiningOp<spk::RowStepOp>() ? "row" : lsb.getRank() == 0 ? "tensor" : "channel";
    site.bases = code.getBaseCount();
    site.steps = code.getStepCount();
    site.bits = llvm::Log2_64_Ceil(static_cast<uint64_t>(code.getMax() - code.getMin()) + 1);
    for (unsigned plane = 0; plane < code.getPlaneCount(); ++plane)
      site.planeWeights.push_back(code.getPlaneWeight(plane));
  });
  for (auto &[encode, probed] : sites) {
    spk::CodeInterface code = encode.getTrain().getType().getCode();
    probed.probe =
        std::make_unique<SiteProbe>(probed.site, code.getMin(), code.getMax(), probed.site.role == spk::kAttentionRole);
  }
}

LogicalResult ConversionReporter::buildTrials() {
  IRMapping mapping;
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone(mapping));
  std::vector<std::pair<std::string, Value>> probes;
  for (auto [number, entry] : llvm::enumerate(sites)) {
    auto encode = cast<spk::EncodeOp>(mapping.lookup(entry.first.getOperation()));
    OpBuilder b(encode->getContext());
    b.setInsertionPointAfter(encode);
    Value planes = spk::PlanesOp::create(b, encode.getLoc(), encode.getTrain());
    Value seen[kProbes] = {encode.getInput(), encode.getLsb(), planes, encode.getZero()};
    for (auto [name, value] : llvm::zip(kProbeNames, seen))
      if (value)
        probes.emplace_back("site " + std::to_string(number) + " " + name.str(), value);
  }
  addResults(mainOf(*copy), probes);
  OwningOpRef<ModuleOp> reference = record.reference.get().clone();
  size_t number = func.getNumResults();
  probes.clear();
  reference->walk([&](spk::ObserveOp op) {
    // What is encoded there is not normalised yet.
    if (op.getRole() == spk::kAttentionRole)
      return;
    references[op.getSite()] = number++;
    probes.emplace_back("site " + op.getSite().str(), op.getInput());
  });
  addResults(mainOf(*reference), probes);
  return failure(failed(spiking.build(std::move(copy))) || failed(numbers.build(std::move(reference))));
}

void ConversionReporter::takeOutputs(const TrialBatch &ofSpiking, const TrialBatch &ofNumbers) {
  outputs.resize(func.getNumResults());
  for (size_t i = 0; i < outputs.size(); ++i)
    if (ofSpiking.outputs[i].dtype == RHB_F32)
      outputs[i].add(ofSpiking.outputs[i], ofNumbers.outputs[i]);
  auto masked = llvm::find_if(ofSpiking.outputs, [](const TrialOutput &output) { return !output.masks.empty(); });
  if (masked == ofSpiking.outputs.end())
    return;
  positions += masked->masks.front().counts.size();
  paddings += llvm::count(masked->masks.front().counts, 0);
}

LogicalResult ConversionReporter::take(ArrayRef<TrialBatch> batches) {
  const TrialBatch &ofSpiking = batches[0], &ofNumbers = batches[1];
  report.sampleCount += ofSpiking.count;
  takeOutputs(ofSpiking, ofNumbers);
  const TrialOutput *results = ofSpiking.outputs.data() + func.getNumResults();
  for (auto &[encode, probed] : sites) {
    auto reference = references.find(probed.site.name);
    bool hasReference = reference != references.end();
    const TrialOutput *expected = hasReference ? &ofNumbers.outputs[reference->second] : nullptr;
    bool hasZero = static_cast<bool>(encode.getZero());
    probed.probe->add(
        {&results[kInput], &results[kStep], &results[kPlanes], hasZero ? &results[kZero] : nullptr, expected});
    results += hasZero ? kProbes : kZero;
  }
  return success();
}

void ConversionReporter::addCounters(ArrayRef<TrialCount> counters) {
  for (auto &[encode, probed] : sites) {
    probed.probe->finish();
    report::Site &site = probed.site;
    site.countedActivations = countOf(counters, "activations", site.name);
    site.countedSpikes = countOf(counters, "spikes", site.name);
    site.clipped = countOf(counters, "clipped", site.name);
  }
  for (StringRef quantity : {"activations", "spikes", "clipped", "synops", "product_synops", "neuron_spikes"})
    report.counters.emplace_back(quantity.str(), countOf(counters, quantity));
}

void ConversionReporter::listNeurons(ArrayRef<TrialCount> counters) {
  func.walk([&](spk::MbeOp op) {
    spk::NeuronInterface neuron = op.getNeuron();
    std::string node = nodeName(op);
    uint64_t spikes = countOf(counters, "neuron_spikes", node);
    report.neurons.push_back({node, op.getFunction().str(), neuron.getKindName().str(), neuron.getBaseCount(),
                              neuron.getStepCount(), spikes});
  });
}

/// Of a network that may have events.
void ConversionReporter::listLayers() {
  if (options.form != kEventForm && options.form != kAutoForm)
    return;
  for (const spk::EventLayer &layer : spk::eventLayers(func)) {
    std::optional<double> active = layer.active();
    spk::FormCosts costs = spk::predictCosts(layer, active.value_or(1));
    report.layers.push_back({nodeName(layer.product), layer.inputs, layer.outputs, isa<spk::SynapseOp>(layer.product),
                             active, costs.value, costs.events});
  }
}

FailureOr<report::Report> ConversionReporter::run() {
  listSites();
  if (failed(buildTrials()))
    return failure();
  auto takes = [&](ArrayRef<TrialBatch> batches) { return take(batches); };
  if (failed(runTrials({&spiking, &numbers}, options.calibrate, takes, options.progress ? "measuring" : "")))
    return failure();
  report.model = modelName(module);
  report.settings = readFacts(module);
  report.samples = llvm::sys::path::filename(options.calibrate).str();
  report.paddingShare = positions ? static_cast<double>(paddings) / static_cast<double>(positions) : 0;
  report.islands = record.islands;
  report.matrices = record.matrices;
  report.pruning = record.pruning;
  std::vector<TrialCount> counters = spiking.counters();
  addCounters(counters);
  listNeurons(counters);
  listLayers();
  auto network = networkFigures(func, mainOf(record.ann.get()), sampleShapes(options.calibrate), sites, counters,
                                report.sampleCount);
  if (failed(network))
    return failure();
  report.network = *network;
  for (auto [i, output] : llvm::enumerate(outputs))
    if (spiking.info().outputs[i].dtype == RHB_F32)
      report.outputs.push_back(output.finish(spiking.info().outputs[i].name));
  for (auto &[encode, probed] : sites)
    report.sites.push_back(std::move(probed.site));
  return std::move(report);
}

LogicalResult writeTo(const std::string &path, const report::Report &report, MLIRContext *context) {
  llvm::Error error = llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    if (StringRef(path).ends_with(kHtmlReport))
      report.writeHtml(os);
    else
      report.writeJson(os);
    return llvm::Error::success();
  });
  if (error)
    return emitError(UnknownLoc::get(context))
           << "--report: cannot write '" << path << "': " << llvm::toString(std::move(error));
  return success();
}

} // namespace

LogicalResult rheobase::reportConversion(ModuleOp module, const ConversionRecord &record,
                                         const CompileOptions &options) {
  FailureOr<report::Report> report = ConversionReporter(module, record, options).run();
  if (failed(report))
    return failure();
  for (const std::string &path : options.reports)
    if (failed(writeTo(path, *report, module.getContext())))
      return failure();
  report->writeText(llvm::errs());
  return success();
}
