//===- ThreadPool.h - one grid at a time over persistent threads ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_THREADPOOL_H
#define RHEOBASE_RUNTIME_THREADPOOL_H

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace rheobase::runtime {

/// Memory that a job reads, each thread its part of it.
struct ReadMemory {
  const uint8_t *data = nullptr;
  size_t bytes = 0;
};

/// Threads that cut the items [0, count) into ranges, together with the thread that asks. Each begins with a share of
/// neighbours, so that it reads memory that the others do not, and then helps those that are behind: a thread that
/// wakes up late is not waited for.
class ThreadPool {
public:
  /// `threads` counts the caller's, at least 1.
  explicit ThreadPool(size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  size_t size() const { return workers.size() + 1; }

  /// Calls `body(begin, end, thread)` for ranges that cover [0, count) once; `thread` < size() is 0 for the caller.
  /// `next` is what a later job reads: a thread that waits, for others or for that job, brings the beginning of its
  /// part into its caches. It must stay where it is until the job that reads it has run, or the pool is no more.
  template <typename Body> void run(int64_t count, const Body &body, ReadMemory next = {}) {
    auto call = [](const void *context, int64_t begin, int64_t end, size_t thread) {
      (*static_cast<const Body *>(context))(begin, end, thread);
    };
    runJob({call, &body, count, next});
  }

private:
  struct Job {
    void (*call)(const void *context, int64_t begin, int64_t end, size_t thread) = nullptr;
    const void *context = nullptr;
    int64_t count = 0;
    ReadMemory next;
  };
  /// The items that a thread begins with, and how far they have been taken; on a cache line of its own.
  struct alignas(64) Share {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
    int64_t longest = 1;               ///< range
    std::atomic<bool> joined{false};   ///< the thread is in the job
    std::chrono::nanoseconds onCpu{0}; ///< the thread's time, when the caller last looked
    ReadMemory upcoming;               ///< the thread's part of what the next job reads
    size_t fetched = 0;                ///< bytes of that

    bool take(int64_t &rangeBegin, int64_t &rangeEnd);
    void prepare(ReadMemory part);
    bool fetch();
  };

  void runJob(const Job &job);
  void cut(const Job &job);
  void work(size_t thread);
  template <typename Ready> void fetchUntil(size_t thread, const Ready &ready);
  void workerLoop(size_t thread);
  bool isLeft() const;
  void spread(int cpu);
  void sleepUntilLeft();
  void fetchAbsent();
  bool join(uint64_t &seen);
  bool leave(size_t thread);
  void sleep(uint64_t seen);
  void stop();

  Job current; ///< as `shares`: written only while no worker is in it
  std::unique_ptr<Share[]> shares;
  /// The number of the current job, whether workers may still join it, and how many are in it: see ThreadPool.cpp.
  alignas(64) std::atomic<uint64_t> state{0};
  alignas(64) std::atomic<size_t> sleeping{0};
  std::atomic<bool> awaiting{false}; ///< the caller sleeps until the job is left by all
  std::atomic<bool> stopping{false};
  std::mutex mutex; ///< of those who sleep
  std::condition_variable wake, left;
  std::vector<std::thread> workers;
  int callerCpu = -1; ///< which the workers are kept off
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_THREADPOOL_H
