//===- Lifetimes.cpp - which intermediate results are there at once ----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lifetimes.h"

#include "Model.h"

#include <algorithm>

using namespace rheobase;
using namespace rheobase::runtime;
using artifact::BufferKind;

void Lifetimes::computeSpans(const Model &model) {
  spans.assign(model.buffers.size(), Span());
  auto use = [&](uint32_t buffer, size_t dispatch) {
    spans[buffer].first = std::min(spans[buffer].first, dispatch);
    spans[buffer].last = std::max(spans[buffer].last, dispatch);
  };
  for (size_t i = 0; i < model.dispatches.size(); ++i)
    for (uint32_t buffer : model.dispatches[i].buffers)
      use(buffer, i);
  for (const Tap &tap : model.taps)
    use(tap.tensor.buffer, tap.after);
  // What is measured is read in front of a dispatch, outputs behind the last one.
  for (const Measure &measure : model.measures)
    use(measure.buffer, measure.before);
  for (const Tensor &output : model.outputs)
    use(output.buffer, model.dispatches.size());
}

/// Goes through the buffers as they begin, beside those that are still needed.
Status Lifetimes::computeBelow() {
  std::vector<uint32_t> byBegin(order.size());
  for (size_t i = 0; i < byBegin.size(); ++i)
    byBegin[i] = static_cast<uint32_t>(i);
  std::sort(byBegin.begin(), byBegin.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(spans[order[a]].first, a) < std::pair(spans[order[b]].first, b);
  });
  struct Pair {
    uint32_t above, below;
  };
  std::vector<Pair> pairs;
  std::vector<uint32_t> active;
  for (uint32_t position : byBegin) {
    size_t now = spans[order[position]].first;
    active.erase(
        std::remove_if(active.begin(), active.end(), [&](uint32_t other) { return spans[order[other]].last < now; }),
        active.end());
    if (active.size() > artifact::limit::kLivePairs - pairs.size())
      return error(RHB_CORRUPT, "damaged manifest: more than %u pairs of buffers are needed at once",
                   artifact::limit::kLivePairs);
    for (uint32_t other : active)
      pairs.push_back({std::max(position, other), std::min(position, other)});
    active.push_back(position);
  }
  std::sort(pairs.begin(), pairs.end(),
            [](const Pair &a, const Pair &b) { return a.above != b.above ? a.above < b.above : a.below < b.below; });
  begins.assign(order.size() + 1, 0);
  below.clear();
  for (const Pair &pair : pairs) {
    ++begins[pair.above + 1];
    below.push_back(order[pair.below]);
  }
  for (size_t i = 1; i < begins.size(); ++i)
    begins[i] += begins[i - 1];
  return nullptr;
}

Status Lifetimes::compute(const Model &model) {
  computeSpans(model);
  order.clear();
  for (size_t i = 0; i < model.buffers.size(); ++i)
    if (model.buffers[i].kind == BufferKind::Arena && !spans[i].isEmpty())
      order.push_back(static_cast<uint32_t>(i));
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(model.buffers[a].slot, a) < std::pair(model.buffers[b].slot, b);
  });
  return computeBelow();
}
