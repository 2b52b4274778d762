//===- StatesTest.cpp - what a session keeps from run to run --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

/// A row of x is put behind its row of the past: present = [past, x], y = the sum of present. Fails where x is
/// negative.
static int64_t append(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end) {
  const auto *x = static_cast<const float *>(buffers[0]), *past = static_cast<const float *>(buffers[1]);
  auto *y = static_cast<float *>(buffers[2]), *present = static_cast<float *>(buffers[3]);
  int64_t length = sizes[0];
  for (int64_t row = begin; row < end; ++row) {
    float *to = present + row * (length + 1);
    std::copy(past + row * length, past + (row + 1) * length, to);
    to[length] = x[row];
    y[row] = 0;
    for (int64_t i = 0; i <= length; ++i)
      y[row] += to[i];
    if (x[row] < 0)
      return 1;
  }
  return 0;
}

static Expr plusOne(Expr a) {
  Expr one = number(1);
  a.insert(a.end(), one.begin(), one.end());
  a.push_back({ExprOp::Code::Add});
  return a;
}

/// x: f32[batch]; past: f32[batch, n] and present: f32[batch, n + 1] are a state.
static Program appendProgram() {
  Program program;
  program.name = "append";
  program.symbols = {{"batch", 1, 0}, {"n", 0, 3}};
  Expr batch = symbol(0), length = symbol(1), four = number(4);
  program.inputs = {{"x", DType::F32, {batch}, 0}, {"past", DType::F32, {batch, length}, 1}};
  program.outputs = {{"present", DType::F32, {batch, plusOne(length)}, 3}, {"y", DType::F32, {batch}, 2}};
  program.states = {{1, 0}};
  program.buffers = {{BufferKind::Input, 0, 0, times(batch, four)},
                     {BufferKind::Input, 1, 0, times(times(batch, length), four)},
                     {BufferKind::Output, 1, 0, times(batch, four)},
                     {BufferKind::Output, 0, 0, times(times(batch, plusOne(length)), four)}};
  program.kernels = {"append"};
  program.dispatches = {{0, "/append", {0, 1, 2, 3}, {2, 3}, {length}, batch, false}};
  program.code = {hostCode({append})};
  return program;
}

namespace {
struct Appending : Opened {
  Appending() : Opened(appendProgram()) {}

  /// Runs on x; the sums, or none where the run failed, whose message is in `message`.
  std::vector<float> run(std::vector<float> x) {
    int64_t batch = static_cast<int64_t>(x.size());
    TestTensor<float> in{{batch}, std::move(x)}, out{{batch}, std::vector<float>(in.data.size())};
    rhb::Status status = session.run({in.view(RHB_F32)}, {out.view(RHB_F32)});
    message = status.message();
    return status.ok() ? out.data : std::vector<float>();
  }
  std::string message;
};
} // namespace

using Floats = std::vector<float>;

TEST(States, AreNeitherInputsNorOutputs) {
  Appending opened;
  const rhb_artifact_info &info = opened.artifact.info();
  ASSERT_EQ(info.input_count, 1u);
  EXPECT_STREQ(info.inputs[0].name, "x");
  ASSERT_EQ(info.output_count, 1u);
  EXPECT_STREQ(info.outputs[0].name, "y");
  ASSERT_EQ(info.state_count, 1u);
  EXPECT_STREQ(info.states[0].name, "past");
  EXPECT_STREQ(info.states[0].dims_texts[1], "n");
}

TEST(States, GrowFromRunToRunAndBeginAnew) {
  Appending opened;
  EXPECT_EQ(opened.run({1, 10}), (Floats{1, 10}));
  EXPECT_EQ(opened.run({2, 20}), (Floats{3, 30}));
  EXPECT_EQ(opened.run({4, 40}), (Floats{7, 70}));
  opened.session.resetStates();
  EXPECT_EQ(opened.run({5}), (Floats{5})) << opened.message;
}

TEST(States, KeepTheirValueWhereARunFails) {
  Appending opened;
  EXPECT_EQ(opened.run({1}), (Floats{1}));
  EXPECT_EQ(opened.run({-1}), Floats());
  expectContains(opened.message, "index out of range at node '/append'");
  EXPECT_EQ(opened.run({2}), (Floats{3}));
}

TEST(States, RefuseOtherShapesAndLengths) {
  Appending opened;
  EXPECT_EQ(opened.run({1}), (Floats{1}));
  EXPECT_EQ(opened.run({1, 2}), Floats());
  expectContains(opened.message, "reset the session's states to begin anew with other shapes");
  for (float sum : {2.0f, 3.0f, 4.0f})
    EXPECT_EQ(opened.run({1}), (Floats{sum}));
  EXPECT_EQ(opened.run({1}), Floats());
  expectContains(opened.message, "dimension 'n' of input 'past' is 4, expected 0 to 3");
}

TEST(States, AreSavedAndRestored) {
  Appending opened, other;
  rhb_tensor view;
  EXPECT_EQ(opened.session.readState(0, view).code(), RHB_NOT_FOUND);
  opened.run({1});
  opened.run({2});
  ASSERT_TRUE(opened.session.readState(0, view).ok());
  ASSERT_EQ(view.rank, 2u);
  EXPECT_EQ(view.dims[1], 2);
  EXPECT_EQ(static_cast<const float *>(view.data)[1], 2);
  ASSERT_TRUE(other.session.writeState(0, view).ok());
  EXPECT_EQ(other.run({4}), (Floats{7})) << other.message;
}

TEST(States, RefuseWrongValues) {
  Appending opened;
  TestTensor<float> value{{1, 2}, {1, 2}};
  rhb_tensor view = value.view(RHB_F32);
  EXPECT_EQ(opened.session.writeState(1, view).code(), RHB_NOT_FOUND);
  view.dtype = RHB_F64;
  EXPECT_EQ(opened.session.writeState(0, view).code(), RHB_INVALID_ARGUMENT);
  view = value.view(RHB_F32);
  view.rank = 1;
  EXPECT_EQ(opened.session.writeState(0, view).code(), RHB_INVALID_ARGUMENT);
  view = value.view(RHB_F32);
  view.size = 4;
  EXPECT_EQ(opened.session.writeState(0, view).code(), RHB_INVALID_ARGUMENT);
  EXPECT_EQ(opened.session.readState(1, view).code(), RHB_NOT_FOUND);
  EXPECT_EQ(opened.run({4}), (Floats{4}));
}

TEST(States, SayTheOutputShape) {
  Appending opened;
  TestTensor<float> x{{1}, {1}}, two{{2}, {1, 2}};
  std::vector<int64_t> dims;
  opened.run({1});
  ASSERT_TRUE(opened.session.outputDims(opened.artifact, {x.view(RHB_F32)}, 0, dims).ok());
  EXPECT_EQ(dims, (std::vector<int64_t>{1}));
  EXPECT_EQ(opened.session.outputDims(opened.artifact, {two.view(RHB_F32)}, 0, dims).code(), RHB_INVALID_ARGUMENT);
  ASSERT_TRUE(opened.artifact.outputDims({two.view(RHB_F32)}, 0, dims).ok());
  EXPECT_EQ(dims, (std::vector<int64_t>{2}));
  EXPECT_EQ(opened.session.outputDims(opened.artifact, {x.view(RHB_F32)}, 1, dims).code(), RHB_NOT_FOUND);
}

TEST(States, AreCheckedWhenOpened) {
  Program program = appendProgram();
  program.states = {{2, 0}};
  expectContains(openError(program), "input 2 in 'a state', there are 2");
  program.states = {{1, 2}};
  expectContains(openError(program), "output 2 in 'past', there are 2");
  program.states = {{1, 0}, {1, 0}};
  expectContains(openError(program), "state 'past' shares its input or output with another");
  program.states = {{1, 1}};
  expectContains(openError(program), "state 'past' has another element type or rank than 'y'");
}
