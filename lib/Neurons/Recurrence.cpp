//===- Recurrence.cpp - the threshold recurrence of mbe and fs -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recurrence.h"

using namespace rheobase::neurons;

float RecurrentNeuron::evaluate(const Table &table, float x) const {
  x = limited(table.interval, x);
  float y = table.bias;
  for (size_t n = 0; n < table.bases.size(); ++n) {
    float u = feedOf(table.bases[n].feed, x) - table.bases[n].offset;
    size_t end = table.at(n + 1, 0);
    for (size_t i = table.at(n, 0); i < end; ++i) {
      bool fired = u >= table.thresholds[i];
      u = fired ? u - table.resets[i] : u;
      y = fired ? y + table.outputs[i] : y;
    }
  }
  return y;
}

void RecurrentNeuron::train(const Table &table, size_t basis, float x, uint8_t *spikes) const {
  float u = feedOf(table.bases[basis].feed, limited(table.interval, x)) - table.bases[basis].offset;
  size_t end = table.at(basis + 1, 0);
  for (size_t i = table.at(basis, 0); i < end; ++i) {
    bool fired = u >= table.thresholds[i];
    u = fired ? u - table.resets[i] : u;
    *spikes++ = fired;
  }
}

std::optional<Error> RecurrentNeuron::checkTable(const Table &table) const {
  if (table.saturates)
    return Error{"a neuron of kind " + table.kind + " saturates, which kind segment alone does"};
  for (const Basis &basis : table.bases)
    if (basis.scale != 1)
      return Error{"a neuron of kind " + table.kind + " has input scale " + std::to_string(basis.scale) +
                   ", expected 1"};
  return std::nullopt;
}
