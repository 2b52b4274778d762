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
  auto weight = [](int64_t i, int64_t n) {
    return static_cast<float>(2 * noise(i * kOutputs + n, 8) - 7) * scaleOf(groupOf(i, n));
  };
  EXPECT_EQ(nameOf(matrix(weight)), "rescaw3g32");
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

TEST(Recognition, FewInputsSayNothing) {
  static const Hessian nothing;
  const std::vector<float> weights(4, 0.3f);
  EXPECT_FALSE(recognise({weights, 2, 2, nothing}, kByte));
}

} // namespace
