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

/// A range is at most one of so many of a share, so that a thread that is slowed down leaves something to the others,
/// and at most one of so many of what is left of it, so that they end together.
static constexpr int64_t kLongestRange = 4, kLastRange = 2;

/// How long a thread looks for work before it sleeps: longer than the gap between two dispatches or a decoder's
/// tokens, shorter than anyone would notice.
static constexpr auto kPatience = std::chrono::microseconds(200);

/// What a thread that waits brings into its caches: so much at most, to be still there when it is read, and at a time,
/// as it has to be there before the thread goes on.
static constexpr size_t kFetchedMost = 256 * 1024, kFetchedAtATime = 512, kCacheLine = 64;

/// ThreadPool::state: the number of workers in the job, whether it is open, and above these the job's number.
static constexpr uint64_t kJoined = 0xffff, kOpen = 0x10000, kNextJob = 0x20000;

static uint64_t jobOf(uint64_t state) {
  return state / kNextJob;
}

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

ThreadPool::ThreadPool(size_t threads) : shares(std::make_unique<Share[]>(threads)) {
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
  stopping = true;
  {
    std::lock_guard<std::mutex> lock(mutex);
    state += kNextJob;
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

/// Gives each thread a share of neighbours.
void ThreadPool::cut(const Job &job) {
  current = job;
  // No overflow: a plan bounds `count`, and there are not many threads.
  int64_t threads = static_cast<int64_t>(size()), begin = 0;
  for (int64_t i = 0; i < threads; ++i) {
    int64_t end = job.count * (i + 1) / threads, length = end - begin;
    shares[i].next.store(begin, std::memory_order_relaxed);
    shares[i].end = end;
    shares[i].longest = (length + kLongestRange - 1) / kLongestRange;
    begin = end;
  }
}

/// Takes the next range; false where nothing is left.
bool ThreadPool::Share::take(int64_t &rangeBegin, int64_t &rangeEnd) {
  rangeBegin = next.load(std::memory_order_relaxed);
  do {
    if (rangeBegin >= end)
      return false;
    int64_t part = (end - rangeBegin + kLastRange - 1) / kLastRange;
    rangeEnd = rangeBegin + std::min(longest, part);
  } while (!next.compare_exchange_weak(rangeBegin, rangeEnd, std::memory_order_relaxed));
  return true;
}

/// `part` is the thread's of what is read next; what it has fetched of it before is not fetched again.
void ThreadPool::Share::prepare(ReadMemory part) {
  if (upcoming.data != part.data)
    fetched = 0;
  upcoming = part;
}

/// Brings a few more lines of what is read next into the caches; false where that was enough.
bool ThreadPool::Share::fetch() {
  if (fetched + kFetchedAtATime > std::min(upcoming.bytes, kFetchedMost))
    return false;
  // Reading sets the processor's own prefetchers going, which instructions that only ask do not.
  for (size_t line = 0; line < kFetchedAtATime; line += kCacheLine)
    (void)*static_cast<const volatile uint8_t *>(upcoming.data + fetched + line);
  fetched += kFetchedAtATime;
  return true;
}

/// Fetches until there is enough or `ready()`.
template <typename Ready> void ThreadPool::fetchUntil(size_t thread, const Ready &ready) {
  while (!ready() && shares[thread].fetch())
    ;
}

/// Takes ranges of the thread's own share, then of those behind it.
void ThreadPool::work(size_t thread) {
  size_t part = current.next.bytes / size();
  shares[thread].prepare({current.next.data + part * thread, part});
  for (size_t i = 0; i < size(); ++i) {
    Share &share = shares[(thread + i) % size()];
    for (int64_t begin, end; share.take(begin, end);)
      current.call(current.context, begin, end, thread);
  }
}

void ThreadPool::runJob(const Job &job) {
  if (workers.empty() || job.count == 1) {
    if (job.count > 0)
      job.call(job.context, 0, job.count, 0);
    return;
  }
  cut(job);
  spread(currentCpu());
  // Nobody is in the job before: none can join it any more, and it was left by all.
  state.store((state.load(std::memory_order_relaxed) & ~(kNextJob - 1)) + kNextJob + kOpen);
  // Either a worker that goes to sleep sees the new state, or it is seen here.
  if (sleeping.load() != 0) {
    {
      std::lock_guard<std::mutex> lock(mutex);
    }
    wake.notify_all();
  }
  work(0);
  state.fetch_and(~kOpen, std::memory_order_acq_rel);
  auto left = [this] { return isLeft(); };
  fetchUntil(0, left);
  if (!spinUntil(left))
    sleepUntilLeft();
}

bool ThreadPool::isLeft() const {
  return (state.load() & kJoined) == 0;
}

/// Keeps the workers off the caller's CPU. Left to itself, where another runtime's threads spin on all the others,
/// Linux wakes workers where their caller runs, and the two take turns.
void ThreadPool::spread(int cpu) {
  if (cpu == callerCpu)
    return;
  callerCpu = cpu;
  for (std::thread &worker : workers)
    keepOff(worker, cpu);
}

/// Sleeps until nobody is in the job. A worker whose CPU does something else in the meantime, a few milliseconds long,
/// gets this one.
void ThreadPool::sleepUntilLeft() {
  for (size_t i = 0; i < workers.size(); ++i)
    shares[i + 1].onCpu = timeOnCpu(workers[i]);
  if (spinUntil([this] { return isLeft(); }))
    return;
  std::unique_lock<std::mutex> lock(mutex);
  awaiting = true;
  do
    fetchAbsent();
  while (!left.wait_for(lock, kPatience, [this] { return isLeft(); }));
  awaiting = false;
}

/// Moves one worker here that is in the job and has not run for most of kPatience.
void ThreadPool::fetchAbsent() {
  for (size_t i = 0; i < workers.size(); ++i) {
    Share &share = shares[i + 1];
    auto before = share.onCpu;
    share.onCpu = timeOnCpu(workers[i]);
    if (!share.joined.load() || share.onCpu - before > kPatience / 2)
      continue;
    moveTo(workers[i], currentCpu());
    callerCpu = -1;
    return;
  }
}

/// The worker's last step in a job; true where the caller sleeps and now wakes up, perhaps on this CPU.
bool ThreadPool::leave(size_t thread) {
  shares[thread].joined = false;
  state.fetch_sub(1);
  if (!awaiting.load())
    return false;
  {
    std::lock_guard<std::mutex> lock(mutex);
  }
  left.notify_one();
  return true;
}

/// Whether the worker is now in the current job, which is another than `seen`.
bool ThreadPool::join(uint64_t &seen) {
  uint64_t found = state.load(std::memory_order_acquire);
  while (found & kOpen)
    if (state.compare_exchange_weak(found, found + 1, std::memory_order_acq_rel, std::memory_order_acquire)) {
      seen = jobOf(found);
      return true;
    }
  seen = jobOf(found);
  return false;
}

void ThreadPool::sleep(uint64_t seen) {
  std::unique_lock<std::mutex> lock(mutex);
  ++sleeping;
  wake.wait(lock, [&] { return jobOf(state.load()) != seen; });
  --sleeping;
}

void ThreadPool::workerLoop(size_t thread) {
  DefaultFloatEnvironment environment;
  uint64_t seen = 0;
  bool tired = false;
  while (true) {
    auto isOpen = [&] { return jobOf(state.load(std::memory_order_relaxed)) != seen; };
    if (!tired)
      fetchUntil(thread, isOpen);
    if (tired || !spinUntil(isOpen))
      sleep(seen);
    tired = false;
    if (stopping)
      return;
    if (!join(seen))
      continue;
    shares[thread].joined = true;
    work(thread);
    tired = leave(thread);
  }
}
