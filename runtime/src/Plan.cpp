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

using namespace rheobase;
using namespace rheobase::runtime;
using artifact::BufferKind;

/// Slots begin at multiples of this, and this much memory behind each may be touched by the ends of vector loops.
static constexpr uint64_t kSlotAlignment = 64;

Status Plan::resolveTensors(const Model &model) {
  auto resolve = [&](const Tensor &tensor, ResolvedTensor &to) {
    return resolveShape(model, tensor, symbolValues, to.dims, to.bytes);
  };
  inputs.resize(model.inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    if (Status status = resolve(model.inputs[i], inputs[i]))
      return status;
  outputs.resize(model.outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i)
    if (Status status = resolve(model.outputs[i], outputs[i]))
      return status;
  taps.resize(model.taps.size());
  for (size_t i = 0; i < taps.size(); ++i)
    if (Status status = resolve(model.taps[i].tensor, taps[i]))
      return status;
  return nullptr;
}

Status Plan::checkBuffers(const Model &model) const {
  for (const Buffer &buffer : model.buffers) {
    int64_t bytes = values[buffer.bytes];
    if (bytes < 0 || bytes > artifact::limit::kBytes)
      return error(RHB_INVALID_ARGUMENT, "a buffer of %s = %lld bytes for these input shapes",
                   model.expressions.text(buffer.bytes).c_str(), (long long)bytes);
    uint64_t behind = bytes;
    if (buffer.kind == BufferKind::Input)
      behind = inputs[buffer.slot].bytes;
    else if (buffer.kind == BufferKind::Output)
      behind = outputs[buffer.slot].bytes;
    else if (buffer.kind == BufferKind::Counters)
      behind = model.counters.size() * sizeof(uint64_t);
    if (static_cast<uint64_t>(bytes) > behind)
      return error(RHB_CORRUPT, "the program expects %lld bytes in a buffer that has %llu", (long long)bytes,
                   (unsigned long long)behind);
  }
  return nullptr;
}

/// What is copied out of a buffer lies in it.
Status Plan::checkReads(const Model &model, const Tensor &tensor, uint64_t bytes) const {
  uint64_t available = static_cast<uint64_t>(values[model.buffers[tensor.buffer].bytes]);
  if (bytes <= available)
    return nullptr;
  return error(RHB_CORRUPT, "tensor '%s' has %llu bytes in a buffer of %llu", tensor.name.c_str(),
               (unsigned long long)bytes, (unsigned long long)available);
}

Status Plan::placeSlots(const Model &model) {
  std::vector<uint64_t> sizes(model.slots, 0);
  for (const Buffer &buffer : model.buffers)
    if (buffer.kind == BufferKind::Arena)
      sizes[buffer.slot] = std::max(sizes[buffer.slot], static_cast<uint64_t>(values[buffer.bytes]));
  uint64_t total = 0;
  for (uint64_t size : sizes) {
    slotOffsets.push_back(total);
    // No overflow: at most 2^20 slots of 2^46 bytes, and the sum is held below 2^47.
    total += artifact::alignUp(size, kSlotAlignment) + kSlotAlignment;
    if (total > static_cast<uint64_t>(artifact::limit::kBytes))
      return error(RHB_OUT_OF_MEMORY, "the intermediate results would need more than %llu bytes",
                   (unsigned long long)artifact::limit::kBytes);
  }
  return total == 0 ? nullptr : Mapping::allocate(total, arena);
}

Status Plan::listSizes(const Model &model) {
  for (const Dispatch &dispatch : model.dispatches) {
    if (values[dispatch.grid] < 0 || values[dispatch.grid] > artifact::limit::kBytes)
      return error(RHB_INVALID_ARGUMENT, "'%s' would have %lld work items for these input shapes",
                   dispatch.location.c_str(), (long long)values[dispatch.grid]);
    sizeBegins.push_back(sizeLists.size());
    for (ExpressionId size : dispatch.sizes)
      sizeLists.push_back(values[size]);
  }
  return nullptr;
}

Status Plan::make(const Model &model, std::vector<int64_t> symbols, Plan &plan) {
  Plan made;
  made.symbolValues = std::move(symbols);
  made.values.resize(model.expressions.size());
  for (size_t i = 0; i < made.values.size(); ++i)
    if (Status status = model.expressions.evaluate(i, made.symbolValues, made.values[i]))
      return status;
  if (Status status = made.resolveTensors(model))
    return status;
  if (Status status = made.checkBuffers(model))
    return status;
  for (size_t i = 0; i < model.outputs.size(); ++i)
    if (Status status = made.checkReads(model, model.outputs[i], made.outputs[i].bytes))
      return status;
  for (size_t i = 0; i < model.taps.size(); ++i)
    if (Status status = made.checkReads(model, model.taps[i].tensor, made.taps[i].bytes))
      return status;
  if (Status status = made.listSizes(model))
    return status;
  if (Status status = made.placeSlots(model))
    return status;
  plan = std::move(made);
  return nullptr;
}
