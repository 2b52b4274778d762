//===- ThreadPoolTest.cpp - cutting grids over threads --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/src/ThreadPool.h"
#include "runtime/src/Cpu.h"
#include "runtime/src/ShortDispatches.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <pthread.h>
#include <sched.h>
#include <set>
#include <sys/mman.h>

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

/// Memory between two pages that may not be read.
class GuardedMemory {
public:
  explicit GuardedMemory(size_t pages) : bytes(pages * kPage) {
    void *all = mmap(nullptr, bytes + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(all, MAP_FAILED);
    begin = static_cast<uint8_t *>(all) + kPage;
    EXPECT_EQ(mprotect(begin, bytes, PROT_READ), 0);
  }
  ~GuardedMemory() { munmap(begin - kPage, bytes + 2 * kPage); }
  GuardedMemory(const GuardedMemory &) = delete;
  GuardedMemory &operator=(const GuardedMemory &) = delete;

  /// The last `size` bytes, or the first.
  ReadMemory last(size_t size) const { return {begin + bytes - size, size}; }
  ReadMemory first(size_t size) const { return {begin, size}; }
  size_t pagesInMemory() const {
    std::vector<unsigned char> present(bytes / kPage);
    EXPECT_EQ(mincore(begin, bytes, present.data()), 0);
    return std::count_if(present.begin(), present.end(), [](unsigned char page) { return page & 1; });
  }

private:
  static constexpr size_t kPage = 4096;
  uint8_t *begin = nullptr;
  size_t bytes;
};

/// Threads that wait read what comes next, and nothing beside it.
TEST(ThreadPool, WaitingThreadsReadWhatIsNext) {
  constexpr size_t kPages = 16;
  GuardedMemory memory(kPages);
  for (size_t threads : {2, 3}) {
    ThreadPool pool(threads);
    auto nothing = [](int64_t, int64_t, size_t) {};
    for (size_t size : {0, 1, 511, 512, 3000, 65536})
      for (ReadMemory next : {memory.first(size), memory.last(size)})
        for (int job = 0; job < 50; ++job)
          pool.run(4, nothing, next);
    // Long enough to be there when the others have ended.
    for (int job = 0; job < 50; ++job)
      pool.run(
          4, [](int64_t, int64_t, size_t) { std::this_thread::sleep_for(std::chrono::microseconds(100)); },
          memory.first(kPages * 4096));
  }
  EXPECT_GT(memory.pagesInMemory(), 0u);
}

TEST(ShortDispatches, AreThoseThatOneThreadIsDoneWithSoon) {
  using std::chrono::nanoseconds;
  ShortDispatches dispatches(2);
  auto run = [&](size_t dispatch, int64_t time) {
    bool isDue = dispatches.isDue(dispatch);
    if (isDue)
      dispatches.note(dispatch, nanoseconds(time));
    return isDue;
  };
  EXPECT_FALSE(dispatches.contains(0));
  EXPECT_TRUE(run(0, 1000));
  EXPECT_TRUE(dispatches.contains(0));
  EXPECT_FALSE(dispatches.contains(1));
  // What looked short is measured at once where one thread runs it, and seldom behind that.
  EXPECT_TRUE(run(0, 3000));
  EXPECT_TRUE(dispatches.contains(0));
  int runs = 1;
  while (!run(0, 9000))
    ++runs;
  EXPECT_EQ(runs, 16);
  EXPECT_FALSE(dispatches.contains(0));
  for (runs = 1; !run(0, 9000); ++runs)
    ;
  EXPECT_EQ(runs, 256);
  EXPECT_TRUE(run(1, 9000));
  EXPECT_FALSE(dispatches.contains(1));
  EXPECT_FALSE(run(1, 1000));
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
