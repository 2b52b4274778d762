//===- ErrorsTest.cpp - what codes of weights lose -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Weights/Errors.h"
#include "rheobase/Weights/Dense.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace rheobase::weights;

namespace {

std::vector<double> waves(int64_t count, double step) {
  std::vector<double> numbers;
  for (int64_t i = 0; i < count; ++i)
    numbers.push_back(std::sin(step * static_cast<double>(i)));
  return numbers;
}

/// Every length that leaves a part of a tile, and one of several chunks.
TEST(Dense, AddsProducts) {
  for (auto [rows, columns, depth] :
       {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1}, {4, 8, 3}, {5, 9, 7}, {130, 70, 40}}) {
    std::vector<double> a = waves(depth * rows, 0.7), b = waves(depth * columns, 1.3), c(rows * columns, 0.5);
    addProduct({c.data(), columns}, {a.data(), rows}, {b.data(), columns}, {rows, columns, depth}, -2);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        double sum = 0;
        for (int64_t k = 0; k < depth; ++k)
          sum += a[k * rows + i] * b[k * columns + j];
        EXPECT_NEAR(c[i * columns + j], 0.5 - 2 * sum, 1e-12);
      }
  }
}

TEST(Errors, AreSharesOfSquares) {
  const std::vector<float> weights = {1, 2, 3, 4};
  const Hessian h = {2, 1, 1, 3};
  Layer layer{weights, 2, 2, h};
  // The second input's weights become 2 and 4.
  Codes codes{{1, 2, 2, 4}, {{1, -8, 7}, {1, -8, 7}}, 1, {}};
  EXPECT_DOUBLE_EQ(weightError(layer, codes), 1.0 / 30);
  // Of the first output 3 * 1^2 over 2 + 2 * 3 + 3 * 9, of the second nothing over 2 * 4 + 2 * 8 + 3 * 16.
  EXPECT_DOUBLE_EQ(outputError(layer, codes), 3.0 / (35 + 72));
  codes.codes[2] = 3;
  EXPECT_EQ(weightError(layer, codes), 0);
  EXPECT_EQ(outputError(layer, codes), 0);
}

/// Rows (1, 3) and (3, 1).
TEST(Errors, OfMeansAreMadeGood) {
  const std::vector<float> weights = {1, 2, 3, 4};
  const InputMean mean{{2, 2}, 2};
  const Hessian h = {10, 6, 6, 10};
  Layer layer{weights, 2, 2, h};
  Codes codes{{1, 2, 2, 5}, {{1, -8, 7}, {1, -8, 7}}, 1, {}};
  EXPECT_EQ(biasCorrection(layer, codes, mean), (std::vector<double>{2, -2}));
  // The outputs (10, 14) and (6, 10) become (7, 17) and (5, 11), and with their means back (9, 15) and (7, 9).
  EXPECT_DOUBLE_EQ(outputError(layer, codes, mean), 4.0 / (100 + 196 + 36 + 100));
  EXPECT_EQ(biasCorrection(layer, codes, {}), (std::vector<double>{0, 0}));
}

TEST(Errors, OfNothingAreNothing) {
  const std::vector<float> weights(4, 0.0f);
  const Hessian h(4, 0.0);
  Layer layer{weights, 2, 2, h};
  Codes codes{{0, 0, 0, 0}, {{1, -8, 7}, {1, -8, 7}}, 1, {}};
  EXPECT_EQ(weightError(layer, codes), 0);
  EXPECT_EQ(outputError(layer, codes), 0);
}

TEST(Errors, ZerosAreWeightsThatAreNothing) {
  const std::vector<float> weights = {1, 2, 3, 4};
  const Hessian nothing;
  Layer layer{weights, 2, 2, nothing};
  Codes codes{{0, 2, 3, 0}, {{1, -8, 7}, {1, -8, 7, 1, 4}}, 1, {}};
  EXPECT_EQ(shareOfZeros(layer, codes), 0.25);
}

} // namespace
