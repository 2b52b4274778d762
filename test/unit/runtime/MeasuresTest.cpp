//===- MeasuresTest.cpp - sizes that a run computes -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "gtest/gtest.h"

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

/// rows = counts[0] + 1, kept = counts[1].
static int64_t countRows(void *const *buffers, const int64_t *, int64_t, int64_t) {
  const auto *counts = static_cast<const int64_t *>(buffers[0]);
  auto *rows = static_cast<int64_t *>(buffers[1]), *kept = static_cast<int64_t *>(buffers[2]);
  rows[0] = counts[0] + 1;
  kept[0] = counts[1];
  return 0;
}

/// columns = kept + rows, where rows is a size.
static int64_t countColumns(void *const *buffers, const int64_t *sizes, int64_t, int64_t) {
  const auto *kept = static_cast<const int64_t *>(buffers[0]);
  auto *columns = static_cast<int64_t *>(buffers[1]);
  columns[0] = kept[0] + sizes[0];
  columns[1] = sizes[0];
  return 0;
}

/// y[row, column] = 10 row + column + kept
static int64_t fill(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end) {
  const auto *kept = static_cast<const int64_t *>(buffers[0]);
  auto *y = static_cast<float *>(buffers[1]);
  for (int64_t row = begin; row < end; ++row)
    for (int64_t column = 0; column < sizes[0]; ++column)
      y[row * sizes[0] + column] = static_cast<float>(10 * row + column + kept[0]);
  return 0;
}

/// counts: i64[2] -> y: f32[rows, columns]: rows from 1 to 5, columns any number.
static Program measuringProgram() {
  Program program;
  program.name = "measuring";
  program.symbols = {{"rows", 1, 5}, {"columns", 0, 0}};
  Expr rows = symbol(0), columns = symbol(1), eight = number(8), bytes = times(times(rows, columns), number(4));
  program.inputs = {{"counts", DType::I64, {number(2)}, 0}};
  program.outputs = {{"y", DType::F32, {rows, columns}, 4}};
  program.buffers = {
      {BufferKind::Input, 0, 0, number(16)},
      {BufferKind::Arena, 0, 0, eight},
      {BufferKind::Arena, 1, 0, eight},
      {BufferKind::Arena, 2, 0, number(16)},
      {BufferKind::Output, 0, 0, bytes},
      // Not used: its size is wrong before the columns are known.
      {BufferKind::Arena, 3, 0, {{ExprOp::Code::Symbol, 1}, {ExprOp::Code::Constant, -1}, {ExprOp::Code::Add}}}};
  program.slots = 4;
  program.kernels = {"rows", "columns", "fill"};
  program.dispatches = {{0, "/rows", {0, 1, 2}, {1, 2}, {}, number(1), false},
                        {1, "/columns", {2, 3}, {1}, {rows}, number(1), false},
                        {2, "/fill", {2, 4}, {1}, {columns}, rows, false}};
  program.measures = {{1, 1, "/rows", {rows}}, {2, 3, "/columns", {columns, rows}}};
  program.code = {hostCode({countRows, countColumns, fill})};
  return program;
}

namespace {
struct Measuring : Opened {
  Measuring() : Opened(measuringProgram()) {}

  std::string dimsOrError(int64_t first, int64_t second, std::vector<int64_t> &dims) {
    counts = {{2}, {first, second}};
    return session.outputDims(artifact, {counts.view(RHB_I64)}, 0, dims).message();
  }
  /// y for two counts; checks its shape on the way.
  std::vector<float> run(int64_t first, int64_t second) {
    std::vector<int64_t> dims;
    EXPECT_EQ(dimsOrError(first, second, dims), "");
    EXPECT_EQ(dims, (std::vector<int64_t>{first + 1, first + 1 + second}));
    TestTensor<float> y{dims, std::vector<float>(dims[0] * dims[1], -1)};
    EXPECT_EQ(std::string(session.run({counts.view(RHB_I64)}, {y.view(RHB_F32)}).message()), "");
    return y.data;
  }
  TestTensor<int64_t> counts;
};
} // namespace

static std::vector<float> expected(int64_t first, int64_t second) {
  std::vector<float> y;
  for (int64_t row = 0; row < first + 1; ++row)
    for (int64_t column = 0; column < first + 1 + second; ++column)
      y.push_back(static_cast<float>(10 * row + column + second));
  return y;
}

TEST(Measures, GiveShapesThatElementsSay) {
  Measuring measuring;
  for (auto [first, second] : {std::pair(1, 2), std::pair(1, 2), std::pair(4, 0), std::pair(0, 30), std::pair(1, 2)})
    EXPECT_EQ(measuring.run(first, second), expected(first, second)) << first << " " << second;
}

TEST(Measures, AreHeldAgainstRanges) {
  Measuring measuring;
  std::vector<int64_t> dims;
  expectContains(measuring.dimsOrError(5, 1, dims), "size 0 at node '/rows' is 6, expected rows with rows from 1 to 5");
  expectContains(measuring.dimsOrError(1, -3, dims),
                 "size 0 at node '/columns' is -1, expected columns with columns from 0 to any number");
  EXPECT_EQ(measuring.run(1, 2), expected(1, 2));
}

TEST(Measures, AreHeldAgainstKnownSizes) {
  Program program = measuringProgram();
  program.measures[1].values[1] = number(2);
  Opened opened(program);
  TestTensor<int64_t> counts{{2}, {3, 1}};
  std::vector<int64_t> dims;
  expectContains(opened.session.outputDims(opened.artifact, {counts.view(RHB_I64)}, 0, dims).message(),
                 "size 1 at node '/columns' is 4, expected 2");
  counts.data = {1, 1};
  EXPECT_TRUE(opened.session.outputDims(opened.artifact, {counts.view(RHB_I64)}, 0, dims).ok());
}

TEST(Measures, AreReadOffInputsToo) {
  Program program = measuringProgram();
  program.dispatches.erase(program.dispatches.begin(), program.dispatches.begin() + 2);
  program.dispatches[0].buffers[0] = 0;
  program.measures = {{0, 0, "/counts", {times(symbol(0), number(2)), symbol(1)}}};
  Opened opened(program);
  TestTensor<int64_t> counts{{2}, {4, 3}};
  std::vector<int64_t> dims;
  ASSERT_TRUE(opened.session.outputDims(opened.artifact, {counts.view(RHB_I64)}, 0, dims).ok());
  EXPECT_EQ(dims, (std::vector<int64_t>{2, 3}));
  counts.data[0] = 3;
  expectContains(opened.session.outputDims(opened.artifact, {counts.view(RHB_I64)}, 0, dims).message(),
                 "size 0 at node '/counts' is 3, expected rows * 2");
}

TEST(Measures, NeedASession) {
  Measuring measuring;
  TestTensor<int64_t> counts{{2}, {1, 1}};
  std::vector<int64_t> dims;
  EXPECT_EQ(measuring.artifact.outputDims({counts.view(RHB_I64)}, 0, dims).code(), RHB_UNSUPPORTED);
}

TEST(Measures, AreCheckedOnLoading) {
  auto error = [](auto damage) {
    Program program = measuringProgram();
    damage(program);
    return openError(program);
  };
  expectContains(error([](Program &p) { p.measures[0].buffer = 9; }), "buffer 9 in '/rows', there are 6");
  expectContains(error([](Program &p) { p.measures[0].buffer = 4; }), "'/rows' measures an output or the counters");
  expectContains(error([](Program &p) { p.measures[0].before = 4; }), "a measure at dispatch 4 of 3 in '/rows'");
  expectContains(error([](Program &p) { std::swap(p.measures[0].before, p.measures[1].before); }),
                 "a measure at dispatch 1 of 3 in '/columns', expected 2 or more");
  expectContains(error([](Program &p) { p.measures[1].before = 3; }), "'/fill' uses an output before the last measure");
  expectContains(error([](Program &p) { p.measures.pop_back(); }),
                 "symbol 'columns' is neither a dimension of an input nor measured");
}

TEST(Measures, AreNotNeededBefore) {
  auto error = [](auto damage) {
    Program program = measuringProgram();
    damage(program);
    return openError(program);
  };
  Expr both = times(symbol(0), symbol(1));
  expectContains(error([&](Program &p) { p.measures[0].values = {both}; }),
                 "'/rows' measures rows * columns before its symbols are known");
  expectContains(error([&](Program &p) { p.inputs[0].dims = {both}; }),
                 "input 'counts' has the dimension rows * columns, of which no input says a symbol");
  expectContains(error([&](Program &p) { p.taps = {{{"early", DType::F32, {number(1)}, 4}, 0}}; }),
                 "tap 'early' reads an output before the last measure");
}

/// A tap in the part that computes sizes has its buffer's memory, also where nothing else uses it there.
TEST(Measures, LeaveTapsTheirMemory) {
  Program program = measuringProgram();
  program.buffers[5].bytes = number(1 << 20);
  program.taps = {{{"rows", DType::I64, {number(1)}, 1}, 0}, {{"other", DType::I64, {number(1 << 17)}, 5}, 0}};
  Opened opened(program);
  TestTensor<int64_t> counts{{2}, {1, 2}};
  TestTensor<float> y{{2, 4}, std::vector<float>(8)};
  ASSERT_TRUE(opened.session.selectTap(0, true).ok());
  ASSERT_TRUE(opened.session.selectTap(1, true).ok());
  ASSERT_TRUE(opened.session.run({counts.view(RHB_I64)}, {y.view(RHB_F32)}).ok());
  rhb_tensor rows{};
  ASSERT_TRUE(opened.session.tap(0, rows).ok());
  EXPECT_EQ(static_cast<const int64_t *>(rows.data)[0], 2);
  ASSERT_TRUE(opened.session.tap(1, rows).ok());
  EXPECT_EQ(rows.size, 1u << 20);
}

/// Asking for shapes shows in no progress and no profile.
TEST(Measures, AreTakenSilently) {
  rhb_session_options options = RHB_SESSION_OPTIONS_INIT;
  options.profile = 1;
  Opened opened(measuringProgram(), &options);
  int calls = 0;
  auto count = [](void *user, size_t, size_t) { return ++*static_cast<int *>(user), 0; };
  ASSERT_TRUE(opened.session.setProgress(count, &calls).ok());
  TestTensor<int64_t> counts{{2}, {1, 2}};
  std::vector<int64_t> dims;
  ASSERT_TRUE(opened.session.outputDims(opened.artifact, {counts.view(RHB_I64)}, 0, dims).ok());
  EXPECT_EQ(calls, 0);
  TestTensor<float> y{dims, std::vector<float>(8)};
  ASSERT_TRUE(opened.session.run({counts.view(RHB_I64)}, {y.view(RHB_F32)}).ok());
  EXPECT_EQ(calls, 3);
}

TEST(Measures, LieInTheirBuffers) {
  Program program = measuringProgram();
  program.measures[0].values.push_back(number(0));
  Opened opened(program);
  TestTensor<int64_t> counts{{2}, {1, 1}};
  std::vector<int64_t> dims;
  expectContains(opened.session.outputDims(opened.artifact, {counts.view(RHB_I64)}, 0, dims).message(),
                 "'/rows' measures 2 sizes in a buffer of 8 bytes");
}
