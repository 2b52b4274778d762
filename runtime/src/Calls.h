//===- Calls.h - what a session calls ---------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_CALLS_H
#define RHEOBASE_RUNTIME_CALLS_H

#include "Model.h"
#include "ThreadPool.h"

namespace rheobase::runtime {

using Kernel = int64_t (*)(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end, void *scratch);

/// A dispatch as a session runs it.
struct Call {
  Kernel kernel = nullptr;
  uint32_t dispatch = 0;
  uint32_t firstArgument = 0; ///< in the list of all calls' buffers
  uint32_t arguments = 0;
  ReadMemory next; ///< the weights of a call behind this one, or of the next run's first
};

/// The dispatches that a session runs, in order, with what they are called with. It lies together and in the order in
/// which it is read: weights push everything else out of the caches between two runs of a decoder.
class Calls {
public:
  /// With `counting`, of all dispatches, else of those that do not only count. `constants` is the artifact's section.
  void make(const Model &model, const Code &code, uint8_t *image, const uint8_t *constants, bool counting);
  /// The calls take the buffers from these addresses.
  void bind(const std::vector<void *> &addresses);

  size_t size() const { return list.size(); }
  /// How many of the first calls are of dispatches before this one.
  size_t before(size_t dispatch) const;
  const Call &operator[](size_t index) const { return list[index]; }
  void *const *buffers(const Call &call) const { return arguments.data() + call.firstArgument; }

private:
  void findWeights(const Model &model, const uint8_t *constants);

  std::vector<Call> list;
  std::vector<uint32_t> buffersOfCalls;
  std::vector<void *> arguments;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_CALLS_H
