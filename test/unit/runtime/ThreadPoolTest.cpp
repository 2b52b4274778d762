//===- ThreadPoolTest.cpp - cutting grids over threads --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/src/ThreadPool.h"
#include "runtime/src/Cpu.h"

#include "gtest/gtest.h"

#include <pthread.h>
#include <sched.h>
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

/// A worker that is in a job without running, here because it sleeps, holds back neither the job nor those behind it.
TEST(ThreadPool, WaitsForAWorkerThatIsAway) {
  ThreadPool pool(2);
  for (int job = 0; job < 3; ++job) {
    std::atomic<int> arrived{0};
    pool.run(2, [&](int64_t, int64_t, size_t thread) {
      ++arrived;
      while (arrived < 2)
        std::this_thread::yield();
      if (thread != 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      ++arrived;
    });
    EXPECT_EQ(arrived, 4);
  }
}

static bool mayRunOn(std::thread &thread, int cpu) {
  cpu_set_t allowed;
  EXPECT_EQ(pthread_getaffinity_np(thread.native_handle(), sizeof(allowed), &allowed), 0);
  return CPU_ISSET(cpu, &allowed);
}

TEST(Cpu, ThreadsMoveToACpuAndOffIt) {
  if (availableCpus() < 2)
    GTEST_SKIP() << "needs two CPUs";
  std::atomic<bool> done{false};
  std::thread thread([&] {
    while (!done)
      std::this_thread::yield();
  });
  int here = currentCpu();
  keepOff(thread, here);
  EXPECT_FALSE(mayRunOn(thread, here));
  moveTo(thread, here);
  EXPECT_TRUE(mayRunOn(thread, here));
  keepOff(thread, -1);
  EXPECT_TRUE(mayRunOn(thread, here));
  auto before = timeOnCpu(thread);
  while (timeOnCpu(thread) == before)
    std::this_thread::yield();
  done = true;
  thread.join();
}
