//===- ThreadPoolTest.cpp - cutting grids over threads --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/src/ThreadPool.h"

#include "gtest/gtest.h"

#include <set>

using namespace rheobase::runtime;

TEST(ThreadPool, CoversEveryItemOnce) {
  for (size_t threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (int64_t count : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> visits(count);
      pool.run(count, [&](int64_t begin, int64_t end, size_t thread) {
        EXPECT_LT(begin, end);
        EXPECT_LT(thread, threads);
        for (int64_t i = begin; i < end; ++i)
          ++visits[i];
      });
      for (const std::atomic<int> &visit : visits)
        EXPECT_EQ(visit, 1);
    }
  }
}

TEST(ThreadPool, ManySmallJobs) {
  ThreadPool pool(3);
  std::vector<int64_t> sums(pool.size());
  for (int job = 0; job < 3000; ++job)
    pool.run(5, [&](int64_t begin, int64_t end, size_t thread) { sums[thread] += end - begin; });
  EXPECT_EQ(sums[0] + sums[1] + sums[2], 15000);
}

/// Two items that wait for each other: passes only where they run at the same time.
TEST(ThreadPool, ThreadsRunTogether) {
  ThreadPool pool(2);
  std::atomic<int> arrived{0};
  pool.run(2, [&](int64_t begin, int64_t end, size_t) {
    arrived += static_cast<int>(end - begin);
    while (arrived < 2)
      std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}
