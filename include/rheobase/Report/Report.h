//===- Report.h - what a conversion did, in figures ------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_REPORT_REPORT_H
#define RHEOBASE_REPORT_REPORT_H

#include "rheobase/Report/Energy.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <vector>

namespace rheobase::report {

/// How far values are from what they should be.
struct Error {
  /// sqrt(sum (a - b)^2 / sum b^2), with b what should be.
  double relativeRms = 0;
  /// sum (a b) / sqrt(sum a^2 sum b^2).
  double cosine = 1;
};

/// How often magnitudes were seen: counts[i] of them from edges[i] up to edges[i + 1]; zeros apart.
struct MagnitudeHistogram {
  std::vector<double> edges;
  std::vector<uint64_t> counts;
  uint64_t zeros = 0;
};

/// The magnitude at which a code ends, on the side where it reaches farther. Steps differ where each row or channel
/// has its own.
struct Reach {
  double least = 0, mean = 0, most = 0;
};

/// A place where numbers become spikes.
struct Site {
  std::string name, role, code;
  /// What its step sizes are set by: "tensor", "channel" or "row".
  std::string ranges;
  /// Trains side by side, and the steps of each.
  unsigned bases = 1, steps = 0;
  /// Bits that tell as many numbers apart.
  unsigned bits = 0;
  /// The weight of each plane's spikes, in steps.
  std::vector<int64_t> planeWeights;

  /// Padding left out: elements encoded, the spikes of each plane, smallest and largest value.
  uint64_t activations = 0;
  std::vector<uint64_t> planeSpikes;
  double low = 0, high = 0;
  Reach reach;
  MagnitudeHistogram histogram;
  /// Of the code alone, and, where the network before conversion has the same value, against that.
  Error codingError;
  std::optional<Error> accumulatedError;

  /// As the runtime counts, padding included.
  uint64_t countedActivations = 0, countedSpikes = 0, clipped = 0;

  uint64_t spikes() const;
  double spikesPerActivation() const;
  double planeDensity(size_t plane) const;
  double clipRate() const;
};

/// A static neuron inside a normalisation, a softmax, a gate or an activation.
struct Neuron {
  std::string node, function, kind;
  unsigned bases = 0, steps = 0;
  /// As the runtime counts, of all neurons of the node.
  uint64_t spikes = 0;
};

/// A layer whose sums may be made by walking events.
struct Layer {
  std::string node;
  int64_t inputs = 0, outputs = 0;
  bool byEvents = false;
  /// The share of its inputs that are not 0 in the samples, where the form was chosen by it.
  std::optional<double> active;
  /// Predicted nanoseconds of a row in value form and by events.
  double valueTime = 0, eventTime = 0;
};

/// A node that stays on numbers where a spiking form would be expected.
struct Island {
  std::string node, op, why;
  /// Multiply-accumulates of products, results of everything else, of one sample.
  double operations = 0, share = 0;
};

/// A constant matrix that became codes.
struct Matrix {
  std::string node, format;
  /// Whether the weights lay on the format's grid already.
  bool isExact = false;
  uint64_t inputs = 0, outputs = 0;
  /// Of all that is stored for it: codes, scales, ...
  double bits = 0;
  /// Squares of what codes are off, over the squares of the weights, and of the outputs over the samples, where these
  /// are known.
  double weightError = 0;
  std::optional<double> outputError;
  /// The share of the weights that are 0.
  double zeros = 0;

  double bitsOfWeight() const { return bits / (static_cast<double>(inputs) * static_cast<double>(outputs)); }
  /// How much of an error of the weights the outputs see: 1 where the inputs are like noise.
  std::optional<double> sensitivity() const {
    return outputError && weightError > 0 ? std::optional(*outputError / weightError) : std::nullopt;
  }
};

/// Where units, heads or channels could be left out.
struct PrunedLayer {
  /// Where samples show them, and what they are.
  std::string site, what;
  uint64_t units = 0, leftOut = 0;
};

/// What the network does without.
struct Pruning {
  /// By what it was chosen; empty where nothing was to be left out.
  std::string score;
  /// Of the numbers that are constant, and of the operations of a sample, those that stay.
  double weightsLeft = 1, operationsLeft = 1;
  std::vector<PrunedLayer> layers;
};

struct Output {
  std::string name;
  Error error;
  /// How often the largest element along the last axis is the same one; unset where an output has no such axis.
  std::optional<double> agreement;
};

/// Everything per sample unless it says otherwise.
struct Network {
  uint64_t footprint = 0, annFootprint = 0; ///< bytes
  uint64_t parameterCount = 0, annParameterCount = 0;
  double connectionSparsity = 0, activationSparsity = 0;
  OperationCounts operations;
  double membraneUpdates = 0, thresholdComparisons = 0, neuronSpikes = 0;
  double planesPerActivation = 0, stepsPerActivation = 0, bitsPerActivation = 0, spikesPerActivation = 0;
};

struct Report {
  std::string model;
  /// Decided when compiling: steps, weights, form, ...
  std::vector<std::pair<std::string, std::string>> settings;
  std::string samples;
  uint64_t sampleCount = 0;
  /// Of all positions of the mask, those that are padding.
  double paddingShare = 0;
  std::vector<Site> sites;
  std::vector<Neuron> neurons;
  /// Where events may compute: empty in the other forms.
  std::vector<Layer> layers;
  std::vector<Island> islands;
  std::vector<Matrix> matrices;
  Pruning pruning;
  std::vector<Output> outputs;
  Network network;
  /// What the runtime counted over all samples, padding included, by quantity.
  std::vector<std::pair<std::string, uint64_t>> counters;

  void writeJson(llvm::raw_ostream &os) const;
  void writeHtml(llvm::raw_ostream &os) const;
  /// A page of text for a terminal.
  void writeText(llvm::raw_ostream &os) const;
};

} // namespace rheobase::report

#endif // RHEOBASE_REPORT_REPORT_H
