//===- Readout.cpp - least squares for a neuron's outputs ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Readout.h"

#include <algorithm>
#include <cmath>

using namespace rheobase::neurons;

/// The part of a feature's energy that must be its own. Smaller parts would need weights whose rounding in float32
/// costs more than they bring.
static constexpr double kOwnPart = 1e-6;

double Readout::factor(const NormalEquations &equations) {
  size = equations.size;
  lower.assign(size * size, 0);
  forward.assign(size, 0);
  double error = equations.energy;
  for (size_t i = 0; i < size; ++i) {
    double *row = &lower[i * size];
    const double *gram = &equations.gram[i * size];
    double pivot = gram[i], right = equations.right[i];
    for (size_t j = 0; j < i; ++j) {
      if (lower[j * size + j] == 0)
        continue;
      double sum = gram[j];
      for (size_t k = 0; k < j; ++k)
        sum -= row[k] * lower[j * size + k];
      row[j] = sum / lower[j * size + j];
      pivot -= row[j] * row[j];
      right -= row[j] * forward[j];
    }
    if (pivot <= kOwnPart * gram[i] || gram[i] <= 0)
      continue;
    row[i] = std::sqrt(pivot);
    forward[i] = right / row[i];
    error -= forward[i] * forward[i];
  }
  return std::max(error, 0.0);
}

std::vector<double> Readout::weights() const {
  std::vector<double> result(size);
  for (size_t i = size; i-- > 0;) {
    if (lower[i * size + i] == 0)
      continue;
    double sum = forward[i];
    for (size_t k = i + 1; k < size; ++k)
      sum -= lower[k * size + i] * result[k];
    result[i] = sum / lower[i * size + i];
  }
  return result;
}
