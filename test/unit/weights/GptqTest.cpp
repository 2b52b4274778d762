//===- GptqTest.cpp - GPTQ against a plain reference ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Factor.h"
#include "SmallLayer.h"

#include "gtest/gtest.h"

using namespace rheobase::weights;
using namespace rheobase::weights::test;

namespace {

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
