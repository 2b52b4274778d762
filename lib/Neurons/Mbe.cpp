//===- Mbe.cpp - the multi-basis exponential neuron ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kinds.h"
#include "MbeFit.h"
#include "Recurrence.h"

using namespace rheobase::neurons;

namespace {

/// N bases whose tables decay exponentially: alpha p^t, alpha r^t and w q^t.
class Mbe final : public RecurrentNeuron {
public:
  std::string_view name() const override { return "mbe"; }

  /// As the paper: 4 for the activations, 8 for the mantissa functions.
  int defaultBases(const Function &function) const override {
    return function.natural == Natural::Normal || function.natural == Natural::HalfNormal ? 4 : 8;
  }
  int maxBases() const override { return kMaxBases; }
  std::vector<std::string_view> variants(const Shape &shape) const override { return mbeVariants(shape); }
  int64_t defaultBudget(const Shape &) const override { return 200000; }

  size_t parameterCount(const Shape &shape) const override {
    return 1 + MbeBasis::kNumbers * static_cast<size_t>(shape.bases);
  }

  Table expand(const Shape &shape, const std::vector<float> &parameters) const override {
    Table table;
    table.kind = name();
    table.steps = shape.steps;
    table.interval = shape.interval;
    table.bias = parameters[0];
    for (size_t at = 1; at < parameters.size(); at += MbeBasis::kNumbers) {
      MbeBasis basis = MbeBasis::read(&parameters[at]);
      table.bases.push_back({basis.feed, basis.offset, 1});
      double threshold = basis.alpha, reset = basis.alpha, output = basis.weight;
      for (int t = 0; t < shape.steps; ++t) {
        table.thresholds.push_back(static_cast<float>(threshold));
        table.resets.push_back(static_cast<float>(reset));
        table.outputs.push_back(static_cast<float>(output));
        threshold *= basis.thresholdDecay;
        reset *= basis.resetDecay;
        output *= basis.outputDecay;
      }
    }
    return table;
  }

  std::vector<std::vector<float>> search(const Problem &problem) const override { return fitMbe(problem); }
};

} // namespace

const Neuron &rheobase::neurons::mbe() {
  static const Mbe kind;
  return kind;
}
