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

void Calls::make(const Model &model, const Code &code, uint8_t *image, bool counting) {
  list.clear();
  buffersOfCalls.clear();
  for (size_t i = 0; i < model.dispatches.size(); ++i) {
    const Dispatch &dispatch = model.dispatches[i];
    if (dispatch.counting && !counting)
      continue;
    list.push_back({reinterpret_cast<Kernel>(image + code.entries[dispatch.kernel]), static_cast<uint32_t>(i),
                    static_cast<uint32_t>(buffersOfCalls.size()), static_cast<uint32_t>(dispatch.buffers.size())});
    buffersOfCalls.insert(buffersOfCalls.end(), dispatch.buffers.begin(), dispatch.buffers.end());
  }
  arguments.resize(buffersOfCalls.size());
}

void Calls::bind(const std::vector<void *> &addresses) {
  for (size_t i = 0; i < arguments.size(); ++i)
    arguments[i] = addresses[buffersOfCalls[i]];
}

size_t Calls::before(size_t dispatch) const {
  auto isBefore = [](const Call &call, size_t limit) { return call.dispatch < limit; };
  return static_cast<size_t>(std::lower_bound(list.begin(), list.end(), dispatch, isBefore) - list.begin());
}
