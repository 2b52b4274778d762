//===- ReportTest.cpp - axes, plots, energies ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Report/Report.h"
#include "lib/Report/Svg.h"

#include "gtest/gtest.h"

using namespace rheobase::report;

TEST(Axis, PlacesNumbersEvenlyOrByTheirLogarithms) {
  Axis even{"", -2, 6};
  EXPECT_DOUBLE_EQ(even.place(-2), 0);
  EXPECT_DOUBLE_EQ(even.place(4), 0.75);
  EXPECT_DOUBLE_EQ(even.place(7), 1);
  Axis log{"", 0.01, 100, true};
  EXPECT_DOUBLE_EQ(log.place(1), 0.5);
  EXPECT_DOUBLE_EQ(log.place(0), 0);
  EXPECT_DOUBLE_EQ((Axis{"", 3, 3}).place(3), 0);
}

TEST(Axis, TicksAreFewRoundNumbersWithin) {
  EXPECT_EQ((Axis{"", 0, 7}).ticks(), (std::vector<double>{0, 2, 4, 6}));
  EXPECT_EQ((Axis{"", 0.5, 3.5}).ticks(), (std::vector<double>{0.5, 1, 1.5, 2, 2.5, 3, 3.5}));
  EXPECT_EQ((Axis{"", 0.1, 100, true}).ticks().size(), 4U);
  EXPECT_LE((Axis{"", 1e-20, 1e20, true}).ticks().size(), 7U);
}

TEST(Axis, DecadesHoldThePositiveNumbers) {
  Axis axis = Axis::decades("", {0, 0.02, 3, -1});
  EXPECT_DOUBLE_EQ(axis.low, 0.01);
  EXPECT_DOUBLE_EQ(axis.high, 10);
  Axis none = Axis::decades("", {0, 0});
  EXPECT_LT(none.low, none.high);
}

TEST(Plot, ShapesLieWhereTheAxesSay) {
  Plot plot(174, 164, {"x", 0, 10}, {"y", 0, 1});
  plot.dot(5, 0.5, "first", "a < b");
  std::string text;
  llvm::raw_string_ostream os(text);
  plot.write(os);
  // 100 pixels each way inside the frame, whose corner is at (62, 24).
  EXPECT_NE(text.find("<circle cx=\"112.0\" cy=\"74.0\""), std::string::npos) << text;
  EXPECT_NE(text.find("<title>a &lt; b</title>"), std::string::npos);
}

TEST(Numbers, AreShort) {
  EXPECT_EQ(shortNumber(0.000123456), "0.0001235");
  EXPECT_EQ(shortNumber(1234567), "1.235e+06");
  EXPECT_EQ(shortNumber(2), "2");
}

TEST(Energies, AreCountsTimesConstants) {
  OperationCounts counts;
  counts.weightMacs = 900;
  counts.productMacs = 100;
  counts.synapticAdditions = 2000;
  counts.productAdditions = 300;
  counts.productAdditionsByRates = 400;
  counts.neuronSpikes = 50;
  counts.bits = 8;
  std::vector<Energy> all = energies(counts);
  const Energy &f32 = all.front(), &literal = all.back();
  EXPECT_DOUBLE_EQ(f32.ann, 1000 * 4.6e-12);
  EXPECT_NEAR(f32.snn(), 2350 * 0.9e-12, 1e-20);
  EXPECT_NEAR(f32.quantisedAnn, 1000 * 0.3e-12, 1e-20);
  EXPECT_NEAR(literal.snn() - f32.snn(), 100 * 0.9e-12, 1e-20);
  // The multiplier of half the bits costs half.
  counts.bits = 4;
  EXPECT_NEAR(energies(counts).front().quantisedAnn, 1000 * 0.2e-12, 1e-20);
}

TEST(Sites, RatesOfNothingAreZero) {
  Site site;
  site.planeSpikes = {0};
  EXPECT_EQ(site.spikesPerActivation(), 0);
  EXPECT_EQ(site.planeDensity(0), 0);
  EXPECT_EQ(site.clipRate(), 0);
}
