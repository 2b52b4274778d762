//===- Feeds.h - arrays for inputs, from the command line -------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNNRUN_FEEDS_H
#define RHEOBASE_TOOLS_SNNRUN_FEEDS_H

#include "Runner.h"

namespace rheobase::snnrun {

/// Options that say where a run's inputs come from.
class Feeds {
public:
  void add(Options &options);
  /// Also --dim and --seed, for inputs that nothing gives.
  void addRandom(Options &options);

  /// An array for every input of the artifact, or what is missing.
  std::string load(const rhb_artifact_info &info, Arrays &arrays) const;
  /// Random arrays where nothing was given at all.
  std::string loadOrMake(const rhb_artifact_info &info, Arrays &arrays) const;

private:
  std::string readDims(const rhb_artifact_info &info, std::vector<int64_t> &values) const;
  std::string make(const rhb_artifact_info &info, Arrays &arrays) const;

  std::vector<std::string> single, files, dims;
  int64_t seed = 0;
};

/// The array called `name`, or else `prefix` and `name`; null where there is none.
const npy::Array *findNamed(const npy::Arrays &arrays, const std::string &name, const std::string &prefix);

/// "NAME=REST"; false without a name.
bool splitName(const std::string &text, std::string &name, std::string &rest);

/// "@FILE.npy" or "2x3xf32=1,2,3,4,5,6", where a single number fills the tensor.
std::string parseValue(const std::string &text, npy::Array &array);

} // namespace rheobase::snnrun

#endif // RHEOBASE_TOOLS_SNNRUN_FEEDS_H
