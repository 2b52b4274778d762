//===- runtime.hpp - run artifacts: C++ over the C API ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Handles that release themselves and statuses that convert to bool; everything else is as runtime.h says. Header only,
// C++17, no exceptions.
//
//     rhb::Artifact artifact;
//     rhb::Session session;
//     rhb::Status status = rhb::Artifact::open("vit.rheo", artifact);
//     if (status.ok())
//       status = rhb::Session::create(artifact, session);
//     if (status.ok())
//       status = session.run(inputs, outputs);
//     if (!status.ok())
//       std::cerr << status.message() << "\n";
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_HPP
#define RHEOBASE_RUNTIME_HPP

#include "rheobase/runtime.h"

#include <memory>
#include <vector>

namespace rhb {

class [[nodiscard]] Status {
public:
  Status() = default;
  explicit Status(rhb_status *status) : handle(status) {}

  bool ok() const { return handle == nullptr; }
  rhb_code code() const { return rhb_status_code(handle.get()); }
  const char *message() const { return rhb_status_message(handle.get()); }

private:
  struct Free {
    void operator()(rhb_status *status) const { rhb_status_free(status); }
  };
  std::unique_ptr<rhb_status, Free> handle;
};

class Artifact {
public:
  static Status open(const char *path, Artifact &artifact, const rhb_open_options *options = nullptr) {
    rhb_artifact *opened = nullptr;
    Status status(rhb_artifact_open(path, options, &opened));
    artifact.handle.reset(opened);
    return status;
  }

  static Status openMemory(const void *data, size_t size, Artifact &artifact,
                           const rhb_open_options *options = nullptr) {
    rhb_artifact *opened = nullptr;
    Status status(rhb_artifact_open_memory(data, size, options, &opened));
    artifact.handle.reset(opened);
    return status;
  }

  const rhb_artifact *get() const { return handle.get(); }
  const rhb_artifact_info &info() const { return *rhb_artifact_inspect(handle.get()); }

  /// The shape of output `output` for inputs of these shapes.
  Status outputDims(const std::vector<rhb_tensor> &inputs, size_t output, std::vector<int64_t> &dims) const {
    if (output < info().output_count)
      dims.resize(info().outputs[output].rank);
    return Status(rhb_artifact_output_dims(handle.get(), inputs.data(), inputs.size(), output, dims.data()));
  }

private:
  struct Release {
    void operator()(rhb_artifact *artifact) const { rhb_artifact_release(artifact); }
  };
  std::unique_ptr<rhb_artifact, Release> handle;
};

class Session {
public:
  static Status create(const Artifact &artifact, Session &session, const rhb_session_options *options = nullptr) {
    rhb_session *created = nullptr;
    Status status(rhb_session_create(artifact.get(), options, &created));
    session.handle.reset(created);
    return status;
  }

  Status run(const std::vector<rhb_tensor> &inputs, const std::vector<rhb_tensor> &outputs) {
    return Status(rhb_session_run(handle.get(), inputs.data(), inputs.size(), outputs.data(), outputs.size()));
  }

  /// The shape of output `output` for inputs of these shapes and the states as they are.
  Status outputDims(const Artifact &artifact, const std::vector<rhb_tensor> &inputs, size_t output,
                    std::vector<int64_t> &dims) {
    if (output < artifact.info().output_count)
      dims.resize(artifact.info().outputs[output].rank);
    return Status(rhb_session_output_dims(handle.get(), inputs.data(), inputs.size(), output, dims.data()));
  }

  void resetStates() { rhb_session_reset_states(handle.get()); }
  Status readState(size_t state, rhb_tensor &value) const {
    return Status(rhb_session_read_state(handle.get(), state, &value));
  }
  Status writeState(size_t state, const rhb_tensor &value) {
    return Status(rhb_session_write_state(handle.get(), state, &value));
  }

  Status setProgress(rhb_progress_fn progress, void *user) {
    return Status(rhb_session_set_progress(handle.get(), progress, user));
  }
  Status selectTap(size_t tap, bool on = true) { return Status(rhb_session_select_tap(handle.get(), tap, on)); }
  Status tap(size_t tap, rhb_tensor &value) const { return Status(rhb_session_tap(handle.get(), tap, &value)); }

  const char *target() const { return rhb_session_target(handle.get()); }
  size_t threads() const { return rhb_session_threads(handle.get()); }
  size_t arenaSize() const { return rhb_session_arena_size(handle.get()); }
  size_t liveSize() const { return rhb_session_live_size(handle.get()); }
  const uint64_t *counters() const { return rhb_session_counters(handle.get()); }
  void resetCounters() { rhb_session_reset_counters(handle.get()); }
  const rhb_profile *profile() const { return rhb_session_profile(handle.get()); }
  void resetProfile() { rhb_session_reset_profile(handle.get()); }

private:
  struct Release {
    void operator()(rhb_session *session) const { rhb_session_release(session); }
  };
  std::unique_ptr<rhb_session, Release> handle;
};

} // namespace rhb

#endif // RHEOBASE_RUNTIME_HPP
