//===- Plan.cpp - a program's sizes and memory for one set of symbols -----===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "Shapes.h"

#include <algorithm>
#include <cstring>

using namespace rheobase;
using namespace rheobase::runtime;
using artifact::BufferKind;

/// Buffers begin at multiples of this, and this much memory behind each may be touched by the ends of vector loops.
static constexpr uint64_t kBufferAlignment = 64;

/// An arena up to so many times as large as needed is kept; one that grows gets one part in so many as a reserve.
static constexpr uint64_t kMostKept = 2, kReserve = 8;

Status Plan::resolve(const Model &model, const Tensor &tensor, ResolvedTensor &to) const {
  auto evaluate = [&](ExpressionId id, int64_t &value) {
    value = values[id];
    return need(model, id);
  };
  Status status = resolveShapeBy(evaluate, tensor, to.dims, to.bytes);
  to.room = to.bytes;
  return status;
}

Status Plan::resolveTensors(const Model &model) {
  inputs.resize(model.inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    if (Status status = resolve(model, model.inputs[i], inputs[i]))
      return status;
  outputs.resize(model.outputs.size());
  for (size_t i = 0; whole && i < outputs.size(); ++i)
    if (Status status = resolve(model, model.outputs[i], outputs[i]))
      return status;
  return nullptr;
}

Status Plan::resolveTap(const Model &model, size_t tap, ResolvedTensor &to) const {
  const Tensor &tensor = model.taps[tap].tensor;
  if (Status status = resolve(model, tensor, to))
    return status;
  return checkReads(model, tensor, to.bytes);
}

/// The memory of a state that grows is that of its input and of its output, which differ along one dimension.
Status Plan::resolveRooms(const Model &model) {
  for (const State &state : model.states) {
    if (!state.growth)
      continue;
    uint32_t axis = state.growth->axis;
    int64_t room = symbolValues[state.growth->room];
    ResolvedTensor &input = inputs[state.input];
    std::vector<int64_t> dims = input.dims;
    dims[axis] = room;
    if (Status status = sizeOf(model.inputs[state.input], dims, input.room))
      return status;
    if (!whole)
      continue;
    ResolvedTensor &output = outputs[state.output];
    std::vector<int64_t> grown = output.dims;
    grown[axis] = room;
    if (grown != dims || output.dims[axis] < input.dims[axis] || output.dims[axis] > room)
      return error(RHB_CORRUPT, "state '%s' has shape %s, from which it cannot grow to %s along dimension %u",
                   model.inputs[state.input].name.c_str(), shapeText(input.dims.data(), input.dims.size()).c_str(),
                   shapeText(output.dims.data(), output.dims.size()).c_str(), axis);
    output.room = input.room;
  }
  return nullptr;
}

/// A plan for a part of the program has room for that part's buffers: others may not have their sizes yet.
bool Plan::isUsed(const Model &model, size_t buffer) const {
  return whole || model.firstUses[buffer] <= dispatchCount;
}

/// Of a plan for a part of the program, sizes of other parts may have no value: what is used must have one.
Status Plan::need(const Model &model, ExpressionId id) const {
  int64_t value = 0;
  return whole ? nullptr : model.expressions.evaluate(id, symbolValues, value);
}

Status Plan::checkBuffers(const Model &model) {
  for (size_t i = 0; i < model.buffers.size(); ++i) {
    const Buffer &buffer = model.buffers[i];
    if (!isUsed(model, i))
      continue;
    if (Status status = need(model, buffer.bytes))
      return status;
    int64_t bytes = values[buffer.bytes];
    if (bytes < 0 || bytes > artifact::limit::kBytes)
      return error(RHB_INVALID_ARGUMENT, "a buffer of %s = %lld bytes for these input shapes",
                   model.expressions.text(buffer.bytes).c_str(), (long long)bytes);
    uint64_t behind = bytes;
    if (buffer.kind == BufferKind::Input)
      behind = inputs[buffer.slot].room;
    else if (buffer.kind == BufferKind::Output)
      behind = outputs[buffer.slot].room;
    else if (buffer.kind == BufferKind::Counters)
      behind = model.counters.size() * sizeof(uint64_t);
    if (static_cast<uint64_t>(bytes) > behind)
      return error(RHB_CORRUPT, "the program expects %lld bytes in a buffer that has %llu", (long long)bytes,
                   (unsigned long long)behind);
  }
  return nullptr;
}

Status Plan::checkReads(const Model &model, const Tensor &tensor, uint64_t bytes) const {
  uint64_t available = static_cast<uint64_t>(values[model.buffers[tensor.buffer].bytes]);
  if (bytes <= available)
    return nullptr;
  return error(RHB_CORRUPT, "tensor '%s' has %llu bytes in a buffer of %llu", tensor.name.c_str(),
               (unsigned long long)bytes, (unsigned long long)available);
}

static Status checkArena(uint64_t bytes) {
  if (bytes <= static_cast<uint64_t>(artifact::limit::kBytes))
    return nullptr;
  return error(RHB_OUT_OF_MEMORY, "the intermediate results would need more than %llu bytes",
               (unsigned long long)artifact::limit::kBytes);
}

/// Each above what it must not overlap, and no higher.
Status Plan::placeBuffers(const Model &model) {
  places.assign(model.buffers.size(), Place());
  arenaBytes = 0;
  const std::vector<uint32_t> &order = model.lifetimes.placed();
  for (size_t i = 0; i < order.size(); ++i) {
    if (!isUsed(model, order[i]))
      continue;
    Place &place = places[order[i]];
    model.lifetimes.forEachBelow(i, [&](uint32_t other) { place.begin = std::max(place.begin, places[other].end); });
    // No overflow: at most 2^46 bytes on top of as many.
    auto bytes = static_cast<uint64_t>(values[model.buffers[order[i]].bytes]);
    place.end = place.begin + artifact::alignUp(bytes, kBufferAlignment) + kBufferAlignment;
    if (Status status = checkArena(place.end))
      return status;
    arenaBytes = std::max(arenaBytes, place.end);
  }
  return nullptr;
}

uint64_t Plan::liveSize(const Model &model) const {
  if (places.empty())
    return 0;
  // By how much the bytes that are needed grow at each dispatch, less what was needed last by the one before.
  std::vector<uint64_t> growth(model.dispatches.size() + 2);
  for (uint32_t buffer : model.lifetimes.placed()) {
    if (places[buffer].end == 0)
      continue;
    const Lifetimes::Span &span = model.lifetimes.span(buffer);
    auto bytes = static_cast<uint64_t>(values[model.buffers[buffer].bytes]);
    growth[span.first] += bytes;
    growth[span.last + 1] -= bytes;
  }
  uint64_t live = 0, most = 0;
  for (uint64_t more : growth)
    most = std::max(most, live += more);
  return most + scratchBytes;
}

/// Behind the buffers, as much for each thread as the dispatch needs that needs most.
Status Plan::placeScratch(const Model &model, size_t threads) {
  uint64_t most = 0;
  for (size_t i : scratchUsers) {
    const Dispatch &dispatch = model.dispatches[i];
    if (Status status = need(model, *dispatch.scratch))
      return status;
    int64_t bytes = values[*dispatch.scratch];
    if (bytes < 0 || bytes > artifact::limit::kBytes)
      return error(RHB_INVALID_ARGUMENT, "'%s' would need %lld bytes of scratch memory for these input shapes",
                   dispatch.location.c_str(), (long long)bytes);
    most = std::max(most, static_cast<uint64_t>(bytes));
  }
  scratchBegin = arenaBytes;
  scratchSize = most == 0 ? 0 : artifact::alignUp(most, kBufferAlignment) + kBufferAlignment;
  // No overflow: 2^46 bytes for each of not many threads.
  scratchBytes = scratchSize * threads;
  arenaBytes += scratchBytes;
  return checkArena(arenaBytes);
}

/// Keeps the memory that is there unless it is too little; of much more than is needed, the beginning, which is mapped
/// already: fresh memory costs a decoder's first token behind a prompt 60 page faults.
Status Plan::allocate() {
  uint64_t kept = arena.size();
  if (kept >= arenaBytes && arenaBytes > 0) {
    if (kept / kMostKept > arenaBytes)
      arena.shrinkTo(arenaBytes);
    return nullptr;
  }
  // The old arena goes before the new one comes: both may not fit.
  arena = Mapping();
  if (arenaBytes == 0)
    return nullptr;
  // What has grown a little is likely to grow again.
  bool grows = kept < arenaBytes && arenaBytes - kept < arenaBytes / kReserve;
  return Mapping::allocate(arenaBytes + (grows ? arenaBytes / kReserve : 0), arena);
}

/// Where the sizes of the dispatches that the session runs come from, and which need scratch memory, in one list each:
/// weights push everything else out of the caches between two runs of a decoder, and each needs a plan.
void Plan::collectSizes(const Model &model) {
  if (sizeBegins.size() == dispatchCount)
    return;
  sizeBegins.clear();
  sizeIds.clear();
  gridPositions.clear();
  scratchUsers.clear();
  for (size_t i = 0; i < dispatchCount; ++i) {
    const Dispatch &dispatch = model.dispatches[i];
    if (dispatch.scratch)
      scratchUsers.push_back(i);
    sizeBegins.push_back(sizeIds.size());
    if (dispatch.counting && !counting)
      continue;
    gridPositions.push_back(sizeIds.size());
    sizeIds.push_back(dispatch.grid);
    sizeIds.insert(sizeIds.end(), dispatch.sizes.begin(), dispatch.sizes.end());
  }
}

Status Plan::listSizes(const Model &model) {
  collectSizes(model);
  sizeLists.resize(sizeIds.size());
  for (size_t i = 0; i < sizeIds.size(); ++i) {
    if (Status status = need(model, sizeIds[i]))
      return status;
    sizeLists[i] = values[sizeIds[i]];
  }
  for (size_t position : gridPositions) {
    int64_t grid = sizeLists[position];
    if (grid >= 0 && grid <= artifact::limit::kBytes)
      continue;
    auto behind = std::upper_bound(sizeBegins.begin(), sizeBegins.end(), position);
    return error(RHB_INVALID_ARGUMENT, "'%s' would have %lld work items for these input shapes",
                 model.dispatches[behind - sizeBegins.begin() - 1].location.c_str(), (long long)grid);
  }
  return nullptr;
}

/// What is copied out of the buffers lies in them.
Status Plan::checkReads(const Model &model) const {
  for (size_t i = 0; whole && i < model.outputs.size(); ++i)
    if (Status status = checkReads(model, model.outputs[i], outputs[i].bytes))
      return status;
  for (const Measure &measure : model.measures)
    if (isUsed(model, measure.buffer) &&
        measure.values.size() * sizeof(int64_t) > static_cast<uint64_t>(values[model.buffers[measure.buffer].bytes]))
      return error(RHB_CORRUPT, "'%s' measures %zu sizes in a buffer of %lld bytes", measure.location.c_str(),
                   measure.values.size(), (long long)values[model.buffers[measure.buffer].bytes]);
  return nullptr;
}

Status Plan::make(const Model &model, const std::vector<int64_t> &symbols, size_t measured, size_t threads) {
  whole = measured >= model.measures.size();
  dispatchCount = whole ? model.dispatches.size() : model.measures[measured].before;
  symbolValues = symbols;
  values.resize(model.expressions.size());
  for (size_t i = 0; i < values.size(); ++i)
    if (Status status = model.expressions.evaluate(i, symbolValues, values[i]); status && whole)
      return status;
  for (auto step :
       {&Plan::resolveTensors, &Plan::resolveRooms, &Plan::checkBuffers, &Plan::listSizes, &Plan::placeBuffers})
    if (Status status = (this->*step)(model))
      return status;
  if (Status status = placeScratch(model, threads))
    return status;
  if (Status status = checkReads(model))
    return status;
  return allocate();
}

void Plan::carryOver(const Model &model, const Plan &before, size_t run) {
  // The others' memory may be another's here.
  for (uint32_t index : model.lifetimes.placed()) {
    const Lifetimes::Span &span = model.lifetimes.span(index);
    bool isLeft = span.first < run && span.last >= run;
    if (isLeft && before.places[index].end != 0 && places[index].end != 0)
      memcpy(buffer(index), before.buffer(index),
             std::min(places[index].end - places[index].begin, before.places[index].end - before.places[index].begin));
  }
}
