//===- Calls.cpp - what a session calls -----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Calls.h"

#include <algorithm>

using namespace rheobase;
using namespace rheobase::runtime;

/// Constants of at least so many bytes are worth fetching before they are read.
static constexpr size_t kWeights = 64 * 1024;

void Calls::make(const Model &model, const Code &code, uint8_t *image, const uint8_t *constants, bool counting) {
  list.clear();
  buffersOfCalls.clear();
  for (size_t i = 0; i < model.dispatches.size(); ++i) {
    const Dispatch &dispatch = model.dispatches[i];
    if (dispatch.counting && !counting)
      continue;
    list.push_back({reinterpret_cast<Kernel>(image + code.entries[dispatch.kernel]), static_cast<uint32_t>(i),
                    static_cast<uint32_t>(buffersOfCalls.size()), static_cast<uint32_t>(dispatch.buffers.size()),
                    ReadMemory()});
    buffersOfCalls.insert(buffersOfCalls.end(), dispatch.buffers.begin(), dispatch.buffers.end());
  }
  arguments.resize(buffersOfCalls.size());
  findWeights(model, constants);
}

/// The largest constant that the dispatch reads; none where it is small.
static ReadMemory weightsOf(const Model &model, const Dispatch &dispatch, const uint8_t *constants) {
  ReadMemory weights{nullptr, kWeights - 1};
  for (uint32_t id : dispatch.buffers) {
    const Buffer &buffer = model.buffers[id];
    if (buffer.kind != artifact::BufferKind::Constant)
      continue;
    // A model that was checked: the size is a number, and the section is as long.
    size_t bytes = static_cast<size_t>(*model.expressions.literal(buffer.bytes));
    if (bytes > weights.bytes)
      weights = {constants + buffer.offset, bytes};
  }
  return weights.data ? weights : ReadMemory();
}

/// Twice through the list: behind the last weights of a run come the first of the next.
void Calls::findWeights(const Model &model, const uint8_t *constants) {
  ReadMemory next;
  for (size_t i = 2 * list.size(); i-- > 0;) {
    Call &call = list[i % list.size()];
    call.next = next;
    ReadMemory weights = weightsOf(model, model.dispatches[call.dispatch], constants);
    if (weights.data)
      next = weights;
  }
}

void Calls::bind(const std::vector<void *> &addresses) {
  for (size_t i = 0; i < arguments.size(); ++i)
    arguments[i] = addresses[buffersOfCalls[i]];
}

size_t Calls::before(size_t dispatch) const {
  auto isBefore = [](const Call &call, size_t limit) { return call.dispatch < limit; };
  return static_cast<size_t>(std::lower_bound(list.begin(), list.end(), dispatch, isBefore) - list.begin());
}
