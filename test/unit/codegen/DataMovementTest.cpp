//===- DataMovementTest.cpp - slices, gathers, outputs, checks and counters ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/Modules.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace rheobase;
using namespace rheobase::test;

namespace {

std::vector<float> counting(size_t count, float first = 0) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = first + i;
  return values;
}

TEST(DataMovement, SlicesStaticAndOpen) {
  std::string body = "  %s = rt.symbol \"s\"\n  %c1 = arith.constant 1 : index\n  %l = arith.subi %s, %c1 : index\n"
                     "  %a = tensor.extract_slice %x[0, 0, 0] [2, 1, 20] [1, 1, 1] : tensor<2x?x20xf32> to "
                     "tensor<2x20xf32> loc(\"/a\")\n"
                     "  %b = tensor.extract_slice %x[0, 1, 1] [2, %l, 10] [1, 1, 2] : tensor<2x?x20xf32> to "
                     "tensor<2x?x10xf32> loc(\"/b\")";
  ProgramRunner runner(mainModule({{"x", "tensor<2x?x20xf32>", "2, s, 20"}}, {"tensor<2x20xf32>", "tensor<2x?x10xf32>"},
                                  body, "%a, %b", {"s"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (int64_t s : {1, 2, 9}) {
    auto outputs = runEverywhere(runner, {Array::of({2, s, 20}, counting(40 * s))});
    EXPECT_EQ(outputs[1].dims, (std::vector<int64_t>{2, s - 1, 10}));
    std::vector<float> a = outputs[0].as<float>(), b = outputs[1].as<float>();
    for (int64_t i = 0; i < 2; ++i) {
      for (int64_t k = 0; k < 20; ++k)
        EXPECT_EQ(a[i * 20 + k], i * s * 20 + k);
      for (int64_t j = 0; j + 1 < s; ++j)
        for (int64_t k = 0; k < 10; ++k)
          EXPECT_EQ(b[(i * (s - 1) + j) * 10 + k], (i * s + j + 1) * 20 + 1 + 2 * k);
    }
  }
}

TEST(DataMovement, SizesThatAreSumsOfSymbols) {
  std::string body =
      "  %m = tensor.extract_slice %x[3] [1] [1] : tensor<?xf32> to tensor<1xf32>\n"
      "  %y = tensor.concat dim(0) %x, %m : (tensor<?xf32>, tensor<1xf32>) -> tensor<?xf32> loc(\"/cat\")";
  ProgramRunner runner(
      mainModule({{"p", "tensor<?xf32>", "p"}, {"q", "tensor<?xf32>", "q"}, {"x", "tensor<?xf32>", "p + 2*q"}},
                 {"tensor<?xf32>"}, body, "%y", {"p", "q"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (int64_t p : {1, 30}) {
    int64_t q = 7, total = p + 2 * q;
    auto outputs = runEverywhere(
        runner, {Array::of({p}, counting(p)), Array::of({q}, counting(q)), Array::of({total}, counting(total))});
    EXPECT_EQ(outputs[0].dims, (std::vector<int64_t>{total + 1}));
    EXPECT_EQ(outputs[0].as<float>()[total], 3);
  }
}

TEST(DataMovement, ElementsPutTogetherFromSizes) {
  std::string body =
      "  %n = rt.symbol \"n\"\n  %c = arith.constant 5 : i64\n  %i = arith.index_cast %n : index to i64\n"
      "  %y = tensor.from_elements %i, %c, %c, %i : tensor<2x2xi64>";
  ProgramRunner runner(mainModule({{"x", "tensor<?xf32>", "n"}}, {"tensor<2x2xi64>"}, body, "%y", {"n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  auto outputs = runEverywhere(runner, {Array::of({9}, counting(9))});
  EXPECT_EQ(outputs[0].as<int64_t>(), (std::vector<int64_t>{9, 5, 5, 9}));
}

/// Rows scattered to places that occur twice, and count from the end.
TEST(DataMovement, Scatters) {
  auto scatter = [](const char *combine) {
    std::string body = std::string("  %y = rt.scatter ") + combine +
                       " %u into %x at %i : tensor<?x3xf32> into tensor<4x2x3xf32> at tensor<?x2xi64> -> "
                       "tensor<4x2x3xf32> loc(\"/scatter\")";
    ProgramRunner runner(mainModule(
        {{"x", "tensor<4x2x3xf32>", "4, 2, 3"}, {"i", "tensor<?x2xi64>", "n, 2"}, {"u", "tensor<?x3xf32>", "n, 3"}},
        {"tensor<4x2x3xf32>"}, body, "%y", {"n"}));
    EXPECT_TRUE(runner.ok()) << runner.error();
    std::vector<int64_t> places{1, 0, 3, 1, -3, -2};
    auto outputs = runEverywhere(runner, {Array::of({4, 2, 3}, std::vector<float>(24, 10)), Array::of({3, 2}, places),
                                          Array::of({3, 3}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 20})});
    std::vector<float> y = outputs[0].as<float>();
    EXPECT_EQ(y[0], 10);
    return std::vector<float>{y[6], y[7], y[8], y[21], y[22], y[23]};
  };
  EXPECT_EQ(scatter("replace"), (std::vector<float>{7, 8, 20, 4, 5, 6}));
  EXPECT_EQ(scatter("add"), (std::vector<float>{18, 20, 33, 14, 15, 16}));
  EXPECT_EQ(scatter("mul"), (std::vector<float>{70, 160, 600, 40, 50, 60}));
  EXPECT_EQ(scatter("max"), (std::vector<float>{10, 10, 20, 10, 10, 10}));
  EXPECT_EQ(scatter("min"), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(DataMovement, ConcatenatesOpenSizes) {
  std::string body =
      "  %y = tensor.concat dim(1) %p, %q : (tensor<3x?xf32>, tensor<3x5xf32>) -> tensor<3x?xf32> loc(\"/cat\")";
  ProgramRunner runner(mainModule({{"p", "tensor<3x?xf32>", "3, s"}, {"q", "tensor<3x5xf32>", "3, 5"}},
                                  {"tensor<3x?xf32>"}, body, "%y", {"s"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (int64_t s : {0, 4, 40}) {
    auto outputs = runEverywhere(runner, {Array::of({3, s}, counting(3 * s)), Array::of({3, 5}, counting(15, 1000))});
    EXPECT_EQ(outputs[0].dims, (std::vector<int64_t>{3, s + 5}));
    std::vector<float> y = outputs[0].as<float>();
    for (int64_t i = 0; i < 3; ++i)
      for (int64_t j = 0; j < s + 5; ++j)
        EXPECT_EQ(y[i * (s + 5) + j], j < s ? i * s + j : 1000 + i * 5 + j - s);
  }
}

TEST(DataMovement, PadsAndInserts) {
  std::string body =
      "  %v = arith.constant -1.5 : f32\n"
      "  %a = tensor.pad %x low[1, 2] high[0, 3] {\n  ^bb0(%i: index, %j: index):\n    tensor.yield %v : f32\n"
      "  } : tensor<?x20xf32> to tensor<?x25xf32> loc(\"/pad\")\n"
      "  %b = tensor.insert_slice %x into %a[1, 5] [%n, 20] [1, 1] : tensor<?x20xf32> into tensor<?x25xf32> "
      "loc(\"/ins\")";
  ProgramRunner runner(mainModule({{"x", "tensor<?x20xf32>", "n, 20"}}, {"tensor<?x25xf32>", "tensor<?x25xf32>"},
                                  "  %n = rt.symbol \"n\"\n" + body, "%a, %b", {"n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  auto outputs = runEverywhere(runner, {Array::of({4, 20}, counting(80))});
  std::vector<float> a = outputs[0].as<float>(), b = outputs[1].as<float>();
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 25; ++j) {
      float padded = i >= 1 && j >= 2 && j < 22 ? (i - 1) * 20 + j - 2 : -1.5f;
      EXPECT_EQ(a[i * 25 + j], padded);
      EXPECT_EQ(b[i * 25 + j], i >= 1 && j >= 5 ? (i - 1) * 20 + j - 5 : padded);
    }
}

/// y[i, j] = table[clamp(ids[i]), j]
std::string gatherModule() {
  std::string body =
      "  %n = rt.symbol \"n\"\n  %rows = arith.constant 11 : index\n  rt.check_indices %ids, %rows : tensor<?xi64> "
      "loc(\"/embed\")\n"
      "  %e = tensor.empty(%n) : tensor<?x40xf32>\n" +
      generic("y", "affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>", "parallel, parallel",
              "%ids : tensor<?xi64>", "%e : tensor<?x40xf32>",
              "  ^bb0(%id: i64, %o: f32):\n    %z = arith.constant 0 : i64\n    %l = arith.constant 11 : i64\n"
              "    %neg = arith.cmpi slt, %id, %z : i64\n    %up = arith.addi %id, %l : i64\n    %p = arith.select "
              "%neg, %up, %id : i64\n"
              "    %r = arith.index_cast %p : i64 to index\n    %j = linalg.index 1 : index\n"
              "    %0 = tensor.extract %table[%r, %j] : tensor<11x40xf32>\n    linalg.yield %0 : f32",
              "tensor<?x40xf32>");
  return mainModule({{"ids", "tensor<?xi64>", "n"}, {"table", "tensor<11x40xf32>", "11, 40"}}, {"tensor<?x40xf32>"},
                    body, "%y", {"n"});
}

TEST(DataMovement, GathersRows) {
  ProgramRunner runner(gatherModule());
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<int64_t> ids = {3, 0, 10, -1, -11, 3};
  std::vector<float> y =
      runEverywhere(runner, {Array::of({6}, ids), Array::of({11, 40}, counting(440))})[0].as<float>();
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 40; ++j)
      EXPECT_EQ(y[i * 40 + j], (ids[i] + 11) % 11 * 40 + j);
}

TEST(DataMovement, IndexOutOfRangeNamesItsNode) {
  ProgramRunner runner(gatherModule());
  ASSERT_TRUE(runner.ok()) << runner.error();
  for (int64_t wrong : {11, -12, 1 << 30}) {
    RunResult run = runner.run({Array::of<int64_t>({3}, {0, wrong, 1}), Array::of({11, 40}, counting(440))});
    EXPECT_EQ(run.status, 1);
    EXPECT_EQ(run.location, "/embed");
  }
}

TEST(DataMovement, ReturnsInputsConstantsAndOneValueTwice) {
  std::string body =
      "  %c = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>\n  %e = tensor.empty() : tensor<3xf32>\n" +
      generic("y", "affine_map<(i) -> (i)>, affine_map<(i) -> (i)>", "parallel", "%x : tensor<3xf32>",
              "%e : tensor<3xf32>",
              "  ^bb0(%a: f32, %o: f32):\n    %0 = arith.negf %a : f32\n    linalg.yield %0 : f32", "tensor<3xf32>");
  std::string t = "tensor<3xf32>";
  ProgramRunner runner(mainModule({{"x", t, "3"}}, {t, t, t, t}, body, "%x, %c, %y, %y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  auto outputs = runEverywhere(runner, {Array::of<float>({3}, {7, 8, 9})});
  EXPECT_EQ(outputs[0].as<float>(), (std::vector<float>{7, 8, 9}));
  EXPECT_EQ(outputs[1].as<float>(), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(outputs[2].as<float>(), (std::vector<float>{-7, -8, -9}));
  EXPECT_EQ(outputs[3].as<float>(), outputs[2].as<float>());
}

TEST(DataMovement, ViewsShareTheirBuffer) {
  std::string body =
      "  %n = rt.symbol \"n\"\n  %e = tensor.empty(%n) : tensor<?x6xf32>\n" +
      generic("z", "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>", "parallel, parallel",
              "%x : tensor<?x6xf32>", "%e : tensor<?x6xf32>",
              "  ^bb0(%a: f32, %o: f32):\n    %0 = arith.addf %a, %a : f32\n    linalg.yield %0 : f32",
              "tensor<?x6xf32>") +
      "  %v = tensor.expand_shape %z [[0], [1, 2]] output_shape [%n, 2, 3] : tensor<?x6xf32> into tensor<?x2x3xf32>";
  ProgramRunner runner(mainModule({{"x", "tensor<?x6xf32>", "n, 6"}}, {"tensor<?x2x3xf32>"}, body, "%v", {"n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  EXPECT_EQ(runner.program().dispatches.size(), 1u) << "a reshape must not copy";
  auto outputs = runEverywhere(runner, {Array::of({4, 6}, counting(24))});
  EXPECT_EQ(outputs[0].dims, (std::vector<int64_t>{4, 2, 3}));
  EXPECT_EQ(outputs[0].as<float>()[23], 46);
}

/// Shapes as data: a vector of i64 put together from symbols.
TEST(DataMovement, SizesAsElements) {
  std::string body =
      "  %n = rt.symbol \"n\"\n  %c = arith.constant 6 : i64\n  %i = arith.index_cast %n : index to i64\n"
      "  %y = tensor.from_elements %i, %c : tensor<2xi64>";
  ProgramRunner runner(mainModule({{"x", "tensor<?x6xf32>", "n, 6"}}, {"tensor<2xi64>"}, body, "%y", {"n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  EXPECT_EQ(runEverywhere(runner, {Array::of({4, 6}, counting(24))})[0].as<int64_t>(), (std::vector<int64_t>{4, 6}));
}

TEST(DataMovement, CountersRunOnlyWhenAsked) {
  std::string body =
      "  %n = rt.symbol \"n\"\n  %f = arith.constant 96 : index\n  %e = tensor.empty(%n) : tensor<?x20xi32>\n"
      "  %g = tensor.empty(%n) : tensor<?x20xi8>\n" +
      generic("y", "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>", "parallel, parallel",
              "%x : tensor<?x20xi8>", "%g : tensor<?x20xi8>",
              "  ^bb0(%a: i8, %o: i8):\n    %0 = arith.addi %a, %a : i8\n    linalg.yield %0 : i8", "tensor<?x20xi8>") +
      generic("bits", "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>", "parallel, parallel",
              "%y : tensor<?x20xi8>", "%e : tensor<?x20xi32>",
              "  ^bb0(%a: i8, %o: i32):\n    %0 = math.ctpop %a : i8\n    %1 = arith.extui %0 : i8 to i32\n"
              "    linalg.yield %1 : i32",
              "tensor<?x20xi32>") +
      "  rt.count %bits, %f {site = \"/q\", quantity = \"synops\"} : tensor<?x20xi32> loc(\"/q\")\n"
      "  %one = arith.constant 1 : index\n"
      "  rt.count %bits, %one {site = \"/q\", quantity = \"spikes\"} : tensor<?x20xi32> loc(\"/q\")";
  ProgramRunner runner(mainModule({{"x", "tensor<?x20xi8>", "n, 20"}}, {"tensor<?x20xi8>"}, body, "%y", {"n"}));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<uint8_t> x = randomIntegers<uint8_t>(140, 0, 127);
  int64_t spikes = 0;
  for (uint8_t value : x)
    spikes += __builtin_popcount(value);
  const artifact::Program &program = runner.program();
  ASSERT_EQ(program.counters.size(), 2u);
  EXPECT_EQ(program.counters[0].quantity, "synops");
  size_t always =
      std::count_if(program.dispatches.begin(), program.dispatches.end(), [](const auto &d) { return !d.counting; });
  EXPECT_EQ(always, 1u);
  EXPECT_EQ(runner.run({Array::of({7, 20}, x)}).counters, (std::vector<int64_t>{0, 0}));
  for (size_t target = 0; target < program.code.size(); ++target)
    EXPECT_EQ(runner.run({Array::of({7, 20}, x)}, target, 3, true).counters,
              (std::vector<int64_t>{96 * spikes, spikes}));
}

TEST(DataMovement, EqualKernelsAreShared) {
  std::string maps = "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>";
  std::string sum = "  ^bb0(%a: f32, %o: f32):\n    %0 = arith.addf %o, %a : f32\n    linalg.yield %0 : f32";
  std::string body =
      "  %z = arith.constant 0.0 : f32\n  %e = tensor.empty() : tensor<8xf32>\n"
      "  %f = linalg.fill ins(%z : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>\n" +
      generic("p", maps, "reduction, parallel", "%x : tensor<4x8xf32>", "%f : tensor<8xf32>", sum, "tensor<8xf32>") +
      generic("q", maps, "reduction, parallel", "%y : tensor<4x8xf32>", "%f : tensor<8xf32>", sum, "tensor<8xf32>");
  ProgramRunner runner(mainModule({{"x", "tensor<4x8xf32>", "4, 8"}, {"y", "tensor<4x8xf32>", "4, 8"}},
                                  {"tensor<8xf32>", "tensor<8xf32>"}, body, "%p, %q"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  EXPECT_EQ(runner.program().kernels.size(), 1u);
  ASSERT_EQ(runner.program().dispatches.size(), 2u);
  EXPECT_EQ(runner.program().dispatches[1].location, "/q");
}

TEST(DataMovement, TapsAreNamedByNodes) {
  std::string sumMaps = "affine_map<(i) -> (i)>, affine_map<(i) -> ()>";
  std::string body =
      "  %z = arith.constant 0.0 : f32\n  %e = tensor.empty() : tensor<8xf32>\n  %s = tensor.empty() : tensor<f32>\n"
      "  %f = linalg.fill ins(%z : f32) outs(%s : tensor<f32>) -> tensor<f32>\n" +
      generic("sum", sumMaps, "reduction", "%x : tensor<8xf32>", "%f : tensor<f32>",
              "  ^bb0(%a: f32, %o: f32):\n    %0 = arith.addf %o, %a : f32\n    linalg.yield %0 : f32", "tensor<f32>") +
      generic("y", "affine_map<(i) -> ()>, affine_map<(i) -> (i)>", "parallel", "%sum : tensor<f32>",
              "%e : tensor<8xf32>", "  ^bb0(%a: f32, %o: f32):\n    linalg.yield %a : f32", "tensor<8xf32>");
  ProgramRunner runner(mainModule({{"x", "tensor<8xf32>", "8"}}, {"tensor<8xf32>"}, body, "%y"));
  ASSERT_TRUE(runner.ok()) << runner.error();
  ASSERT_EQ(runner.program().taps.size(), 1u);
  EXPECT_EQ(runner.program().taps[0].tensor.name, "/sum");
  EXPECT_EQ(runner.program().taps[0].after, 0u);
}

TEST(DataMovement, CompilesToTheSameBytesTwice) {
  ProgramRunner a(gatherModule()), b(gatherModule());
  ASSERT_TRUE(a.ok() && b.ok());
  for (size_t i = 0; i < a.program().code.size(); ++i)
    EXPECT_EQ(a.program().code[i].image, b.program().code[i].image);
}

} // namespace

/// A program as text, with a kernel that keeps what it computes in scratch memory before it stores it.
TEST(Scratch, HoldsWhatAKernelNeedsInside) {
  const char *text = R"(
#id = affine_map<(i) -> (i)>
rt.program @main attributes {symbols = [{name = "n", min = 1, max = 0}]} {
  %n = rt.symbol "n"
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %bytes = arith.muli %n, %c4 : index
  %x = rt.input 0 "x"(%n) : tensor<?xf32>
  %y = rt.output 0 "y"(%n) : tensor<?xf32>
  rt.dispatch @keep grid(%c1) sizes(%n, %n, %bytes, %n) buffers(%x, %y) writes [1] scratch(%bytes)
}
func.func private @keep(%x: memref<?xf32>, %y: memref<?xf32>, %own: memref<?xi8> {rt.scratch}, %n: index) {
  %c0 = arith.constant 0 : index
  %kept = memref.view %own[%c0][%n] : memref<?xi8> to memref<?xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%kept : memref<?xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %p : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%kept : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %p : f32
    linalg.yield %0 : f32
  }
  return
}
)";
  ProgramRunner runner(text);
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<float> x = randomFloats(37), expected;
  for (float value : x)
    expected.push_back(4 * value * value);
  for (size_t target = 0; target < runner.program().code.size(); ++target)
    EXPECT_EQ(runner.run({Array::of<float>({37}, x)}, target).outputs.at(0).as<float>(), expected);
  // Bytes: four for each element.
  ASSERT_EQ(runner.program().dispatches.size(), 1u);
  EXPECT_EQ(runner.program().dispatches[0].buffers.size(), 2u);
  EXPECT_EQ(runner.program().dispatches[0].scratch.size(), 3u);
}
