//===- States.cpp - what a session keeps from run to run ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "States.h"

#include "Shapes.h"

#include <algorithm>
#include <cstring>

using namespace rheobase;
using namespace rheobase::runtime;

/// More rows than a run needs, so that the next ones need not move what is there: half as many again, and this many.
static constexpr int64_t kLeastReserve = 64;

/// How the rows of a state that grows lie: `blocks` blocks of rows of `rowBytes` bytes.
namespace {
struct Rows {
  Rows(const std::vector<int64_t> &dims, size_t axis, uint64_t elementBytes) : rowBytes(elementBytes) {
    for (size_t i = 0; i < dims.size(); ++i)
      (i < axis ? blocks : i > axis ? rowBytes : count) *= static_cast<uint64_t>(dims[i]);
  }
  /// Copies the rows between blocks of `toRoom` and blocks of `fromRoom` rows.
  void copy(uint8_t *to, uint64_t toRoom, const uint8_t *from, uint64_t fromRoom) const {
    for (uint64_t block = 0; count * rowBytes != 0 && block < blocks; ++block)
      memcpy(to + block * toRoom * rowBytes, from + block * fromRoom * rowBytes, count * rowBytes);
  }
  uint64_t blocks = 1, count = 1, rowBytes;
};
} // namespace

static Rows rowsOf(const std::vector<int64_t> &dims, const artifact::Growth &growth, artifact::DType dtype) {
  return {dims, growth.axis, rhb_dtype_size(static_cast<rhb_dtype>(dtype))};
}

/// The value with its elements one behind the other.
rhb_tensor States::packedView(size_t state) const {
  const Value &value = values[state];
  if (!value.isPacked) {
    Rows rows = rowsOf(value.dims, *model.states[state].growth, dtypeOf(state));
    value.bytes.resize(rows.blocks * rows.count * rows.rowBytes);
    rows.copy(value.bytes.data(), rows.count, value.spread.data(), static_cast<uint64_t>(value.room));
  }
  return view(state);
}

/// The value as it lies: the memory of one that grows is named by makeRoom.
rhb_tensor States::view(size_t state) const {
  const Value &value = values[state];
  return {value.bytes.data(), value.bytes.size(), static_cast<rhb_dtype>(dtypeOf(state)), value.dims.size(),
          value.dims.data()};
}

static Status wrongCount(const char *what, size_t found, size_t expected) {
  return error(RHB_INVALID_ARGUMENT, "%zu %s, expected %zu", found, what, expected);
}

Status States::joinInputs(const rhb_tensor *given, size_t count, std::vector<rhb_tensor> &all) {
  if (count != model.callerInputs.size() || (count != 0 && !given))
    return wrongCount("inputs", count, model.callerInputs.size());
  all.assign(model.inputs.size(), rhb_tensor{});
  for (size_t i = 0; i < count; ++i)
    all[model.callerInputs[i]] = given[i];
  if (Status status = makeInitial(all))
    return status;
  for (size_t i = 0; i < values.size(); ++i)
    all[model.states[i].input] = view(i);
  return nullptr;
}

/// Gives the states without a value their zeros; they stay unset, as the next call may have other shapes.
Status States::makeInitial(const std::vector<rhb_tensor> &all) {
  if (std::all_of(values.begin(), values.end(), [](const Value &value) { return value.isSet; }))
    return nullptr;
  std::vector<const rhb_tensor *> known(all.size());
  std::vector<rhb_tensor> kept(values.size());
  for (uint32_t input : model.callerInputs)
    known[input] = &all[input];
  for (size_t i = 0; i < values.size(); ++i) {
    kept[i] = view(i);
    known[model.states[i].input] = values[i].isSet ? &kept[i] : nullptr;
  }
  std::vector<int64_t> symbols;
  if (Status status = bindKnownSymbols(model, known, symbols))
    return status;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].isSet)
      continue;
    uint64_t bytes = 0;
    if (Status status = resolveShape(model, model.inputs[model.states[i].input], symbols, values[i].dims, bytes))
      return status;
    values[i].bytes.assign(bytes, 0);
    values[i].isPacked = true;
  }
  return nullptr;
}

/// Lays the rows of a state that grows out for so many.
Status States::spread(size_t state, int64_t room) {
  Value &value = values[state];
  if (!value.isPacked && value.room == room)
    return nullptr;
  const artifact::Growth &growth = *model.states[state].growth;
  std::vector<int64_t> dims = value.dims;
  dims[growth.axis] = room;
  uint64_t bytes = 0;
  if (Status status = sizeOf(model.inputs[model.states[state].input], dims, bytes))
    return status;
  Rows rows = rowsOf(value.dims, growth, dtypeOf(state));
  // Where the rows come from elsewhere, memory that is large enough can be used again.
  Mapping fresh;
  bool fits = value.isPacked && value.spread.size() >= bytes;
  if (!fits && bytes != 0)
    if (Status status = Mapping::allocate(bytes, fresh))
      return status;
  Mapping &to = fits ? value.spread : fresh;
  if (value.isPacked)
    rows.copy(to.data(), static_cast<uint64_t>(room), value.bytes.data(), rows.count);
  else
    rows.copy(to.data(), static_cast<uint64_t>(room), value.spread.data(), static_cast<uint64_t>(value.room));
  if (!fits)
    std::swap(value.spread, fresh);
  value.room = room;
  return nullptr;
}

/// How many rows there are with what a run appends.
Status States::rowsAfter(size_t state, const std::vector<int64_t> &symbols, int64_t &count) const {
  const State &it = model.states[state];
  if (Status status = model.expressions.evaluate(model.outputs[it.output].dims[it.growth->axis], symbols, count))
    return status;
  // A damaged program may shrink: the plan refuses it, but has to be reached.
  count = std::max(count, values[state].dims[it.growth->axis]);
  if (count <= artifact::limit::kBytes)
    return nullptr;
  return error(RHB_OUT_OF_MEMORY, "state '%s' would grow to %lld rows", model.inputs[it.input].name.c_str(),
               (long long)count);
}

Status States::makeRoom(std::vector<int64_t> &symbols, std::vector<rhb_tensor> &all) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!model.states[i].growth)
      continue;
    int64_t count = 0, &room = rooms[model.states[i].growth->room];
    if (Status status = rowsAfter(i, symbols, count))
      return status;
    if (count > room)
      room = count + std::max(count / 2, kLeastReserve);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (!model.states[i].growth)
      continue;
    int64_t room = rooms[model.states[i].growth->room];
    symbols[model.states[i].growth->room] = room;
    if (Status status = spread(i, room))
      return status;
    rhb_tensor &input = all[model.states[i].input];
    input.data = values[i].spread.data();
    input.size = values[i].spread.size();
  }
  return nullptr;
}

Status States::joinOutputs(const Plan &plan, const rhb_tensor *given, size_t count, std::vector<rhb_tensor> &all) {
  if (count != model.callerOutputs.size() || (count != 0 && !given))
    return wrongCount("outputs", count, model.callerOutputs.size());
  all.assign(model.outputs.size(), rhb_tensor{});
  for (size_t i = 0; i < count; ++i)
    all[model.callerOutputs[i]] = given[i];
  for (size_t i = 0; i < next.size(); ++i) {
    uint32_t output = model.states[i].output;
    next[i].dims = plan.outputs[output].dims;
    bool grows = model.states[i].growth.has_value();
    if (!grows)
      next[i].bytes.resize(plan.outputs[output].bytes);
    all[output] = {grows ? values[i].spread.data() : next[i].bytes.data(),
                   grows ? values[i].spread.size() : next[i].bytes.size(), static_cast<rhb_dtype>(dtypeOf(i)),
                   next[i].dims.size(), next[i].dims.data()};
  }
  return nullptr;
}

void States::advance() {
  for (size_t i = 0; i < values.size(); ++i) {
    std::swap(values[i].dims, next[i].dims);
    values[i].isPacked = !model.states[i].growth;
    if (values[i].isPacked)
      std::swap(values[i].bytes, next[i].bytes);
    values[i].isSet = true;
  }
}

void States::reset() {
  for (Value &value : values)
    value.isSet = false;
}

bool States::hasValue() const {
  return std::any_of(values.begin(), values.end(), [](const Value &value) { return value.isSet; });
}

Status States::read(size_t state, rhb_tensor &value) const {
  if (state >= values.size())
    return error(RHB_NOT_FOUND, "state %zu, the artifact has %zu", state, values.size());
  const Tensor &tensor = model.inputs[model.states[state].input];
  if (!values[state].isSet)
    return error(RHB_NOT_FOUND, "state '%s' has no value before the first run that succeeds", tensor.name.c_str());
  value = packedView(state);
  return nullptr;
}

Status States::write(size_t state, const rhb_tensor &value) {
  if (state >= values.size())
    return error(RHB_NOT_FOUND, "state %zu, the artifact has %zu", state, values.size());
  const Tensor &tensor = model.inputs[model.states[state].input];
  if (Status status = checkForm(model, tensor, value))
    return status;
  uint64_t bytes = 0;
  if (Status status = sizeOf(tensor, {value.dims, value.dims + value.rank}, bytes))
    return status;
  if (value.size < bytes || (bytes != 0 && !value.data))
    return error(RHB_INVALID_ARGUMENT, "state '%s' has a buffer of %zu bytes, expected %llu", tensor.name.c_str(),
                 value.data ? value.size : 0, (unsigned long long)bytes);
  values[state].dims.assign(value.dims, value.dims + value.rank);
  const uint8_t *data = static_cast<const uint8_t *>(value.data);
  values[state].bytes.assign(data, data + bytes);
  values[state].isPacked = true;
  values[state].isSet = true;
  return nullptr;
}
