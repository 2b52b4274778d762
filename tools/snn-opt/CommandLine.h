//===- CommandLine.h - the compiler's command line -------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TOOLS_SNN_OPT_COMMANDLINE_H
#define RHEOBASE_TOOLS_SNN_OPT_COMMANDLINE_H

#include "rheobase/Driver/Driver.h"
#include "rheobase/Neurons/Fit.h"

#include <memory>
#include <optional>

namespace rheobase {

struct CommandLine {
  CompileOptions compile;
  bool check = false;
  bool json = false;
  /// What --fit asks for; else a model is meant.
  std::optional<neurons::FitRequest> fit;
};

/// The options of a compilation. They are known to LLVM's command line parser only as long as this lives: the pass
/// driver has options of the same names.
class ModelOptions {
public:
  ModelOptions();
  ~ModelOptions();

  /// Whether the arguments ask for a compilation or a check of a model; else they are the MLIR pass driver's.
  bool areMeantBy(int argc, char **argv) const;

  /// Reads the arguments, checks them, and prints what is wrong with them; nullopt where something is.
  std::optional<CommandLine> parse(int argc, char **argv);

private:
  struct Options;
  std::unique_ptr<Options> options;
};

} // namespace rheobase

#endif // RHEOBASE_TOOLS_SNN_OPT_COMMANDLINE_H
