//===- AllocationTest.cpp - a run allocates nothing ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "gtest/gtest.h"

#include <atomic>
#include <cstdlib>
#include <new>

using namespace rheobase;
using namespace rheobase::test;

static std::atomic<size_t> allocations{0};

// All of this program's, the runtime's included.
void *operator new(size_t size) {
  ++allocations;
  if (void *memory = std::malloc(size ? size : 1))
    return memory;
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept {
  std::free(memory);
}
void operator delete(void *memory, size_t) noexcept {
  std::free(memory);
}

static size_t allocationsOf(Opened &opened, ExampleCall &call) {
  std::vector<rhb_tensor> inputs = call.inputs(), outputs = call.outputs();
  size_t before = allocations;
  rhb::Status status = opened.session.run(inputs, outputs);
  size_t made = allocations - before;
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(call.y.data, call.expected());
  return made;
}

TEST(Allocation, RunsOfTheSameShapesAllocateNothing) {
  for (int threads : {1, 3})
    for (int counting : {0, 1}) {
      rhb_session_options options = RHB_SESSION_OPTIONS_INIT;
      options.threads = threads;
      options.counting = options.profile = counting;
      Opened opened(exampleProgram(), &options);
      ASSERT_TRUE(opened.session.selectTap(0).ok());
      ExampleCall call(64);
      EXPECT_GT(allocationsOf(opened, call), 0u) << "the first run plans";
      // Every thread has had its turn by then.
      for (int run = 0; run < 50; ++run)
        allocationsOf(opened, call);
      for (int run = 0; run < 10; ++run)
        EXPECT_EQ(allocationsOf(opened, call), 0u);
    }
}

TEST(Allocation, OtherShapesTakeTheMemoryThatIsThere) {
  Opened opened(exampleProgram());
  ExampleCall large(64);
  allocationsOf(opened, large);
  size_t arena = opened.session.arenaSize();
  for (int64_t batch : {63, 60, 40}) {
    ExampleCall call(batch);
    EXPECT_EQ(allocationsOf(opened, call), 0u);
    EXPECT_EQ(opened.session.arenaSize(), arena);
  }
  ExampleCall small(1);
  EXPECT_EQ(allocationsOf(opened, small), 0u);
  EXPECT_LT(opened.session.arenaSize(), arena) << "far too much is given back";
  allocationsOf(opened, large);
  EXPECT_GE(opened.session.arenaSize(), arena);
}
