//===- StateChecks.cpp - the states of a manifest -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelChecks.h"

#include <set>

using namespace rheobase;
using namespace rheobase::runtime;
using artifact::BufferKind;

/// `given` are the symbols that inputs give.
static Status checkGrowth(const Model &model, const State &state, const std::vector<bool> &given) {
  if (!state.growth)
    return nullptr;
  const Tensor &input = model.inputs[state.input], &output = model.outputs[state.output];
  const char *name = input.name.c_str();
  if (state.growth->axis >= input.dims.size())
    return outOfRange("dimension", state.growth->axis, input.dims.size(), name);
  if (state.growth->room >= model.symbols.size())
    return outOfRange("symbol", state.growth->room, model.symbols.size(), name);
  if (input.dtype == artifact::DType::Bool)
    return error(RHB_CORRUPT, "damaged manifest: state '%s' of bools grows", name);
  const Buffer &buffer = model.buffers[output.buffer];
  if (buffer.kind != BufferKind::Output || buffer.slot != state.output)
    return error(RHB_CORRUPT, "damaged manifest: state '%s' grows, but '%s' does not lie in its own buffer", name,
                 output.name.c_str());
  // How much room is needed is known before anything runs.
  for (ExpressionId dim : output.dims)
    if (!model.expressions.mentionsOnly(dim, given))
      return error(RHB_CORRUPT,
                   "damaged manifest: state '%s' grows to the dimension %s, of which no input says a symbol", name,
                   model.expressions.text(dim).c_str());
  return nullptr;
}

Status rheobase::runtime::checkStates(const Model &model) {
  std::vector<bool> given = symbolsOfInputs(model);
  std::set<uint32_t> inputs, outputs;
  for (const State &state : model.states) {
    if (state.input >= model.inputs.size())
      return outOfRange("input", state.input, model.inputs.size(), "a state");
    const Tensor &input = model.inputs[state.input];
    if (state.output >= model.outputs.size())
      return outOfRange("output", state.output, model.outputs.size(), input.name.c_str());
    const Tensor &output = model.outputs[state.output];
    if (!inputs.insert(state.input).second || !outputs.insert(state.output).second)
      return error(RHB_CORRUPT, "damaged manifest: state '%s' shares its input or output with another",
                   input.name.c_str());
    if (input.dtype != output.dtype || input.dims.size() != output.dims.size())
      return error(RHB_CORRUPT, "damaged manifest: state '%s' has another element type or rank than '%s'",
                   input.name.c_str(), output.name.c_str());
    if (Status status = checkGrowth(model, state, given))
      return status;
  }
  return nullptr;
}

Status rheobase::runtime::checkRooms(const Model &model, std::vector<bool> &bound) {
  for (size_t i = 0; i < bound.size(); ++i) {
    if (model.isRoom(i) && bound[i])
      return error(RHB_CORRUPT, "damaged manifest: symbol '%s' is the room of a state and has another value",
                   model.symbols[i].name.c_str());
    bound[i] = bound[i] || model.isRoom(i);
  }
  return nullptr;
}
