//===- MatmulTest.cpp - matmuls against scalar references -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/Modules.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace rheobase;
using namespace rheobase::test;

namespace {

/// What a matmul test varies.
struct Shape {
  int64_t batch, m, n, k;
};

/// x: [m, k] times a constant w: [k, n].
template <typename W>
std::string constantModule(const Shape &s, const Types &types, const std::vector<W> &w, bool openRows) {
  std::string rows = openRows ? "?" : std::to_string(s.m);
  std::string x = "tensor<" + rows + "x" + std::to_string(s.k) + "x" + types.lhs + ">";
  std::string y = "tensor<" + rows + "x" + std::to_string(s.n) + "x" + types.out + ">";
  std::string right = "tensor<" + dimsOf({s.k, s.n}) + types.rhs + ">";
  std::string body = openRows ? "  %m = rt.symbol \"m\"\n" : "";
  body +=
      denseConstant("w", w, right) + zeroFilled("f", y, types.out, openRows ? "%m" : "") +
      generic("y", "affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>",
              "parallel, parallel, reduction", "%x, %w : " + x + ", " + right, "%f : " + y, multiplyAdd(types), y);
  return mainModule({{"x", x, (openRows ? std::string("m") : rows) + ", " + std::to_string(s.k)}}, {y}, body, "%y",
                    openRows ? std::vector<std::string>{"m"} : std::vector<std::string>{});
}

template <typename X, typename W, typename Y>
std::vector<Y> reference(const Shape &s, const std::vector<X> &x, const std::vector<W> &w) {
  using Sum = std::conditional_t<std::is_floating_point_v<Y>, double, uint64_t>;
  std::vector<Y> y(s.m * s.n);
  for (int64_t i = 0; i < s.m; ++i)
    for (int64_t j = 0; j < s.n; ++j) {
      Sum sum = 0;
      for (int64_t k = 0; k < s.k; ++k)
        sum += static_cast<Sum>(x[i * s.k + k]) * static_cast<Sum>(w[k * s.n + j]);
      y[i * s.n + j] = static_cast<Y>(sum);
    }
  return y;
}

const Shape kShapes[] = {{1, 1, 10, 5},   {1, 5, 17, 3},    {1, 13, 33, 31},
                         {1, 97, 48, 20}, {1, 6, 200, 129}, {1, 25, 64, 66}};

TEST(Matmul, FloatWithConstant) {
  for (bool open : {false, true}) {
    for (const Shape &s : kShapes) {
      std::vector<float> w = randomFloats(s.k * s.n, -1, 1, 7), x = randomFloats(s.m * s.k, -1, 1, 8);
      ProgramRunner runner(constantModule(s, {"f32", "f32", "f32"}, w, open));
      ASSERT_TRUE(runner.ok()) << runner.error();
      std::vector<float> expected = reference<float, float, float>(s, x, w);
      for (size_t target = 0; target < runner.program().code.size(); ++target) {
        RunResult one = runner.run({Array::of({s.m, s.k}, x)}, target),
                  three = runner.run({Array::of({s.m, s.k}, x)}, target, 3);
        EXPECT_EQ(one.outputs[0].bytes, three.outputs[0].bytes);
        std::vector<float> y = one.outputs[0].as<float>();
        // The order of the sum is the order of k, fused where the target fuses.
        for (int64_t i = 0; i < s.m * s.n; ++i) {
          ASSERT_NEAR(y[i], expected[i], 1e-5) << s.m << "x" << s.n << "x" << s.k;
          float sum = 0;
          for (int64_t k = 0; k < s.k; ++k) {
            float a = x[i / s.n * s.k + k], b = w[k * s.n + i % s.n];
            sum = target ? std::fma(a, b, sum) : sum + a * b;
          }
          ASSERT_EQ(y[i], sum);
        }
      }
    }
  }
}

TEST(Matmul, FusedTargetsAgreeBitForBit) {
  Shape s{1, 31, 70, 130};
  std::vector<float> w = randomFloats(s.k * s.n, -1, 1, 7), x = randomFloats(s.m * s.k, -1, 1, 8);
  std::vector<std::string> targets = ProgramRunner::hostTargets();
  targets.erase(targets.begin());
  ProgramRunner runner(constantModule(s, {"f32", "f32", "f32"}, w, true), targets);
  ASSERT_TRUE(runner.ok()) << runner.error();
  runEverywhere(runner, {Array::of({s.m, s.k}, x)});
}

template <typename X, typename W, typename Y>
void checkIntegers(const Types &types, int64_t lowX, int64_t highX, int64_t lowW, int64_t highW) {
  for (bool open : {false, true}) {
    for (const Shape &s : kShapes) {
      std::vector<W> w = randomIntegers<W>(s.k * s.n, lowW, highW, 7);
      std::vector<X> x = randomIntegers<X>(s.m * s.k, lowX, highX, 8);
      for (size_t i = 0; i < w.size(); i += 3)
        w[i] = static_cast<W>(i % 2 ? lowW : highW);
      for (size_t i = 0; i < x.size(); i += 2)
        x[i] = static_cast<X>(i % 4 ? lowX : highX);
      ProgramRunner runner(constantModule(s, types, w, open));
      ASSERT_TRUE(runner.ok()) << runner.error();
      std::vector<Y> y = runEverywhere(runner, {Array::of({s.m, s.k}, x)})[0].template as<Y>();
      ASSERT_EQ(y, (reference<X, W, Y>(s, x, w))) << s.m << "x" << s.n << "x" << s.k;
    }
  }
}

TEST(Matmul, SignedBytes) {
  checkIntegers<int8_t, int8_t, int32_t>({"i8", "i8", "i32"}, -128, 127, -128, 127);
}
TEST(Matmul, UnsignedBySignedBytes) {
  checkIntegers<uint8_t, int8_t, int32_t>({"i8", "i8", "i32", true, false}, 0, 255, -128, 127);
}
TEST(Matmul, UnsignedBytes) {
  checkIntegers<uint8_t, uint8_t, int32_t>({"i8", "i8", "i32", true, true}, 0, 255, 0, 255);
}
TEST(Matmul, SignedByUnsignedBytes) {
  checkIntegers<int8_t, uint8_t, int32_t>({"i8", "i8", "i32", false, true}, -128, 127, 0, 255);
}
TEST(Matmul, Words) {
  checkIntegers<int16_t, int16_t, int32_t>({"i16", "i16", "i32"}, -32768, 32767, -32768, 32767);
}
TEST(Matmul, WordsByBytes) {
  checkIntegers<int16_t, int8_t, int32_t>({"i16", "i8", "i32"}, -32768, 32767, -128, 127);
}
TEST(Matmul, WordsByUnsignedBytes) {
  checkIntegers<int16_t, uint8_t, int32_t>({"i16", "i8", "i32", false, true}, -32768, 32767, 0, 255);
}
TEST(Matmul, UnsignedWords) {
  checkIntegers<uint16_t, int8_t, int32_t>({"i16", "i8", "i32", true, false}, 0, 65535, -128, 127);
}
TEST(Matmul, BytesIntoWideSums) {
  checkIntegers<int8_t, int8_t, int64_t>({"i8", "i8", "i64"}, -128, 127, -128, 127);
}
TEST(Matmul, WordsIntoWideSums) {
  checkIntegers<int16_t, int16_t, int64_t>({"i16", "i16", "i64"}, -32768, 32767, -32768, 32767);
}

/// Attention: scores = q k^T per head, with the right operand computed at run time; all of batch and sequence are open.
template <typename T, typename Y>
void checkAttention(const Types &types, const std::string &maps, bool rightIsTransposed, int64_t low, int64_t high) {
  const int64_t h = 3, d = 23; // no whole number of quads or pairs
  std::string q = "tensor<?x3x?x23x" + types.lhs + ">", y = "tensor<?x3x?x?x" + types.out + ">";
  std::string r = rightIsTransposed ? "tensor<?x3x?x23x" + types.rhs + ">" : "tensor<?x3x23x?x" + types.rhs + ">";
  std::string body = "  %b = rt.symbol \"b\"\n  %s = rt.symbol \"s\"\n  %t = rt.symbol \"t\"\n" +
                     zeroFilled("f", y, types.out, "%b, %s, %t") +
                     generic("y", maps, "parallel, parallel, parallel, parallel, reduction", "%q, %r : " + q + ", " + r,
                             "%f : " + y, multiplyAdd(types), y);
  ProgramRunner runner(
      mainModule({{"q", q, "b, 3, s, 23"}, {"r", r, rightIsTransposed ? "b, 3, t, 23" : "b, 3, 23, t"}}, {y}, body,
                 "%y", {"b", "s", "t"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (auto [b, s, t] :
       {std::make_tuple(1, 1, 1), std::make_tuple(2, 17, 50), std::make_tuple(1, 33, 64), std::make_tuple(2, 1, 37)}) {
    std::vector<T> qs, rs;
    if constexpr (std::is_floating_point_v<T>) {
      qs = randomFloats(b * h * s * d, -1, 1, 1), rs = randomFloats(b * h * t * d, -1, 1, 2);
    } else {
      qs = randomIntegers<T>(b * h * s * d, low, high, 1), rs = randomIntegers<T>(b * h * t * d, low, high, 2);
    }
    std::vector<int64_t> rightDims =
        rightIsTransposed ? std::vector<int64_t>{b, h, t, d} : std::vector<int64_t>{b, h, d, t};
    std::vector<Array> inputs = {Array::of({b, h, s, d}, qs), Array::of(rightDims, rs)};
    std::vector<Y> result = std::is_floating_point_v<T>
                                ? runner.run(inputs, runner.program().code.size() - 1, 2).outputs[0].template as<Y>()
                                : runEverywhere(runner, inputs)[0].template as<Y>();
    for (int64_t head = 0; head < b * h; ++head)
      for (int64_t i = 0; i < s; ++i)
        for (int64_t j = 0; j < t; ++j) {
          double sum = 0;
          for (int64_t k = 0; k < d; ++k)
            sum += static_cast<double>(qs[(head * s + i) * d + k]) *
                   rs[head * t * d + (rightIsTransposed ? j * d + k : k * t + j)];
          ASSERT_NEAR(static_cast<double>(result[(head * s + i) * t + j]), sum, std::is_floating_point_v<T> ? 1e-5 : 0);
        }
  }
}

const std::string kLeft = "affine_map<(b, h, m, n, k) -> (b, h, m, k)>, ";
const std::string kOut = ", affine_map<(b, h, m, n, k) -> (b, h, m, n)>";
const std::string kTransposed = kLeft + "affine_map<(b, h, m, n, k) -> (b, h, n, k)>" + kOut;
const std::string kPlain = kLeft + "affine_map<(b, h, m, n, k) -> (b, h, k, n)>" + kOut;

/// A decoder's one row does not wait for its cache to be packed; more rows do.
TEST(Matmul, SingleRowsAreNotPackedFor) {
  std::string q = "tensor<?x64xi8>", r = "tensor<?x64xi8>", y = "tensor<?x?xi32>";
  std::string body = "  %s = rt.symbol \"s\"\n  %t = rt.symbol \"t\"\n" + zeroFilled("f", y, "i32", "%s, %t") +
                     generic("y",
                             "affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, "
                             "affine_map<(m, n, k) -> (m, n)>",
                             "parallel, parallel, reduction", "%q, %r : " + q + ", " + r, "%f : " + y,
                             multiplyAdd({"i8", "i8", "i32"}), y);
  ProgramRunner runner(mainModule({{"q", q, "s, 64"}, {"r", r, "t, 64"}}, {y}, body, "%y", {"s", "t"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  const artifact::Program &program = runner.program();
  ASSERT_EQ(program.dispatches.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const std::string &kernel = program.kernels[program.dispatches[i].kernel];
    bool isDirect = kernel.rfind("reduce", 0) == 0;
    for (int64_t rows : {1, 2, 7, 200})
      EXPECT_EQ(runner.grid(i, {rows, 100}) > 0, isDirect == (rows == 1)) << kernel << " for " << rows << " rows";
  }
  for (int64_t rows : {1, 2}) {
    std::vector<int8_t> left = randomIntegers<int8_t>(rows * 64, -128, 127, 1),
                        right = randomIntegers<int8_t>(100 * 64, -128, 127, 2);
    std::vector<int32_t> result =
        runEverywhere(runner, {Array::of({rows, 64}, left), Array::of({100, 64}, right)})[0].as<int32_t>();
    for (int64_t i = 0; i < rows * 100; ++i) {
      int32_t sum = 0;
      for (int64_t k = 0; k < 64; ++k)
        sum += left[i / 100 * 64 + k] * right[i % 100 * 64 + k];
      ASSERT_EQ(result[i], sum);
    }
  }
}

TEST(Matmul, FloatAttention) {
  checkAttention<float, float>({"f32", "f32", "f32"}, kTransposed, true, 0, 0);
  checkAttention<float, float>({"f32", "f32", "f32"}, kPlain, false, 0, 0);
}
TEST(Matmul, ByteAttention) {
  checkAttention<int8_t, int32_t>({"i8", "i8", "i32"}, kTransposed, true, -128, 127);
  checkAttention<int8_t, int32_t>({"i8", "i8", "i32"}, kPlain, false, -128, 127);
}
TEST(Matmul, UnsignedByteAttention) {
  checkAttention<uint8_t, int32_t>({"i8", "i8", "i32", true, true}, kTransposed, true, 0, 255);
}
TEST(Matmul, WordAttention) {
  checkAttention<int16_t, int32_t>({"i16", "i16", "i32"}, kPlain, false, -3000, 3000);
}
TEST(Matmul, WideAttention) {
  checkAttention<int16_t, int64_t>({"i16", "i16", "i64"}, kTransposed, true, -32768, 32767);
}

/// Heads are split off by views and permuted maps: q is [b, s, h, d], out is [b, s, h, t]; weights are shared by the
/// batch.
TEST(Matmul, PermutedOperands) {
  std::string q = "tensor<2x7x3x20xi8>", y = "tensor<2x7x3x37xi32>", w = "tensor<3x20x37xi8>";
  std::vector<int8_t> weights = randomIntegers<int8_t>(3 * 20 * 37, -128, 127, 5);
  std::string body = denseConstant("w", weights, w) + zeroFilled("f", y, "i32") +
                     generic("y",
                             "affine_map<(b, h, m, n, k) -> (b, m, h, k)>, affine_map<(b, h, m, n, k) -> (h, k, n)>, "
                             "affine_map<(b, h, m, n, k) -> (b, m, h, n)>",
                             "parallel, parallel, parallel, parallel, reduction", "%q, %w : " + q + ", " + w,
                             "%f : " + y, multiplyAdd({"i8", "i8", "i32"}), y);
  ProgramRunner runner(mainModule({{"q", q, "2, 7, 3, 20"}}, {y}, body, "%y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<int8_t> x = randomIntegers<int8_t>(2 * 7 * 3 * 20, -128, 127, 6);
  std::vector<int32_t> result = runEverywhere(runner, {Array::of({2, 7, 3, 20}, x)})[0].as<int32_t>();
  for (int row = 0; row < 14; ++row)
    for (int h = 0; h < 3; ++h)
      for (int n = 0; n < 37; ++n) {
        int sum = 0;
        for (int k = 0; k < 20; ++k)
          sum += x[(row * 3 + h) * 20 + k] * weights[(h * 20 + k) * 37 + n];
        ASSERT_EQ(result[(row * 3 + h) * 37 + n], sum);
      }
}

/// k is not the innermost dimension of the left operand, n not that of the result.
TEST(Matmul, TransposedLeftAndResult) {
  std::string x = "tensor<23x9xi8>", y = "tensor<18x9xi32>", r = "tensor<18x23xi8>";
  std::string maps =
      "affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (n, m)>";
  std::string body =
      zeroFilled("f", y, "i32") + generic("y", maps, "parallel, parallel, reduction", "%x, %r : " + x + ", " + r,
                                          "%f : " + y, multiplyAdd({"i8", "i8", "i32"}), y);
  ProgramRunner runner(mainModule({{"x", x, "23, 9"}, {"r", r, "18, 23"}}, {y}, body, "%y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<int8_t> xs = randomIntegers<int8_t>(23 * 9, -128, 127, 1),
                      rs = randomIntegers<int8_t>(18 * 23, -128, 127, 2);
  std::vector<int32_t> result =
      runEverywhere(runner, {Array::of({23, 9}, xs), Array::of({18, 23}, rs)})[0].as<int32_t>();
  for (int m = 0; m < 9; ++m)
    for (int n = 0; n < 18; ++n) {
      int sum = 0;
      for (int k = 0; k < 23; ++k)
        sum += xs[k * 9 + m] * rs[n * 23 + k];
      ASSERT_EQ(result[n * 9 + m], sum);
    }
}

/// The sum is added to an initial value that is not zero: a bias, broadcast before.
TEST(Matmul, AddsToTheInitialValue) {
  std::string x = "tensor<5x8xf32>", y = "tensor<5x20xf32>", w = "tensor<8x20xf32>";
  std::vector<float> weights = randomFloats(160, -1, 1, 3), xs = randomFloats(40, -1, 1, 4),
                     start = randomFloats(100, -1, 1, 5);
  std::string body =
      denseConstant("w", weights, w) +
      generic("y", "affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>",
              "parallel, parallel, reduction", "%x, %w : " + x + ", " + w, "%start : " + y,
              multiplyAdd({"f32", "f32", "f32"}), y);
  ProgramRunner runner(mainModule({{"x", x, "5, 8"}, {"start", y, "5, 20"}}, {y}, body, "%y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<float> result = runner.run({Array::of({5, 8}, xs), Array::of({5, 20}, start)}).outputs[0].as<float>();
  std::vector<float> expected = reference<float, float, float>({1, 5, 20, 8}, xs, weights);
  for (int i = 0; i < 100; ++i)
    EXPECT_NEAR(result[i], expected[i] + start[i], 1e-5);
}

TEST(Matmul, WideFloats) {
  Shape s{1, 5, 19, 21};
  std::vector<double> w, x;
  for (float value : randomFloats(s.k * s.n, -1, 1, 7))
    w.push_back(value);
  for (float value : randomFloats(s.m * s.k, -1, 1, 8))
    x.push_back(value);
  ProgramRunner runner(constantModule(s, {"f64", "f64", "f64"}, w, true));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<double> y = runner.run({Array::of({s.m, s.k}, x)}).outputs[0].as<double>();
  std::vector<double> expected = reference<double, double, double>(s, x, w);
  for (size_t i = 0; i < y.size(); ++i)
    EXPECT_NEAR(y[i], expected[i], 1e-12);
}

} // namespace
