//===- Api.cpp - the C API ------------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "Shapes.h"

#include <algorithm>
#include <cstring>

using namespace rheobase;
using namespace rheobase::runtime;

/// More threads than this is a mistake.
static constexpr int kMostThreads = 1024;

const char *rhb_version(void) {
  return RHEOBASE_VERSION;
}

static constexpr struct {
  size_t size;
  const char *name;
} kDTypes[] = {{4, "f32"},    {2, "f16"},      {2, "bf16"},       {8, "f64"},    {1, "i8"},         {2, "i16"},
               {4, "i32"},    {8, "i64"},      {1, "u8"},         {2, "u16"},    {4, "u32"},        {8, "u64"},
               {1, "bool"},   {1, "f8e4m3fn"}, {1, "f8e4m3fnuz"}, {1, "f8e5m2"}, {1, "f8e5m2fnuz"}, {1, "f8e8m0"},
               {1, "f4e2m1"}, {1, "i4"},       {1, "u4"},         {1, "i2"},     {1, "u2"}};

static bool isDType(rhb_dtype dtype) {
  return static_cast<unsigned>(dtype) < std::size(kDTypes);
}

size_t rhb_dtype_size(rhb_dtype dtype) {
  return isDType(dtype) ? kDTypes[dtype].size : 0;
}

const char *rhb_dtype_name(rhb_dtype dtype) {
  return isDType(dtype) ? kDTypes[dtype].name : nullptr;
}

static Status missing(const char *what) {
  return error(RHB_INVALID_ARGUMENT, "%s is null", what);
}

/// Copies the options that the caller's version of the header knows over the defaults.
template <typename Options> static Status takeOptions(const Options *given, Options &options) {
  if (!given)
    return nullptr;
  if (given->struct_size < sizeof(size_t) || given->struct_size > sizeof(Options))
    return error(RHB_INVALID_ARGUMENT,
                 "options of %zu bytes, expected at most %zu: set struct_size, or update the runtime",
                 given->struct_size, sizeof(Options));
  memcpy(&options, given, given->struct_size);
  return nullptr;
}

static Status copyDims(const std::vector<int64_t> &from, int64_t *to) {
  if (!to && !from.empty())
    return missing("dims");
  std::copy(from.begin(), from.end(), to);
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Artifact
//===----------------------------------------------------------------------===//

rhb_status *rhb_artifact_open(const char *path, const rhb_open_options *options, rhb_artifact **artifact) {
  return guarded([&]() -> Status {
    if (!path || !artifact)
      return missing(path ? "artifact" : "path");
    rhb_open_options taken = RHB_OPEN_OPTIONS_INIT;
    if (Status status = takeOptions(options, taken))
      return status;
    auto handle = std::make_unique<rhb_artifact>();
    if (Status status = Artifact::openFile(path, taken, handle->artifact))
      return status;
    *artifact = handle.release();
    return nullptr;
  });
}

rhb_status *rhb_artifact_open_memory(const void *data, size_t size, const rhb_open_options *options,
                                     rhb_artifact **artifact) {
  return guarded([&]() -> Status {
    if ((!data && size != 0) || !artifact)
      return missing(artifact ? "data" : "artifact");
    rhb_open_options taken = RHB_OPEN_OPTIONS_INIT;
    if (Status status = takeOptions(options, taken))
      return status;
    auto handle = std::make_unique<rhb_artifact>();
    Bytes bytes{static_cast<const uint8_t *>(data), size};
    if (Status status = Artifact::openMemory(bytes, taken, handle->artifact))
      return status;
    *artifact = handle.release();
    return nullptr;
  });
}

void rhb_artifact_release(rhb_artifact *artifact) {
  delete artifact;
}

const rhb_artifact_info *rhb_artifact_inspect(const rhb_artifact *artifact) {
  return artifact ? &artifact->artifact->info() : nullptr;
}

rhb_status *rhb_artifact_output_dims(const rhb_artifact *artifact, const rhb_tensor *inputs, size_t input_count,
                                     size_t output, int64_t *dims) {
  return guarded([&]() -> Status {
    if (!artifact)
      return missing("artifact");
    const Model &model = artifact->artifact->model();
    std::vector<rhb_tensor> all;
    std::vector<int64_t> symbols, found;
    if (output >= model.callerOutputs.size())
      return error(RHB_NOT_FOUND, "output %zu, the artifact has %zu", output, model.callerOutputs.size());
    if (!model.measures.empty())
      return error(RHB_UNSUPPORTED, "the artifact computes sizes from the elements of its inputs: ask a session");
    States states(model);
    if (Status status = states.joinInputs(inputs, input_count, all))
      return status;
    if (Status status = bindSymbols(model, all, symbols))
      return status;
    uint64_t bytes = 0;
    if (Status status = resolveShape(model, model.outputs[model.callerOutputs[output]], symbols, found, bytes))
      return status;
    return copyDims(found, dims);
  });
}

//===----------------------------------------------------------------------===//
// Session
//===----------------------------------------------------------------------===//

rhb_status *rhb_session_create(const rhb_artifact *artifact, const rhb_session_options *options,
                               rhb_session **session) {
  return guarded([&]() -> Status {
    if (!artifact || !session)
      return missing(artifact ? "session" : "artifact");
    rhb_session_options taken = RHB_SESSION_OPTIONS_INIT;
    if (Status status = takeOptions(options, taken))
      return status;
    if (taken.threads < 0 || taken.threads > kMostThreads)
      return error(RHB_INVALID_ARGUMENT, "%d threads, expected 0 (all CPUs) to %d", taken.threads, kMostThreads);
    auto made = std::make_unique<rhb_session>(artifact->artifact, taken);
    if (Status status = made->load(taken.cpu_variant))
      return status;
    *session = made.release();
    return nullptr;
  });
}

void rhb_session_release(rhb_session *session) {
  delete session;
}

rhb_status *rhb_session_run(rhb_session *session, const rhb_tensor *inputs, size_t input_count,
                            const rhb_tensor *outputs, size_t output_count) {
  return guarded([&]() -> Status {
    return session ? session->run(inputs, input_count, outputs, output_count) : missing("session");
  });
}

rhb_status *rhb_session_output_dims(rhb_session *session, const rhb_tensor *inputs, size_t input_count, size_t output,
                                    int64_t *dims) {
  return guarded([&]() -> Status {
    if (!session)
      return missing("session");
    std::vector<int64_t> found;
    if (Status status = session->outputDims(inputs, input_count, output, found))
      return status;
    return copyDims(found, dims);
  });
}

void rhb_session_reset_states(rhb_session *session) {
  if (session)
    session->keptStates().reset();
}

rhb_status *rhb_session_read_state(const rhb_session *session, size_t state, rhb_tensor *value) {
  return guarded([&]() -> Status {
    if (!session || !value)
      return missing(session ? "value" : "session");
    return session->keptStates().read(state, *value);
  });
}

rhb_status *rhb_session_write_state(rhb_session *session, size_t state, const rhb_tensor *value) {
  return guarded([&]() -> Status {
    if (!session || !value)
      return missing(session ? "value" : "session");
    return session->keptStates().write(state, *value);
  });
}

rhb_status *rhb_session_set_progress(rhb_session *session, rhb_progress_fn progress, void *user) {
  return guarded([&]() -> Status {
    if (!session)
      return missing("session");
    session->progress = progress;
    session->progressUser = user;
    return nullptr;
  });
}

const char *rhb_session_target(const rhb_session *session) {
  return session ? session->target() : nullptr;
}

size_t rhb_session_threads(const rhb_session *session) {
  return session ? session->threads() : 0;
}

size_t rhb_session_arena_size(const rhb_session *session) {
  return session ? session->arenaSize() : 0;
}

size_t rhb_session_live_size(const rhb_session *session) {
  return session ? session->liveSize() : 0;
}

rhb_status *rhb_session_select_tap(rhb_session *session, size_t tap, int on) {
  return guarded([&]() -> Status { return session ? session->selectTap(tap, on != 0) : missing("session"); });
}

rhb_status *rhb_session_tap(const rhb_session *session, size_t tap, rhb_tensor *value) {
  return guarded([&]() -> Status {
    if (!session || !value)
      return missing(session ? "value" : "session");
    return session->readTap(tap, *value);
  });
}

const uint64_t *rhb_session_counters(const rhb_session *session) {
  return session ? session->counters().data() : nullptr;
}

void rhb_session_reset_counters(rhb_session *session) {
  if (session)
    session->resetCounters();
}

const rhb_profile *rhb_session_profile(const rhb_session *session) {
  return session ? session->profile().data() : nullptr;
}

void rhb_session_reset_profile(rhb_session *session) {
  if (session)
    session->resetProfile();
}
