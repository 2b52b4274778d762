//===- Cpu.cpp - what the processor can run -------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cpu.h"

#include "rheobase/Artifact/Program.h"

#include <ctime>
#include <optional>
#include <pthread.h>
#include <sched.h>
#ifdef __x86_64__
#include <xmmintrin.h>
#endif

using namespace rheobase;
using namespace rheobase::runtime;

#ifdef __x86_64__
/// Every exception masked, round to nearest, no flushing to zero.
static constexpr unsigned kDefaultMxcsr = 0x1f80;

/// Nothing where the host cannot run even the least target.
static std::optional<uint64_t> hostFeatures() {
  namespace feature = artifact::cpu_feature;
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("x86-64-v2"))
    return std::nullopt;
  uint64_t found = 0;
  // The level names also ask whether the operating system saves the wider registers.
  if (__builtin_cpu_supports("x86-64-v3"))
    found |= feature::kAvx2;
  if (__builtin_cpu_supports("x86-64-v4"))
    found |= feature::kAvx512;
  if (__builtin_cpu_supports("avx512vnni"))
    found |= feature::kAvx512Vnni;
  if (__builtin_cpu_supports("avxvnni"))
    found |= feature::kAvxVnni;
  return found;
}

DefaultFloatEnvironment::DefaultFloatEnvironment() : saved(_mm_getcsr()) {
  _mm_setcsr(kDefaultMxcsr);
}
DefaultFloatEnvironment::~DefaultFloatEnvironment() {
  _mm_setcsr(saved);
}
#else
static std::optional<uint64_t> hostFeatures() {
  return std::nullopt;
}
DefaultFloatEnvironment::DefaultFloatEnvironment() = default;
DefaultFloatEnvironment::~DefaultFloatEnvironment() = default;
#endif

bool rheobase::runtime::canRun(uint64_t features) {
  static const std::optional<uint64_t> host = hostFeatures();
  return host && (features & ~*host) == 0;
}

size_t rheobase::runtime::availableCpus() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
    return 1;
  int count = CPU_COUNT(&allowed);
  return count > 0 ? static_cast<size_t>(count) : 1;
}

int rheobase::runtime::currentCpu() {
  return sched_getcpu();
}

void rheobase::runtime::moveTo(std::thread &thread, int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  if (cpu < 0 || cpu >= CPU_SETSIZE)
    return;
  CPU_SET(cpu, &one);
  pthread_setaffinity_np(thread.native_handle(), sizeof(one), &one);
}

void rheobase::runtime::keepOff(std::thread &thread, int cpu) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
    return;
  if (cpu >= 0 && cpu < CPU_SETSIZE)
    CPU_CLR(cpu, &allowed);
  if (CPU_COUNT(&allowed) != 0)
    pthread_setaffinity_np(thread.native_handle(), sizeof(allowed), &allowed);
}

std::chrono::nanoseconds rheobase::runtime::timeOnCpu(std::thread &thread) {
  clockid_t clock = 0;
  timespec time = {};
  if (pthread_getcpuclockid(thread.native_handle(), &clock) == 0)
    clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}
