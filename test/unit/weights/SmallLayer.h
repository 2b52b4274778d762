//===- SmallLayer.h - a layer whose inputs go together -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_WEIGHTS_SMALLLAYER_H
#define RHEOBASE_TEST_UNIT_WEIGHTS_SMALLLAYER_H

#include "rheobase/Weights/Algorithm.h"

namespace rheobase::weights::test {

inline constexpr int64_t kInputs = 64, kOutputs = 6, kRows = 160;

/// The layer of gen_gptq_codes.py.
inline std::vector<double> numbers(int64_t count, uint32_t seed) {
  uint32_t state = seed;
  std::vector<double> result;
  for (int64_t i = 0; i < count; ++i) {
    int64_t total = 0;
    for (int part = 0; part < 4; ++part) {
      state = state * 1664525U + 1013904223U;
      total += state >> 16;
    }
    result.push_back(static_cast<double>(total - (1 << 17)) / (1 << 15));
  }
  return result;
}

inline std::vector<float> layerWeights() {
  std::vector<double> wide = numbers(kInputs * kOutputs, 1);
  return {wide.begin(), wide.end()};
}

inline Hessian layerHessian() {
  std::vector<double> x = numbers(kRows * kInputs, 2);
  Hessian h(kInputs * kInputs);
  for (int64_t row = 0; row < kRows; ++row) {
    double *values = &x[row * kInputs];
    for (int64_t i = 1; i < kInputs; ++i)
      values[i] = values[i] * (1 + static_cast<double>(i) / 32) + 0.75 * values[i - 1];
    for (int64_t i = 0; i < kInputs; ++i)
      for (int64_t j = 0; j < kInputs; ++j)
        h[i * kInputs + j] += values[i] * values[j];
  }
  return h;
}

/// tr(dW^T H dW): how far the outputs are off over all rows.
inline double outputError(const Codes &codes, llvm::ArrayRef<float> weights, const Hessian &h) {
  int64_t length = kInputs / codes.groups;
  std::vector<double> off(kInputs * kOutputs);
  for (int64_t i = 0; i < kInputs * kOutputs; ++i)
    off[i] = weights[i] - codes.grids[i / kOutputs / length * kOutputs + i % kOutputs].value(codes.codes[i]);
  double sum = 0;
  for (int64_t i = 0; i < kInputs; ++i)
    for (int64_t j = 0; j < kInputs; ++j)
      for (int64_t n = 0; n < kOutputs; ++n)
        sum += off[i * kOutputs + n] * h[i * kInputs + j] * off[j * kOutputs + n];
  return sum;
}

} // namespace rheobase::weights::test

#endif // RHEOBASE_TEST_UNIT_WEIGHTS_SMALLLAYER_H
