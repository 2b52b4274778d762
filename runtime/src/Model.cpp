//===- Model.cpp - the numbers of a manifest, held against each other -----===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckedMath.h"
#include "ManifestDecoder.h"
#include "ModelChecks.h"

#include <algorithm>
#include <set>

using namespace rheobase;
using namespace rheobase::runtime;
using artifact::BufferKind;

Status rheobase::runtime::outOfRange(const char *what, uint64_t found, uint64_t count, const char *where) {
  return error(RHB_CORRUPT, "damaged manifest: %s %llu in '%s', there are %llu", what, (unsigned long long)found, where,
               (unsigned long long)count);
}

std::vector<bool> rheobase::runtime::symbolsOfInputs(const Model &model) {
  std::vector<bool> given(model.symbols.size());
  for (const Tensor &input : model.inputs)
    for (ExpressionId dim : input.dims)
      if (std::optional<ExpressionPool::Multiple> of = model.expressions.symbol(dim))
        given[of->symbol] = true;
  return given;
}

namespace {
class Checker {
public:
  Checker(const Model &model, const Container &container) : model(model), container(container) {}

  Status run() const;

private:
  Status checkSymbols() const;
  Status checkTensors(const std::vector<Tensor> &tensors, const char *what) const;
  Status checkTensor(const Tensor &tensor) const;
  Status checkInputs() const;
  Status checkMeasures(std::vector<bool> &bound) const;
  Status checkPrelude() const;
  Status checkTaps() const;
  Status checkBuffer(const Buffer &buffer) const;
  Status checkConstant(const Buffer &buffer) const;
  Status checkDispatch(const Dispatch &dispatch) const;
  Status checkCode() const;
  Status checkCodeEntry(const Code &code) const;
  Status checkExpression(ExpressionId id, const char *where) const {
    if (id < model.expressions.size())
      return nullptr;
    return outOfRange("size expression", id, model.expressions.size(), where);
  }

  const Model &model;
  const Container &container;
};
} // namespace

Status Checker::checkSymbols() const {
  std::set<std::string> names;
  for (const artifact::Symbol &symbol : model.symbols) {
    if (symbol.min < 0 || symbol.max < 0 || (symbol.max != 0 && symbol.max < symbol.min))
      return error(RHB_CORRUPT, "damaged manifest: symbol '%s' ranges from %lld to %lld", symbol.name.c_str(),
                   (long long)symbol.min, (long long)symbol.max);
    if (!names.insert(symbol.name).second)
      return error(RHB_CORRUPT, "damaged manifest: two symbols '%s'", symbol.name.c_str());
  }
  return nullptr;
}

Status Checker::checkTensor(const Tensor &tensor) const {
  if (tensor.dtype > artifact::kLastDType)
    return error(RHB_CORRUPT, "damaged manifest: tensor '%s' has unknown element type %u", tensor.name.c_str(),
                 static_cast<unsigned>(tensor.dtype));
  for (ExpressionId dim : tensor.dims)
    if (Status status = checkExpression(dim, tensor.name.c_str()))
      return status;
  if (tensor.buffer >= model.buffers.size())
    return outOfRange("buffer", tensor.buffer, model.buffers.size(), tensor.name.c_str());
  if (model.buffers[tensor.buffer].kind == BufferKind::Counters)
    return error(RHB_CORRUPT, "damaged manifest: tensor '%s' lies in the counters", tensor.name.c_str());
  return nullptr;
}

Status Checker::checkTensors(const std::vector<Tensor> &tensors, const char *what) const {
  std::set<std::string> names;
  for (const Tensor &tensor : tensors) {
    if (Status status = checkTensor(tensor))
      return status;
    if (!names.insert(tensor.name).second)
      return error(RHB_CORRUPT, "damaged manifest: two %ss '%s'", what, tensor.name.c_str());
  }
  return nullptr;
}

/// Inputs lie in their own buffers, and every symbol can be read off one of them or off a measure.
Status Checker::checkInputs() const {
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    const Tensor &input = model.inputs[i];
    const Buffer &buffer = model.buffers[input.buffer];
    if (buffer.kind != BufferKind::Input || buffer.slot != i)
      return error(RHB_CORRUPT, "damaged manifest: input '%s' does not lie in the buffer of input %zu",
                   input.name.c_str(), i);
  }
  std::vector<bool> bound = symbolsOfInputs(model);
  // The inputs' shapes are read before anything is measured.
  for (const Tensor &input : model.inputs)
    for (ExpressionId dim : input.dims)
      if (!model.expressions.mentionsOnly(dim, bound))
        return error(RHB_CORRUPT, "damaged manifest: input '%s' has the dimension %s, of which no input says a symbol",
                     input.name.c_str(), model.expressions.text(dim).c_str());
  if (Status status = checkMeasures(bound))
    return status;
  if (Status status = checkRooms(model, bound))
    return status;
  for (size_t i = 0; i < bound.size(); ++i)
    if (!bound[i])
      return error(
          RHB_CORRUPT,
          "damaged manifest: symbol '%s' is neither a dimension of an input nor measured nor the room of a state",
          model.symbols[i].name.c_str());
  return nullptr;
}

/// In order, off arena memory or inputs; `bound` says which symbols have a value.
Status Checker::checkMeasures(std::vector<bool> &bound) const {
  uint32_t before = 0;
  for (const Measure &measure : model.measures) {
    const char *where = measure.location.c_str();
    if (measure.before < before || measure.before > model.dispatches.size())
      return error(RHB_CORRUPT, "damaged manifest: a measure at dispatch %u of %zu in '%s', expected %u or more",
                   measure.before, model.dispatches.size(), where, before);
    before = measure.before;
    if (measure.buffer >= model.buffers.size())
      return outOfRange("buffer", measure.buffer, model.buffers.size(), where);
    BufferKind kind = model.buffers[measure.buffer].kind;
    if (kind == BufferKind::Output || kind == BufferKind::Counters)
      return error(RHB_CORRUPT, "damaged manifest: '%s' measures an output or the counters", where);
    for (ExpressionId value : measure.values) {
      if (Status status = checkExpression(value, where))
        return status;
      if (std::optional<ExpressionPool::Multiple> of = model.expressions.symbol(value))
        bound[of->symbol] = true;
      if (!model.expressions.mentionsOnly(value, bound))
        return error(RHB_CORRUPT, "damaged manifest: '%s' measures %s before its symbols are known", where,
                     model.expressions.text(value).c_str());
    }
  }
  return nullptr;
}

/// What runs before all sizes are known does not touch memory whose size is checked only then.
Status Checker::checkPrelude() const {
  for (size_t i = 0; i < model.prelude(); ++i)
    for (uint32_t buffer : model.dispatches[i].buffers)
      if (model.buffers[buffer].kind == BufferKind::Output)
        return error(RHB_CORRUPT, "damaged manifest: '%s' uses an output before the last measure",
                     model.dispatches[i].location.c_str());
  for (const Tap &tap : model.taps)
    if (tap.after < model.prelude() && model.buffers[tap.tensor.buffer].kind == BufferKind::Output)
      return error(RHB_CORRUPT, "damaged manifest: tap '%s' reads an output before the last measure",
                   tap.tensor.name.c_str());
  return nullptr;
}

Status Checker::checkTaps() const {
  for (const Tap &tap : model.taps) {
    if (Status status = checkTensor(tap.tensor))
      return status;
    if (tap.after >= model.dispatches.size())
      return outOfRange("dispatch", tap.after, model.dispatches.size(), tap.tensor.name.c_str());
    if (model.dispatches[tap.after].counting)
      return error(RHB_CORRUPT, "damaged manifest: tap '%s' waits for a counting dispatch", tap.tensor.name.c_str());
  }
  return nullptr;
}

Status Checker::checkConstant(const Buffer &buffer) const {
  std::optional<int64_t> size = model.expressions.literal(buffer.bytes);
  if (!size || *size < 0)
    return error(RHB_CORRUPT, "damaged manifest: the size of a constant is not a number");
  if (*size == 0)
    return nullptr;
  uint64_t end = 0;
  if (!checkedAdd(buffer.offset, static_cast<uint64_t>(*size), end) || end > container.constants().size)
    return error(RHB_CORRUPT, "damaged manifest: a constant of %lld bytes at %llu ends after the constants section",
                 (long long)*size, (unsigned long long)buffer.offset);
  if (buffer.offset % artifact::kConstantAlignment != 0)
    return error(RHB_CORRUPT, "damaged manifest: a constant at %llu, expected a multiple of %llu",
                 (unsigned long long)buffer.offset, (unsigned long long)artifact::kConstantAlignment);
  return nullptr;
}

Status Checker::checkBuffer(const Buffer &buffer) const {
  if (Status status = checkExpression(buffer.bytes, "a buffer"))
    return status;
  switch (buffer.kind) {
  case BufferKind::Constant:
    return checkConstant(buffer);
  case BufferKind::Arena:
    return buffer.slot < model.slots ? nullptr : outOfRange("slot", buffer.slot, model.slots, "a buffer");
  case BufferKind::Input:
    return buffer.slot < model.inputs.size() ? nullptr
                                             : outOfRange("input", buffer.slot, model.inputs.size(), "a buffer");
  case BufferKind::Output:
    return buffer.slot < model.outputs.size() ? nullptr
                                              : outOfRange("output", buffer.slot, model.outputs.size(), "a buffer");
  case BufferKind::Counters:
    return nullptr;
  }
  return error(RHB_CORRUPT, "damaged manifest: a buffer of unknown kind %u", static_cast<unsigned>(buffer.kind));
}

Status Checker::checkDispatch(const Dispatch &dispatch) const {
  const char *where = dispatch.location.c_str();
  if (dispatch.kernel >= model.kernels.size())
    return outOfRange("kernel", dispatch.kernel, model.kernels.size(), where);
  if (Status status = checkExpression(dispatch.grid, where))
    return status;
  for (ExpressionId size : dispatch.sizes)
    if (Status status = checkExpression(size, where))
      return status;
  if (dispatch.scratch) {
    if (Status status = checkExpression(*dispatch.scratch, where))
      return status;
    if (std::optional<int64_t> bytes = model.expressions.literal(*dispatch.scratch);
        bytes && (*bytes < 0 || *bytes > artifact::limit::kBytes))
      return error(RHB_CORRUPT, "damaged manifest: '%s' needs %lld bytes of scratch memory, expected 0 to %lld", where,
                   (long long)*bytes, (long long)artifact::limit::kBytes);
  }
  for (uint32_t buffer : dispatch.buffers) {
    if (buffer >= model.buffers.size())
      return outOfRange("buffer", buffer, model.buffers.size(), where);
    if (model.buffers[buffer].kind == BufferKind::Counters && !dispatch.counting)
      return error(RHB_CORRUPT, "damaged manifest: '%s' uses the counters and is not a counting dispatch", where);
  }
  for (uint32_t position : dispatch.writes) {
    if (position >= dispatch.buffers.size())
      return outOfRange("written buffer", position, dispatch.buffers.size(), where);
    BufferKind kind = model.buffers[dispatch.buffers[position]].kind;
    if (kind == BufferKind::Input || kind == BufferKind::Constant)
      return error(RHB_CORRUPT, "damaged manifest: '%s' writes to %s", where,
                   kind == BufferKind::Input ? "an input" : "a constant");
  }
  return nullptr;
}

Status Checker::checkCodeEntry(const Code &code) const {
  namespace feature = artifact::cpu_feature;
  const char *target = code.target.c_str();
  if (std::find(std::begin(artifact::kTargets), std::end(artifact::kTargets), code.target) ==
      std::end(artifact::kTargets))
    return error(RHB_CORRUPT, "damaged manifest: machine code for unknown target '%s'", target);
  if (code.features & ~(feature::kAvx2 | feature::kAvx512 | feature::kAvx512Vnni | feature::kAvxVnni))
    return error(RHB_CORRUPT, "damaged manifest: machine code for '%s' needs unknown CPU features", target);
  if (code.section >= container.sections().size() ||
      container.sections()[code.section].kind != artifact::SectionKind::MachineCode)
    return error(RHB_CORRUPT, "damaged manifest: section %u, for '%s', is not machine code", code.section, target);
  if (code.entries.size() != model.kernels.size())
    return error(RHB_CORRUPT, "damaged manifest: machine code for '%s' has %zu entries, there are %zu kernels", target,
                 code.entries.size(), model.kernels.size());
  uint64_t size = container.sections()[code.section].size;
  for (uint64_t entry : code.entries)
    if (entry >= size)
      return error(RHB_CORRUPT, "damaged manifest: a kernel for '%s' at %llu of %llu bytes", target,
                   (unsigned long long)entry, (unsigned long long)size);
  return nullptr;
}

Status Checker::checkCode() const {
  std::set<std::string> targets;
  std::set<uint32_t> sections;
  for (const Code &code : model.code) {
    if (Status status = checkCodeEntry(code))
      return status;
    if (!targets.insert(code.target).second || !sections.insert(code.section).second)
      return error(RHB_CORRUPT, "damaged manifest: two code entries for '%s' or for one section", code.target.c_str());
  }
  for (uint32_t i = 0; i < container.sections().size(); ++i)
    if (container.sections()[i].kind == artifact::SectionKind::MachineCode && sections.count(i) == 0)
      return error(RHB_CORRUPT, "damaged manifest: machine code section %u belongs to no target", i);
  return nullptr;
}

Status Checker::run() const {
  if (model.slots > artifact::limit::kItems)
    return error(RHB_CORRUPT, "damaged manifest: %u slots, at most %u are allowed", model.slots,
                 artifact::limit::kItems);
  if (Status status = checkSymbols())
    return status;
  for (const Buffer &buffer : model.buffers)
    if (Status status = checkBuffer(buffer))
      return status;
  if (Status status = checkTensors(model.inputs, "input"))
    return status;
  if (Status status = checkTensors(model.outputs, "output"))
    return status;
  if (Status status = checkStates(model))
    return status;
  if (Status status = checkInputs())
    return status;
  for (const Dispatch &dispatch : model.dispatches)
    if (Status status = checkDispatch(dispatch))
      return status;
  if (Status status = checkTaps())
    return status;
  if (Status status = checkPrelude())
    return status;
  if (Status status = checkWeights(model, container.constants()))
    return status;
  return checkCode();
}

static std::vector<size_t> firstUsesOfBuffers(const Model &model) {
  std::vector<size_t> uses(model.buffers.size(), model.dispatches.size() + 1);
  for (size_t i = 0; i < model.dispatches.size(); ++i)
    for (uint32_t buffer : model.dispatches[i].buffers)
      uses[buffer] = std::min(uses[buffer], i + 1);
  for (const Tap &tap : model.taps)
    uses[tap.tensor.buffer] = std::min<size_t>(uses[tap.tensor.buffer], tap.after + 1);
  for (const Measure &measure : model.measures)
    uses[measure.buffer] = 0;
  return uses;
}

/// The positions below `count` that no state takes.
static std::vector<uint32_t> positionsWithout(size_t count, const std::vector<State> &states, uint32_t State::*side) {
  std::vector<bool> taken(count);
  for (const State &state : states)
    taken[state.*side] = true;
  std::vector<uint32_t> positions;
  for (uint32_t i = 0; i < count; ++i)
    if (!taken[i])
      positions.push_back(i);
  return positions;
}

bool Model::isRoom(size_t symbol) const {
  return std::any_of(states.begin(), states.end(),
                     [&](const State &state) { return state.growth && state.growth->room == symbol; });
}

Status Model::read(const Container &container, Model &model) {
  if (Status status = decodeManifest(container.manifest(), model))
    return status;
  if (Status status = Checker(model, container).run())
    return status;
  model.knownAtFirst = symbolsOfInputs(model);
  for (size_t i = 0; i < model.symbols.size(); ++i)
    model.knownAtFirst[i] = model.knownAtFirst[i] || model.isRoom(i);
  model.firstUses = firstUsesOfBuffers(model);
  if (Status status = model.lifetimes.compute(model))
    return status;
  model.callerInputs = positionsWithout(model.inputs.size(), model.states, &State::input);
  model.callerOutputs = positionsWithout(model.outputs.size(), model.states, &State::output);
  return nullptr;
}
