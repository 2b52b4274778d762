//===- Session.h - running a program ----------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_SESSION_H
#define RHEOBASE_RUNTIME_SESSION_H

#include "Artifact.h"
#include "Calls.h"
#include "Measures.h"
#include "Plan.h"
#include "ShortDispatches.h"
#include "States.h"
#include "ThreadPool.h"

struct rhb_session {
public:
  using Status = rheobase::runtime::Status;

  rhb_session(std::shared_ptr<const rheobase::runtime::Artifact> artifact, const rhb_session_options &options);

  /// Loads the machine code; before anything else.
  Status load(const char *variant);
  Status run(const rhb_tensor *inputs, size_t inputCount, const rhb_tensor *outputs, size_t outputCount);
  Status selectTap(size_t tap, bool on);
  Status readTap(size_t tap, rhb_tensor &value) const;
  Status outputDims(const rhb_tensor *inputs, size_t inputCount, size_t output, std::vector<int64_t> &dims);

  /// What the session keeps from run to run.
  rheobase::runtime::States &keptStates() { return states; }
  const rheobase::runtime::States &keptStates() const { return states; }

  const char *target() const { return code->target.c_str(); }
  size_t threads() const { return pool.size(); }
  size_t arenaSize() const { return plan.arenaSize(); }
  size_t liveSize() const { return plan.liveSize(model); }
  const std::vector<uint64_t> &counters() const { return counterTotals; }
  void resetCounters();
  const std::vector<rhb_profile> &profile() const { return profiles; }
  void resetProfile();

  rhb_progress_fn progress = nullptr;
  void *progressUser = nullptr;

private:
  struct TapCopy {
    bool selected = false;
    bool valid = false;
    rheobase::runtime::ResolvedTensor shape;
    std::vector<uint8_t> bytes;
  };

  Status bind(const std::vector<rhb_tensor> &inputs, std::vector<int64_t> &symbols) const;
  /// Plans for these inputs, and has room made in the states that grow.
  Status prepare(std::vector<rhb_tensor> &inputs);
  Status planFor(size_t measured);
  Status checkInputs(const std::vector<rhb_tensor> &inputs) const;
  Status runPrelude(const std::vector<rhb_tensor> &inputs, bool isRun);
  Status takeMeasure(const rheobase::runtime::Measure &measure, const std::vector<rhb_tensor> &inputs);
  Status checkOutputs(const std::vector<rhb_tensor> &inputs, const std::vector<rhb_tensor> &outputs) const;
  void bindBuffers(const std::vector<rhb_tensor> &inputs, const std::vector<rhb_tensor> &outputs);
  /// Makes a call; `isRun` says whether progress, profile and taps show it.
  Status execute(const rheobase::runtime::Call &call, bool isRun);
  Status announce(size_t upTo);
  template <typename Body> void share(const rheobase::runtime::Call &call, const Body &body);
  Status runCall(const rheobase::runtime::Call &call);
  int64_t callKernel(const rheobase::runtime::Call &call, int64_t begin, int64_t end, size_t thread);
  Status copyTaps(size_t after);
  void copyOutputs(const std::vector<rhb_tensor> &outputs) const;
  void addCounters();

  std::shared_ptr<const rheobase::runtime::Artifact> artifact;
  const rheobase::runtime::Model &model;
  const rheobase::runtime::Code *code = nullptr;
  rheobase::runtime::Mapping image;
  rheobase::runtime::Calls calls;
  rheobase::runtime::ThreadPool pool;
  rheobase::runtime::Plan plan;
  rheobase::runtime::ShortDispatches shortOnes;
  rheobase::runtime::States states;
  rheobase::runtime::Measures measures;
  bool planned = false;
  bool counting, profiling;

  /// Of the run: all inputs and outputs, and what the inputs say of the symbols. Kept, as all that a run needs, so that
  /// runs of the same shapes allocate nothing.
  std::vector<rhb_tensor> callInputs, callOutputs;
  std::vector<int64_t> callSymbols;
  std::vector<void *> addresses; ///< of every buffer, in this run
  size_t announced = 0;          ///< dispatches that progress has heard of in this run
  std::vector<TapCopy> tapCopies;
  std::vector<std::vector<uint32_t>> tapsAfter; ///< selected taps of every dispatch
  std::vector<std::vector<uint64_t>> threadCounters;
  std::vector<std::vector<void *>> threadArguments; ///< of a counting dispatch
  std::vector<uint64_t> counterTotals;
  std::vector<rhb_profile> profiles;
};

#endif // RHEOBASE_RUNTIME_SESSION_H
