//===- Session.cpp - running a program ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include "Cpu.h"
#include "Shapes.h"

#include <algorithm>
#include <chrono>
#include <cstring>

using namespace rheobase;
using namespace rheobase::runtime;
using artifact::BufferKind;

/// What kernels see where a tensor has no bytes: an address, never null.
alignas(64) static uint8_t emptyTensor[64];

/// Room behind the counters for the ends of vector loops, as the arena has.
static constexpr size_t kCounterTail = 8;

rhb_session::rhb_session(std::shared_ptr<const Artifact> opened, const rhb_session_options &options)
    : artifact(std::move(opened)), model(artifact->model()),
      pool(options.threads > 0 ? static_cast<size_t>(options.threads) : availableCpus()), plan(options.counting != 0),
      shortOnes(model.dispatches.size()), states(model), measures(model), counting(options.counting != 0),
      profiling(options.profile != 0), addresses(model.buffers.size()), tapCopies(model.taps.size()),
      tapsAfter(model.dispatches.size()), counterTotals(model.counters.size()), profiles(model.dispatches.size()) {
  if (!counting)
    return;
  threadCounters.assign(pool.size(), std::vector<uint64_t>(model.counters.size() + kCounterTail));
  // A thread may have its first turn in any run: none of them allocates.
  size_t most = 0;
  for (const Dispatch &dispatch : model.dispatches)
    most = std::max(most, dispatch.buffers.size());
  threadArguments.resize(pool.size());
  for (std::vector<void *> &arguments : threadArguments)
    arguments.reserve(most);
}

Status rhb_session::load(const char *variant) {
  if (Status status = artifact->chooseCode(variant, code))
    return status;
  if (Status status = Mapping::makeExecutable(artifact->container().section(code->section), image))
    return status;
  calls.make(model, *code, image.data(), artifact->constants(), counting);
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Before the first dispatch
//===----------------------------------------------------------------------===//

static Status checkMemory(const char *what, const std::string &name, const rhb_tensor &given, uint64_t bytes) {
  if (given.size < bytes)
    return error(RHB_INVALID_ARGUMENT, "%s '%s' has a buffer of %zu bytes, expected %llu", what, name.c_str(),
                 given.size, (unsigned long long)bytes);
  if (bytes != 0 && !given.data)
    return error(RHB_INVALID_ARGUMENT, "%s '%s' has no buffer", what, name.c_str());
  if (reinterpret_cast<uintptr_t>(given.data) % std::max<size_t>(rhb_dtype_size(given.dtype), 1) != 0)
    return error(RHB_INVALID_ARGUMENT, "%s '%s' has a buffer that is not aligned to its elements", what, name.c_str());
  return nullptr;
}

static Status checkBools(const std::string &name, const rhb_tensor &given, uint64_t bytes) {
  const uint8_t *data = static_cast<const uint8_t *>(given.data);
  const uint8_t *wrong = std::find_if(data, data + bytes, [](uint8_t byte) { return byte > 1; });
  if (wrong == data + bytes)
    return nullptr;
  return error(RHB_INVALID_ARGUMENT, "input '%s' holds %u at element %zu, a bool is 0 or 1", name.c_str(), *wrong,
               static_cast<size_t>(wrong - data));
}

Status rhb_session::bind(const std::vector<rhb_tensor> &inputs, std::vector<int64_t> &symbols) const {
  Status status = bindSymbols(model, inputs, symbols);
  if (status && states.hasValue())
    status->message += "; reset the session's states to begin anew with other shapes";
  return status;
}

Status rhb_session::outputDims(const rhb_tensor *inputs, size_t inputCount, size_t output, std::vector<int64_t> &dims) {
  if (output >= model.callerOutputs.size())
    return error(RHB_NOT_FOUND, "output %zu, the artifact has %zu", output, model.callerOutputs.size());
  std::vector<rhb_tensor> all;
  if (Status status = states.joinInputs(inputs, inputCount, all))
    return status;
  if (!model.measures.empty()) {
    if (Status status = prepare(all))
      return status;
    if (Status status = runPrelude(all, /*isRun=*/false))
      return status;
    dims = plan.outputs[model.callerOutputs[output]].dims;
    return nullptr;
  }
  std::vector<int64_t> symbols;
  if (Status status = bind(all, symbols))
    return status;
  uint64_t bytes = 0;
  return resolveShape(model, model.outputs[model.callerOutputs[output]], symbols, dims, bytes);
}

/// The memory for what runs before measure number `measured`, as far as the sizes are known.
Status rhb_session::planFor(size_t measured) {
  planned = false;
  if (measured == 0) {
    if (Status status = plan.make(model, measures.symbols(), measured, pool.size()))
      return status;
  } else {
    // What has been computed moves to the memory of the new plan.
    Plan made(counting);
    if (Status status = made.make(model, measures.symbols(), measured, pool.size()))
      return status;
    made.carryOver(model, plan, model.measures[measured - 1].before);
    plan = std::move(made);
  }
  planned = true;
  return nullptr;
}

Status rhb_session::prepare(std::vector<rhb_tensor> &inputs) {
  if (Status status = bind(inputs, callSymbols))
    return status;
  if (Status status = states.makeRoom(callSymbols, inputs))
    return status;
  // Sizes that this call computes are likely those of the call before: its plan is kept until they differ.
  bool isLikely = measures.begin(callSymbols, plan.symbols());
  if (!planned || !isLikely)
    if (Status status = planFor(0))
      return status;
  return checkInputs(inputs);
}

Status rhb_session::checkInputs(const std::vector<rhb_tensor> &inputs) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor &input = model.inputs[i];
    if (Status status = checkMemory("input", input.name, inputs[i], plan.inputs[i].bytes))
      return status;
    if (input.dtype == artifact::DType::Bool)
      if (Status status = checkBools(input.name, inputs[i], plan.inputs[i].bytes))
        return status;
  }
  return nullptr;
}

static bool overlap(const rhb_tensor &a, uint64_t aBytes, const rhb_tensor &b, uint64_t bBytes) {
  uintptr_t aBegin = reinterpret_cast<uintptr_t>(a.data), bBegin = reinterpret_cast<uintptr_t>(b.data);
  return aBytes != 0 && bBytes != 0 && aBegin < bBegin + bBytes && bBegin < aBegin + aBytes;
}

Status rhb_session::checkOutputs(const std::vector<rhb_tensor> &inputs, const std::vector<rhb_tensor> &outputs) const {
  // The memory of states is the session's own.
  for (uint32_t i : model.callerOutputs) {
    const rhb_tensor &given = outputs[i];
    const char *name = model.outputs[i].name.c_str();
    const std::vector<int64_t> &dims = plan.outputs[i].dims;
    if (given.dtype != static_cast<rhb_dtype>(model.outputs[i].dtype))
      return error(RHB_INVALID_ARGUMENT, "output '%s' has the wrong element type, expected %s", name,
                   rhb_dtype_name(static_cast<rhb_dtype>(model.outputs[i].dtype)));
    if (given.rank != dims.size() || (given.rank != 0 && !given.dims) ||
        !std::equal(dims.begin(), dims.end(), given.dims))
      return error(RHB_INVALID_ARGUMENT, "output '%s' has shape %s, expected %s", name,
                   given.dims ? shapeText(given.dims, given.rank).c_str() : "[]",
                   shapeText(dims.data(), dims.size()).c_str());
    if (Status status = checkMemory("output", name, given, plan.outputs[i].bytes))
      return status;
    for (size_t j = 0; j < model.inputs.size(); ++j)
      if (overlap(given, plan.outputs[i].bytes, inputs[j], plan.inputs[j].room))
        return error(RHB_INVALID_ARGUMENT, "output '%s' overlaps input '%s'", name, model.inputs[j].name.c_str());
    for (size_t j = 0; j < outputs.size(); ++j)
      if (j != i && overlap(given, plan.outputs[i].bytes, outputs[j], plan.outputs[j].room))
        return error(RHB_INVALID_ARGUMENT, "output '%s' overlaps output '%s'", name, model.outputs[j].name.c_str());
  }
  return nullptr;
}

void rhb_session::bindBuffers(const std::vector<rhb_tensor> &inputs, const std::vector<rhb_tensor> &outputs) {
  const uint8_t *constants = artifact->constants();
  for (size_t i = 0; i < addresses.size(); ++i) {
    const Buffer &buffer = model.buffers[i];
    void *address = nullptr;
    if (buffer.kind == BufferKind::Arena)
      address = plan.buffer(i);
    else if (buffer.kind == BufferKind::Constant && plan.value(buffer.bytes) != 0)
      address = const_cast<uint8_t *>(constants + buffer.offset);
    else if (buffer.kind == BufferKind::Input)
      address = inputs[buffer.slot].data;
    else if (buffer.kind == BufferKind::Output)
      address = outputs.empty() ? nullptr : outputs[buffer.slot].data;
    addresses[i] = address ? address : emptyTensor;
  }
  calls.bind(addresses);
}

//===----------------------------------------------------------------------===//
// Dispatches
//===----------------------------------------------------------------------===//

int64_t rhb_session::callKernel(const Call &call, int64_t begin, int64_t end, size_t thread) {
  void *const *buffers = calls.buffers(call);
  const Dispatch &dispatch = model.dispatches[call.dispatch];
  if (counting && dispatch.counting) {
    std::vector<void *> &own = threadArguments[thread];
    own.assign(buffers, buffers + call.arguments);
    for (size_t i = 0; i < own.size(); ++i)
      if (model.buffers[dispatch.buffers[i]].kind == BufferKind::Counters)
        own[i] = threadCounters[thread].data();
    buffers = own.data();
  }
  return call.kernel(buffers, plan.sizes(call.dispatch), begin, end, plan.scratch(thread));
}

/// Runs the body of a call on all threads, or on this one where that is over sooner.
template <typename Body> void rhb_session::share(const Call &call, const Body &body) {
  int64_t grid = plan.grid(call.dispatch);
  bool isMeasured = pool.size() > 1 && grid > 1 && shortOnes.isDue(call.dispatch);
  auto start = isMeasured ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  if (grid > 1 && shortOnes.contains(call.dispatch))
    body(0, grid, 0);
  else
    pool.run(grid, body, call.next);
  if (isMeasured)
    shortOnes.note(call.dispatch, std::chrono::steady_clock::now() - start);
}

Status rhb_session::runCall(const Call &call) {
  std::atomic<int64_t> result{0};
  share(call, [&](int64_t begin, int64_t end, size_t thread) {
    if (int64_t code = callKernel(call, begin, end, thread))
      result = code;
  });
  if (result == 0)
    return nullptr;
  const Dispatch &dispatch = model.dispatches[call.dispatch];
  const char *location = dispatch.location.c_str();
  if (result == 1)
    return error(RHB_FAILED, "index out of range at node '%s'", location);
  return error(RHB_FAILED, "kernel '%s' at node '%s' returned %lld", model.kernels[dispatch.kernel].c_str(), location,
               (long long)result);
}

/// Tells progress of dispatches that it has not heard of, those that are left out in this session among them.
Status rhb_session::announce(size_t upTo) {
  for (; progress && announced < upTo; ++announced)
    if (progress(progressUser, announced, model.dispatches.size()) != 0)
      return error(RHB_CANCELLED, "cancelled before dispatch %zu of %zu", announced, model.dispatches.size());
  return nullptr;
}

Status rhb_session::execute(const Call &call, bool isRun) {
  if (!isRun)
    return runCall(call);
  if (Status status = announce(call.dispatch + 1))
    return status;
  auto start = profiling ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  if (Status status = runCall(call))
    return status;
  if (profiling) {
    auto time = std::chrono::steady_clock::now() - start;
    ++profiles[call.dispatch].runs;
    profiles[call.dispatch].nanoseconds += std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  }
  return copyTaps(call.dispatch);
}

/// Reads the sizes that have been computed. Where they are not those of the plan, what is in memory moves to a new one.
Status rhb_session::takeMeasure(const Measure &measure, const std::vector<rhb_tensor> &inputs) {
  std::vector<int64_t> elements(measure.values.size());
  // Not read in place: what a damaged file measures may be aligned to smaller elements.
  if (!elements.empty())
    memcpy(elements.data(), addresses[measure.buffer], elements.size() * sizeof(int64_t));
  if (Status status = measures.take(elements.data()))
    return status;
  if (plan.isWhole() && plan.symbols() == measures.symbols())
    return nullptr;
  if (Status status = planFor(measures.taken()))
    return status;
  bindBuffers(inputs, {});
  return nullptr;
}

/// Runs what computes sizes; the plan is whole behind it.
Status rhb_session::runPrelude(const std::vector<rhb_tensor> &inputs, bool isRun) {
  if (model.measures.empty())
    return nullptr;
  DefaultFloatEnvironment environment;
  bindBuffers(inputs, {});
  size_t next = 0;
  for (size_t i = 0; i <= model.prelude(); ++i) {
    while (const Measure *measure = measures.next(i))
      if (Status status = takeMeasure(*measure, inputs))
        return status;
    if (i < model.prelude() && next < calls.size() && calls[next].dispatch == i)
      if (Status status = execute(calls[next++], isRun))
        return status;
  }
  return nullptr;
}

Status rhb_session::copyTaps(size_t after) {
  for (uint32_t tap : tapsAfter[after]) {
    TapCopy &copy = tapCopies[tap];
    if (Status status = plan.resolveTap(model, tap, copy.shape))
      return status;
    const uint8_t *from = static_cast<const uint8_t *>(addresses[model.taps[tap].tensor.buffer]);
    copy.bytes.assign(from, from + copy.shape.bytes);
    copy.valid = true;
  }
  return nullptr;
}

void rhb_session::copyOutputs(const std::vector<rhb_tensor> &outputs) const {
  for (size_t i = 0; i < model.outputs.size(); ++i) {
    const void *from = addresses[model.outputs[i].buffer];
    if (from != outputs[i].data && plan.outputs[i].bytes != 0)
      memcpy(outputs[i].data, from, plan.outputs[i].bytes);
  }
}

void rhb_session::addCounters() {
  for (const std::vector<uint64_t> &counts : threadCounters)
    for (size_t i = 0; i < counterTotals.size(); ++i)
      counterTotals[i] += counts[i];
}

Status rhb_session::run(const rhb_tensor *inputs, size_t inputCount, const rhb_tensor *outputs, size_t outputCount) {
  announced = 0;
  for (TapCopy &copy : tapCopies)
    copy.valid = false;
  std::vector<rhb_tensor> &from = callInputs, &to = callOutputs;
  if (Status status = states.joinInputs(inputs, inputCount, from))
    return status;
  if (Status status = prepare(from))
    return status;
  for (std::vector<uint64_t> &counts : threadCounters)
    std::fill(counts.begin(), counts.end(), 0);
  if (Status status = runPrelude(from, /*isRun=*/true))
    return status;
  if (Status status = states.joinOutputs(plan, outputs, outputCount, to))
    return status;
  if (Status status = checkOutputs(from, to))
    return status;
  bindBuffers(from, to);
  {
    DefaultFloatEnvironment environment;
    for (size_t i = calls.before(model.prelude()); i < calls.size(); ++i)
      if (Status status = execute(calls[i], /*isRun=*/true))
        return status;
    if (Status status = announce(model.dispatches.size()))
      return status;
  }
  copyOutputs(to);
  states.advance();
  addCounters();
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Around a run
//===----------------------------------------------------------------------===//

Status rhb_session::selectTap(size_t tap, bool on) {
  if (tap >= model.taps.size())
    return error(RHB_NOT_FOUND, "tap %zu, the artifact has %zu", tap, model.taps.size());
  if (tapCopies[tap].selected == on)
    return nullptr;
  std::vector<uint32_t> &list = tapsAfter[model.taps[tap].after];
  if (on)
    list.push_back(static_cast<uint32_t>(tap));
  else
    list.erase(std::find(list.begin(), list.end(), tap));
  tapCopies[tap] = TapCopy();
  tapCopies[tap].selected = on;
  return nullptr;
}

Status rhb_session::readTap(size_t tap, rhb_tensor &value) const {
  if (tap >= model.taps.size())
    return error(RHB_NOT_FOUND, "tap %zu, the artifact has %zu", tap, model.taps.size());
  const TapCopy &copy = tapCopies[tap];
  if (!copy.valid)
    return error(RHB_NOT_FOUND, "tap '%s' has no value: select it before a run that succeeds",
                 model.taps[tap].tensor.name.c_str());
  value = {const_cast<uint8_t *>(copy.bytes.data()), copy.bytes.size(),
           static_cast<rhb_dtype>(model.taps[tap].tensor.dtype), copy.shape.dims.size(), copy.shape.dims.data()};
  return nullptr;
}

void rhb_session::resetCounters() {
  std::fill(counterTotals.begin(), counterTotals.end(), 0);
}

void rhb_session::resetProfile() {
  std::fill(profiles.begin(), profiles.end(), rhb_profile{0, 0});
}
