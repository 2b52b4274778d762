//===- FunctionTest.cpp - reference values -------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Grid.h"

#include "rheobase/Neurons/Function.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace rheobase::neurons;

TEST(Arithmetic, AgreesWithTheLibrary) {
  for (double x : grid<double>(-30, 30, 0.0173)) {
    EXPECT_NEAR(arithmetic::exp(x) / std::exp(x), 1, 1e-14);
    EXPECT_NEAR(arithmetic::erf(x), std::erf(x), 2e-15);
    EXPECT_NEAR(arithmetic::tanh(x), std::tanh(x), 1e-15);
  }
  for (double e : grid<double>(-14, 14, 0.31)) {
    double x = std::exp(e);
    EXPECT_NEAR(arithmetic::log(x), std::log(x), 4e-15 * (1 + std::fabs(std::log(x))));
  }
  for (double p : grid<double>(1e-6, 1, 0.00371))
    EXPECT_NEAR(0.5 * std::erfc(-arithmetic::normalQuantile(p) / std::sqrt(2.0)), p, 1e-12);
}

TEST(Arithmetic, EndsAreFinite) {
  EXPECT_EQ(arithmetic::exp(-1000), 0);
  EXPECT_TRUE(std::isfinite(arithmetic::exp(1e9)));
  EXPECT_EQ(arithmetic::erf(1e9), 1);
  EXPECT_EQ(arithmetic::erf(-1e9), -1);
  EXPECT_EQ(arithmetic::tanh(-1e9), -1);
}

TEST(Function, ValuesAreTheKnownOnes) {
  struct Case {
    const char *name;
    double (*value)(double);
  };
  auto gelu = [](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  auto geluTanh = [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); };
  const Case cases[] = {
      {"gelu", gelu},
      {"gelu_tanh", geluTanh},
      {"silu", [](double x) { return x / (1 + std::exp(-x)); }},
      {"tanh", [](double x) { return std::tanh(x); }},
      {"tanh_odd", [](double x) { return std::tanh(x); }},
      {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"sigmoid_odd", [](double x) { return 1 / (1 + std::exp(-x)) - 0.5; }},
      {"exp2", [](double x) { return std::exp2(x); }},
      {"exp", [](double x) { return std::exp(x); }},
      {"reciprocal", [](double x) { return 1 / x; }},
      {"rsqrt", [](double x) { return 1 / std::sqrt(x); }},
      {"square", [](double x) { return x * x; }},
      {"square_even", [](double x) { return x * x; }},
      {"identity", [](double x) { return x; }},
      {"relu", [](double x) { return x > 0 ? x : 0; }},
  };
  for (const Case &c : cases) {
    const Function *function = findFunction(c.name);
    ASSERT_TRUE(function) << c.name;
    for (double p : grid<double>(0, 1, 0.01)) {
      double x = function->interval.lower + p * (function->interval.upper - function->interval.lower);
      EXPECT_NEAR(function->value(x), c.value(x), 1e-14 * (1 + std::fabs(c.value(x)))) << c.name << ' ' << x;
    }
  }
}

TEST(Function, FlatEndsAreFlat) {
  for (const Function &function : functions())
    for (double away : {1.0, 5.0, 100.0}) {
      double lower = function.interval.lower, upper = function.interval.upper;
      if (function.flatBelow) {
        EXPECT_NEAR(function.value(lower - away), function.value(lower), 4e-4) << function.name;
      }
      if (function.flatAbove) {
        EXPECT_NEAR(function.value(upper + away), function.value(upper), 4e-4) << function.name;
      }
    }
}
