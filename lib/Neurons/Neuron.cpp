//===- Neuron.cpp - running tables of any kind ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Neuron.h"

#include <numeric>

using namespace rheobase::neurons;

float rheobase::neurons::evaluate(const Table &table, float x) {
  return findKind(table.kind)->evaluate(table, x);
}

std::vector<uint8_t> rheobase::neurons::spikeTrain(const Table &table, float x) {
  const Neuron *kind = findKind(table.kind);
  std::vector<uint8_t> train(table.at(table.bases.size(), 0));
  for (size_t n = 0; n < table.bases.size(); ++n)
    kind->train(table, n, x, &train[table.at(n, 0)]);
  return train;
}

int rheobase::neurons::spikes(const Table &table, float x) {
  std::vector<uint8_t> train = spikeTrain(table, x);
  return std::accumulate(train.begin(), train.end(), 0);
}

Result<Table> rheobase::neurons::identityTable(int steps, float range, bool rounded) {
  if (steps < 1 || steps > kMaxSteps)
    return Error{"an identity code has " + std::to_string(steps) + " steps, expected 1 to " +
                 std::to_string(kMaxSteps)};
  Table table;
  table.kind = "fs";
  table.steps = steps;
  table.interval = {0, range};
  float weight = range;
  for (int t = 0; t < steps; ++t)
    table.thresholds.push_back(weight *= 0.5f);
  table.resets = table.outputs = table.thresholds;
  table.bases = {{Feed::Signed, rounded ? -0.5f * weight : 0.0f, 1}};
  if (auto error = check(table))
    return *error;
  return table;
}
