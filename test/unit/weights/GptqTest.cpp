//===- GptqTest.cpp - GPTQ against a plain reference ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Factor.h"
#include "rheobase/Weights/Algorithm.h"

#include "gtest/gtest.h"

using namespace rheobase::weights;

namespace {

constexpr int64_t kInputs = 64, kOutputs = 6, kRows = 160;

/// The layer of gen_gptq_codes.py.
std::vector<double> numbers(int64_t count, uint32_t seed) {
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

std::vector<float> layerWeights() {
  std::vector<double> wide = numbers(kInputs * kOutputs, 1);
  return {wide.begin(), wide.end()};
}

Hessian layerHessian() {
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
double outputError(const Codes &codes, llvm::ArrayRef<float> weights, const Hessian &h) {
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

struct ReferenceCodes {
  const char *format;
  std::vector<int> codes;
};

TEST(Gptq, HasTheReferencesCodes) {
  const ReferenceCodes references[] = {
#include "GptqCodes.inc"
  };
  std::vector<float> weights = layerWeights();
  Hessian h = layerHessian();
  for (const ReferenceCodes &reference : references) {
    Codes found = findAlgorithm("gptq")->quantise({weights, kInputs, kOutputs, h}, *parseFormat(reference.format));
    EXPECT_EQ(std::vector<int>(found.codes.begin(), found.codes.end()), reference.codes) << reference.format;
  }
}

TEST(Gptq, LosesLessThanRounding) {
  std::vector<float> weights = layerWeights();
  Hessian h = layerHessian(), nothing;
  for (const char *name : {"int4g32", "int3g32", "int2g32", "uint4g64", "int8"}) {
    std::unique_ptr<Format> format = parseFormat(name);
    auto error = [&](const char *algorithm, const Hessian &known) {
      return outputError(findAlgorithm(algorithm)->quantise({weights, kInputs, kOutputs, known}, *format), weights, h);
    };
    double feedback = error("gptq", h), squares = error("mse", nothing), rounded = error("rtn", nothing);
    EXPECT_LT(feedback, 0.7 * squares) << name;
    EXPECT_LT(feedback, 0.7 * rounded) << name;
  }
}

/// Inputs that no sample showed are rounded by themselves.
TEST(Gptq, RoundsWhatNothingIsKnownOf) {
  std::vector<float> weights = layerWeights();
  Hessian zero(kInputs * kInputs), nothing;
  std::unique_ptr<Format> format = parseFormat("int4");
  Codes found = findAlgorithm("gptq")->quantise({weights, kInputs, kOutputs, zero}, *format);
  for (int64_t i = 0; i < kInputs * kOutputs; ++i)
    EXPECT_EQ(found.codes[i], found.grids[i % kOutputs].nearest(weights[i]));
}

TEST(Factor, IsTheUpperFactorOfTheInverse) {
  const std::vector<double> h = {4, 2, 0.5, 2, 5, 1, 0.5, 1, 3};
  constexpr int64_t n = 3;
  std::vector<double> u = h;
  upperFactorOfInverse(u, n);
  // U^T U H = 1.
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < n; ++k)
        for (int64_t l = 0; l < n; ++l)
          sum += u[l * n + i] * u[l * n + k] * h[k * n + j];
      EXPECT_NEAR(sum, i == j ? 1 : 0, 1e-12);
      if (j < i)
        EXPECT_EQ(u[i * n + j], 0);
    }
}

} // namespace
