//===- StatisticsTest.cpp - what calibration learns of a site ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Statistics.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace rheobase;

namespace {

std::vector<float> count(size_t size) {
  std::vector<float> values(size);
  for (size_t i = 0; i < size; ++i)
    values[i] = static_cast<float>(i);
  return values;
}

TEST(Histogram, BinsAreEighthsOfAnOctave) {
  EXPECT_EQ(Histogram::edge(0), 0);
  EXPECT_EQ(Histogram::edge(32 * 8), 1.0f);
  EXPECT_EQ(Histogram::edge(32 * 8 + 1), 1.125f);
  EXPECT_EQ(Histogram::edge(33 * 8), 2.0f);
  Histogram histogram;
  for (float value : {0.0f, 1e-30f, 1.0f, 1.1f, 1.125f, 1e25f})
    histogram.add(value);
  EXPECT_EQ(histogram.count(0), 2u);
  EXPECT_EQ(histogram.count(32 * 8), 2u);
  EXPECT_EQ(histogram.count(32 * 8 + 1), 1u);
  EXPECT_EQ(histogram.count(Histogram::kBins - 1), 1u);
  EXPECT_EQ(histogram.total(), 6u);
}

TEST(Histogram, PercentileEndsItsBin) {
  Histogram histogram;
  for (int i = 0; i < 99; ++i)
    histogram.add(1.0f);
  histogram.add(100.0f);
  EXPECT_EQ(histogram.percentile(99), 1.125f);
  EXPECT_GE(histogram.percentile(99.5), 100.0f);
}

TEST(Histogram, LeastSquaresCutsOffWhatIsRareWhereStepsAreFew) {
  Histogram histogram;
  for (int i = 0; i < 100000; ++i)
    histogram.add(static_cast<float>(i) / 100000);
  histogram.add(50.0f);
  EXPECT_LT(histogram.leastSquares(50.0f, 7), 2.0f);
  EXPECT_EQ(histogram.leastSquares(50.0f, 65535), 50.0f);
}

TEST(SiteStatistics, ChannelsFollowTheRole) {
  std::vector<float> values = count(2 * 3 * 4);
  SiteStatistics linear, key, conv;
  linear.add("linear", values, {2, 3, 4}, std::nullopt);
  EXPECT_EQ(linear.peaks, (std::vector<float>{20, 21, 22, 23}));
  EXPECT_EQ(linear.low, 0);
  EXPECT_EQ(linear.high, 23);
  EXPECT_FLOAT_EQ(linear.meanSquares()[0], (0 + 16 + 64 + 144 + 256 + 400) / 6.0f);
  key.add("key", values, {2, 3, 4}, std::nullopt);
  EXPECT_EQ(key.peaks, (std::vector<float>{15, 19, 23}));
  conv.add("conv", values, {2, 3, 2, 2}, std::nullopt);
  EXPECT_EQ(conv.peaks, (std::vector<float>{15, 19, 23}));
}

TEST(SiteStatistics, ANumberIsOneChannel) {
  EXPECT_EQ(channelCount("neuron", {}), 1);
  SiteStatistics seen;
  seen.add("neuron", {-3}, {}, std::nullopt);
  EXPECT_EQ(seen.low, -3);
}

TEST(SiteStatistics, HeadsHaveChannelsOfTheirOwn) {
  std::vector<float> values = count(2 * 2 * 3 * 2);
  SiteStatistics value, key;
  value.add("value", values, {2, 2, 3, 2}, std::nullopt);
  EXPECT_EQ(value.peaks, (std::vector<float>{16, 17, 22, 23}));
  key.add("key", values, {2, 2, 3, 2}, std::nullopt);
  EXPECT_EQ(key.peaks, (std::vector<float>{13, 15, 17, 19, 21, 23}));
  EXPECT_EQ(channelCount("value", {-1, 2, -1, 2}), 4);
  EXPECT_EQ(channelCount("key", {-1, 2, 3, -1}), 6);
  EXPECT_EQ(channelCount("linear", {-1, 5, -1}), -1);
}

TEST(SiteStatistics, PaddingAndMasksDoNotCount) {
  std::vector<uint8_t> counts{1, 0, 1, 1, 1, 0};
  std::vector<float> values = count(2 * 3 * 2);
  values[0] = -std::numeric_limits<float>::infinity();
  values[1] = std::nanf("");
  SiteStatistics rows, columns;
  rows.add("linear", values, {2, 3, 2}, RowMask{counts, 3, 0, 1});
  EXPECT_EQ(rows.peaks, (std::vector<float>{8, 9}));
  EXPECT_EQ(rows.low, 4);
  EXPECT_EQ(rows.magnitudes.total(), 6u);
  columns.add("key", count(2 * 2 * 3), {2, 2, 3}, RowMask{counts, 3, 0, 2});
  EXPECT_EQ(columns.peaks, (std::vector<float>{7, 10}));
}

TEST(SiteStatistics, ChannelsThatVaryAreNotKept) {
  SiteStatistics site;
  site.add("linear", count(4), {2, 2}, std::nullopt);
  site.add("linear", count(6), {2, 3}, std::nullopt);
  site.add("linear", count(4), {2, 2}, std::nullopt);
  EXPECT_TRUE(site.peaks.empty());
  EXPECT_EQ(site.high, 5);
  SiteStatistics nothing;
  nothing.finish();
  EXPECT_EQ(nothing.low, 0);
  EXPECT_EQ(nothing.high, 0);
}

TEST(SiteStatistics, RowsOfLinearInputsAreSampledEvenly) {
  constexpr int64_t channels = 3, batches = 50, perBatch = 7;
  SiteStatistics site;
  std::vector<float> values(perBatch * channels);
  for (int64_t batch = 0; batch < batches; ++batch) {
    for (int64_t i = 0; i < perBatch; ++i)
      for (int64_t c = 0; c < channels; ++c)
        values[i * channels + c] = static_cast<float>(batch * perBatch + i);
    site.add("linear", values, {perBatch, channels}, std::nullopt);
  }
  llvm::ArrayRef<float> rows = site.rows.values();
  ASSERT_EQ(rows.size() % channels, 0u);
  size_t count = rows.size() / channels;
  EXPECT_GT(count, 32u);
  EXPECT_LE(count, 64u);
  float apart = rows[channels] - rows[0];
  for (size_t row = 0; row < count; ++row)
    for (int64_t c = 0; c < channels; ++c)
      EXPECT_EQ(rows[row * channels + c], apart * static_cast<float>(row));
  EXPECT_GE(apart * static_cast<float>(count + 1), batches * perBatch);
}

TEST(SiteStatistics, RowsOfMasksAndOfOtherRolesAreNotKept) {
  SiteStatistics site, other;
  std::vector<float> values = count(6);
  values[1] = -std::numeric_limits<float>::infinity();
  site.add("linear", values, {3, 2}, std::nullopt);
  EXPECT_EQ(site.rows.values(), llvm::ArrayRef<float>({2, 3, 4, 5}));
  other.add("query", values, {3, 2}, std::nullopt);
  EXPECT_TRUE(other.rows.values().empty());
}

} // namespace
