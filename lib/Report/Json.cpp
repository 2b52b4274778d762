//===- Json.cpp - a report as JSON --------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Report/Report.h"

#include "llvm/Support/JSON.h"

using namespace rheobase::report;
using llvm::json::OStream;

namespace {

constexpr int64_t kVersion = 1;
constexpr double kBitsOfByte = 8;
constexpr llvm::StringLiteral kMeasured = "measured", kEstimate = "estimate";

template <typename Numbers> void addNumbers(OStream &json, llvm::StringRef name, const Numbers &numbers) {
  json.attributeArray(name, [&] {
    for (const auto &number : numbers)
      json.value(number);
  });
}

void addError(OStream &json, llvm::StringRef name, const Error &error) {
  json.attributeObject(name, [&] {
    json.attribute("relative_rms", error.relativeRms);
    json.attribute("cosine", error.cosine);
  });
}

void addHistogram(OStream &json, const MagnitudeHistogram &histogram) {
  json.attributeObject("histogram", [&] {
    addNumbers(json, "edges", histogram.edges);
    addNumbers(json, "counts", histogram.counts);
    json.attribute("zeros", histogram.zeros);
  });
}

void addSpikes(OStream &json, const Site &site) {
  json.attribute("activations", site.activations);
  json.attribute("spikes", site.spikes());
  json.attribute("spikes_per_activation", site.spikesPerActivation());
  json.attributeArray("planes", [&] {
    for (size_t plane = 0; plane < site.planeWeights.size(); ++plane)
      json.object([&] {
        json.attribute("weight", site.planeWeights[plane]);
        json.attribute("spikes", site.planeSpikes[plane]);
        json.attribute("density", site.planeDensity(plane));
      });
  });
  json.attributeObject("counted", [&] {
    json.attribute("activations", site.countedActivations);
    json.attribute("spikes", site.countedSpikes);
    json.attribute("clipped", site.clipped);
  });
}

void addSite(OStream &json, const Site &site) {
  json.object([&] {
    json.attribute("name", site.name);
    json.attribute("role", site.role);
    json.attribute("code", site.code);
    json.attribute("steps", site.steps);
    json.attribute("bases", site.bases);
    json.attribute("bits", site.bits);
    json.attribute("ranges", site.ranges);
    json.attributeObject("range", [&] {
      json.attribute("low", site.low);
      json.attribute("high", site.high);
    });
    json.attributeObject("reach", [&] {
      json.attribute("least", site.reach.least);
      json.attribute("mean", site.reach.mean);
      json.attribute("most", site.reach.most);
    });
    json.attribute("clip_rate", site.clipRate());
    addError(json, "coding_error", site.codingError);
    if (site.accumulatedError)
      addError(json, "accumulated_error", *site.accumulatedError);
    addSpikes(json, site);
    addHistogram(json, site.histogram);
  });
}

void addAnn(OStream &json, const Network &network) {
  json.attributeObject("ann", [&] {
    json.attribute("footprint", network.annFootprint);
    json.attribute("parameter_count", network.annParameterCount);
    json.attribute("Effective_MACs", network.operations.weightMacs);
    json.attribute("attention_MACs", network.operations.productMacs);
  });
}

void addNetwork(OStream &json, const Network &network) {
  const OperationCounts &operations = network.operations;
  json.attributeObject("network", [&] {
    json.attribute("basis", kMeasured);
    json.attribute("per", "sample");
    json.attribute("footprint", network.footprint);
    json.attribute("parameter_count", network.parameterCount);
    json.attribute("connection_sparsity", network.connectionSparsity);
    json.attribute("activation_sparsity", network.activationSparsity);
    json.attributeObject("synaptic_operations", [&] {
      json.attribute("Effective_MACs", operations.effectiveMacs);
      json.attribute("Effective_ACs", operations.effectiveAcs);
      json.attribute("Dense", operations.dense);
    });
    json.attributeObject("attention_operations", [&] {
      json.attribute("Effective_ACs", operations.productAdditions);
      json.attribute("Dense", operations.productDense);
    });
    json.attribute("synaptic_additions", operations.synapticAdditions);
    json.attribute("membrane_updates", network.membraneUpdates);
    json.attribute("threshold_comparisons", network.thresholdComparisons);
    json.attribute("neuron_spikes", network.neuronSpikes);
    json.attribute("planes_per_activation", network.planesPerActivation);
    json.attribute("steps_per_activation", network.stepsPerActivation);
    json.attribute("bits_per_activation", network.bitsPerActivation);
    json.attribute("spikes_per_activation", network.spikesPerActivation);
    addAnn(json, network);
  });
}

void addEnergy(OStream &json, const OperationCounts &operations) {
  json.attributeObject("energy", [&] {
    json.attribute("basis", kEstimate);
    json.attribute("per", "sample");
    json.attribute("unit", "J");
    json.attributeArray("models", [&] {
      for (const Energy &energy : energies(operations))
        json.object([&] {
          json.attribute("model", energy.model);
          json.attribute("counting", energy.counting);
          json.attribute("source", energy.source);
          json.attribute("ann", energy.ann);
          json.attribute("quantised_ann", energy.quantisedAnn);
          json.attribute("snn", energy.snn());
          json.attributeObject("snn_parts", [&] {
            json.attribute("weights", energy.weights);
            json.attribute("attention_products", energy.products);
            json.attribute("neurons", energy.neurons);
            json.attribute("numbers", energy.numbers);
          });
        });
    });
  });
}

void addOutput(OStream &json, const Output &output) {
  json.object([&] {
    json.attribute("name", output.name);
    json.attribute("relative_rms", output.error.relativeRms);
    json.attribute("cosine", output.error.cosine);
    if (output.agreement)
      json.attribute("argmax_agreement", *output.agreement);
  });
}

void addNeuron(OStream &json, const Neuron &neuron) {
  json.object([&] {
    json.attribute("node", neuron.node);
    json.attribute("function", neuron.function);
    json.attribute("kind", neuron.kind);
    json.attribute("bases", neuron.bases);
    json.attribute("steps", neuron.steps);
    json.attribute("spikes", neuron.spikes);
  });
}

void addLayer(OStream &json, const Layer &layer) {
  json.object([&] {
    json.attribute("node", layer.node);
    json.attribute("inputs", layer.inputs);
    json.attribute("outputs", layer.outputs);
    json.attribute("form", layer.byEvents ? "event" : "value");
    if (!layer.active)
      return;
    json.attribute("active", *layer.active);
    json.attributeObject("row_time", [&] {
      json.attribute("basis", kEstimate);
      json.attribute("unit", "ns");
      json.attribute("value", layer.valueTime);
      json.attribute("event", layer.eventTime);
    });
  });
}

void addIsland(OStream &json, const Island &island) {
  json.object([&] {
    json.attribute("node", island.node);
    json.attribute("operator", island.op);
    json.attribute("why", island.why);
    json.attribute("operations", island.operations);
    json.attribute("share", island.share);
  });
}

void addMatrix(OStream &json, const Matrix &matrix) {
  json.object([&] {
    json.attribute("node", matrix.node);
    json.attribute("inputs", static_cast<int64_t>(matrix.inputs));
    json.attribute("outputs", static_cast<int64_t>(matrix.outputs));
    json.attribute("format", matrix.format);
    json.attribute("recognised", matrix.isExact);
    json.attribute("bits", matrix.bitsOfWeight());
    json.attribute("bytes", matrix.bits / kBitsOfByte);
    json.attribute("weight_error", matrix.weightError);
    if (matrix.outputError)
      json.attribute("output_error", *matrix.outputError);
    if (std::optional<double> sensitivity = matrix.sensitivity())
      json.attribute("sensitivity", *sensitivity);
    json.attribute("zeros", matrix.zeros);
  });
}

void addPruning(OStream &json, const Pruning &pruning) {
  json.attributeObject("pruning", [&] {
    json.attribute("basis", kMeasured);
    if (!pruning.score.empty()) {
      json.attribute("score", pruning.score);
      json.attribute("weights_left", pruning.weightsLeft);
      json.attribute("operations_left", pruning.operationsLeft);
    }
    json.attributeArray("items", [&] {
      for (const PrunedLayer &layer : pruning.layers)
        json.object([&] {
          json.attribute("site", layer.site);
          json.attribute("what", layer.what);
          json.attribute("units", layer.units);
          json.attribute("left_out", layer.leftOut);
        });
    });
  });
}

template <typename Items, typename Add> void addAll(OStream &json, llvm::StringRef name, const Items &items, Add add) {
  json.attributeObject(name, [&] {
    json.attribute("basis", kMeasured);
    json.attributeArray("items", [&] {
      for (const auto &item : items)
        add(json, item);
    });
  });
}

} // namespace

void Report::writeJson(llvm::raw_ostream &os) const {
  OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("format", "rheobase report");
    json.attribute("version", kVersion);
    json.attribute("model", model);
    json.attributeObject("settings", [&] {
      for (const auto &[name, value] : settings)
        json.attribute(name, value);
    });
    json.attributeObject("samples", [&] {
      json.attribute("source", samples);
      json.attribute("count", sampleCount);
      json.attribute("padding_share", paddingShare);
    });
    addNetwork(json, network);
    json.attributeObject("counters", [&] {
      json.attribute("basis", kMeasured);
      json.attribute("per", "all samples");
      for (const auto &[quantity, count] : counters)
        json.attribute(quantity, count);
    });
    addAll(json, "output_error", outputs, addOutput);
    addEnergy(json, network.operations);
    addAll(json, "islands", islands, addIsland);
    addPruning(json, pruning);
    addAll(json, "weights", matrices, addMatrix);
    addAll(json, "neurons", neurons, addNeuron);
    addAll(json, "layers", layers, addLayer);
    addAll(json, "sites", sites, addSite);
  });
  os << '\n';
}
