//===- ThreadPool.cpp - one grid at a time over persistent threads --------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"

#include "Cpu.h"

#include <algorithm>
#include <chrono>

using namespace rheobase::runtime;

/// Ranges per thread: enough to even out threads that are slowed down, few enough to be worth a call.
static constexpr int64_t kRangesPerThread = 4;

/// How long a thread looks for work before it sleeps: longer than the gap between two dispatches, shorter than anyone
/// would notice.
static constexpr auto kPatience = std::chrono::microseconds(30);

/// Whether `ready()` came true within kPatience.
template <typename Ready> static bool spinUntil(const Ready &ready) {
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int i = 0; i < 64; ++i) {
      if (ready())
        return true;
#ifdef __x86_64__
      __builtin_ia32_pause();
#endif
    }
  } while (std::chrono::steady_clock::now() < deadline);
  return false;
}

ThreadPool::ThreadPool(size_t threads) {
  workers.reserve(threads - 1);
  try {
    for (size_t thread = 1; thread < threads; ++thread)
      workers.emplace_back([this, thread] { workerLoop(thread); });
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::stop() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
    ++generation;
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

int64_t ThreadPool::rangeLength(int64_t count) const {
  int64_t ranges = static_cast<int64_t>(size()) * kRangesPerThread;
  return std::max<int64_t>(1, count / ranges + (count % ranges != 0));
}

void ThreadPool::work(const Job &job, size_t thread) {
  // No sum overflows: a plan bounds `count`, and `next` passes it by at most a range per thread.
  for (;;) {
    int64_t begin = next.fetch_add(job.length, std::memory_order_relaxed);
    if (begin >= job.count)
      return;
    job.call(job.context, begin, begin + std::min(job.length, job.count - begin), thread);
  }
}

void ThreadPool::runJob(const Job &job) {
  if (workers.empty() || job.count == 1) {
    if (job.count > 0)
      job.call(job.context, 0, job.count, 0);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(mutex);
    current = job;
    open = true;
    next.store(0, std::memory_order_relaxed);
    ++generation;
  }
  wake.notify_all();
  work(job, 0);
  std::unique_lock<std::mutex> lock(mutex);
  open = false;
  if (joined.load() == 0)
    return;
  lock.unlock();
  if (spinUntil([this] { return joined.load() == 0; }))
    return;
  lock.lock();
  done.wait(lock, [this] { return joined.load() == 0; });
}

void ThreadPool::workerLoop(size_t thread) {
  DefaultFloatEnvironment environment;
  uint64_t seen = 0;
  for (;;) {
    spinUntil([&] { return generation.load() != seen; });
    std::unique_lock<std::mutex> lock(mutex);
    wake.wait(lock, [&] { return generation.load() != seen; });
    seen = generation.load();
    if (stopping)
      return;
    if (!open)
      continue;
    Job job = current;
    ++joined;
    lock.unlock();
    work(job, thread);
    lock.lock();
    if (--joined == 0)
      done.notify_one();
  }
}
