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
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace rheobase::runtime {

/// Threads that cut the items [0, count) into ranges, together with the thread that asks. A thread that wakes up late
/// is not waited for: the others take its share.
class ThreadPool {
public:
  /// `threads` counts the caller's, at least 1.
  explicit ThreadPool(size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  size_t size() const { return workers.size() + 1; }

  /// Calls `body(begin, end, thread)` for ranges that cover [0, count) once; `thread` < size() is 0 for the caller.
  template <typename Body> void run(int64_t count, const Body &body) {
    auto call = [](const void *context, int64_t begin, int64_t end, size_t thread) {
      (*static_cast<const Body *>(context))(begin, end, thread);
    };
    runJob({call, &body, count, rangeLength(count)});
  }

private:
  struct Job {
    void (*call)(const void *context, int64_t begin, int64_t end, size_t thread) = nullptr;
    const void *context = nullptr;
    int64_t count = 0;
    int64_t length = 1;
  };

  int64_t rangeLength(int64_t count) const;
  void runJob(const Job &job);
  void work(const Job &job, size_t thread);
  void workerLoop(size_t thread);
  void stop();

  std::mutex mutex;
  std::condition_variable wake, done;
  Job current;       ///< guarded by `mutex`, as the next two
  bool open = false; ///< whether workers may still join `current`
  bool stopping = false;
  std::atomic<uint64_t> generation{0}; ///< counts jobs; written under `mutex`
  std::atomic<size_t> joined{0};       ///< workers in `current`; written under `mutex`
  std::atomic<int64_t> next{0};        ///< first item that no thread has taken
  std::vector<std::thread> workers;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_THREADPOOL_H
