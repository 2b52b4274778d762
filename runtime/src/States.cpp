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

rhb_tensor States::view(Value &value, artifact::DType dtype) {
  return {value.bytes.data(), value.bytes.size(), static_cast<rhb_dtype>(dtype), value.dims.size(), value.dims.data()};
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
    all[model.states[i].input] = view(values[i], model.inputs[model.states[i].input].dtype);
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
    kept[i] = view(values[i], model.inputs[model.states[i].input].dtype);
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
    next[i].bytes.resize(plan.outputs[output].bytes);
    all[output] = view(next[i], model.outputs[output].dtype);
  }
  return nullptr;
}

void States::advance() {
  std::swap(values, next);
  for (Value &value : values)
    value.isSet = true;
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
  value = view(const_cast<Value &>(values[state]), tensor.dtype);
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
  values[state].isSet = true;
  return nullptr;
}
