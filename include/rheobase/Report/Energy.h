//===- Energy.h - what operations cost, by stated models -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_REPORT_ENERGY_H
#define RHEOBASE_REPORT_ENERGY_H

#include <string>
#include <vector>

namespace rheobase::report {

/// What a network does for one sample.
struct OperationCounts {
  /// Multiply-accumulates of the network before conversion: with weights, and of activations with activations.
  double weightMacs = 0, productMacs = 0;
  /// After conversion: additions of weights, by spikes, those with weights that are 0 left out and counted; pairs of
  /// spikes that meet; multiply-accumulates that stay on numbers.
  double effectiveAcs = 0, synapticAdditions = 0, productAdditions = 0, effectiveMacs = 0;
  /// All weights and all planes as if every one were not 0, summed over the planes: with weights, and of pairs of
  /// planes.
  double dense = 0, productDense = 0;
  /// Spikes that static neurons emit, and the pairs of spikes that mean rates would give (T^2 eta1 eta2 products).
  double neuronSpikes = 0, productAdditionsByRates = 0;
  /// Elements encoded, and results of products.
  double activations = 0, results = 0;
  /// Bits that tell as many numbers apart as a code does, mean over the activations.
  double bits = 0;
  /// Bytes of a weight after conversion.
  double weightBytes = 1;
};

/// Energy of one sample, in joules.
struct Energy {
  /// Which constants; which counting.
  std::string model, counting, source;
  double ann = 0, quantisedAnn = 0;
  /// The spiking network: additions of weights, spike-spike products, inner neurons, what stays on numbers.
  double weights = 0, products = 0, neurons = 0, numbers = 0;

  double snn() const { return weights + products + neurons + numbers; }
};

/// Under each model. All are estimates: counts that were measured times constants from the literature.
std::vector<Energy> energies(const OperationCounts &counts);

} // namespace rheobase::report

#endif // RHEOBASE_REPORT_ENERGY_H
