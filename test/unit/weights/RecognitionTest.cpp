//===- RecognitionTest.cpp - weights that lie on a grid already ----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Weights/Recognition.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace rheobase::weights;

namespace {

constexpr int64_t kInputs = 64, kOutputs = 5;
constexpr unsigned kByte = 8;

/// Numbers below `count` without a pattern.
int noise(int64_t i, int count) {
  auto state = static_cast<uint32_t>(i) * 2654435761U + 12345U;
  state ^= state >> 15;
  state *= 2246822519U;
  return static_cast<int>((state >> 13) % static_cast<uint32_t>(count));
}

/// Halves that are no powers of two.
float scaleOf(int64_t group) {
  return static_cast<float>(1000 + noise(group, 1000)) * 0x1p-14f;
}

template <typename Weight> std::vector<float> matrix(Weight weight) {
  std::vector<float> weights;
  for (int64_t i = 0; i < kInputs; ++i)
    for (int64_t n = 0; n < kOutputs; ++n)
      weights.push_back(weight(i, n));
  return weights;
}

std::optional<Recognised> find(llvm::ArrayRef<float> weights, unsigned mostBits = kByte) {
  static const Hessian nothing;
  return recognise({weights, kInputs, kOutputs, nothing}, mostBits);
}

/// The format's name, "" for none; every weight must come back to the last bit.
std::string nameOf(llvm::ArrayRef<float> weights, unsigned mostBits = kByte) {
  static const Hessian nothing;
  std::optional<Recognised> found = find(weights, mostBits);
  if (!found)
    return "";
  Layer layer{weights, kInputs, kOutputs, nothing};
  for (int64_t i = 0; i < kInputs; ++i)
    for (int64_t n = 0; n < kOutputs; ++n)
      EXPECT_EQ(found->codes.weight(layer, i, n), layer.weight(i, n));
  return found->format->name();
}

int64_t groupOf(int64_t i, int64_t n) {
  return i / 32 * kOutputs + n;
}

TEST(Recognition, GroupsAroundZero) {
  auto weight = [](int64_t i, int64_t n) {
    return static_cast<float>(noise(i * kOutputs + n, 16) - 8) * scaleOf(groupOf(i, n));
  };
  EXPECT_EQ(nameOf(matrix(weight)), "int4g32");
}

/// A scale that turns the sides around, as formats of 4 bits have it that give the largest weight the code -8.
TEST(Recognition, NegativeScales) {
  auto weight = [](int64_t i, int64_t n) {
    return static_cast<float>(noise(i * kOutputs + n, 8) - 4) * -scaleOf(groupOf(i, n));
  };
  EXPECT_EQ(nameOf(matrix(weight)), "int3g32");
}

TEST(Recognition, GroupsFromAnOffset) {
  auto weight = [](int64_t i, int64_t n) {
    int64_t group = groupOf(i, n);
    // The ends are there, as they were when the group was rounded.
    int code = i % 32 == 0 ? 0 : i % 32 == 1 ? 15 : noise(i * kOutputs + n, 16);
    return static_cast<float>(code) * scaleOf(group) - scaleOf(group + 99) * 4;
  };
  EXPECT_EQ(nameOf(matrix(weight)), "affine4g32");
}

TEST(Recognition, ZerosOfGroups) {
  auto weight = [](int64_t i, int64_t n) {
    int64_t group = groupOf(i, n);
    int code = i % 32 == 0 ? 0 : i % 32 == 1 ? 15 : noise(i * kOutputs + n, 16);
    return static_cast<float>(code - noise(group, 16)) * scaleOf(group);
  };
  EXPECT_EQ(nameOf(matrix(weight)), "uint4g32");
}

TEST(Recognition, BytesInGroups) {
  auto weight = [](int64_t i, int64_t n) {
    int code = i % 32 == 0 ? 127 : noise(i * kOutputs + n, 255) - 127;
    return static_cast<float>(code) * scaleOf(groupOf(i, n));
  };
  std::vector<float> weights = matrix(weight);
  EXPECT_EQ(nameOf(weights), "int8g32");
  EXPECT_EQ(nameOf(weights, 4), "");
}

/// A scale of an output is any number.
TEST(Recognition, TernaryRows) {
  auto weight = [](int64_t i, int64_t n) {
    return static_cast<float>(noise(i * kOutputs + n, 3) - 1) * (0.1f + 0.0123f * static_cast<float>(n));
  };
  EXPECT_EQ(nameOf(matrix(weight)), "int2");
}

TEST(Recognition, TwoValues) {
  auto weight = [](int64_t i, int64_t n) {
    return static_cast<float>(2 * noise(i * kOutputs + n, 2) - 1) * (0.1f + 0.0123f * static_cast<float>(n));
  };
  std::vector<float> weights = matrix(weight);
  EXPECT_EQ(nameOf(weights, 1), "sign");
  weights.back() = 0;
  EXPECT_EQ(nameOf(weights), "int2");
}

TEST(Recognition, OddMultiples) {
  for (int bits : {3, 7, 8}) {
    int levels = 1 << bits;
    auto weight = [&](int64_t i, int64_t n) {
      // Where no weight were an end of its grid, a smaller one might do.
      int code = i % 32 == 0 ? levels - 1 : noise(i * kOutputs + n, levels);
      return static_cast<float>(2 * code - (levels - 1)) * scaleOf(groupOf(i, n));
    };
    EXPECT_EQ(nameOf(matrix(weight)), "rescaw" + std::to_string(bits) + "g32");
    EXPECT_EQ(nameOf(matrix(weight), bits - 1), "");
  }
}

TEST(Recognition, NumbersAreOnNone) {
  auto weight = [](int64_t i, int64_t n) { return std::sin(static_cast<float>(i * kOutputs + n)); };
  std::vector<float> weights = matrix(weight);
  EXPECT_EQ(nameOf(weights), "");
  // One that is off is enough.
  auto grid = [](int64_t i, int64_t n) { return static_cast<float>(noise(i * kOutputs + n, 16) - 8); };
  weights = matrix(grid);
  weights.back() = std::nextafter(7.0f, 8.0f);
  EXPECT_EQ(nameOf(weights), "");
}

/// Kernels of 32 channels and so many outputs, each one of so many; signs times a scale of each output.
std::vector<float> windows(int64_t outputs, int64_t kernels) {
  constexpr int64_t channels = 32, taps = 9;
  std::vector<float> weights(channels * taps * outputs);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t c = 0; c < channels; ++c) {
      int64_t kernel = noise(c * outputs + n, static_cast<int>(kernels)) * 7 + 5;
      for (int64_t tap = 0; tap < taps; ++tap)
        weights[(tap * channels + c) * outputs + n] = (kernel >> tap & 1 ? -0.1f : 0.1f) * static_cast<float>(n + 1);
    }
  return weights;
}

std::optional<Recognised> recogniseWindows(const std::vector<float> &weights, int64_t outputs) {
  static const Hessian nothing;
  return recognise({weights, 288, outputs, nothing}, kByte);
}

constexpr int64_t kWindowOutputs = 64;

TEST(Recognition, FewKernels) {
  for (auto [kernels, name] : {std::pair(16, "vq9x16s"), std::pair(17, "vq9x32s"), std::pair(60, "vq9x64s")}) {
    std::vector<float> weights = windows(kWindowOutputs, kernels);
    std::optional<Recognised> found = recogniseWindows(weights, kWindowOutputs);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->format->name(), name);
    static const Hessian nothing;
    Layer layer{weights, 288, kWindowOutputs, nothing};
    for (int64_t i = 0; i < layer.inputs; ++i)
      for (int64_t n = 0; n < layer.outputs; ++n)
        ASSERT_EQ(found->codes.weight(layer, i, n), layer.weight(i, n));
  }
  // A weight of another magnitude is on no grid of signs.
  std::vector<float> weights = windows(kWindowOutputs, 10);
  weights.back() *= 2;
  std::optional<Recognised> found = recogniseWindows(weights, kWindowOutputs);
  EXPECT_TRUE(!found || found->format->name() != "vq9x16s");
}

/// Few outputs have few kernels whatever they are: a codebook would be larger than the signs.
TEST(Recognition, FewWindowsAreSigns) {
  std::optional<Recognised> found = recogniseWindows(windows(/*outputs=*/1, 14), 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->format->name(), "sign");
}

TEST(Recognition, WindowsCannotBeAskedFor) {
  EXPECT_EQ(parseFormat("vq9x16s"), nullptr);
}

/// What (2 / s) k - 1 times a scale rounds is a few roundings off the grid.
TEST(Recognition, RoundingsOfTraining) {
  for (int bits : {4, 8}) {
    int levels = 1 << bits;
    auto weight = [&](int64_t i, int64_t n) {
      float part = 2.0f / static_cast<float>(levels - 1) * static_cast<float>(noise(i * kOutputs + n, levels));
      return (part - 1) * 0.37f;
    };
    static const Hessian nothing;
    std::vector<float> weights = matrix(weight);
    Layer layer{weights, static_cast<int64_t>(weights.size()) / kOutputs, kOutputs, nothing};
    EXPECT_FALSE(recognise(layer, kByte));
    std::optional<Recognised> found = recognise(layer, kByte, kRoundings);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->format->name(), "rescaw" + std::to_string(bits));
    for (int64_t i = 0; i < layer.inputs; ++i)
      for (int64_t n = 0; n < layer.outputs; ++n)
        ASSERT_NEAR(found->codes.weight(layer, i, n), layer.weight(i, n), 0.37f * kRoundings);
    weights[5] *= 1.00001f;
    EXPECT_FALSE(recognise(layer, kByte, kRoundings));
  }
}

TEST(Recognition, FewInputsSayNothing) {
  static const Hessian nothing;
  const std::vector<float> weights(4, 0.3f);
  EXPECT_FALSE(recognise({weights, 2, 2, nothing}, kByte));
}

} // namespace
