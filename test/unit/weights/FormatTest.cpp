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
  for (const char *name : {"int2", "int3g32", "int4g128", "int8", "int8g32", "uint2", "uint4g64", "uint7g32"}) {
    std::unique_ptr<Format> format = parseFormat(name);
    ASSERT_TRUE(format) << name;
    EXPECT_EQ(format->name(), name);
  }
}

TEST(Format, OtherNamesAreNone) {
  for (const char *name : {"", "int", "int1", "int9", "uint8", "int4g", "int4g33", "int4g32x", "uint", "4", "gint4",
                           "f32", "int99999999999999999999", "int4g99999999999999999999", "uuint4"})
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
  for (const char *name : {"int2g64", "int3g64", "uint2g64", "uint4g64", "int4"}) {
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

TEST(Algorithm, NamesAreFound) {
  for (const Algorithm *algorithm : algorithms())
    EXPECT_EQ(findAlgorithm(algorithm->name()), algorithm);
  EXPECT_EQ(findAlgorithm("awq"), nullptr);
  EXPECT_TRUE(findAlgorithm("gptq")->needsInputs());
  EXPECT_FALSE(findAlgorithm(kWithoutInputs)->needsInputs());
}

} // namespace
