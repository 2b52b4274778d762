//===- Readout.h - least squares for a neuron's outputs --------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_READOUT_H
#define RHEOBASE_LIB_NEURONS_READOUT_H

#include <cstddef>
#include <vector>

namespace rheobase::neurons {

/// The normal equations of y ~ sum_i w_i f_i for features and target with their means removed.
struct NormalEquations {
  explicit NormalEquations(size_t size) : size(size), gram(size * size), right(size) {}

  size_t size;
  /// Lower triangle of sum f_i f_j, and sum f_i y.
  std::vector<double> gram, right;
  /// sum y y.
  double energy = 0;
};

/// Solves by Cholesky; features that the ones before them explain get weight 0.
class Readout {
public:
  /// Factorises and returns the squared error of the best weights.
  double factor(const NormalEquations &equations);
  /// The weights of the last factorisation.
  std::vector<double> weights() const;

private:
  size_t size = 0;
  std::vector<double> lower, forward;
};

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_READOUT_H
