//===- WeightAllocationTest.cpp - formats by what they cost and lose -----===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/WeightAllocation.h"

#include "gtest/gtest.h"

#include <limits>

using namespace rheobase;

namespace {

constexpr double kAll = std::numeric_limits<double>::infinity();

/// A sensitive site, one that loses little, and one with a single format.
const std::vector<std::vector<FormatCost>> kSites = {
    {{10, 8}, {20, 2}, {40, 0}}, {{10, 0.4}, {20, 0.1}, {40, 0}}, {{5, 0}}};

TEST(WeightAllocation, SpendsBytesWhereTheyBringMost) {
  EXPECT_EQ(allocateFormats(kSites, 25, 0), (FormatChoice{0, 0, 0}));
  EXPECT_EQ(allocateFormats(kSites, 35, 0), (FormatChoice{1, 0, 0}));
  EXPECT_EQ(allocateFormats(kSites, 55, 0), (FormatChoice{2, 0, 0}));
  EXPECT_EQ(allocateFormats(kSites, kAll, 0), (FormatChoice{2, 2, 0}));
  EXPECT_DOUBLE_EQ(bytesOf(kSites, {2, 2, 0}), 85);
}

TEST(WeightAllocation, StopsWhereItIsEnough) {
  FormatChoice found = allocateFormats(kSites, kAll, 3);
  EXPECT_EQ(found, (FormatChoice{1, 0, 0}));
  EXPECT_DOUBLE_EQ(errorOf(kSites, found), 2.4);
}

/// What cannot fit is the smallest there is, for the caller to see.
TEST(WeightAllocation, TakesTheSmallestWhereNothingFits) {
  EXPECT_EQ(allocateFormats(kSites, 1, 0), (FormatChoice{0, 0, 0}));
  EXPECT_TRUE(allocateFormats({}, 1, 0).empty());
}

} // namespace
