//===- RequestTest.cpp - requests and their errors -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Neuron.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

using namespace rheobase::neurons;

namespace {

FitRequest goodRequest() {
  FitRequest request;
  request.kind = "mbe";
  request.function = "gelu";
  request.steps = 4;
  request.budget = 500;
  return request;
}

} // namespace

TEST(Request, ErrorsAreValues) {
  struct Case {
    std::function<void(FitRequest &)> change;
    const char *error;
  };
  const Case cases[] = {
      {[](FitRequest &r) { r.kind = "lif"; },
       "unknown kind of neuron 'lif', expected one of mbe, mbe-ext, fs, segment"},
      {[](FitRequest &r) { r.function = "mish"; }, "unknown function 'mish', expected one of gelu, "},
      {[](FitRequest &r) { r.steps = 0; }, "a neuron of 0 steps was asked for, expected 1 to 16"},
      {[](FitRequest &r) { r.steps = 17; }, "a neuron of 17 steps was asked for, expected 1 to 16"},
      {[](FitRequest &r) { r.bases = -1; }, "with -1 bases was asked for, expected 1 to 64"},
      {[](FitRequest &r) { r.bases = 65; }, "with 65 bases was asked for, expected 1 to 64"},
      {[](FitRequest &r) {
         r.kind = "fs";
         r.bases = 2;
       },
       "kind fs with 2 bases was asked for, expected 1 to 1"},
      {[](FitRequest &r) { r.variant = "free"; },
       "kind mbe has no variant 'free' with 4 bases on [-8, 8], expected one of literal, shared"},
      {[](FitRequest &r) {
         r.kind = "mbe-ext";
         r.variant = "split";
         r.bases = 1;
       },
       "no variant 'split' with 1 bases"},
      {[](FitRequest &r) {
         r.kind = "mbe-ext";
         r.variant = "rectified";
         r.interval = Interval{1, 2};
       },
       "no variant 'rectified' with 4 bases on [1, 2]"},
      {[](FitRequest &r) { r.interval = Interval{2, 2}; }, "[2, 2] is narrower than 1e-6, expected lower < upper"},
      {[](FitRequest &r) { r.interval = Interval{2, -2}; }, "[2, -2] is narrower"},
      {[](FitRequest &r) { r.interval = Interval{NAN, 2}; }, "expected ends between -1e6 and 1e6"},
      {[](FitRequest &r) { r.interval = Interval{0, INFINITY}; }, "expected ends between -1e6 and 1e6"},
      {[](FitRequest &r) {
         r.function = "reciprocal";
         r.interval = Interval{0, 1};
       },
       "function reciprocal is not defined on all of [0, 1], expected an interval above 0"},
      {[](FitRequest &r) {
         r.function = "exp";
         r.interval = Interval{0, 500};
       },
       "function exp exceeds 1e30 on [0, 500], expected a narrower interval"},
      {[](FitRequest &r) { r.calibration = {0, 1, NAN}; }, "calibration input 2 is nan, expected a finite number"},
      {[](FitRequest &r) { r.budget = -5; }, "a budget of -5 candidates was given, expected 0 (default) or more"},
  };
  EXPECT_TRUE(fit(goodRequest()));
  for (const Case &c : cases) {
    FitRequest request = goodRequest();
    c.change(request);
    Result<FitResult> result = fit(request);
    ASSERT_FALSE(result) << c.error;
    EXPECT_NE(result.error().find(c.error), std::string::npos) << result.error();
    EXPECT_EQ(neuronFor(request).error(), result.error());
  }
}

TEST(Request, MeasuringHasErrorsToo) {
  Table table = *identityTable(4, 1);
  EXPECT_NE(measure(table, "mish").error().find("unknown function"), std::string::npos);
  EXPECT_NE(measure(Table(), "gelu").error().find("unknown kind"), std::string::npos);
  EXPECT_NE(measure(table, "reciprocal").error().find("not defined on all of [0, 1]"), std::string::npos);
  EXPECT_NE(measure(table, "relu", {INFINITY}).error().find("calibration input 0"), std::string::npos);
  EXPECT_NE(rmsOnNormal(table, "rsqrt", 1).error().find("not defined for all inputs"), std::string::npos);
  EXPECT_NE(rmsOnNormal(table, "mish", 1).error().find("unknown function"), std::string::npos);
  EXPECT_FALSE(identityTable(0, 1));
  EXPECT_FALSE(identityTable(17, 1));
  EXPECT_FALSE(identityTable(4, -1));
  EXPECT_FALSE(identityTable(4, NAN));
}

TEST(Request, HardOnesStillGiveTables) {
  for (const char *kind : {"mbe", "mbe-ext", "fs", "segment"})
    for (int steps : {1, 16})
      for (const char *function : {"gelu", "relu", "reciprocal"}) {
        FitRequest request = goodRequest();
        request.kind = kind;
        request.function = function;
        request.steps = steps;
        request.bases = 1;
        Result<FitResult> result = fit(request);
        ASSERT_TRUE(result) << result.error();
        EXPECT_FALSE(check(result->table));
        // Constant where all inputs are the same.
        request.calibration = {0.75f};
        request.interval = Interval{0.5f, 0.50001f};
        EXPECT_TRUE(fit(request));
      }
  FitRequest wide = goodRequest();
  wide.interval = Interval{-1e6f, 1e6f};
  for (const char *kind : {"mbe", "mbe-ext", "fs", "segment"}) {
    wide.kind = kind;
    EXPECT_TRUE(fit(wide));
  }
}
