//===- MathTest.cpp - accuracy of the expanded functions ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/Modules.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace rheobase;
using namespace rheobase::test;

namespace {

struct Function {
  const char *name;
  double (*reference)(double);
  float low, high;
  /// Bound of the error in units in the last place of the result.
  double ulps;
};

double inverseRoot(double x) {
  return 1 / std::sqrt(x);
}

std::string unaryModule(const std::string &op) {
  std::string type = "tensor<?xf32>";
  std::string body =
      "  %n = rt.symbol \"n\"\n  %e = tensor.empty(%n) : " + type + "\n" +
      generic("y", "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>", "parallel", "%x : " + type, "%e : " + type,
              "  ^bb0(%p: f32, %o: f32):\n    %0 = " + op + " %p : f32\n    linalg.yield %0 : f32", type);
  return mainModule({{"x", type, "n"}}, {type}, body, "%y", {"n"});
}

double ulpOf(double value) {
  int exponent;
  std::frexp(value, &exponent);
  return std::ldexp(1.0, std::max(exponent, -125) - 24);
}

class MathFunction : public testing::TestWithParam<Function> {};

TEST_P(MathFunction, IsAccurate) {
  const Function &f = GetParam();
  ProgramRunner runner(unaryModule(f.name));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<float> x = randomFloats(20000, f.low, f.high);
  for (size_t i = 0; i < 4000; ++i) // near zero and near one, where cancellation would show
    x[i] = i % 2 ? 1.0f + x[i] * 1e-3f : x[i] * 1e-3f;
  for (float &value : x)
    value = std::min(std::max(value, f.low), f.high);
  std::vector<float> y = runEverywhere(runner, {Array::of({20000}, x)})[0].as<float>();
  double worst = 0;
  float at = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    double expected = f.reference(x[i]), error = std::abs(y[i] - expected) / ulpOf(expected);
    if (!(error <= worst))
      worst = error, at = x[i];
  }
  RecordProperty("ulps", std::to_string(worst));
  EXPECT_LE(worst, f.ulps) << "at " << at;
}

INSTANTIATE_TEST_SUITE_P(
    All, MathFunction,
    testing::Values(Function{"math.exp", std::exp, -87, 88, 2}, Function{"math.exp", std::exp, -103, -87, 2},
                    Function{"math.exp2", std::exp2, -126, 127, 2}, Function{"math.expm1", std::expm1, -20, 88, 3},
                    Function{"math.log", std::log, 1e-38f, 4, 2}, Function{"math.log", std::log, 1e-45f, 1e-38f, 2},
                    Function{"math.log2", std::log2, 1e-3f, 100, 3}, Function{"math.log10", std::log10, 1e-3f, 1e6, 3},
                    Function{"math.log1p", std::log1p, -0.99f, 50, 3}, Function{"math.erf", std::erf, -5, 5, 3},
                    Function{"math.tanh", std::tanh, -12, 12, 3}, Function{"math.rsqrt", inverseRoot, 1e-30f, 100, 1.5},
                    Function{"math.sqrt", std::sqrt, 0, 100, 0.5}));

TEST(Math, SineAndCosineAreAbsolutelyAccurate) {
  for (auto [name, reference] : {std::make_pair("math.sin", static_cast<double (*)(double)>(std::sin)),
                                 std::make_pair("math.cos", static_cast<double (*)(double)>(std::cos))}) {
    ProgramRunner runner(unaryModule(name));
    ASSERT_TRUE(runner.ok()) << runner.error();
    for (float range : {1.0f, 100.0f, 40000.0f, 1e8f}) {
      std::vector<float> x = randomFloats(4000, -range, range);
      std::vector<float> y = runEverywhere(runner, {Array::of({4000}, x)})[0].as<float>();
      for (size_t i = 0; i < x.size(); ++i)
        ASSERT_NEAR(y[i], reference(x[i]), 1.5e-7) << name << " at " << x[i];
    }
  }
}

TEST(Math, Limits) {
  const float inf = INFINITY;
  struct Limit {
    const char *name;
    std::vector<std::pair<float, float>> values;
  };
  const Limit limits[] = {
      {"math.exp", {{-inf, 0}, {inf, inf}, {-1e30f, 0}, {1e30f, inf}, {0, 1}, {88.8f, inf}, {-104.5f, 0}}},
      {"math.exp2", {{-inf, 0}, {inf, inf}, {128, inf}, {-150, 0}, {-149, 0x1p-149f}, {3, 8}}},
      {"math.expm1", {{-inf, -1}, {inf, inf}, {0, 0}, {1e-20f, 1e-20f}}},
      {"math.log", {{0, -inf}, {-0.0f, -inf}, {inf, inf}, {1, 0}}},
      {"math.log2", {{0, -inf}, {inf, inf}, {8, 3}, {0x1p-140f, -140}}},
      {"math.log1p", {{-1, -inf}, {inf, inf}, {0, 0}, {1e-20f, 1e-20f}}},
      {"math.erf", {{-inf, -1}, {inf, 1}, {0, 0}, {1e30f, 1}}},
      {"math.tanh", {{-inf, -1}, {inf, 1}, {0, 0}, {-1e30f, -1}}},
      {"math.rsqrt", {{0, inf}, {inf, 0}}},
      {"math.cos", {{0, 1}}},
  };
  for (const Limit &limit : limits) {
    ProgramRunner runner(unaryModule(limit.name));
    ASSERT_TRUE(runner.ok()) << runner.error();
    std::vector<float> x = {NAN};
    for (auto [in, out] : limit.values)
      x.push_back(in);
    std::vector<float> y = runEverywhere(runner, {Array::of({static_cast<int64_t>(x.size())}, x)})[0].as<float>();
    EXPECT_TRUE(std::isnan(y[0])) << limit.name;
    for (size_t i = 0; i < limit.values.size(); ++i)
      EXPECT_EQ(y[i + 1], limit.values[i].second) << limit.name << " at " << limit.values[i].first;
  }
  for (const char *name : {"math.log", "math.log2", "math.log10", "math.rsqrt"}) {
    ProgramRunner runner(unaryModule(name));
    EXPECT_TRUE(std::isnan(runEverywhere(runner, {Array::of<float>({1}, {-1.5f})})[0].as<float>()[0])) << name;
  }
}

std::string binaryModule(const std::string &op) {
  std::string type = "tensor<?xf32>";
  std::string body =
      "  %n = rt.symbol \"n\"\n  %e = tensor.empty(%n) : " + type + "\n" +
      generic("y", "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>", "parallel",
              "%p, %q : " + type + ", " + type, "%e : " + type,
              "  ^bb0(%a: f32, %b: f32, %o: f32):\n    %0 = " + op + " %a, %b : f32\n    linalg.yield %0 : f32", type);
  return mainModule({{"p", type, "n"}, {"q", type, "n"}}, {type}, body, "%y", {"n"});
}

void expectBinary(const std::string &op, double (*reference)(double, double), const std::vector<float> &a,
                  const std::vector<float> &b) {
  ProgramRunner runner(binaryModule(op));
  ASSERT_TRUE(runner.ok()) << runner.error();
  int64_t n = a.size();
  std::vector<float> y = runEverywhere(runner, {Array::of({n}, a), Array::of({n}, b)})[0].as<float>();
  for (int64_t i = 0; i < n; ++i) {
    float expected = static_cast<float>(reference(a[i], b[i]));
    if (std::isnan(expected))
      EXPECT_TRUE(std::isnan(y[i])) << op << " " << a[i] << ", " << b[i] << ": " << y[i];
    else if (std::isinf(expected) || expected == 0)
      EXPECT_EQ(y[i], expected) << op << " " << a[i] << ", " << b[i];
    else
      EXPECT_LE(std::abs(y[i] - expected), ulpOf(expected)) << op << " " << a[i] << ", " << b[i];
  }
}

TEST(Math, Powers) {
  std::vector<float> a = randomFloats(2000, 0, 30, 1), b = randomFloats(2000, -20, 20, 2);
  const float inf = INFINITY;
  const float special[] = {0.0f,  -0.0f, 1.0f, -1.0f, 2.0f, 3.0f,  -3.0f,  0.5f,
                           -0.5f, 2.5f,  inf,  -inf,  NAN,  1e30f, -1e-30f};
  for (float x : special)
    for (float y : special)
      a.push_back(x), b.push_back(y);
  expectBinary("math.powf", std::pow, a, b);
}

TEST(Math, Remainders) {
  std::vector<float> a = randomFloats(2000, -1e6, 1e6, 1), b = randomFloats(2000, -20, 20, 2);
  for (float x : {0.0f, -0.0f, 5.0f, -5.0f, 5.5f, INFINITY})
    for (float y : {5.0f, -5.0f, 0.25f, INFINITY})
      a.push_back(x), b.push_back(y);
  expectBinary("arith.remf", std::fmod, a, b);
}

} // namespace
