//===- Cpu.h - what the processor can run -----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_CPU_H
#define RHEOBASE_RUNTIME_CPU_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace rheobase::runtime {

/// Whether the host executes code that needs `features` (bits of artifact::cpu_feature) on top of x86-64-v2, which all
/// of artifact::kTargets build on.
bool canRun(uint64_t features);

/// The CPUs this process may use, at least 1.
size_t availableCpus();

/// The CPU that the calling thread runs on, below 0 where the system does not say.
int currentCpu();

/// Lets `thread` run only on `cpu`, or on all that the calling thread may use but `cpu`. Nothing happens where the
/// latter are none, or the system refuses.
void moveTo(std::thread &thread, int cpu);
void keepOff(std::thread &thread, int cpu);

/// For how long `thread` has been on a CPU, since it began.
std::chrono::nanoseconds timeOnCpu(std::thread &thread);

/// For its lifetime the calling thread rounds to nearest and keeps denormals, whatever its owner had set.
class DefaultFloatEnvironment {
public:
  DefaultFloatEnvironment();
  ~DefaultFloatEnvironment();
  DefaultFloatEnvironment(const DefaultFloatEnvironment &) = delete;
  DefaultFloatEnvironment &operator=(const DefaultFloatEnvironment &) = delete;

private:
  [[maybe_unused]] unsigned saved = 0;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_CPU_H
