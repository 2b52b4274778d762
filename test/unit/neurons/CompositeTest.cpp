//===- CompositeTest.cpp - functions by way of a neuron -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grid.h"
#include "Requests.h"

#include "rheobase/Neurons/Composite.h"
#include "rheobase/Neurons/Function.h"
#include "rheobase/Neurons/Neuron.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace rheobase::neurons;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

} // namespace

TEST(Decomposition, Holds) {
  int found = 0;
  for (const Function &function : functions()) {
    const Decomposition *d = decompositionOf(function.name);
    if (!d)
      continue;
    ++found;
    const Function *part = findFunction(d->part);
    ASSERT_TRUE(part);
    double lowest = std::max(function.domainLower, -9.0);
    for (float x : grid<float>(static_cast<float>(lowest) + 0.01f, 70, 0.37f)) {
      if (!d->reduction.reaches(x) || function.value(x) > 1e6)
        continue;
      double whole = d->reduction.value(x, static_cast<float>(part->value(d->reduction.argument(x))));
      EXPECT_NEAR(whole, function.value(x), 1e-5 * (1 + std::fabs(function.value(x)))) << d->function << ' ' << x;
    }
  }
  EXPECT_EQ(found, 8);
  EXPECT_FALSE(decompositionOf("exp2"));
  EXPECT_FALSE(decompositionOf("mish"));
}

TEST(Decomposition, MantissasStayInTheirInterval) {
  for (const char *name : {"exp", "reciprocal", "rsqrt"}) {
    const Reduction &reduction = decompositionOf(name)->reduction;
    Interval own = findFunction(decompositionOf(name)->part)->interval;
    for (double exponent : grid<double>(-100, 100, 0.13)) {
      float x = static_cast<float>(std::string(name) == "exp" ? exponent * 0.8 : std::exp2(exponent));
      ASSERT_TRUE(reduction.reaches(x)) << name << ' ' << x;
      EXPECT_GE(reduction.argument(x), own.lower) << name << ' ' << x;
      EXPECT_LE(reduction.argument(x), own.upper) << name << ' ' << x;
    }
  }
}

TEST(Composite, ReducedFunctionsAreGoodEverywhere) {
  // The error of the mantissa's neuron, relative, over many orders of magnitude.
  for (const char *kind : {"mbe", "mbe-ext", "fs", "segment"}) {
    Composite inverse = *compositeFor(requestFor(kind, "reciprocal", 16));
    Composite root = *compositeFor(requestFor(kind, "rsqrt", 16)), power = *compositeFor(requestFor(kind, "exp", 16));
    EXPECT_EQ(power.part, "exp2");
    for (double e : grid<double>(-60, 60, 0.171)) {
      float x = static_cast<float>(std::exp2(e));
      EXPECT_NEAR(inverse.evaluate(x) * x, 1, 0.06) << kind << ' ' << x;
      EXPECT_NEAR(root.evaluate(x) * std::sqrt(x), 1, 0.06) << kind << ' ' << x;
      EXPECT_NEAR(power.evaluate(static_cast<float>(e)) / std::exp(e), 1, 0.06) << kind << ' ' << e;
    }
  }
}

TEST(Composite, EndsAreDefined) {
  Composite inverse = *compositeFor(requestFor("segment", "reciprocal", 8));
  for (float x : {0.0f, -1.0f, kNaN, kInfinity, 0x1p-140f, 0x1p126f}) {
    EXPECT_EQ(inverse.evaluate(x), 0) << x;
    EXPECT_EQ(inverse.spikes(x), 0) << x;
  }
  EXPECT_GT(inverse.evaluate(0x1p-126f), 0x1p125f);
  Composite root = *compositeFor(requestFor("segment", "rsqrt", 8));
  for (float x : {0.0f, -1.0f, kNaN, kInfinity})
    EXPECT_EQ(root.evaluate(x), 0) << x;
  Composite power = *compositeFor(requestFor("segment", "exp", 8));
  for (float x : {-kInfinity, -100.0f, kNaN})
    EXPECT_EQ(power.evaluate(x), 0) << x;
  EXPECT_TRUE(std::isfinite(power.evaluate(88)));
  EXPECT_GT(power.evaluate(kInfinity), 1e38f);
}

TEST(Composite, ActivationsAreFittedOnTheirInputs) {
  // By parts where the kind fits parts, and only as far as inputs reach.
  Composite gelu = *compositeFor(requestFor("segment", "gelu", 8, Interval{-3, 2}));
  EXPECT_EQ(gelu.part, "gelu_bump");
  EXPECT_EQ(gelu.fitted->table.interval, (Interval{0, 3}));
  EXPECT_EQ(compositeFor(requestFor("segment", "gelu", 8, Interval{-1, 40}))->fitted->table.interval, (Interval{0, 8}));
  Composite whole = *compositeFor(requestFor("mbe-ext", "gelu", 8, Interval{-3, 2}));
  EXPECT_EQ(whole.part, "gelu");
  EXPECT_EQ(whole.reduction->name, "direct");
  EXPECT_EQ(whole.fitted->table.interval, (Interval{-8, 8}));
  EXPECT_EQ(whole.evaluate(1.5f), evaluate(whole.fitted->table, 1.5f));
  EXPECT_EQ(whole.spikes(1.5f), spikes(whole.fitted->table, 1.5f));

  for (const char *function : {"gelu", "silu", "tanh", "sigmoid"}) {
    Interval seen = {-2.5f, 2};
    Composite narrow = *compositeFor(requestFor("segment", function, 8, seen));
    Composite wide = *compositeFor(requestFor("segment", function, 8));
    EXPECT_LT(measure(narrow, function, seen)->rmsUniform, 0.9 * measure(wide, function, seen)->rmsUniform) << function;
    EXPECT_EQ(compositeFor(requestFor("segment", function, 8, seen))->fitted, narrow.fitted);
  }
}

TEST(Composite, ExactIntervalsAreTakenAsTheyAre) {
  FitRequest request = requestFor("fs", "gelu", 3, Interval{-20, 5});
  EXPECT_EQ(compositeFor(request)->fitted->table.interval, (Interval{-8, 8}));
  request.exact = true;
  EXPECT_EQ(compositeFor(request)->fitted->table.interval, (Interval{-20, 5}));
}

TEST(Composite, ErrorsAreValues) {
  EXPECT_NE(compositeFor(requestFor("lif", "gelu", 8)).error().find("unknown kind"), std::string::npos);
  EXPECT_NE(compositeFor(requestFor("fs", "mish", 8)).error().find("unknown function"), std::string::npos);
  EXPECT_NE(compositeFor(requestFor("fs", "reciprocal", 8, Interval{-1, 1})).error().find("not defined on all of"),
            std::string::npos);
  Composite gelu = *compositeFor(requestFor("segment", "gelu", 8));
  EXPECT_NE(measure(gelu, "mish", {0, 1}).error().find("unknown function"), std::string::npos);
  EXPECT_NE(measure(gelu, "gelu", {1, 0}).error().find("narrower"), std::string::npos);
  EXPECT_NE(measure(gelu, "gelu", {0, 1}, {kNaN}).error().find("calibration input 0"), std::string::npos);
}
