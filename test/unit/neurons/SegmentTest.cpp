//===- SegmentTest.cpp - clamped segments --------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grid.h"

#include "rheobase/Neurons/Composite.h"
#include "rheobase/Neurons/Neuron.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

using namespace rheobase::neurons;

namespace {

FitRequest segmentRequest(const char *function, int bases, int steps) {
  FitRequest request;
  request.kind = "segment";
  request.function = function;
  request.bases = bases;
  request.steps = steps;
  return request;
}

double rmsOnNormalOf(double (*value)(double), const std::function<float(float)> &approximation) {
  double sum = 0, weight = 0;
  for (double x : grid<double>(-7, 7, 1e-3)) {
    double density = std::exp(-x * x / 2), error = approximation(static_cast<float>(x)) - value(x);
    sum += density * error * error;
    weight += density;
  }
  return std::sqrt(sum / weight);
}

} // namespace

TEST(Segment, IsTheFoldedForm) {
  for (int steps : {1, 2, 8, 16}) {
    Table table = fit(segmentRequest("gelu", 4, steps))->table;
    size_t count = static_cast<size_t>(steps);
    float most = static_cast<float>(1 << (steps - 1));
    for (float x : grid<float>(-9, 9, 0.00371f)) {
      float y = table.bias;
      int spikeCount = 0;
      for (size_t k = 0; k < 4; ++k) {
        float q = std::nearbyintf((x - table.bases[k].offset) * table.bases[k].scale);
        q = std::fmin(std::fmax(q, 0.0f), most);
        y = y + table.outputs[count * k + count - 1] * q;
        spikeCount += q == most ? 1 : __builtin_popcount(static_cast<unsigned>(q));
      }
      ASSERT_EQ(evaluate(table, x), y) << steps << ' ' << x;
      ASSERT_EQ(spikes(table, x), spikeCount);
    }
  }
}

TEST(Segment, TimeFormIsTheFoldedForm) {
  // Thresholds and resets are binary digits in units of the last step: the clocked neuron with a hard reset after step
  // 0 counts q, and its outputs add up to the value.
  Table table = fit(segmentRequest("silu", 8, 8))->table;
  for (float x : grid<float>(-9, 9, 0.0113f)) {
    std::vector<uint8_t> train = spikeTrain(table, x);
    double y = table.bias;
    for (size_t k = 0; k < 8; ++k) {
      float v = (x - table.bases[k].offset) * table.bases[k].scale;
      float u = std::nearbyintf(std::fmin(std::fmax(v, 0.0f), 128.0f));
      bool silent = false;
      for (size_t t = 0; t < 8; ++t) {
        bool fired = !silent && u >= table.thresholds[8 * k + t];
        silent |= t == 0 && fired;
        u -= fired ? table.resets[8 * k + t] : 0;
        ASSERT_EQ(train[8 * k + t], fired) << x << ' ' << k << ' ' << t;
        y += fired ? table.outputs[8 * k + t] : 0;
      }
    }
    EXPECT_NEAR(evaluate(table, x), y, 1e-5);
  }
}

TEST(Segment, TiesGoToEven) {
  Table table = findKind("segment")->expand({1, 3, {-8, 8}}, {0, -8, 0.25f, 4});
  ASSERT_FALSE(check(table));
  // q = roundeven((x + 8) / 4) at x = -6, -2, 2, 6.
  EXPECT_EQ(spikeTrain(table, -6), (std::vector<uint8_t>{0, 0, 0}));
  EXPECT_EQ(spikeTrain(table, -2), (std::vector<uint8_t>{0, 1, 0}));
  EXPECT_EQ(spikeTrain(table, 2), (std::vector<uint8_t>{0, 1, 0}));
  EXPECT_EQ(spikeTrain(table, 6), (std::vector<uint8_t>{1, 0, 0}));
}

TEST(Segment, SaturatedSegmentsSpikeOnce) {
  Table table = fit(segmentRequest("square", 8, 8))->table;
  EXPECT_EQ(spikes(table, 8), 8);
  EXPECT_EQ(spikes(table, -8), 0);
}

TEST(Segment, FitsToCalibrationInputs) {
  FitRequest request = segmentRequest("gelu", 4, 8);
  std::vector<float> seen;
  for (int i = 0; i < 500; ++i)
    seen.push_back(static_cast<float>(i) / 500 - 1);
  Table plain = fit(request)->table;
  request.calibration = seen;
  Table fitted = fit(request)->table;
  EXPECT_LT(measure(fitted, "gelu", seen)->rmsNatural, 0.8 * measure(plain, "gelu", seen)->rmsNatural);
}

TEST(Composite, GeluIsReluMinusBump) {
  const Decomposition *gelu = decompositionOf("gelu");
  ASSERT_TRUE(gelu);
  EXPECT_EQ(gelu->reduction.name, "relu_minus");
  struct Case {
    int bases, steps;
    double rms;
  };
  // Section 3.8, the relu by an identity code of range 8.
  for (Case c :
       {Case{4, 8, 7.6e-3}, Case{4, 10, 4.2e-3}, Case{8, 10, 2.0e-3}, Case{8, 12, 1.3e-3}, Case{16, 12, 5.0e-4}}) {
    Table bump = fit(segmentRequest("gelu_bump", c.bases, c.steps))->table;
    Table code = *identityTable(c.steps, 8, true);
    double rms = rmsOnNormalOf(findFunction("gelu")->value,
                               [&](float x) { return (x > 0 ? evaluate(code, x) : 0) - evaluate(bump, std::fabs(x)); });
    EXPECT_LE(rms, 1.1 * c.rms) << c.bases << ' ' << c.steps;
  }
}

TEST(Composite, SiluIsReluMinusBump) {
  struct Case {
    int bases, steps;
    double rms;
  };
  for (Case c : {Case{4, 8, 8.7e-3}, Case{8, 10, 2.6e-3}, Case{16, 12, 6.4e-4}}) {
    Table bump = fit(segmentRequest("silu_bump", c.bases, c.steps))->table;
    Table code = *identityTable(c.steps, 8, true);
    double rms = rmsOnNormalOf(findFunction("silu")->value,
                               [&](float x) { return (x > 0 ? evaluate(code, x) : 0) - evaluate(bump, std::fabs(x)); });
    EXPECT_LE(rms, 1.1 * c.rms) << c.bases << ' ' << c.steps;
  }
}

TEST(Composite, TanhIsOdd) {
  EXPECT_EQ(decompositionOf("tanh")->reduction.name, "odd");
  struct Case {
    int bases, steps;
    double rms;
  };
  for (Case c : {Case{4, 8, 7.8e-3}, Case{8, 8, 2.0e-3}, Case{8, 10, 1.7e-3}}) {
    Table half = fit(segmentRequest("tanh_odd", c.bases, c.steps))->table;
    double rms = rmsOnNormalOf(findFunction("tanh")->value, [&](float x) {
      float y = evaluate(half, std::fabs(x));
      return x < 0 ? -y : y;
    });
    EXPECT_LE(rms, 1.1 * c.rms) << c.bases << ' ' << c.steps;
  }
}
