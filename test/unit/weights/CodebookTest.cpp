//===- CodebookTest.cpp - vectors that share a code ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KMeans.h"
#include "SmallLayer.h"

#include "gtest/gtest.h"

#include <cmath>
#include <set>

using namespace rheobase::weights;
using namespace rheobase::weights::test;

namespace {

const char *const kNames[] = {"vq4x16", "vq4x256", "vq8x16", "vq8x256", "vq4x16s", "vq8x16s", "vq8x16g64"};

Codes coded(const char *format, const char *algorithm, const Hessian &h) {
  std::vector<float> weights = layerWeights();
  return findAlgorithm(algorithm)->quantise({weights, kInputs, kOutputs, h}, *parseFormat(format));
}

TEST(Codebook, CodesAreWhatIndicesSay) {
  Hessian h = layerHessian(), nothing;
  for (const char *name : kNames)
    for (auto [algorithm, known] : {std::pair("rtn", &nothing), std::pair("mse", &h), std::pair("gptq", &h)}) {
      Codes codes = coded(name, algorithm, *known);
      ASSERT_TRUE(codes.book) << name;
      const Codebook &book = *codes.book;
      ASSERT_EQ(static_cast<int64_t>(book.indices.size()), kInputs / book.length * kOutputs);
      for (int64_t k = 0; k < kInputs; ++k)
        for (int64_t n = 0; n < kOutputs; ++n) {
          int64_t index = book.indices[k / book.length * kOutputs + n];
          ASSERT_LT(index, book.entries());
          ASSERT_EQ(codes.codes[k * kOutputs + n], book.numbers[index * book.length + k % book.length]);
        }
    }
}

/// Times a byte with a sign, a vector's sum is within 16 bits.
TEST(Codebook, VectorsAreSmallAndSignsAreSigns) {
  for (const char *name : kNames) {
    Codebook book = *coded(name, "rtn", {}).book;
    bool signs = llvm::StringRef(name).contains("s");
    for (int64_t entry = 0; entry < book.entries(); ++entry) {
      int sum = 0;
      for (int64_t i = 0; i < book.length; ++i) {
        int number = std::abs(book.numbers[entry * book.length + i]);
        sum += number;
        EXPECT_TRUE(!signs || number == 1) << name;
      }
      EXPECT_LE(sum, 255) << name;
    }
  }
}

/// With nothing known, each vector gets the nearest entry.
TEST(Codebook, RoundingTakesTheNearestVector) {
  std::vector<float> weights = layerWeights();
  Codes codes = coded("vq8x16", "rtn", {});
  const Codebook &book = *codes.book;
  for (int64_t v = 0; v < kInputs / book.length; ++v)
    for (int64_t n = 0; n < kOutputs; ++n) {
      auto error = [&](int64_t entry) {
        double sum = 0;
        for (int64_t i = 0; i < book.length; ++i)
          sum += std::pow(weights[(v * book.length + i) * kOutputs + n] -
                              codes.grids[n].value(book.numbers[entry * book.length + i]),
                          2);
        return sum;
      };
      double taken = error(book.indices[v * kOutputs + n]);
      for (int64_t entry = 0; entry < book.entries(); ++entry)
        EXPECT_LE(taken, error(entry) * (1 + 1e-5));
    }
}

/// Codebooks smaller than the layer, that is.
TEST(Codebook, FeedbackLosesLessThanRounding) {
  std::vector<float> weights = layerWeights();
  Hessian h = layerHessian();
  for (const char *name : {"vq4x16", "vq8x16", "vq4x16s", "vq8x16s", "vq8x16g64"}) {
    double feedback = outputError(coded(name, "gptq", h), weights, h),
           rounded = outputError(coded(name, "rtn", {}), weights, h);
    EXPECT_LT(feedback, 0.8 * rounded) << name;
  }
}

TEST(Codebook, IsTheSameEveryTime) {
  Hessian h = layerHessian();
  Codes once = coded("vq4x16", "gptq", h), again = coded("vq4x16", "gptq", h);
  EXPECT_EQ(once.book->numbers, again.book->numbers);
  EXPECT_EQ(once.book->indices, again.book->indices);
}

TEST(Codebook, LayersOfZerosKeepAScale) {
  std::vector<float> weights(kInputs * kOutputs);
  Hessian nothing;
  for (const char *name : {"vq4x256", "vq8x16s"}) {
    Codes codes = findAlgorithm("rtn")->quantise({weights, kInputs, kOutputs, nothing}, *parseFormat(name));
    for (const Grid &grid : codes.grids)
      EXPECT_TRUE(std::isfinite(grid.scale)) << name;
  }
}

TEST(KMeans, FindsWhatIsApart) {
  Samples samples{4, {}, {}};
  for (int i = 0; i < 64; ++i)
    for (int j = 0; j < 4; ++j) {
      samples.numbers.push_back(static_cast<float>(i % 8 * 10 + j));
      samples.weights.push_back(1);
    }
  Centroids centroids = kMeans(samples, 8, /*signs=*/false);
  std::set<float> firsts;
  for (int c = 0; c < 8; ++c)
    firsts.insert(centroids.at(0, c));
  EXPECT_EQ(firsts, (std::set<float>{0, 10, 20, 30, 40, 50, 60, 70}));
}

TEST(KMeans, SmallestIsTheFirst) {
  EXPECT_EQ(smallest({5, 3, 4, 3, 9, 3, 7, 8, 3, 2, 2, 9, 9, 9, 9, 2}), 9);
}

} // namespace
