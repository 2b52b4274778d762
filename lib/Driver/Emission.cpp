//===- Emission.cpp - the program that an artifact holds ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emission.h"

#include "Facts.h"

#include "rheobase/Codegen/Codegen.h"

using namespace mlir;
using namespace rheobase;

/// The target that stands for all CPU levels.
static constexpr const char *kEveryLevel = "cpu";

std::vector<std::string> choices::targets() {
  std::vector<std::string> names = {kEveryLevel};
  llvm::append_range(names, codegen::cpuLevels());
  names.emplace_back(codegen::kNativeTarget);
  return names;
}

/// A target that is named twice is one.
static std::vector<std::string> expandTargets(ArrayRef<std::string> given) {
  std::vector<std::string> targets;
  for (const std::string &name : given)
    for (const std::string &target : name == kEveryLevel ? codegen::cpuLevels() : std::vector{name})
      if (!llvm::is_contained(targets, target))
        targets.push_back(target);
  return targets;
}

FailureOr<artifact::Program> rheobase::emitProgram(ModuleOp module, const CompileOptions &options) {
  codegen::CodegenOptions codegen;
  codegen.name = modelName(module);
  if (!options.targets.empty())
    codegen.targets = expandTargets(options.targets);
  auto program = codegen::emitProgram(module, codegen);
  if (failed(program))
    return failure();
  program->producer = "rheobase " RHEOBASE_VERSION;
  program->metadata = readFacts(module);
  return program;
}
