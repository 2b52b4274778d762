//===- Runner.h - an artifact, opened and run on arrays ---------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNNRUN_RUNNER_H
#define RHEOBASE_TOOLS_SNNRUN_RUNNER_H

#include "npy/Numbers.h"
#include "rheobase/runtime.hpp"

namespace rheobase::snnrun {

namespace npy = rhb::npy;

class Options;
using Arrays = std::vector<npy::Array>;

/// What every command that runs something offers.
struct RunnerOptions {
  int64_t threads = 0;
  std::string cpu;
  void add(Options &options);
};

/// Errors are texts; an empty one is success.
class Runner {
public:
  std::string open(const std::string &path);
  /// `with` makes other sessions than plain ones.
  struct With {
    bool counting = false, profile = false;
  };
  std::string start(const RunnerOptions &options, With with);
  std::string start(const RunnerOptions &options) { return start(options, {}); }

  const rhb_artifact_info &info() const { return artifact.info(); }
  rhb::Session &session() { return running; }

  /// `outputs` are allocated where their shapes are not what this call needs. Ends as "interrupted" on Ctrl-C.
  std::string run(Arrays &inputs, Arrays &outputs);

  /// Sums of counters by quantity, in the order of the artifact.
  std::vector<std::pair<std::string, uint64_t>> counterTotals() const;

private:
  rhb::Artifact artifact;
  rhb::Session running;
};

} // namespace rheobase::snnrun

#endif // RHEOBASE_TOOLS_SNNRUN_RUNNER_H
