//===- ReductionTest.cpp - reductions and what is built of them -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/Modules.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

using namespace rheobase;
using namespace rheobase::test;

namespace {

const std::string kOpen = "tensor<?x?xf32>";
const std::string kRows = "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>";

std::string reduction(const std::string &name, const std::string &in, const std::string &start, const std::string &op) {
  return "  %" + name + "_s = arith.constant " + start + " : f32\n  %" + name +
         "_e = tensor.empty(%b) : tensor<?xf32>\n  %" + name + "_f = linalg.fill ins(%" + name + "_s : f32) outs(%" +
         name + "_e : tensor<?xf32>) -> tensor<?xf32>\n" +
         generic(name, kRows, "parallel, reduction", in + " : " + kOpen, "%" + name + "_f : tensor<?xf32>",
                 "  ^bb0(%p: f32, %o: f32):\n    %0 = arith." + op + " %o, %p : f32\n    linalg.yield %0 : f32",
                 "tensor<?xf32>");
}

const std::string kSizes = "  %b = rt.symbol \"b\"\n  %n = rt.symbol \"n\"\n";

/// The sum as codegen promises it: 16 partial sums and a tree, or in order where there are fewer than 16 elements.
float promisedSum(const float *x, int64_t n, float start) {
  if (n < 16) {
    float sum = start;
    for (int64_t i = 0; i < n; ++i)
      sum += x[i];
    return sum;
  }
  float lanes[16] = {};
  int64_t split = n / 16 * 16;
  for (int64_t i = 0; i < split; ++i)
    lanes[i % 16] += x[i];
  for (int64_t i = split; i < n; ++i)
    lanes[16 - n + i] += x[i];
  for (int half = 8; half >= 1; half /= 2)
    for (int i = 0; i < half; ++i)
      lanes[i] += lanes[i + half];
  return start + lanes[0];
}

TEST(Reduction, SumsInTheirOrder) {
  ProgramRunner runner(mainModule({{"x", kOpen, "b, n"}}, {"tensor<?xf32>"},
                                  kSizes + reduction("y", "%x", "0.5", "addf"), "%y", {"b", "n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (int64_t n : {0, 1, 15, 16, 17, 31, 96, 197}) {
    std::vector<float> x = randomFloats(5 * n);
    std::vector<float> y = runEverywhere(runner, {Array::of({5, n}, x)})[0].as<float>();
    for (int64_t i = 0; i < 5; ++i)
      EXPECT_EQ(y[i], promisedSum(x.data() + i * n, n, 0.5f)) << n;
  }
}

TEST(Reduction, MaximaKeepNan) {
  ProgramRunner runner(mainModule({{"x", kOpen, "b, n"}}, {"tensor<?xf32>"},
                                  kSizes + reduction("y", "%x", "0xFF800000", "maximumf"), "%y", {"b", "n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (int64_t n : {0, 1, 15, 16, 17, 96}) {
    std::vector<float> x = randomFloats(3 * n, -9, -1);
    if (n > 0)
      x[2 * n + n / 2] = NAN;
    std::vector<float> y = runEverywhere(runner, {Array::of({3, n}, x)})[0].as<float>();
    for (int64_t i = 0; i < 2; ++i)
      EXPECT_EQ(y[i], n ? *std::max_element(x.begin() + i * n, x.begin() + (i + 1) * n) : -INFINITY);
    if (n > 0) {
      EXPECT_TRUE(std::isnan(y[2]));
    }
  }
}

TEST(Reduction, ColumnsAndAll) {
  std::string zero = "  %z = arith.constant 0.0 : f32\n  %ze = tensor.empty() : tensor<f32>\n"
                     "  %zf = linalg.fill ins(%z : f32) outs(%ze : tensor<f32>) -> tensor<f32>\n";
  std::string columns = "  %ce = tensor.empty(%n) : tensor<?xf32>\n  %cf = linalg.fill ins(%z : f32) outs(%ce : "
                        "tensor<?xf32>) -> tensor<?xf32>\n";
  std::string add = "  ^bb0(%p: f32, %o: f32):\n    %0 = arith.addf %o, %p : f32\n    linalg.yield %0 : f32";
  std::string body = kSizes + zero + columns +
                     generic("c", "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>", "reduction, parallel",
                             "%x : " + kOpen, "%cf : tensor<?xf32>", add, "tensor<?xf32>") +
                     generic("t", "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>", "reduction, reduction",
                             "%x : " + kOpen, "%zf : tensor<f32>", add, "tensor<f32>");
  ProgramRunner runner(
      mainModule({{"x", kOpen, "b, n"}}, {"tensor<?xf32>", "tensor<f32>"}, body, "%c, %t", {"b", "n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (int64_t n : {1, 16, 17, 40}) {
    std::vector<float> x = randomFloats(7 * n);
    auto outputs = runEverywhere(runner, {Array::of({7, n}, x)});
    std::vector<float> c = outputs[0].as<float>();
    double total = 0;
    for (int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (int64_t i = 0; i < 7; ++i)
        sum += x[i * n + j], total += x[i * n + j];
      EXPECT_EQ(c[j], sum);
    }
    EXPECT_NEAR(outputs[1].as<float>()[0], total, 1e-5);
  }
}

TEST(Reduction, IntegersCountBits) {
  std::string type = "tensor<3x50xi8>";
  std::string body =
      "  %z = arith.constant 0 : i32\n  %e = tensor.empty() : tensor<3xi32>\n"
      "  %f = linalg.fill ins(%z : i32) outs(%e : tensor<3xi32>) -> tensor<3xi32>\n" +
      generic("y", kRows, "parallel, reduction", "%x : " + type, "%f : tensor<3xi32>",
              "  ^bb0(%p: i8, %o: i32):\n    %0 = math.ctpop %p : i8\n    %1 = arith.extui %0 : i8 to i32\n"
              "    %2 = arith.addi %o, %1 : i32\n    linalg.yield %2 : i32",
              "tensor<3xi32>");
  ProgramRunner runner(mainModule({{"x", type, "3, 50"}}, {"tensor<3xi32>"}, body, "%y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<uint8_t> x = randomIntegers<uint8_t>(150, 0, 255);
  std::vector<int32_t> y = runEverywhere(runner, {Array::of({3, 50}, x)})[0].as<int32_t>();
  for (int i = 0; i < 3; ++i) {
    int sum = 0;
    for (int j = 0; j < 50; ++j)
      sum += __builtin_popcount(x[i * 50 + j]);
    EXPECT_EQ(y[i], sum);
  }
}

std::string rowwise(const std::string &name, const std::string &x, const std::string &row, const std::string &ops) {
  return "  %" + name + "_e = tensor.empty(%b, %n) : " + kOpen + "\n" +
         generic(name, "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>",
                 "parallel, parallel", x + ", " + row + " : " + kOpen + ", tensor<?xf32>", "%" + name + "_e : " + kOpen,
                 "  ^bb0(%p: f32, %q: f32, %o: f32):\n" + ops + "    linalg.yield %r : f32", kOpen);
}

TEST(Reduction, Softmax) {
  std::string body = kSizes + reduction("m", "%x", "0xFF800000", "maximumf") +
                     rowwise("e", "%x", "%m", "    %0 = arith.subf %p, %q : f32\n    %r = math.exp %0 : f32\n") +
                     reduction("s", "%e", "0.0", "addf") +
                     rowwise("y", "%e", "%s", "    %r = arith.divf %p, %q : f32\n");
  ProgramRunner runner(mainModule({{"x", kOpen, "b, n"}}, {kOpen}, body, "%y", {"b", "n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (int64_t n : {1, 10, 16, 197}) {
    std::vector<float> x = randomFloats(4 * n, -20, 20);
    if (n > 1)
      x[1] = -INFINITY, x[2 * n] = -3.4e38f;
    std::vector<float> y = runEverywhere(runner, {Array::of({4, n}, x)})[0].as<float>();
    for (int64_t i = 0; i < 4; ++i) {
      double sum = 0, max = *std::max_element(x.begin() + i * n, x.begin() + (i + 1) * n);
      for (int64_t j = 0; j < n; ++j)
        sum += std::exp(x[i * n + j] - max);
      for (int64_t j = 0; j < n; ++j)
        EXPECT_NEAR(y[i * n + j], std::exp(x[i * n + j] - max) / sum, 1e-6);
    }
  }
}

TEST(Reduction, LayerNorm) {
  std::string scaled = "    %c = arith.constant 0.010416667 : f32\n    %k = arith.mulf %q, %c : f32\n";
  std::string body = kSizes + reduction("s", "%x", "0.0", "addf") +
                     rowwise("d", "%x", "%s", scaled + "    %r = arith.subf %p, %k : f32\n") +
                     rowwise("w", "%d", "%s", "    %r = arith.mulf %p, %p : f32\n") +
                     reduction("v", "%w", "0.0", "addf") +
                     rowwise("y", "%d", "%v",
                             scaled + "    %eps = arith.constant 1.0e-5 : f32\n    %t = arith.addf %k, %eps : f32\n"
                                      "    %u = math.rsqrt %t : f32\n    %r = arith.mulf %p, %u : f32\n");
  ProgramRunner runner(mainModule({{"x", kOpen, "b, n"}}, {kOpen}, body, "%y", {"b", "n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  const int64_t n = 96;
  std::vector<float> x = randomFloats(3 * n, -2, 5);
  std::vector<float> y = runEverywhere(runner, {Array::of({3, n}, x)})[0].as<float>();
  for (int64_t i = 0; i < 3; ++i) {
    double mean = 0, variance = 0;
    for (int64_t j = 0; j < n; ++j)
      mean += x[i * n + j] / static_cast<double>(n);
    for (int64_t j = 0; j < n; ++j)
      variance += (x[i * n + j] - mean) * (x[i * n + j] - mean) / n;
    for (int64_t j = 0; j < n; ++j)
      EXPECT_NEAR(y[i * n + j], (x[i * n + j] - mean) / std::sqrt(variance + 1e-5), 3e-6);
  }
}

} // namespace
