//===- GrowthTest.cpp - states that a run appends to where they lie -------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "rheobase/Artifact/Format.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

using Floats = std::vector<float>;

/// What the kernel saw of its memory in the last call.
static const float *lastPresent = nullptr;
static int64_t lastRoom = 0;

/// Row by row, x is put behind the past in present, which has `room` columns; y is the sum of present. Fails, after it
/// has written, where x is negative.
static int64_t appendInPlace(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end) {
  const auto *x = static_cast<const float *>(buffers[0]);
  auto *y = static_cast<float *>(buffers[1]), *present = static_cast<float *>(buffers[2]);
  int64_t added = sizes[0], length = sizes[1], room = sizes[2];
  lastPresent = present, lastRoom = room;
  for (int64_t row = begin; row < end; ++row) {
    float *to = present + row * room;
    std::copy(x + row * added, x + (row + 1) * added, to + length);
    y[row] = std::accumulate(to, to + length + added, 0.0f);
    if (added != 0 && x[row * added] < 0)
      return 1;
  }
  return 0;
}

static Expr plus(Expr a, const Expr &b) {
  a.insert(a.end(), b.begin(), b.end());
  a.push_back({ExprOp::Code::Add});
  return a;
}

enum SymbolNumber : int64_t { Batch, Added, Length, Room };

/// x: f32[batch, added]; past: f32[batch, length] and present: f32[batch, length + added] are a state that grows.
static Program growingProgram() {
  Program program;
  program.name = "grow";
  program.symbols = {{"batch", 1, 0}, {"added", 0, 0}, {"length", 0, 0}, {"length:room", 1, 0}};
  Expr batch = symbol(Batch), added = symbol(Added), length = symbol(Length), four = number(4);
  program.inputs = {{"x", DType::F32, {batch, added}, 0}, {"past", DType::F32, {batch, length}, 1}};
  program.outputs = {{"present", DType::F32, {batch, plus(length, added)}, 3}, {"y", DType::F32, {batch}, 2}};
  program.states = {{1, 0, Growth{1, Room}}};
  program.buffers = {{BufferKind::Input, 0, 0, times(times(batch, added), four)},
                     {BufferKind::Input, 1, 0, times(times(batch, length), four)},
                     {BufferKind::Output, 1, 0, times(batch, four)},
                     {BufferKind::Output, 0, 0, times(times(batch, symbol(Room)), four)}};
  program.kernels = {"append"};
  program.dispatches = {{0, "/append", {0, 2, 3}, {1, 2}, {added, length, symbol(Room)}, batch, false}};
  program.code = {hostCode({appendInPlace})};
  return program;
}

namespace {
struct Growing : Opened {
  Growing() : Opened(growingProgram()) {}

  /// Runs on the rows of x; the sums, or none where the run failed, whose message is in `message`.
  Floats run(int64_t batch, Floats x) {
    int64_t added = static_cast<int64_t>(x.size()) / batch;
    TestTensor<float> in{{batch, added}, std::move(x)}, out{{batch}, Floats(batch)};
    rhb::Status status = session.run({in.view(RHB_F32)}, {out.view(RHB_F32)});
    message = status.message();
    return status.ok() ? out.data : Floats();
  }
  /// The state's elements.
  Floats value() {
    rhb_tensor view;
    rhb::Status status = session.readState(0, view);
    EXPECT_TRUE(status.ok()) << status.message();
    if (!status.ok())
      return {};
    const float *data = static_cast<const float *>(view.data);
    size_t count = view.size / sizeof(float);
    return {data, data + count};
  }
  std::string message;
};
} // namespace

TEST(Growth, AppendsWhereTheRowsLie) {
  Growing opened;
  EXPECT_EQ(opened.run(2, {1, 2, 10, 20}), (Floats{3, 30})) << opened.message;
  const float *memory = lastPresent;
  EXPECT_GT(lastRoom, 2);
  EXPECT_EQ(opened.run(2, {4, 40}), (Floats{7, 70}));
  EXPECT_EQ(lastPresent, memory);
  EXPECT_EQ(opened.run(2, {}), (Floats{7, 70}));
  EXPECT_EQ(opened.value(), (Floats{1, 2, 4, 10, 20, 40}));
}

TEST(Growth, MovesWhatIsThereToMoreRoom) {
  Growing opened;
  Floats sum{0, 0};
  int64_t rooms = 0, before = 0;
  for (int i = 1; i <= 1000; ++i) {
    float next = static_cast<float>(i);
    sum[0] += next, sum[1] += 2 * next;
    ASSERT_EQ(opened.run(2, {next, 2 * next}), sum) << opened.message;
    ASSERT_GE(lastRoom, i);
    rooms += lastRoom != before ? 1 : 0;
    before = lastRoom;
  }
  EXPECT_GE(rooms, 3);
  EXPECT_LE(rooms, 10);
  Floats value = opened.value();
  ASSERT_EQ(value.size(), 2000u);
  EXPECT_EQ(value[999], 1000);
  EXPECT_EQ(value[1000], 2);
}

TEST(Growth, KeepsTheValueWhereARunFails) {
  Growing opened;
  EXPECT_EQ(opened.run(1, {1, 2}), (Floats{3}));
  EXPECT_EQ(opened.run(1, {-1, 9}), Floats());
  EXPECT_EQ(opened.message, "index out of range at node '/append'");
  EXPECT_EQ(opened.value(), (Floats{1, 2}));
  // Also where the failing run has had more room made.
  Floats many(1000, 1);
  many.front() = -1;
  EXPECT_EQ(opened.run(1, many), Floats());
  EXPECT_EQ(opened.value(), (Floats{1, 2}));
  EXPECT_EQ(opened.run(1, {4}), (Floats{7}));
}

TEST(Growth, KeepsTheValueWhereARunIsCancelled) {
  Growing opened;
  EXPECT_EQ(opened.run(1, {1}), (Floats{1}));
  ASSERT_TRUE(opened.session.setProgress([](void *, size_t, size_t) { return 1; }, nullptr).ok());
  EXPECT_EQ(opened.run(1, {2}), Floats());
  ASSERT_TRUE(opened.session.setProgress(nullptr, nullptr).ok());
  EXPECT_EQ(opened.run(1, {4}), (Floats{5}));
}

TEST(Growth, BeginsAnewWithOtherShapes) {
  Growing opened;
  EXPECT_EQ(opened.run(2, {1, 10}), (Floats{1, 10}));
  EXPECT_EQ(opened.run(3, {1, 2, 3}), Floats());
  expectContains(opened.message, "reset the session's states to begin anew with other shapes");
  opened.session.resetStates();
  EXPECT_EQ(opened.run(3, {1, 2, 3}), (Floats{1, 2, 3})) << opened.message;
  EXPECT_EQ(opened.run(3, {1, 2, 3}), (Floats{2, 4, 6}));
  opened.session.resetStates();
  EXPECT_EQ(opened.run(1, {5}), (Floats{5}));
  EXPECT_EQ(opened.value(), (Floats{5}));
}

TEST(Growth, IsSavedAndRestored) {
  Growing opened, other;
  opened.run(2, {1, 2, 10, 20});
  rhb_tensor view;
  ASSERT_TRUE(opened.session.readState(0, view).ok());
  ASSERT_EQ(view.rank, 2u);
  EXPECT_EQ(view.dims[1], 2);
  ASSERT_TRUE(other.session.writeState(0, view).ok());
  EXPECT_EQ(other.value(), (Floats{1, 2, 10, 20}));
  // Sessions share nothing, and what is written over while there is a value counts.
  EXPECT_EQ(opened.run(2, {3, 30}), (Floats{6, 60}));
  EXPECT_EQ(other.run(2, {4, 40}), (Floats{7, 70})) << other.message;
  EXPECT_EQ(other.value(), (Floats{1, 2, 4, 10, 20, 40}));
  TestTensor<float> value{{2, 1}, {5, 50}};
  ASSERT_TRUE(other.session.writeState(0, value.view(RHB_F32)).ok());
  EXPECT_EQ(other.run(2, {-1, -1}), Floats());
  EXPECT_EQ(other.value(), (Floats{5, 50}));
  EXPECT_EQ(other.run(2, {1, 1}), (Floats{6, 51}));
}

TEST(Growth, ItsRoomIsNoSizeOfTheCallers) {
  Growing opened;
  const rhb_artifact_info &info = opened.artifact.info();
  ASSERT_EQ(info.symbol_count, 3u);
  EXPECT_STREQ(info.symbols[2].name, "length");
}

/// The error of opening a program that `change` has damaged.
static std::string damaged(void (*change)(Program &)) {
  Program program = growingProgram();
  change(program);
  return openError(program);
}

TEST(Growth, IsCheckedWhenOpened) {
  EXPECT_EQ(openError(growingProgram()), "");
  expectContains(damaged([](Program &p) { p.states[0].growth->axis = 2; }), "dimension 2 in 'past', there are 2");
  expectContains(damaged([](Program &p) { p.states[0].growth->room = 4; }), "symbol 4 in 'past', there are 4");
  expectContains(damaged([](Program &p) { p.states[0].growth->room = Length; }),
                 "symbol 'length' is the room of a state and has another value");
  expectContains(damaged([](Program &p) { p.states[0].growth.reset(); }),
                 "symbol 'length:room' is neither a dimension of an input nor measured nor the room of a state");
  expectContains(damaged([](Program &p) { p.inputs[1].dtype = p.outputs[0].dtype = DType::Bool; }),
                 "state 'past' of bools grows");
  expectContains(damaged([](Program &p) { p.outputs[0].buffer = 2; }),
                 "state 'past' grows, but 'present' does not lie in its own buffer");
  expectContains(damaged([](Program &p) { p.outputs[0].dims[1] = symbol(Room); }),
                 "state 'past' grows to the dimension length:room, of which no input says a symbol");
}

/// The error of running a program that `change` has damaged, on a value of 1 x 2 and an x of 1 x 1.
static std::string runDamaged(void (*change)(Program &)) {
  Program program = growingProgram();
  change(program);
  Opened opened(program);
  TestTensor<float> value{{1, 2}, {1, 2}}, x{{1, 1}, {1}}, y{{1}, {0}};
  EXPECT_TRUE(opened.session.writeState(0, value.view(RHB_F32)).ok());
  return opened.session.run({x.view(RHB_F32)}, {y.view(RHB_F32)}).message();
}

TEST(Growth, IsCheckedBeforeARun) {
  EXPECT_EQ(runDamaged([](Program &) {}), "");
  expectContains(runDamaged([](Program &p) { p.outputs[0].dims[1] = number(1); }),
                 "state 'past' has shape [1, 2], from which it cannot grow to [1, 1] along dimension 1");
  expectContains(runDamaged([](Program &p) { p.outputs[0].dims[0] = number(3); }),
                 "state 'past' has shape [1, 2], from which it cannot grow to [3, 3] along dimension 1");
  expectContains(runDamaged([](Program &p) { p.outputs[0].dims[1] = number(limit::kBytes + 1); }),
                 "state 'past' would grow to 70368744177665 rows");
  expectContains(runDamaged([](Program &p) { p.outputs[0].dims[1] = number(limit::kBytes); }), "would be too large");
  expectContains(runDamaged([](Program &p) { p.buffers[3].bytes = times(symbol(Room), number(8)); }),
                 "the program expects");
}
