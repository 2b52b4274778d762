//===- FormatTest.cpp - grids of weights ----------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Weights/Algorithm.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

TEST(Format, NamesReadBack) {
  for (const char *name : {"int2",        "int3g32", "int4g128",   "int8",    "int8g32",     "uint2",   "uint4g64",
                           "uint7g32",    "sign",    "signg64",    "rescaw2", "rescaw8g128", "affine2", "affine4g32",
                           "affine7g128", "ternary", "ternaryg32", "vq4x256", "vq8x16",      "vq8x256", "vq4x16s",
                           "vq8x16sg64",  "lr32s",   "lr8192s",    "lr1%s",   "lr50%s",      "lr400%s"}) {
    std::unique_ptr<Format> format = parseFormat(name);
    ASSERT_TRUE(format) << name;
    EXPECT_EQ(format->name(), name);
  }
}

TEST(Format, OtherNamesAreNone) {
  for (const char *name : {"",
                           "lr",
                           "lrs",
                           "lr32",
                           "lr33s",
                           "lr0s",
                           "lr-32s",
                           "lr8224s",
                           "lr50%",
                           "lr0%s",
                           "lr401%s",
                           "lr50%sg32",
                           "lr32s-2:4",
                           "int",
                           "int1",
                           "int9",
                           "uint8",
                           "int4g",
                           "int4g33",
                           "int4g32x",
                           "uint",
                           "4",
                           "gint4",
                           "f32",
                           "int99999999999999999999",
                           "int4g99999999999999999999",
                           "uuint4",
                           "affine1",
                           "affine8",
                           "affine4g33",
                           "signs",
                           "sign64",
                           "signg16",
                           "rescaw",
                           "rescaw1",
                           "rescaw9",
                           "rescaw2x",
                           "ternary2",
                           "ternaryg",
                           "vq",
                           "vq4",
                           "vq4x",
                           "vq4x17",
                           "vq5x16",
                           "vq4x256ss",
                           "vq4x256g31",
                           "vq4x256z"})
    EXPECT_FALSE(parseFormat(name)) << name;
}

TEST(Format, BytesAreWhatTheyAlwaysWere) {
  std::unique_ptr<Format> format = parseFormat("int8");
  Grid grid = format->fit({127.0f, 2.5f, -2.0f}, {}, Criterion::Range);
  EXPECT_EQ(grid.scale, 1.0f);
  EXPECT_EQ(grid.nearest(2.5f), 2);
  EXPECT_EQ(grid.nearest(-300.0f), -127);
  mlir::MLIRContext context;
  EXPECT_FALSE(format->attribute(&context));
}

TEST(Format, HoldsWholeGroups) {
  std::unique_ptr<Format> format = parseFormat("int4g32"), rows = parseFormat("int4");
  EXPECT_EQ(format->groupLength(96), 32);
  EXPECT_EQ(rows->groupLength(100), 100);
  EXPECT_TRUE(format->holds(96));
  EXPECT_FALSE(format->holds(100));
  EXPECT_FALSE(format->holds(16));
  EXPECT_TRUE(rows->holds(16));
}

TEST(Format, LeastSquaresLosesNoMoreThanTheRange) {
  std::vector<float> weights;
  for (int i = 0; i < 64; ++i)
    weights.push_back(std::sin(static_cast<float>(i) * 1.7f) + (i == 5 ? 3.0f : 0.0f));
  for (const char *name : {"int2g64", "int3g64", "uint2g64", "uint4g64", "int4", "affine2g64", "affine3"}) {
    std::unique_ptr<Format> format = parseFormat(name);
    auto error = [&](Criterion criterion) {
      Grid grid = format->fit(weights, {}, criterion);
      double sum = 0;
      for (float weight : weights)
        sum += std::pow(weight - grid.value(grid.nearest(weight)), 2);
      return sum;
    };
    EXPECT_LE(error(Criterion::LeastSquares), error(Criterion::Range)) << name;
  }
}

/// A scale of a group is stored in 16 bits; codes are chosen for what is stored.
TEST(Format, ScalesOfGroupsAreHalves) {
  std::unique_ptr<Format> format = parseFormat("int4g32");
  for (float reach : {1.0f, 0.3f, 1e-3f, 1e-6f, 1e-30f, 1e30f}) {
    Grid grid = format->fit({reach, -reach / 3}, {}, Criterion::Range);
    float significant = std::ldexp(grid.scale, -std::ilogb(grid.scale) + 10);
    EXPECT_EQ(significant, std::rint(significant)) << reach;
    EXPECT_GE(grid.scale, 0x1p-24f);
    EXPECT_LE(grid.scale, 65504.0f);
  }
}

TEST(Format, GroupsOfZerosKeepAScale) {
  for (const char *name : {"int4g32", "uint4g32", "int8"})
    for (Criterion criterion : {Criterion::Range, Criterion::LeastSquares}) {
      Grid grid = parseFormat(name)->fit({0.0f, 0.0f}, {}, criterion);
      EXPECT_EQ(grid.scale, 1.0f) << name;
      EXPECT_EQ(grid.nearest(0), 0) << name;
    }
}

/// An offset is any number, and both ends have codes.
TEST(Format, OffsetsReachBothEnds) {
  std::unique_ptr<Format> format = parseFormat("affine4g32");
  Grid grid = format->fit({0.5f, 0.7f, 2.0f}, {}, Criterion::Range);
  EXPECT_EQ(grid.offset, 0.5f);
  EXPECT_EQ(grid.nearest(0.5f), 0);
  EXPECT_EQ(grid.nearest(2.0f), 15);
  EXPECT_DOUBLE_EQ(format->storedBits(64), 5);
  EXPECT_DOUBLE_EQ(parseFormat("uint4g32")->storedBits(64), 4.75);
  EXPECT_DOUBLE_EQ(parseFormat("int8")->storedBits(64), 8.5);
  EXPECT_DOUBLE_EQ(parseFormat("vq8x16g64")->storedBits(64), 0.75);
}

TEST(Format, ZerosAreWithinTheCodes) {
  std::unique_ptr<Format> format = parseFormat("uint4g32");
  for (auto [low, high] : {std::pair(0.5f, 2.0f), std::pair(-3.0f, -1.0f), std::pair(-1.0f, 3.0f)}) {
    Grid grid = format->fit({low, high}, {}, Criterion::Range);
    EXPECT_LE(grid.low, 0);
    EXPECT_GE(grid.low, -15);
    EXPECT_EQ(grid.high - grid.low, 15);
    EXPECT_NEAR(grid.value(grid.nearest(low)), low, std::abs(grid.scale) / 2 + 1e-3f);
    EXPECT_NEAR(grid.value(grid.nearest(high)), high, std::abs(grid.scale) / 2 + 1e-3f);
  }
}

/// 2 q + 1: as many below 0 as above.
TEST(Format, OddGridsHaveNoZero) {
  Grid sign = parseFormat("sign")->fit({3.0f, -1.0f, 0.5f, -0.5f}, {}, Criterion::Range);
  EXPECT_EQ(sign.value(sign.nearest(0.1f)), 1.25f);
  EXPECT_EQ(sign.value(sign.nearest(-100.0f)), -1.25f);
  Grid grid = parseFormat("rescaw2")->fit({3.0f, -1.0f}, {}, Criterion::Range);
  EXPECT_EQ(grid.scale, 1.0f);
  for (auto [weight, odd] : {std::pair(0.1f, 1), std::pair(-0.1f, -1), std::pair(2.1f, 3), std::pair(-9.0f, -3)})
    EXPECT_EQ(grid.integer(grid.nearest(weight)), odd) << weight;
}

/// The integers of most bits are no bytes, their codes are.
TEST(Format, OddBytesReachBothEnds) {
  Grid grid = parseFormat("rescaw8")->fit({255.0f, -254.9f, 3.0f}, {}, Criterion::Range);
  EXPECT_EQ(grid.scale, 1.0f);
  EXPECT_EQ(grid.low, -128);
  EXPECT_EQ(grid.high, 127);
  for (auto [weight, odd] :
       {std::pair(300.0f, 255), std::pair(-300.0f, -255), std::pair(0.5f, 1), std::pair(-2.9f, -3)}) {
    int code = grid.nearest(weight);
    EXPECT_EQ(static_cast<int8_t>(code), code) << weight;
    EXPECT_EQ(grid.integer(code), odd) << weight;
    EXPECT_EQ(grid.value(code), static_cast<float>(odd)) << weight;
  }
  EXPECT_DOUBLE_EQ(parseFormat("rescaw8g32")->storedBits(64), 8.5);
}

/// Without a code for 0, a group that was left out has a scale of 0.
TEST(Format, OddGroupsOfZerosAreZeros) {
  for (const char *name : {"sign", "signg32", "rescaw3", "rescaw8"})
    for (Criterion criterion : {Criterion::Range, Criterion::LeastSquares}) {
      Grid grid = parseFormat(name)->fit({0.0f, 0.0f}, {}, criterion);
      EXPECT_EQ(grid.value(grid.nearest(0)), 0.0f) << name;
      EXPECT_EQ(std::abs(grid.integer(grid.nearest(0))) % 2, 1) << name;
      EXPECT_TRUE(parseFormat(name)->exactGrid({0.0f, 0.0f}, /*slack=*/0)) << name;
    }
}

/// The mean of what fires; where nothing does, of all.
TEST(Format, SignsWeighTheirInputs) {
  std::unique_ptr<Format> format = parseFormat("sign");
  EXPECT_EQ(format->fit({3.0f, -1.0f}, {0.0f, 2.0f}, Criterion::Range).scale, 1.0f);
  EXPECT_EQ(format->fit({3.0f, -1.0f}, {0.0f, 0.0f}, Criterion::Range).scale, 2.0f);
}

TEST(Format, TernaryIsThreeNumbers) {
  std::unique_ptr<Format> format = parseFormat("ternary");
  Grid grid = format->fit({-2.0f, 0.5f, 1.5f}, {}, Criterion::Range);
  EXPECT_EQ(grid.value(grid.nearest(-5.0f)), -2.0f);
  EXPECT_EQ(grid.value(grid.nearest(0.5f)), 0.0f);
  EXPECT_LT(format->fit({-1.0f, 0.6f, 0.6f, 0.6f}, {}, Criterion::LeastSquares).scale, 1.0f);
}

TEST(Format, CodebooksHoldWholeWords) {
  EXPECT_TRUE(parseFormat("vq8x16")->holds(128));
  EXPECT_FALSE(parseFormat("vq8x16")->holds(96));
  EXPECT_TRUE(parseFormat("vq4x256")->holds(96));
  EXPECT_FALSE(parseFormat("vq4x256")->holds(100));
  EXPECT_FALSE(parseFormat("vq8x16g32")->holds(128));
}

TEST(Algorithm, NamesAreFound) {
  for (const Algorithm *algorithm : algorithms())
    EXPECT_EQ(findAlgorithm(algorithm->name()), algorithm);
  EXPECT_EQ(findAlgorithm("awq"), nullptr);
  EXPECT_TRUE(findAlgorithm("gptq")->needsInputs());
  EXPECT_FALSE(findAlgorithm(kWithoutInputs)->needsInputs());
}

TEST(Format, PairsHaveARankForEachMatrix) {
  std::unique_ptr<Format> fixed = parseFormat("lr64s"), share = parseFormat("lr50%s");
  EXPECT_EQ(fixed->rank(768, 3072), 64);
  // 0.5 * 768 * 3072 / (768 + 3072) = 307.2, in words of 32.
  EXPECT_EQ(share->rank(768, 3072), 288);
  EXPECT_EQ(share->rank(64, 64), 32);
  // Signs between that fill no word, and pairs that take more than bytes.
  EXPECT_EQ(fixed->rank(48, 3072), std::nullopt);
  EXPECT_EQ(parseFormat("lr512s")->rank(64, 64), std::nullopt);
  EXPECT_EQ(fixed->rank(0, 64), std::nullopt);
  EXPECT_EQ(parseFormat("sign")->rank(768, 3072), std::nullopt);
  // 64 * (768 + 3072) signs, and 64 + 3072 scales of 32 bits.
  EXPECT_EQ(pairBits(768, 3072, 64), 64 * (768 + 3072) + 32 * (64 + 3072));
}

} // namespace
