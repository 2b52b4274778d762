//===- WindowsTest.cpp - products of windows against scalar references ----===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/Modules.h"

#include "gtest/gtest.h"

using namespace rheobase;
using namespace rheobase::test;

namespace {

/// A convolution: x [batch, height, width, group, channels], w [group, kernel, kernel, channels, outputs].
struct Case {
  int64_t batch, height, width, group, channels, outputs, kernel, stride, dilation, low, high;

  int64_t places(int64_t size) const { return (size + low + high - (kernel - 1) * dilation - 1) / stride + 1; }
  int64_t rows() const { return places(height) * places(width); }
  int64_t taps() const { return kernel * kernel * channels; }
  std::vector<int64_t> input() const { return {batch, height, width, group, channels}; }
};

std::string tensor(const std::vector<int64_t> &sizes, const std::string &element) {
  return "tensor<" + dimsOf(sizes) + element + ">";
}

/// Windows, their product and, with `doubles`, an elementwise op behind it.
template <typename W> std::string module(const Case &c, const Types &types, const std::vector<W> &w, bool doubles) {
  int64_t oh = c.places(c.height), ow = c.places(c.width);
  std::string x = tensor(c.input(), types.lhs), s = std::to_string(c.stride), d = std::to_string(c.dilation);
  std::string padded =
      tensor({c.batch, c.height + c.low + c.high, c.width + c.low + c.high, c.group, c.channels}, types.lhs);
  std::string windows = tensor({c.batch, c.group, oh, ow, c.kernel, c.kernel, c.channels}, types.lhs);
  std::string low = "0, " + std::to_string(c.low) + ", " + std::to_string(c.low) + ", 0, 0";
  std::string high = "0, " + std::to_string(c.high) + ", " + std::to_string(c.high) + ", 0, 0";
  std::string zero = types.lhs[0] == 'f' ? "0.0" : "0";
  std::string body =
      "  %z = arith.constant " + zero + " : " + types.lhs + "\n  %p = tensor.pad %x low[" + low + "] high[" + high +
      "] {\n  ^bb0(%a: index, %b: index, %c: index, %d: index, %e: index):\n    tensor.yield %z : " + types.lhs +
      "\n  } : " + x + " to " + padded + "\n  %v0 = tensor.empty() : " + windows + "\n" +
      generic("v",
              "affine_map<(n, g, y, x, i, j, c) -> (n, y * " + s + " + i * " + d + ", x * " + s + " + j * " + d +
                  ", g, c)>, affine_map<(n, g, y, x, i, j, c) -> (n, g, y, x, i, j, c)>",
              "parallel, parallel, parallel, parallel, parallel, parallel, parallel", "%p : " + padded,
              "%v0 : " + windows,
              "  ^bb0(%i0: " + types.lhs + ", %o: " + types.lhs + "):\n    linalg.yield %i0 : " + types.lhs, windows);
  bool one = c.group == 1;
  std::string left = one ? tensor({c.batch * c.rows(), c.taps()}, types.lhs)
                         : tensor({c.batch, c.group, c.rows(), c.taps()}, types.lhs);
  std::string right =
      one ? tensor({c.taps(), c.outputs}, types.rhs) : tensor({c.group, c.taps(), c.outputs}, types.rhs);
  std::string y = one ? tensor({c.batch * c.rows(), c.outputs}, types.out)
                      : tensor({c.batch, c.group, c.rows(), c.outputs}, types.out);
  body += "  %l = tensor.collapse_shape %v " +
          std::string(one ? "[[0, 1, 2, 3], [4, 5, 6]]" : "[[0], [1], [2, 3], [4, 5, 6]]") + " : " + windows +
          " into " + left + "\n" + denseConstant("w", w, right) + zeroFilled("f", y, types.out);
  std::string product = doubles ? "t" : "y", maps, iterators;
  if (one)
    maps = "affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>",
    iterators = "parallel, parallel, reduction";
  else
    maps = "affine_map<(b, g, m, n, k) -> (b, g, m, k)>, affine_map<(b, g, m, n, k) -> (g, k, n)>, "
           "affine_map<(b, g, m, n, k) -> (b, g, m, n)>",
    iterators = "parallel, parallel, parallel, parallel, reduction";
  body += generic(product, maps, iterators, "%l, %w : " + left + ", " + right, "%f : " + y, multiplyAdd(types), y);
  if (doubles) {
    std::string dims = one ? "(m, n)" : "(b, g, m, n)", map = "affine_map<" + dims + " -> " + dims + ">";
    std::string add = types.out[0] == 'f' ? "addf" : "addi";
    body += "  %e0 = tensor.empty() : " + y + "\n" +
            generic("y", map + ", " + map, one ? "parallel, parallel" : "parallel, parallel, parallel, parallel",
                    "%t : " + y, "%e0 : " + y,
                    "  ^bb0(%i0: " + types.out + ", %o: " + types.out + "):\n    %s = arith." + add +
                        " %i0, %i0 : " + types.out + "\n    linalg.yield %s : " + types.out,
                    y);
  }
  std::string dims;
  for (int64_t size : c.input())
    dims += (dims.empty() ? "" : ", ") + std::to_string(size);
  return mainModule({{"x", x, dims}}, {y}, body, "%y");
}

/// [batch, group, rows, outputs]; sums in the order of the kernel's elements, then channels.
template <typename X, typename W, typename Y>
std::vector<Y> reference(const Case &c, const std::vector<X> &x, const std::vector<W> &w) {
  std::vector<Y> y;
  auto sumAt = [&](int64_t n, int64_t g, int64_t row, int64_t o) {
    double sum = 0;
    for (int64_t tap = 0; tap < c.taps(); ++tap) {
      int64_t i = tap / c.channels / c.kernel, j = tap / c.channels % c.kernel, channel = tap % c.channels;
      int64_t at = row / c.places(c.width) * c.stride + i * c.dilation - c.low;
      int64_t across = row % c.places(c.width) * c.stride + j * c.dilation - c.low;
      if (at < 0 || at >= c.height || across < 0 || across >= c.width)
        continue;
      sum += double(x[(((n * c.height + at) * c.width + across) * c.group + g) * c.channels + channel]) *
             double(w[(g * c.taps() + tap) * c.outputs + o]);
    }
    return static_cast<Y>(sum);
  };
  for (int64_t n = 0; n < c.batch; ++n)
    for (int64_t g = 0; g < c.group; ++g)
      for (int64_t row = 0; row < c.rows(); ++row)
        for (int64_t o = 0; o < c.outputs; ++o)
          y.push_back(sumAt(n, g, row, o));
  return y;
}

// Channels that fill whole steps of the dot product are read in place; 3, 5 and 1 are not, for bytes.
const Case kCases[] = {
    {1, 9, 7, 1, 64, 70, 3, 1, 1, 1, 1}, {2, 8, 9, 1, 4, 17, 3, 2, 1, 1, 0}, {1, 7, 7, 1, 3, 16, 7, 2, 1, 3, 3},
    {1, 6, 5, 1, 5, 33, 2, 1, 2, 0, 1},  {2, 5, 5, 1, 8, 64, 1, 2, 1, 0, 0}, {1, 6, 6, 2, 4, 20, 3, 1, 1, 1, 1},
    {2, 5, 6, 3, 1, 1, 3, 1, 1, 1, 1},   {1, 9, 9, 1, 12, 5, 3, 2, 2, 2, 1},
};

template <typename X, typename W> void expectExact(const Types &types, int64_t lowest, int64_t highest) {
  for (const Case &c : kCases) {
    for (bool doubles : {false, true}) {
      std::vector<X> x = randomIntegers<X>(c.batch * c.height * c.width * c.group * c.channels, lowest, highest);
      std::vector<W> w = randomIntegers<W>(c.group * c.taps() * c.outputs, -128, 127, 2);
      ProgramRunner runner(module(c, types, w, doubles), ProgramRunner::hostTargets());
      ASSERT_TRUE(runner.ok()) << runner.error();
      std::vector<int32_t> expected = reference<X, W, int32_t>(c, x, w),
                           y = runEverywhere(runner, {Array::of(c.input(), x)})[0].template as<int32_t>();
      ASSERT_EQ(y.size(), expected.size());
      for (size_t i = 0; i < y.size(); ++i)
        ASSERT_EQ(y[i], expected[i] * (doubles ? 2 : 1)) << "channels " << c.channels << " at " << i;
    }
  }
}

TEST(Windows, UnsignedBytes) {
  expectExact<uint8_t, int8_t>({"i8", "i8", "i32", /*lhsUnsigned=*/true}, 0, 255);
}

TEST(Windows, SignedBytes) {
  expectExact<int8_t, int8_t>({"i8", "i8", "i32"}, -128, 127);
}

TEST(Windows, Floats) {
  for (const Case &c : kCases) {
    for (bool doubles : {false, true}) {
      std::vector<float> x = randomFloats(c.batch * c.height * c.width * c.group * c.channels),
                         w = randomFloats(c.group * c.taps() * c.outputs, -1, 1, 2);
      ProgramRunner runner(module(c, {"f32", "f32", "f32"}, w, doubles), ProgramRunner::hostTargets());
      ASSERT_TRUE(runner.ok()) << runner.error();
      std::vector<float> expected = reference<float, float, float>(c, x, w);
      for (size_t target = 0; target < runner.program().code.size(); ++target) {
        RunResult one = runner.run({Array::of(c.input(), x)}, target);
        EXPECT_EQ(one.outputs[0].bytes, runner.run({Array::of(c.input(), x)}, target, 3).outputs[0].bytes);
        std::vector<float> y = one.outputs[0].as<float>();
        for (size_t i = 0; i < y.size(); ++i)
          ASSERT_NEAR(y[i], expected[i] * (doubles ? 2 : 1), 1e-4) << "channels " << c.channels << " at " << i;
      }
    }
  }
}

} // namespace
