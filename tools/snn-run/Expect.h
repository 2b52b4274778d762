//===- Expect.h - found against expected ------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNNRUN_EXPECT_H
#define RHEOBASE_TOOLS_SNNRUN_EXPECT_H

#include "Runner.h"

namespace rheobase::snnrun {

/// Options that say what a run must give.
class Expectations {
public:
  void add(Options &options);
  bool empty() const { return single.empty() && files.empty(); }

  /// Holds outputs against what was given and prints a line for each; the first difference is the error.
  std::string check(const rhb_artifact_info &info, const Arrays &outputs) const;

private:
  std::string checkOne(const std::string &name, const npy::Array &found, const npy::Array &given) const;
  std::string checkFile(const std::string &path, const rhb_artifact_info &info, const Arrays &outputs) const;

  std::vector<std::string> single, files;
  double atol = 1e-5, rtol = 1e-5;
};

} // namespace rheobase::snnrun

#endif // RHEOBASE_TOOLS_SNNRUN_EXPECT_H
