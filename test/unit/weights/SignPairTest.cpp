//===- SignPairTest.cpp - matrices as products of signs --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Weights/SignPair.h"
#include "SmallLayer.h"
#include "rheobase/Weights/Errors.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace rheobase::weights;

namespace {

const Hessian kNothing;
constexpr int64_t kWide = 96;

std::vector<float> wideWeights() {
  std::vector<double> wide = test::numbers(test::kInputs * kWide, 3);
  return {wide.begin(), wide.end()};
}

std::vector<float> signsOf(int64_t count, uint32_t seed) {
  std::vector<float> signs;
  for (double number : test::numbers(count, seed))
    signs.push_back(number < 0 ? -1.0f : 1.0f);
  return signs;
}

TEST(SignPair, EveryColumnIsSignsTimesAScale) {
  std::vector<float> weights = wideWeights();
  SignPair pair = factorSigns({weights, test::kInputs, kWide, kNothing}, 32);
  ASSERT_EQ(pair.left.size(), size_t(test::kInputs * 32));
  ASSERT_EQ(pair.right.size(), size_t(32 * kWide));
  auto expectSigns = [](const std::vector<float> &matrix, int64_t columns) {
    for (size_t i = 0; i < matrix.size(); ++i) {
      ASSERT_EQ(std::abs(matrix[i]), std::abs(matrix[i % columns]));
      ASSERT_GT(std::abs(matrix[i]), 0);
    }
  };
  expectSigns(pair.left, 32);
  expectSigns(pair.right, kWide);
}

TEST(SignPair, TheErrorFallsWithTheRank) {
  std::vector<float> weights = wideWeights();
  Layer layer{weights, test::kInputs, kWide, kNothing};
  std::vector<double> errors{1};
  for (int64_t rank : {4, 16, 32, 64, 128})
    errors.push_back(weightError(layer, factorSigns(layer, rank).product()));
  for (size_t i = 1; i < errors.size(); ++i)
    EXPECT_LT(errors[i], 0.95 * errors[i - 1]) << i;
  EXPECT_LT(errors.back(), 0.1);
}

TEST(SignPair, APairIsFoundAgain) {
  // Scales of terms that part them as far as singular values are parted where a matrix has few terms.
  constexpr int64_t rank = 3;
  std::vector<float> left = signsOf(test::kInputs * rank, 5), right = signsOf(rank * kWide, 6), weights;
  for (int64_t i = 0; i < test::kInputs; ++i)
    for (int64_t n = 0; n < kWide; ++n) {
      float sum = 0, scale = 4;
      for (int64_t j = 0; j < rank; ++j, scale /= 2)
        sum += left[i * rank + j] * right[j * kWide + n] * scale;
      weights.push_back(sum * (1 + static_cast<float>(n % 7) / 8));
    }
  Layer layer{weights, test::kInputs, kWide, kNothing};
  SignPair pair = factorSigns(layer, rank);
  EXPECT_LT(weightError(layer, pair.product()), 1e-12);
  // Up to signs and the order of terms: the first one is the largest.
  float turned = pair.left[0] * left[0] < 0 ? -1.0f : 1.0f;
  for (int64_t i = 0; i < test::kInputs; ++i)
    EXPECT_GT(pair.left[i * rank] * left[i * rank] * turned, 0);
}

TEST(SignPair, ErrorsGoWhereInputsDoNotSeeThem) {
  std::vector<float> weights = wideWeights();
  Hessian seen = test::layerHessian();
  Layer plain{weights, test::kInputs, kWide, kNothing}, layer{weights, test::kInputs, kWide, seen};
  std::vector<float> blind = factorSigns(plain, 32).product();
  auto by = [&](llvm::StringRef method) {
    Hessian metric = findAlgorithm(method)->metric(layer);
    return factorSigns({weights, test::kInputs, kWide, metric}, 32).product();
  };
  EXPECT_EQ(by("rtn"), blind);
  EXPECT_EQ(by("mse"), blind);
  double diagonal = outputError(layer, by("wanda")), whole = outputError(layer, by("gptq"));
  EXPECT_LT(diagonal, outputError(layer, blind));
  EXPECT_LT(whole, 0.8 * diagonal);
  EXPECT_GT(weightError(layer, by("gptq")), weightError(layer, blind));
}

TEST(SignPair, NothingIsNothing) {
  // Outputs of zeros, inputs that nobody reads, and a matrix of both.
  std::vector<float> weights = wideWeights();
  for (int64_t i = 0; i < test::kInputs; ++i)
    for (int64_t n = 0; n < kWide; ++n)
      if (n == 5 || i == 7)
        weights[i * kWide + n] = 0;
  std::vector<float> found = factorSigns({weights, test::kInputs, kWide, kNothing}, 32).product();
  for (int64_t i = 0; i < test::kInputs; ++i)
    EXPECT_LT(std::abs(found[i * kWide + 5]), 1e-30f);
  std::vector<float> zeros(test::kInputs * kWide);
  for (float each : factorSigns({zeros, test::kInputs, kWide, kNothing}, 32).product())
    EXPECT_LT(std::abs(each), 1e-30f);
}

} // namespace
