//===- EventTest.cpp - spikes times weights by lists of events ------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/Modules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace rheobase;
using namespace rheobase::test;

namespace {

struct Layer {
  int64_t rows, k, columns;
};

/// Rows, inputs and columns around the widths that kernels work in: words of 64 inputs, groups of 64 and vectors of 16
/// columns, blocks of 96 rows, four events at once.
const Layer kLayers[] = {{1, 1, 1}, {2, 3, 16}, {5, 63, 17}, {1, 64, 64}, {97, 65, 33}, {4, 130, 200}, {193, 21, 70}};
const double kDensities[] = {0, 0.05, 0.5, 1};

template <typename W> struct Sums;
template <> struct Sums<int8_t> {
  using Type = int32_t;
  static constexpr const char *weights = "i8", *sums = "i32";
};
template <> struct Sums<float> {
  using Type = float;
  static constexpr const char *weights = "f32", *sums = "f32";
};

template <typename W> std::string eventModule(const Layer &l, const std::vector<W> &w, bool isUnsigned, bool openRows) {
  auto matrix = [](const std::string &rows, int64_t columns, const std::string &element) {
    return "tensor<" + rows + "x" + std::to_string(columns) + "x" + element + ">";
  };
  std::string rows = openRows ? "?" : std::to_string(l.rows), k = std::to_string(l.k);
  std::string x = matrix(rows, l.k, "i8"), y = matrix(rows, l.columns, Sums<W>::sums),
              weights = matrix(k, l.columns, Sums<W>::weights);
  std::string body = denseConstant("w", w, weights) + "  %y = rt.event_matmul %x, %w" +
                     (isUnsigned ? " {isUnsigned}" : "") + " : " + x + ", " + weights + " -> " + y + "\n";
  return mainModule({{"x", x, (openRows ? std::string("m") : rows) + ", " + k}}, {y}, body, "%y",
                    openRows ? std::vector<std::string>{"m"} : std::vector<std::string>{});
}

/// Bytes that are 0 but for a share of them, which has the extremes of the range among it.
std::vector<int8_t> spikesOf(const Layer &l, double density, int64_t low, int64_t high) {
  std::vector<int8_t> spikes = randomIntegers<int8_t>(l.rows * l.k, low, high, 3);
  std::vector<float> chance = randomFloats(l.rows * l.k, 0, 1, 4);
  for (size_t i = 0; i < spikes.size(); ++i) {
    if (i % 3 == 0 || spikes[i] == 0)
      spikes[i] = static_cast<int8_t>(i % 2 || low == 0 ? high : low);
    if (chance[i] >= density)
      spikes[i] = 0;
  }
  return spikes;
}

int64_t valueOf(int8_t spike, bool isUnsigned) {
  return isUnsigned ? static_cast<uint8_t>(spike) : spike;
}

std::vector<int32_t> reference(const Layer &l, const std::vector<int8_t> &x, const std::vector<int8_t> &w,
                               bool isUnsigned) {
  std::vector<int32_t> y(l.rows * l.columns);
  for (int64_t i = 0; i < l.rows; ++i)
    for (int64_t k = 0; k < l.k; ++k)
      for (int64_t j = 0; j < l.columns; ++j)
        y[i * l.columns + j] += static_cast<int32_t>(valueOf(x[i * l.k + k], isUnsigned) * w[k * l.columns + j]);
  return y;
}

/// The sum that a dense kernel makes: every k in order, fused where the target fuses.
std::vector<float> reference(const Layer &l, const std::vector<int8_t> &x, const std::vector<float> &w, bool isUnsigned,
                             bool fused) {
  std::vector<float> y(l.rows * l.columns);
  for (int64_t i = 0; i < l.rows; ++i)
    for (int64_t j = 0; j < l.columns; ++j)
      for (int64_t k = 0; k < l.k; ++k) {
        float a = static_cast<float>(valueOf(x[i * l.k + k], isUnsigned)), b = w[k * l.columns + j],
              &sum = y[i * l.columns + j];
        sum = fused ? std::fma(a, b, sum) : sum + a * b;
      }
  return y;
}

void checkBytes(bool isUnsigned, int64_t low, int64_t high) {
  for (bool open : {false, true}) {
    for (const Layer &l : kLayers) {
      std::vector<int8_t> w = randomIntegers<int8_t>(l.k * l.columns, -128, 127, 7);
      for (size_t i = 0; i < w.size(); i += 3)
        w[i] = i % 2 ? -128 : 127;
      ProgramRunner runner(eventModule(l, w, isUnsigned, open));
      ASSERT_TRUE(runner.ok()) << runner.error();
      for (double density : kDensities) {
        std::vector<int8_t> x = spikesOf(l, density, low, high);
        std::vector<int32_t> y = runEverywhere(runner, {Array::of({l.rows, l.k}, x)})[0].as<int32_t>();
        ASSERT_EQ(y, reference(l, x, w, isUnsigned)) << l.rows << "x" << l.k << "x" << l.columns << " at " << density;
      }
    }
  }
}

TEST(Events, PlanesOfBytes) {
  checkBytes(/*isUnsigned=*/false, 0, 1);
  checkBytes(/*isUnsigned=*/false, -1, 1);
}
TEST(Events, SignedCodes) {
  checkBytes(/*isUnsigned=*/false, -128, 127);
}
TEST(Events, UnsignedCodes) {
  checkBytes(/*isUnsigned=*/true, -128, 127);
}

TEST(Events, Numbers) {
  for (bool isUnsigned : {false, true}) {
    for (const Layer &l : kLayers) {
      std::vector<float> w = randomFloats(l.k * l.columns, -1, 1, 7);
      ProgramRunner runner(eventModule(l, w, isUnsigned, /*openRows=*/true));
      ASSERT_TRUE(runner.ok()) << runner.error();
      for (double density : kDensities) {
        std::vector<int8_t> x = spikesOf(l, density, -128, 127);
        for (size_t target = 0; target < runner.program().code.size(); ++target) {
          RunResult one = runner.run({Array::of({l.rows, l.k}, x)}, target),
                    three = runner.run({Array::of({l.rows, l.k}, x)}, target, 3);
          EXPECT_EQ(one.outputs[0].bytes, three.outputs[0].bytes);
          ASSERT_EQ(one.outputs[0].as<float>(), reference(l, x, w, isUnsigned, target > 0))
              << l.rows << "x" << l.k << "x" << l.columns << " at " << density << " on target " << target;
        }
      }
    }
  }
}

/// Two layers that read one train read one list.
TEST(Events, ListsAreShared) {
  std::vector<int8_t> w = randomIntegers<int8_t>(20 * 16, -128, 127, 7),
                      v = randomIntegers<int8_t>(20 * 16, -128, 127, 8);
  std::string types = " : tensor<3x20xi8>, tensor<20x16xi8> -> tensor<3x16xi32>\n";
  ProgramRunner runner(mainModule({{"x", "tensor<3x20xi8>", "3, 20"}}, {"tensor<3x16xi32>", "tensor<3x16xi32>"},
                                  denseConstant("w", w, "tensor<20x16xi8>") +
                                      denseConstant("v", v, "tensor<20x16xi8>") + "  %y = rt.event_matmul %x, %w" +
                                      types + "  %z = rt.event_matmul %x, %v" + types,
                                  "%y, %z"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  EXPECT_EQ(runner.program().dispatches.size(), 3u);
  Layer l{3, 20, 16};
  std::vector<int8_t> x = spikesOf(l, 0.5, -1, 1);
  std::vector<Array> outputs = runEverywhere(runner, {Array::of({3, 20}, x)});
  EXPECT_EQ(outputs[0].as<int32_t>(), reference(l, x, w, false));
  EXPECT_EQ(outputs[1].as<int32_t>(), reference(l, x, v, false));
}

TEST(Events, WeightsMustBeConstant) {
  ProgramRunner runner(
      mainModule({{"x", "tensor<3x20xi8>", "3, 20"}, {"w", "tensor<20x16xi8>", "20, 16"}}, {"tensor<3x16xi32>"},
                 "  %y = rt.event_matmul %x, %w : tensor<3x20xi8>, tensor<20x16xi8> -> tensor<3x16xi32>\n", "%y"));
  EXPECT_FALSE(runner.ok());
  EXPECT_THAT(runner.error(), testing::HasSubstr("computed when running, expected a constant"));
}

} // namespace
