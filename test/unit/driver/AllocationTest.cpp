//===- AllocationTest.cpp - steps for sites ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Allocation.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace rheobase;

namespace {

constexpr unsigned kSteps = 8;

SiteCost site(double activations, double error, double spikes = 3) {
  return {activations, error, spikes, kSteps};
}

TEST(AllocationTest, ModelQuartersSquaresAndAddsHalfASpike) {
  SiteCost sites[] = {site(100, 1e-4), site(300, 2e-4)};
  EXPECT_DOUBLE_EQ(modelledError(sites, {8, 8}), 3e-4);
  EXPECT_DOUBLE_EQ(modelledError(sites, {9, 7}), 0.25e-4 + 8e-4);
  EXPECT_DOUBLE_EQ(modelledSpikes(sites, {8, 8}), 3);
  EXPECT_DOUBLE_EQ(modelledSpikes(sites, {10, 8}), 3.25);
  EXPECT_DOUBLE_EQ(meanSteps(sites, {10, 6}), 7);
  sites[1].more = 0.04; // a hundredth of its elements has four more
  EXPECT_DOUBLE_EQ(meanSteps(sites, {10, 6}), 7.03);
}

TEST(AllocationTest, GivesStepsWhereTheyBringMost) {
  // Of equal size the worse site gets more; of equal error the smaller one.
  SiteCost worse[] = {site(100, 1e-4), site(100, 16e-4)};
  Allocation steps = allocate(worse, {PlanGoal::Kind::Planes, 8});
  EXPECT_EQ(steps, (Allocation{7, 9}));
  SiteCost smaller[] = {site(1600, 1e-4), site(100, 1e-4)};
  steps = allocate(smaller, {PlanGoal::Kind::Error, std::sqrt(2e-4)});
  EXPECT_GT(steps[1], steps[0]);
}

TEST(AllocationTest, ErrorIsReachedWithNoStepToSpare) {
  std::vector<SiteCost> sites;
  for (int i = 1; i <= 20; ++i)
    sites.push_back(site(10.0 * i, 1e-6 * i * i));
  constexpr double wanted = 0.02;
  Allocation steps = allocate(sites, {PlanGoal::Kind::Error, wanted});
  EXPECT_LE(modelledError(sites, steps), wanted * wanted * (1 + 1e-6));
  // Within a quarter of the square: a step less somewhere would miss it by more.
  EXPECT_GE(modelledError(sites, steps), wanted * wanted / 4);
}

TEST(AllocationTest, CostStaysWithinItsLimitAndFillsIt) {
  std::vector<SiteCost> sites;
  for (int i = 1; i <= 20; ++i)
    sites.push_back(site(10.0 * i, 1e-6 * (21 - i), 2.5));
  Allocation planes = allocate(sites, {PlanGoal::Kind::Planes, 7.5});
  EXPECT_LE(meanSteps(sites, planes), 7.5);
  EXPECT_GE(meanSteps(sites, planes), 7.45);
  Allocation spikes = allocate(sites, {PlanGoal::Kind::Spikes, 2.2});
  EXPECT_LE(modelledSpikes(sites, spikes), 2.2);
  EXPECT_GE(modelledSpikes(sites, spikes), 2.15);
}

/// The greedy choice is the best one: errors are convex in the steps.
TEST(AllocationTest, NoOtherChoiceOfEqualCostIsBetter) {
  SiteCost sites[] = {site(100, 3e-5), site(100, 1e-6), site(100, 8e-4)};
  constexpr double limit = 7;
  double chosen = modelledError(sites, allocate(sites, {PlanGoal::Kind::Planes, limit}));
  for (unsigned a = kFewestChosen; a <= kMostChosen; ++a)
    for (unsigned b = kFewestChosen; b <= kMostChosen; ++b)
      for (unsigned c = kFewestChosen; c <= kMostChosen; ++c)
        if (meanSteps(sites, {a, b, c}) <= limit)
          EXPECT_GE(modelledError(sites, {a, b, c}), chosen * (1 - 1e-12));
}

TEST(AllocationTest, WhatCannotBeReachedIsApproached) {
  SiteCost sites[] = {site(100, 1e-2), site(100, 1e-2)};
  EXPECT_EQ(allocate(sites, {PlanGoal::Kind::Error, 1e-9}), (Allocation{kMostChosen, kMostChosen}));
  EXPECT_EQ(allocate(sites, {PlanGoal::Kind::Planes, 1}), (Allocation{kFewestChosen, kFewestChosen}));
  EXPECT_TRUE(allocate({}, {PlanGoal::Kind::Planes, 8}).empty());
}

TEST(AllocationTest, EqualSitesAreTakenInTheirOrder) {
  SiteCost sites[] = {site(100, 1e-4), site(100, 1e-4), site(100, 1e-4)};
  EXPECT_EQ(allocate(sites, {PlanGoal::Kind::Planes, 8.4}), (Allocation{9, 8, 8}));
}

} // namespace
