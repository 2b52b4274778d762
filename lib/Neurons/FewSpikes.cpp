//===- FewSpikes.cpp - the few-spikes neuron -----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FewSpikesFit.h"
#include "Kinds.h"
#include "Recurrence.h"

using namespace rheobase::neurons;

namespace {

/// One basis whose 3T numbers are all free; it sees the input itself.
class FewSpikes final : public RecurrentNeuron {
public:
  std::string_view name() const override { return "fs"; }

  std::optional<Error> checkTable(const Table &table) const override {
    if (table.bases.size() != 1 || table.bases[0].feed != Feed::Signed)
      return Error{"a few-spikes neuron has " + std::to_string(table.bases.size()) +
                   " bases or feeds one with a part of its input, expected one, signed"};
    return RecurrentNeuron::checkTable(table);
  }

  int defaultBases(const Function &) const override { return 1; }
  int maxBases() const override { return 1; }
  bool truncatesCodes() const override { return true; }
  std::vector<std::string_view> variants(const Shape &) const override { return {"free"}; }
  int64_t defaultBudget(const Shape &) const override { return 320000; }

  /// The bias, then threshold, reset and output of each step.
  size_t parameterCount(const Shape &shape) const override { return 1 + 3 * static_cast<size_t>(shape.steps); }

  Table expand(const Shape &shape, const std::vector<float> &parameters) const override {
    Table table;
    table.kind = name();
    table.steps = shape.steps;
    table.interval = shape.interval;
    table.bases = {{}};
    table.bias = parameters[0];
    for (size_t at = 1; at < parameters.size(); at += 3) {
      table.thresholds.push_back(parameters[at]);
      table.resets.push_back(parameters[at + 1]);
      table.outputs.push_back(parameters[at + 2]);
    }
    return table;
  }

  Listing list(const Shape &, const std::vector<float> &parameters) const override {
    Listing listing;
    listing.columns = {"theta", "r", "d"};
    listing.bias = parameters[0];
    for (size_t at = 1; at < parameters.size(); at += 3)
      listing.rows.push_back(
          {"step " + std::to_string(listing.rows.size()), {parameters[at], parameters[at + 1], parameters[at + 2]}});
    return listing;
  }

  std::vector<std::vector<float>> search(const Problem &problem) const override { return fitFewSpikes(problem); }
};

} // namespace

const Neuron &rheobase::neurons::fewSpikes() {
  static const FewSpikes kind;
  return kind;
}
