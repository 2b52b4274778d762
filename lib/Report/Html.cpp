//===- Html.cpp - a report as one page ----------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HtmlFigures.h"
#include "Svg.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <initializer_list>

using namespace rheobase::report;
using llvm::raw_ostream;
using llvm::StringRef;

namespace {

constexpr double kMicro = 1e6, kPercent = 100;

constexpr StringRef kStyle = R"(
:root { color-scheme: light dark; --ink: #1c1d21; --paper: #fdfdfc; --faint: #d8d8d4; --soft: #6b6c72;
  --first: #2a6fbb; --second: #d2691e; --third: #8f959e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e3; --paper: #17181b; --faint: #3a3b40; --soft: #9a9ba2;
  --first: #6fa8e8; --second: #ef9a5a; --third: #7d838c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1000px; margin: 2em auto;
  padding: 0 1em; }
h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: 2em; }
p.note { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.87em; } th, td { padding: 0.2em 0.7em; text-align: right; vertical-align: top; }
th { border-bottom: 1px solid var(--soft); } tr + tr td { border-top: 1px solid var(--faint); }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
svg { max-width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: var(--ink); }
svg .title { fill: var(--soft); } .frame { fill: none; stroke: var(--soft); } .tick { stroke: var(--soft); }
.grid { stroke: var(--faint); } .line { fill: none; stroke-width: 1.5; }
.first { fill: var(--first); stroke: none; } .second { fill: var(--second); stroke: none; }
.third { fill: var(--third); stroke: none; }
.first.line { fill: none; stroke: var(--first); } .second.line { fill: none; stroke: var(--second); }
.third.line { fill: none; stroke: var(--third); }
summary { cursor: pointer; }
)";

/// Rows of cells; `textColumns` of them, from the left, hold text.
class Table {
public:
  Table(raw_ostream &os, std::initializer_list<StringRef> titles, size_t textColumns)
      : os(os), textColumns(textColumns) {
    os << "<div class=\"scroll\"><table>\n<tr>";
    size_t column = 0;
    for (StringRef title : titles)
      os << (column++ < textColumns ? "<th class=\"text\">" : "<th>") << escaped(title) << "</th>";
    os << "</tr>\n";
  }
  ~Table() { os << "</table></div>\n"; }

  void row(std::initializer_list<std::string> cells) {
    os << "<tr>";
    size_t column = 0;
    for (const std::string &cell : cells)
      os << (column++ < textColumns ? "<td class=\"text\">" : "<td>") << escaped(cell) << "</td>";
    os << "</tr>\n";
  }

private:
  raw_ostream &os;
  size_t textColumns;
};

/// T, or N x T on several trains.
std::string stepsOf(const Site &site) {
  std::string steps = std::to_string(site.steps);
  return site.bases > 1 ? std::to_string(site.bases) + " x " + steps : steps;
}

std::string percent(double share) {
  return shortNumber(kPercent * share) + " %";
}

void heading(raw_ostream &os, StringRef title, StringRef note) {
  os << "<h2>" << escaped(title) << "</h2>\n";
  if (!note.empty())
    os << "<p class=\"note\">" << escaped(note) << "</p>\n";
}

void writeHead(raw_ostream &os, const Report &report) {
  std::string name = escaped(report.model);
  os << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
     << name << ": conversion report</title>\n<style>" << kStyle << "</style>\n</head>\n<body>\n<h1>" << name
     << "</h1>\n<p>";
  for (const auto &[key, value] : report.settings)
    os << escaped(key) << " " << escaped(value) << ", ";
  os << "measured on " << report.sampleCount << " samples of " << escaped(report.samples);
  if (report.paddingShare > 0)
    os << " (" << percent(report.paddingShare) << " of the positions are padding)";
  os << "</p>\n";
}

void writeNetwork(raw_ostream &os, const Network &network) {
  heading(os, "Network",
          "Measured, per sample. Padding is run like everything else and counts here; it does not in the figures of "
          "sites. The names are NeuroBench's where it defines the metric.");
  const OperationCounts &operations = network.operations;
  Table table(os, {"metric", "unit", "SNN", "ANN"}, 2);
  auto row = [&](StringRef metric, StringRef unit, double snn, std::string ann) {
    table.row({metric.str(), unit.str(), shortNumber(snn), std::move(ann)});
  };
  row("footprint", "bytes", static_cast<double>(network.footprint),
      shortNumber(static_cast<double>(network.annFootprint)));
  row("parameter_count", "constants", static_cast<double>(network.parameterCount),
      shortNumber(static_cast<double>(network.annParameterCount)));
  row("connection_sparsity", "zeros of weights", network.connectionSparsity, "");
  row("activation_sparsity", "silent of planes", network.activationSparsity, "");
  row("synaptic_operations: Effective_ACs", "additions", operations.effectiveAcs, "");
  row("synaptic_operations: Effective_MACs", "multiply-accumulates", operations.effectiveMacs,
      shortNumber(operations.weightMacs));
  row("synaptic_operations: Dense", "additions", operations.dense, "");
  row("attention products: Effective_ACs", "pairs of spikes", operations.productAdditions,
      shortNumber(operations.productMacs) + " MACs");
  row("attention products: Dense", "pairs of planes", operations.productDense, "");
  row("membrane_updates", "of encoders", network.membraneUpdates, "");
  row("threshold comparisons", "of encoders", network.thresholdComparisons, "");
  row("spikes of inner neurons", "spikes", network.neuronSpikes, "");
  row("planes per activation", "at operands of products", network.planesPerActivation, "");
  row("spikes per activation", "at operands of products", network.spikesPerActivation, "");
}

void writeOutputs(raw_ostream &os, const Report &report) {
  heading(os, "Outputs", "Measured, against the network before conversion.");
  Table table(os, {"output", "relative RMS", "cosine", "largest element agrees"}, 1);
  for (const Output &output : report.outputs)
    table.row({output.name, percent(output.error.relativeRms), shortNumber(output.error.cosine),
               output.agreement ? percent(*output.agreement) : ""});
}

void writeEnergy(raw_ostream &os, const OperationCounts &counts) {
  heading(
      os, "Energy",
      "Estimates: measured counts times constants from the literature. The quantised ANN has activations of as many "
      "bits as tell the integers of a code apart, and int8 weights: the network that a spiking one has to beat.");
  std::vector<Energy> models = energies(counts);
  writeEnergies(os, models);
  Table table(os,
              {"model, uJ per sample", "what is counted", "source", "ANN, f32", "quantised ANN", "SNN", "weights",
               "attention", "neurons", "numbers"},
              3);
  for (const Energy &energy : models) {
    auto micro = [](double joules) { return shortNumber(kMicro * joules); };
    std::string name = std::to_string(&energy - models.data() + 1) + ". " + energy.model;
    table.row({name, energy.counting, energy.source, micro(energy.ann), micro(energy.quantisedAnn), micro(energy.snn()),
               micro(energy.weights), micro(energy.products), micro(energy.neurons), micro(energy.numbers)});
  }
}

void writeIslands(raw_ostream &os, const Report &report) {
  heading(os, "On numbers",
          report.islands.empty() ? "No node stays on numbers where a spiking form would be expected."
                                 : "Nodes that stay on numbers where a spiking form would be expected.");
  if (report.islands.empty())
    return;
  Table table(os, {"node", "operator", "why", "operations per sample", "share"}, 3);
  for (const Island &island : report.islands)
    table.row({island.node, island.op, island.why, shortNumber(island.operations), percent(island.share)});
}

void writeNeurons(raw_ostream &os, const Report &report) {
  heading(os, "Inner neurons",
          "Static neurons inside normalisation, softmax, gates and activations. Spikes are those of all neurons of the "
          "node, over all samples.");
  os << "<details><summary>" << report.neurons.size() << " neurons</summary>\n";
  {
    Table table(os, {"node", "function", "neuron", "bases", "steps", "spikes"}, 3);
    for (const Neuron &neuron : report.neurons)
      table.row({neuron.node, neuron.function, neuron.kind, std::to_string(neuron.bases), std::to_string(neuron.steps),
                 std::to_string(neuron.spikes)});
  }
  os << "</details>\n";
}

void writeLayers(raw_ostream &os, const Report &report) {
  if (report.layers.empty())
    return;
  heading(
      os, "Forms of layers",
      "Measured: the share of a layer's inputs that are not 0. Estimated from it: nanoseconds of a row on one core, "
      "dense (value form) and by walking what fires (events).");
  Table table(os, {"node", "size", "form", "active inputs", "value form, ns", "events, ns"}, 3);
  for (const Layer &layer : report.layers) {
    auto known = [&](const std::string &text) { return layer.active ? text : std::string(); };
    table.row({layer.node, std::to_string(layer.inputs) + " x " + std::to_string(layer.outputs),
               layer.byEvents ? "event" : "value", known(percent(layer.active.value_or(0))),
               known(shortNumber(layer.valueTime)), known(shortNumber(layer.eventTime))});
  }
}

void writePruning(raw_ostream &os, const Pruning &pruning) {
  if (pruning.score.empty())
    return;
  heading(os, "Left out",
          "Measured: units, heads and channels that score least (" + pruning.score + ") and are not there any more. " +
              percent(pruning.weightsLeft) + " of the weights and " + percent(pruning.operationsLeft) +
              " of the operations stay.");
  Table table(os, {"site", "what", "of", "left out", "share"}, 2);
  for (const PrunedLayer &layer : pruning.layers)
    table.row({layer.site, layer.what, std::to_string(layer.units), std::to_string(layer.leftOut),
               percent(static_cast<double>(layer.leftOut) / static_cast<double>(layer.units))});
}

void writeMatrices(raw_ostream &os, const Report &report) {
  if (report.matrices.empty())
    return;
  heading(os, "Weights",
          "Measured: what each constant matrix takes, scales and all, and the squares of its errors over those of the "
          "weights, and of the outputs over the samples. The sensitivity is how much of the one the other sees.");
  Table table(os,
              {"node", "size", "format", "bits a weight", "bytes", "error of the weights", "error of the outputs",
               "sensitivity", "zeros"},
              3);
  constexpr double byte = 8;
  for (const Matrix &matrix : report.matrices) {
    auto known = [](std::optional<double> number) { return number ? shortNumber(*number) : std::string(); };
    table.row({matrix.node, std::to_string(matrix.inputs) + " x " + std::to_string(matrix.outputs),
               matrix.format + (matrix.isExact ? " (recognised)" : ""), shortNumber(matrix.bitsOfWeight()),
               shortNumber(matrix.bits / byte), shortNumber(matrix.weightError), known(matrix.outputError),
               known(matrix.sensitivity()), percent(matrix.zeros)});
  }
}

void writeSites(raw_ostream &os, const Report &report) {
  heading(os, "Sites",
          "Each place where numbers become spikes; padding left out. The range is what was seen, the reach where the "
          "code ends; errors are relative RMS.");
  {
    Table table(os,
                {"site", "role", "code", "steps", "ends set by", "range", "reach", "clipped", "error of the code",
                 "error against the ANN", "spikes"},
                3);
    for (auto [i, site] : llvm::enumerate(report.sites)) {
      std::string reach = shortNumber(site.reach.least);
      if (site.reach.most > site.reach.least)
        reach += " to " + shortNumber(site.reach.most);
      table.row({std::to_string(i + 1) + " " + site.name, site.role, site.code, stepsOf(site), site.ranges,
                 shortNumber(site.low) + " to " + shortNumber(site.high), reach, percent(site.clipRate()),
                 percent(site.codingError.relativeRms),
                 site.accumulatedError ? percent(site.accumulatedError->relativeRms) : "",
                 shortNumber(site.spikesPerActivation())});
    }
  }
  for (auto [i, site] : llvm::enumerate(report.sites)) {
    os << "<details><summary>" << i + 1 << " " << escaped(site.name) << ": histogram</summary>\n";
    writeHistogram(os, site);
    os << "</details>\n";
  }
}

} // namespace

void Report::writeHtml(raw_ostream &os) const {
  writeHead(os, *this);
  writeOutputs(os, *this);
  heading(os, "Error along the network", "Measured at each site. Hover for names.");
  writeErrors(os, sites);
  heading(os, "Spikes along the network", "Measured: spikes and planes of a code, per activation.");
  writeSpikes(os, sites);
  heading(os, "Density of planes", "Measured: the darker, the more of the elements fire in the plane.");
  writePlanes(os, sites);
  writeNetwork(os, network);
  writeEnergy(os, network.operations);
  writeIslands(os, *this);
  writeNeurons(os, *this);
  writeLayers(os, *this);
  writePruning(os, pruning);
  writeMatrices(os, *this);
  writeSites(os, *this);
  os << "</body>\n</html>\n";
}
