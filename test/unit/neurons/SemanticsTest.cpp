//===- SemanticsTest.cpp - what a table means, in float32 ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grid.h"

#include "rheobase/Neurons/Neuron.h"

#include <gtest/gtest.h>

#include <bitset>
#include <cmath>
#include <limits>

using namespace rheobase::neurons;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Table fitted(const char *kind, const char *function, int bases, int steps) {
  FitRequest request;
  request.kind = kind;
  request.function = function;
  request.bases = bases;
  request.steps = steps;
  request.budget = 2000;
  Result<FitResult> result = fit(request);
  EXPECT_TRUE(result) << result.error();
  return result->table;
}

Table identity(int steps, float range, bool rounded = false) {
  return *identityTable(steps, range, rounded);
}

} // namespace

TEST(Identity, TestVector22) {
  Table table = identity(4, 1);
  EXPECT_EQ(table.thresholds, (std::vector<float>{0.5f, 0.25f, 0.125f, 0.0625f}));
  EXPECT_EQ(spikeTrain(table, 0.8125f), (std::vector<uint8_t>{1, 1, 0, 1}));
  EXPECT_EQ(evaluate(table, 0.8125f), 0.8125f);
  for (int i = 0; i < 4096; ++i) {
    float x = static_cast<float>(i) / 4096, error = x - evaluate(table, x);
    EXPECT_GE(error, 0);
    EXPECT_LT(error, 0x1p-4f);
  }
}

TEST(Identity, IsTheFoldedIntegerForm) {
  // The published ReLU code: alpha = 25, ten steps, floor(x 2^K / alpha).
  Table table = identity(10, 25);
  for (int i = 0; i <= 10000; ++i) {
    float x = static_cast<float>(i) * 0.0025f;
    int code = std::min(static_cast<int>(std::floor(x * 1024 / 25)), 1023);
    // A float threshold loop may take a tie the other way.
    EXPECT_NEAR(evaluate(table, x), static_cast<float>(code) * 25 / 1024, 25.0f / 1024 + 1e-5f);
    EXPECT_GE(x + 1e-5f, evaluate(table, x));
  }
}

TEST(Identity, RoundingHalvesTheError) {
  // Section 3.6: LSB / sqrt(12) with half a unit added, twice that without; mean spikes are popcounts. |x| for x of
  // N(0, 1).
  struct Case {
    int steps;
    float range;
    double rms, spikes;
  };
  for (Case c : {Case{4, 8, 0.144, 1.0}, Case{6, 8, 3.6e-2, 1.75}, Case{8, 8, 9.0e-3, 2.7}, Case{10, 8, 2.3e-3, 3.6},
                 Case{12, 8, 5.6e-4, 4.6}, Case{8, 62, 7.0e-2, 1.35}, Case{12, 62, 4.4e-3, 3.2}}) {
    Table rounded = identity(c.steps, c.range, true), floored = identity(c.steps, c.range);
    double sums[3] = {}, weight = 0;
    for (double x : grid<double>(0, 6, 1e-4)) {
      double density = std::exp(-x * x / 2);
      float input = static_cast<float>(x);
      double error = evaluate(rounded, input) - x, floorError = evaluate(floored, input) - x;
      sums[0] += density * error * error;
      sums[1] += density * floorError * floorError;
      sums[2] += density * spikes(rounded, input);
      weight += density;
    }
    EXPECT_NEAR(std::sqrt(sums[0] / weight) / c.rms, 1, 0.05) << c.steps << ' ' << c.range;
    EXPECT_NEAR(std::sqrt(sums[1] / sums[0]), 2, 0.2);
    EXPECT_NEAR(sums[2] / weight, c.spikes, 0.06 * c.spikes + 0.01);
  }
}

TEST(Recurrence, IsTheWrittenOrder) {
  for (const char *function : {"gelu", "tanh", "exp2"}) {
    Table table = fitted("mbe", function, 3, 7);
    for (float x : grid<float>(table.interval.lower, table.interval.upper, 0.01f)) {
      float y = table.bias;
      int count = 0;
      for (size_t n = 0; n < 3; ++n) {
        Feed feed = table.bases[n].feed;
        float fed = feed == Feed::Signed     ? x
                    : feed == Feed::Positive ? std::fmax(x, 0.0f)
                    : feed == Feed::Negative ? std::fmax(-x, 0.0f)
                                             : std::fabs(x);
        float u = fed - table.bases[n].offset;
        for (size_t t = 0; t < 7; ++t) {
          float s = u >= table.thresholds[7 * n + t] ? 1 : 0;
          u = u - table.resets[7 * n + t] * s;
          y = y + table.outputs[7 * n + t] * s;
          count += s > 0;
        }
      }
      ASSERT_EQ(evaluate(table, x), y) << function << ' ' << x;
      ASSERT_EQ(spikes(table, x), count);
    }
  }
}

TEST(AllKinds, EndsAndNaNAreDefined) {
  for (const Neuron *kind : kinds()) {
    Table table = fitted(std::string(kind->name()).c_str(), "gelu", kind->maxBases() == 1 ? 1 : 4, 8);
    float lower = evaluate(table, table.interval.lower), upper = evaluate(table, table.interval.upper);
    EXPECT_EQ(evaluate(table, kNaN), lower) << kind->name();
    EXPECT_EQ(evaluate(table, -kInfinity), lower);
    EXPECT_EQ(evaluate(table, -1e30f), lower);
    EXPECT_EQ(evaluate(table, kInfinity), upper);
    EXPECT_EQ(evaluate(table, 1e30f), upper);
    EXPECT_EQ(spikes(table, kNaN), spikes(table, table.interval.lower));
    EXPECT_EQ(spikes(table, kInfinity), spikes(table, table.interval.upper));
  }
}

TEST(Mbe, TablesDecayExponentially) {
  struct Case {
    const char *kind, *variant;
  };
  const Case cases[] = {
      {"mbe", "literal"},    {"mbe", "shared"},    {"mbe-ext", "shared"},       {"mbe-ext", "basis"},
      {"mbe-ext", "offset"}, {"mbe-ext", "split"}, {"mbe-ext", "split-offset"}, {"mbe-ext", "rectified"},
  };
  for (auto [kind, variant] : cases) {
    FitRequest request;
    request.kind = kind;
    request.function = "gelu";
    request.variant = variant;
    request.bases = 4;
    request.steps = 6;
    request.budget = 1000;
    Result<FitResult> result = fit(request);
    ASSERT_TRUE(result) << result.error();
    const Table &table = result->table;
    for (const std::vector<float> *values : {&table.thresholds, &table.resets, &table.outputs})
      for (size_t n = 0; n < 4; ++n) {
        float decay = (*values)[6 * n + 1] / (*values)[6 * n];
        if ((*values)[6 * n] == 0)
          continue;
        EXPECT_GT(decay, 0);
        EXPECT_LT(decay, 1);
        for (size_t t = 1; t < 6; ++t)
          EXPECT_NEAR((*values)[6 * n + t] / (*values)[6 * n + t - 1], decay, 1e-5);
      }
    for (size_t n = 0; n < 4; ++n) {
      EXPECT_EQ(table.thresholds[6 * n], table.resets[6 * n]);
      if (std::string(variant) == "shared") {
        EXPECT_EQ(table.thresholds[6 * n], table.thresholds[0]);
        EXPECT_EQ(table.bases[n].offset, -8);
      }
      if (std::string(variant) == "literal") {
        EXPECT_EQ(table.thresholds[6 * n], table.thresholds[0]);
        EXPECT_EQ(table.bases[n].offset, 0);
        EXPECT_EQ(table.bases[n].feed, Feed::Signed);
        EXPECT_EQ(table.bias, 0);
      }
    }
  }
}
