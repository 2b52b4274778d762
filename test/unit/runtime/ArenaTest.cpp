//===- ArenaTest.cpp - where intermediate results lie ---------------------===//
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

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

/// Fills y with x[0] + 1, of sizes[0] and sizes[1] elements.
static int64_t addOne(void *const *buffers, const int64_t *sizes, int64_t, int64_t) {
  const auto *x = static_cast<const int64_t *>(buffers[0]);
  auto *y = static_cast<int64_t *>(buffers[1]);
  int64_t value = x[sizes[0] - 1] + 1;
  std::fill_n(y, sizes[1], value);
  return 0;
}

/// The sum of the last elements of all buffers but the last one, whose every element it becomes.
static int64_t addAll(void *const *buffers, const int64_t *sizes, int64_t, int64_t) {
  int64_t sum = 0;
  for (int64_t i = 0; i < sizes[0]; ++i)
    sum += static_cast<const int64_t *>(buffers[i])[sizes[1 + i] - 1];
  *static_cast<int64_t *>(buffers[sizes[0]]) = sum;
  return 0;
}

static Expr bytesOfElements(const Expr &elements) {
  return times(elements, number(sizeof(int64_t)));
}

/// x: i64[n] -> y: i64[1]. A chain of results of `sizes[i]` times n elements, each x + i + 1 throughout; y is the sum
/// of the last and of every one whose size is odd, which stay until then.
static Program chainProgram(const std::vector<int64_t> &sizes) {
  Program program;
  program.name = "chain";
  program.symbols = {{"n", 1, 0}};
  Expr n = symbol(0);
  auto elements = [&](size_t i) { return times(n, number(sizes[i])); };
  program.inputs = {{"x", DType::I64, {n}, 0}};
  program.outputs = {{"y", DType::I64, {number(1)}, 1}};
  program.buffers = {{BufferKind::Input, 0, 0, bytesOfElements(n)}, {BufferKind::Output, 0, 0, number(8)}};
  program.kernels = {"one", "all"};
  Dispatch last{1, "/all", {}, {}, {number(0)}, number(1), false};
  for (size_t i = 0; i < sizes.size(); ++i) {
    auto buffer = static_cast<uint32_t>(program.buffers.size());
    program.buffers.push_back({BufferKind::Arena, static_cast<uint32_t>(i), 0, bytesOfElements(elements(i))});
    Dispatch one{0,         "/one", {i == 0 ? 0 : buffer - 1, buffer}, {1}, {i == 0 ? n : elements(i - 1), elements(i)},
                 number(1), false};
    program.dispatches.push_back(one);
    if (sizes[i] % 2 == 0 && i + 1 != sizes.size())
      continue;
    last.buffers.push_back(buffer);
    last.sizes.push_back(elements(i));
  }
  last.sizes[0] = number(static_cast<int64_t>(last.buffers.size()));
  last.writes = {static_cast<uint32_t>(last.buffers.size())};
  last.buffers.push_back(1);
  program.dispatches.push_back(last);
  program.slots = static_cast<uint32_t>(sizes.size());
  program.code = {hostCode({addOne, addAll})};
  return program;
}

static int64_t runChain(Opened &opened, int64_t n, int64_t x) {
  TestTensor<int64_t> in{{n}, std::vector<int64_t>(n, x)}, out{{1}, {-1}};
  rhb::Status status = opened.session.run({in.view(RHB_I64)}, {out.view(RHB_I64)});
  EXPECT_TRUE(status.ok()) << status.message();
  return out.data[0];
}

TEST(Arena, BuffersThatAreNeededAtOnceDoNotOverlap) {
  std::vector<int64_t> sizes = {40, 3, 20, 20, 1, 60, 8, 5, 32, 2, 7, 50, 4};
  int64_t stays = 0, result = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    bool isAdded = sizes[i] % 2 != 0 || i + 1 == sizes.size();
    stays += isAdded;
    result += isAdded ? static_cast<int64_t>(i) + 1 : 0;
  }
  // Whatever order a file gives.
  for (int order = 0; order < 3; ++order) {
    Program program = chainProgram(sizes);
    for (Buffer &buffer : program.buffers)
      if (buffer.kind == BufferKind::Arena && order != 0)
        buffer.slot = order == 1 ? 0 : program.slots - 1 - buffer.slot;
    Opened opened(program);
    for (int64_t n : {1, 100, 7})
      EXPECT_EQ(runChain(opened, n, 1000), stays * 1000 + result) << order << " " << n;
  }
}

TEST(Arena, SaysHowMuchIsNeededAtOnce) {
  // Of neighbours in the chain 5 and 50 times n elements are most, beside 3 that stay.
  Opened opened(chainProgram({10, 3, 50, 4, 20}));
  EXPECT_EQ(opened.session.liveSize(), 0u);
  for (int64_t n : {100, 1000}) {
    runChain(opened, n, 0);
    EXPECT_EQ(opened.session.liveSize(), static_cast<size_t>(n) * 57 * 8);
    EXPECT_GE(opened.session.arenaSize(), opened.session.liveSize());
  }
}

TEST(Arena, TakesTheMemoryOfWhatIsNoLongerNeeded) {
  Program program = chainProgram({64, 64, 64, 64, 64, 64, 64, 64, 64, 64});
  // Neighbours of neighbours lie at the bottom, the others on them.
  for (Buffer &buffer : program.buffers)
    buffer.slot %= buffer.kind == BufferKind::Arena ? 2 : 1;
  Opened opened(program);
  runChain(opened, 1000, 0);
  EXPECT_EQ(opened.session.liveSize(), size_t(2) * 64 * 8 * 1000);
  EXPECT_LE(opened.session.arenaSize(), opened.session.liveSize() * 1.01);
}

TEST(Arena, RefusesMoreBuffersAtOnceThanAnyProgramHas) {
  Program program = chainProgram({2, 2});
  Dispatch &dispatch = program.dispatches.back();
  uint32_t output = dispatch.buffers.back();
  dispatch.buffers.clear();
  for (uint32_t i = 0; i < 3000; ++i) {
    dispatch.buffers.push_back(static_cast<uint32_t>(program.buffers.size()));
    program.buffers.push_back({BufferKind::Arena, 0, 0, number(8)});
  }
  dispatch.writes = {static_cast<uint32_t>(dispatch.buffers.size())};
  dispatch.buffers.push_back(output);
  expectContains(openError(program), "more than 4194304 pairs of buffers are needed at once");
}
