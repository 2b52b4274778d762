//===- ElementwiseTest.cpp - elementwise kernels against scalar references ---===//
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

/// y = (x + row) * column with x: [b, n], row: [n], column: [b, 1].
std::string broadcastModule(const std::string &n) {
  std::string type = "tensor<?x" + n + "xf32>", row = "tensor<" + n + "xf32>";
  std::string dims = n == "?" ? "n" : n;
  std::string body = "  %b = rt.symbol \"b\"\n";
  body += n == "?" ? "  %nn = rt.symbol \"n\"\n  %e = tensor.empty(%b, %nn) : " + type + "\n"
                   : "  %e = tensor.empty(%b) : " + type + "\n";
  body += generic("y",
                  "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, 0)>, "
                  "affine_map<(i, j) -> (i, j)>",
                  "parallel, parallel", "%x, %row, %col : " + type + ", " + row + ", tensor<?x1xf32>", "%e : " + type,
                  "  ^bb0(%p: f32, %q: f32, %r: f32, %o: f32):\n    %0 = arith.addf %p, %q : f32\n    %1 = arith.mulf "
                  "%0, %r : f32\n"
                  "    linalg.yield %1 : f32",
                  type);
  return mainModule({{"x", type, "b, " + dims}, {"row", row, dims}, {"col", "tensor<?x1xf32>", "b, 1"}}, {type}, body,
                    "%y", n == "?" ? std::vector<std::string>{"b", "n"} : std::vector<std::string>{"b"});
}

void checkBroadcast(ProgramRunner &runner, int64_t b, int64_t n) {
  std::vector<float> x = randomFloats(b * n, -1, 1, 1), row = randomFloats(n, -1, 1, 2),
                     col = randomFloats(b, -1, 1, 3);
  std::vector<Array> outputs =
      runEverywhere(runner, {Array::of({b, n}, x), Array::of({n}, row), Array::of({b, 1}, col)});
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].dims, (std::vector<int64_t>{b, n}));
  std::vector<float> y = outputs[0].as<float>();
  for (int64_t i = 0; i < b; ++i)
    for (int64_t j = 0; j < n; ++j)
      ASSERT_EQ(y[i * n + j], (x[i * n + j] + row[j]) * col[i]) << i << ", " << j;
}

TEST(Elementwise, BroadcastsStaticWidths) {
  for (int64_t n : {1, 3, 7, 15, 16, 17, 96, 2500}) {
    ProgramRunner runner(broadcastModule(std::to_string(n)));
    ASSERT_TRUE(runner.ok()) << runner.error();
    for (int64_t b : {0, 1, 5})
      checkBroadcast(runner, b, n);
  }
}

TEST(Elementwise, BroadcastsOpenWidth) {
  ProgramRunner runner(broadcastModule("?"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (int64_t n : {0, 1, 15, 16, 17, 33, 1023, 1024, 1025, 3000})
    checkBroadcast(runner, 3, n);
}

TEST(Elementwise, Transposes) {
  std::string in = "tensor<?x19x5x32xf32>", out = "tensor<?x5x32x19xf32>";
  std::string body = "  %b = rt.symbol \"b\"\n  %e = tensor.empty(%b) : " + out + "\n" +
                     generic("y", "affine_map<(b, h, d, s) -> (b, s, h, d)>, affine_map<(b, h, d, s) -> (b, h, d, s)>",
                             "parallel, parallel, parallel, parallel", "%x : " + in, "%e : " + out,
                             "  ^bb0(%p: f32, %o: f32):\n    linalg.yield %p : f32", out);
  ProgramRunner runner(mainModule({{"x", in, "b, 19, 5, 32"}}, {out}, body, "%y", {"b"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<float> x = randomFloats(2 * 19 * 5 * 32);
  std::vector<float> y = runEverywhere(runner, {Array::of({2, 19, 5, 32}, x)})[0].as<float>();
  for (int b = 0; b < 2; ++b)
    for (int s = 0; s < 19; ++s)
      for (int h = 0; h < 5; ++h)
        for (int d = 0; d < 32; ++d)
          ASSERT_EQ(y[((b * 5 + h) * 32 + d) * 19 + s], x[((b * 19 + s) * 5 + h) * 32 + d]);
}

TEST(Elementwise, LogicIsBytes) {
  std::string type = "tensor<21xi1>";
  std::string maps = "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>";
  std::string body =
      "  %e = tensor.empty() : " + type + "\n  %f = tensor.empty() : tensor<21xf32>\n" +
      generic("y", maps, "parallel", "%p, %q : " + type + ", " + type, "%e : " + type,
              "  ^bb0(%a: i1, %b: i1, %o: i1):\n    %t = arith.constant true\n    %n = arith.xori %b, %t : i1\n"
              "    %0 = arith.andi %a, %n : i1\n    linalg.yield %0 : i1",
              type) +
      generic("z", maps, "parallel", "%y, %x : " + type + ", tensor<21xf32>", "%f : tensor<21xf32>",
              "  ^bb0(%a: i1, %b: f32, %o: f32):\n    %m = arith.constant -3.4e38 : f32\n"
              "    %0 = arith.select %a, %b, %m : f32\n    linalg.yield %0 : f32",
              "tensor<21xf32>");
  ProgramRunner runner(mainModule({{"p", type, "21"}, {"q", type, "21"}, {"x", "tensor<21xf32>", "21"}},
                                  {type, "tensor<21xf32>"}, body, "%y, %z"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  EXPECT_EQ(runner.program().inputs[0].dtype, artifact::DType::Bool);
  std::vector<uint8_t> p = randomIntegers<uint8_t>(21, 0, 1, 1), q = randomIntegers<uint8_t>(21, 0, 1, 2);
  std::vector<float> x = randomFloats(21);
  auto outputs = runEverywhere(runner, {Array::of({21}, p), Array::of({21}, q), Array::of({21}, x)});
  std::vector<uint8_t> y = outputs[0].as<uint8_t>();
  std::vector<float> z = outputs[1].as<float>();
  for (int i = 0; i < 21; ++i) {
    EXPECT_EQ(y[i], p[i] && !q[i]);
    EXPECT_EQ(z[i], p[i] && !q[i] ? x[i] : -3.4e38f);
  }
}

TEST(Elementwise, WideIntegers) {
  std::string type = "tensor<37xi64>";
  std::string body =
      "  %e = tensor.empty() : " + type + "\n" +
      generic(
          "y", "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>", "parallel",
          "%p, %q : " + type + ", " + type, "%e : " + type,
          "  ^bb0(%a: i64, %b: i64, %o: i64):\n    %0 = arith.muli %a, %b : i64\n    %1 = arith.floordivsi %0, %b : "
          "i64\n"
          "    %2 = arith.maxsi %1, %b : i64\n    %i = linalg.index 0 : index\n"
          "    %j = arith.index_cast %i : index to i64\n    %3 = arith.subi %2, %j : i64\n    linalg.yield %3 : i64",
          type);
  ProgramRunner runner(mainModule({{"p", type, "37"}, {"q", type, "37"}}, {type}, body, "%y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<int64_t> p = randomIntegers<int64_t>(37, -1000000007, 1000000007),
                       q = randomIntegers<int64_t>(37, 1, 1000000007, 2);
  std::vector<int64_t> y = runEverywhere(runner, {Array::of({37}, p), Array::of({37}, q)})[0].as<int64_t>();
  for (int64_t i = 0; i < 37; ++i)
    EXPECT_EQ(y[i], std::max(p[i], q[i]) - i);
}

TEST(Elementwise, RoundingAndConversions) {
  std::string body =
      "  %e = tensor.empty() : tensor<40xi8>\n" +
      generic("y", "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>", "parallel", "%x : tensor<40xf32>",
              "%e : tensor<40xi8>",
              "  ^bb0(%a: f32, %o: i8):\n    %0 = math.roundeven %a : f32\n    %1 = arith.fptosi %0 : f32 to i32\n"
              "    %lo = arith.constant -128 : i32\n    %hi = arith.constant 127 : i32\n    %2 = arith.maxsi %1, %lo : "
              "i32\n"
              "    %3 = arith.minsi %2, %hi : i32\n    %4 = arith.trunci %3 : i32 to i8\n    linalg.yield %4 : i8",
              "tensor<40xi8>");
  ProgramRunner runner(mainModule({{"x", "tensor<40xf32>", "40"}}, {"tensor<40xi8>"}, body, "%y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<float> x;
  for (int i = -20; i < 20; ++i)
    x.push_back(i * 9.5f);
  std::vector<int8_t> y = runEverywhere(runner, {Array::of({40}, x)})[0].as<int8_t>();
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(y[i], std::min(127.0f, std::max(-128.0f, std::nearbyint(x[i])))) << x[i];
}

/// Fused multiply-add is one on every target, also where the CPU has no such instruction.
TEST(Elementwise, FmaIsExactEverywhere) {
  std::string type = "tensor<1000xf32>";
  std::string body =
      "  %e = tensor.empty() : " + type + "\n" +
      generic(
          "y", "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>",
          "parallel", "%p, %q, %r : " + type + ", " + type + ", " + type, "%e : " + type,
          "  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):\n    %0 = math.fma %a, %b, %c : f32\n    linalg.yield %0 : f32",
          type);
  ProgramRunner runner(mainModule({{"p", type, "1000"}, {"q", type, "1000"}, {"r", type, "1000"}}, {type}, body, "%y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<float> p = randomFloats(1000, -1, 1, 1), q = randomFloats(1000, -1, 1, 2), r(1000);
  for (int i = 0; i < 1000; ++i)
    r[i] = i % 3 ? -p[i] * q[i] : 1e-30f * q[i];
  r[7] = INFINITY, p[8] = NAN, r[9] = -0.0f, p[10] = 1e30f, q[10] = 1e30f, r[10] = -INFINITY;
  std::vector<float> y =
      runEverywhere(runner, {Array::of({1000}, p), Array::of({1000}, q), Array::of({1000}, r)})[0].as<float>();
  for (int i = 0; i < 1000; ++i) {
    if (i != 8) {
      EXPECT_EQ(y[i], std::fma(p[i], q[i], r[i])) << i;
    }
  }
  EXPECT_TRUE(std::isnan(y[8]));
}

TEST(Elementwise, HalfFloatsRoundTrip) {
  // Every f16 through f32 arithmetic and back.
  std::string type = "tensor<65536xf16>";
  std::string maps = "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>";
  std::string body =
      "  %e = tensor.empty() : " + type + "\n  %f = tensor.empty() : tensor<65536xf32>\n" +
      generic("w", maps, "parallel", "%x : " + type, "%f : tensor<65536xf32>",
              "  ^bb0(%a: f16, %o: f32):\n    %0 = arith.extf %a : f16 to f32\n    linalg.yield %0 : f32",
              "tensor<65536xf32>") +
      generic("y", maps, "parallel", "%x : " + type, "%e : " + type,
              "  ^bb0(%a: f16, %o: f16):\n    %c = arith.constant 0.333 : f16\n    %0 = arith.mulf %a, %c : f16\n"
              "    linalg.yield %0 : f16",
              type);
  ProgramRunner runner(mainModule({{"x", type, "65536"}}, {"tensor<65536xf32>", type}, body, "%w, %y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<uint16_t> x(65536);
  for (int i = 0; i < 65536; ++i)
    x[i] = (i & 0x7fff) > 0x7c00 ? 0x3c00 : i; // one NaN has many encodings
  auto outputs = runEverywhere(runner, {Array::of({65536}, x)});
  std::vector<float> w = outputs[0].as<float>();
  std::vector<uint16_t> y = outputs[1].as<uint16_t>();
  for (int i = 0; i < 65536; ++i) {
    _Float16 value, third = static_cast<_Float16>(0.333f);
    std::memcpy(&value, &x[i], 2);
    ASSERT_EQ(w[i], static_cast<float>(value)) << i;
    _Float16 product = static_cast<_Float16>(static_cast<float>(value) * static_cast<float>(third));
    uint16_t bits;
    std::memcpy(&bits, &product, 2);
    ASSERT_EQ(y[i], bits) << i;
  }
}

/// f64 to f16 is rounded once, although it goes through f32.
TEST(Elementwise, DoublesRoundToHalvesOnce) {
  std::string body =
      "  %e = tensor.empty() : tensor<4000xf16>\n" +
      generic("y", "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>", "parallel", "%x : tensor<4000xf64>",
              "%e : tensor<4000xf16>",
              "  ^bb0(%a: f64, %o: f16):\n    %0 = arith.truncf %a : f64 to f16\n    linalg.yield %0 : f16",
              "tensor<4000xf16>");
  ProgramRunner runner(mainModule({{"x", "tensor<4000xf64>", "4000"}}, {"tensor<4000xf16>"}, body, "%y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<double> x(4000);
  for (int i = 0; i < 4000; ++i) // just beside the middle between two halves
    x[i] = (1 + (2 * i + 1) * 0x1p-11) * (i % 2 ? 1 + 0x1p-50 : 1 - 0x1p-50) * (i % 3 ? 1 : -0x1p-10);
  x[0] = 1e300, x[1] = 65519.9999999, x[2] = -0.0, x[3] = 1e-30;
  std::vector<uint16_t> y = runEverywhere(runner, {Array::of({4000}, x)})[0].as<uint16_t>();
  for (int i = 0; i < 4000; ++i) {
    _Float16 half = static_cast<_Float16>(x[i]);
    uint16_t bits;
    std::memcpy(&bits, &half, 2);
    ASSERT_EQ(y[i], bits) << x[i];
  }
}

/// Ops that some targets lack must not become library calls.
TEST(Elementwise, NothingBecomesALibraryCall) {
  // One module holds them all.
  std::string body = "  %n = rt.symbol \"n\"\n", returned;
  std::vector<std::string> results;
  std::vector<Argument> arguments;
  for (std::string type : {"i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64"})
    arguments.push_back({"x_" + type, "tensor<?x" + type + ">", "n"});
  auto add = [&](const std::string &from, const std::string &to, const std::vector<std::string> &lines) {
    std::string region = "  ^bb0(%a: " + from + ", %o: " + to + "):\n", name = "y" + std::to_string(results.size());
    for (const std::string &line : lines)
      region += "    " + line + "\n";
    std::string in = "tensor<?x" + from + ">", out = "tensor<?x" + to + ">";
    body += "  %e_" + name + " = tensor.empty(%n) : " + out + "\n" +
            generic(name, "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>", "parallel", "%x_" + from + " : " + in,
                    "%e_" + name + " : " + out, region + "    linalg.yield %r : " + to, out);
    returned += (results.empty() ? "%" : ", %") + name;
    results.push_back(out);
  };
  for (const char *op :
       {"floor", "ceil", "trunc", "round", "roundeven", "absf", "sqrt", "rsqrt", "exp", "log", "tanh", "sin"})
    for (const char *type : {"f64", "bf16"})
      add(type, type, {std::string("%r = math.") + op + " %a : " + type});
  for (const char *op : {"absi", "ctpop", "ctlz", "cttz"})
    for (const char *type : {"i8", "i32", "i64"})
      add(type, type, {std::string("%r = math.") + op + " %a : " + type});
  for (const char *op :
       {"divsi", "divui", "remsi", "remui", "floordivsi", "ceildivsi", "shli", "shrsi", "minsi", "maxui"})
    for (const char *type : {"i8", "i64"})
      add(type, type,
          {std::string("%c = arith.constant 3 : ") + type, std::string("%r = arith.") + op + " %a, %c : " + type});
  for (const char *op : {"divf", "remf", "maximumf", "minimumf", "maxnumf", "minnumf"})
    for (const char *type : {"f32", "f16"})
      add(type, type, {std::string("%r = arith.") + op + " %a, %a : " + type});
  for (const char *integer : {"i8", "i16", "i32", "i64"})
    for (const char *type : {"f32", "f64", "f16", "bf16"}) {
      std::string t = type, i = integer;
      add(t, i, {"%r = arith.fptosi %a : " + t + " to " + i});
      add(t, i, {"%r = arith.fptoui %a : " + t + " to " + i});
      add(i, t, {"%r = arith.sitofp %a : " + i + " to " + t});
      add(i, t, {"%r = arith.uitofp %a : " + i + " to " + t});
    }
  for (const char *type : {"f32", "f16", "bf16"}) {
    add("f64", type, {std::string("%r = arith.truncf %a : f64 to ") + type});
    add(type, "f64", {std::string("%r = arith.extf %a : ") + type + " to f64"});
  }
  ProgramRunner runner(mainModule(arguments, results, body, returned, {"n"}));
  EXPECT_TRUE(runner.ok()) << runner.error();
}

} // namespace
