//===- Driver.cpp - from a model file to an artifact ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Phases.h"

#include "rheobase/Artifact/Writer.h"
#include "rheobase/Codegen/Codegen.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

#include <chrono>

using namespace mlir;
using namespace rheobase;

namespace {

constexpr std::pair<Phase, StringLiteral> kPhases[] = {
    {Phase::Import, "import"},     {Phase::Simplify, "simplify"}, {Phase::Convert, "convert"},
    {Phase::Compress, "compress"}, {Phase::Schedule, "schedule"}, {Phase::Lower, "lower"},
    {Phase::Emit, "emit"},
};
constexpr unsigned kPhaseCount = std::size(kPhases);

/// One line per phase on stderr, with what it took.
class ProgressLine {
public:
  ProgressLine(bool shown, Phase phase) : shown(shown), begin(std::chrono::steady_clock::now()) {
    if (shown)
      llvm::errs() << "[" << static_cast<unsigned>(phase) + 1 << "/" << kPhaseCount << "] " << phaseName(phase)
                   << " ...";
  }
  ~ProgressLine() {
    if (!shown)
      return;
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    llvm::errs() << llvm::format(" %.2f s\n", took.count());
  }

private:
  bool shown;
  std::chrono::steady_clock::time_point begin;
};

LogicalResult printTo(ModuleOp module, StringRef path) {
  std::string error;
  auto file = openOutputFile(path, &error);
  if (!file)
    return emitError(UnknownLoc::get(module.getContext())) << "cannot write '" << path << "': " << error;
  OpPrintingFlags flags;
  flags.enableDebugInfo();
  module->print(file->os(), flags);
  file->os() << "\n";
  file->keep();
  return success();
}

LogicalResult dumpAfter(ModuleOp module, const CompileOptions &options, Phase phase) {
  if (options.dumpPhases.empty())
    return success();
  if (std::error_code error = llvm::sys::fs::create_directories(options.dumpPhases))
    return emitError(UnknownLoc::get(module.getContext()))
           << "cannot make the folder '" << options.dumpPhases << "': " << error.message();
  SmallString<128> path(options.dumpPhases);
  llvm::sys::path::append(path, llvm::Twine(static_cast<unsigned>(phase) + 1) + "-" + phaseName(phase) + ".mlir");
  return printTo(module, path);
}

/// What `snn-run inspect` shows of how the artifact was made.
void describe(artifact::Program &program, const CompileOptions &options) {
  program.producer = "rheobase " RHEOBASE_VERSION;
  auto &facts = program.metadata;
  facts.emplace_back("source", llvm::sys::path::filename(options.input).str());
  if (options.ann) {
    facts.emplace_back("form", "ann");
    return;
  }
  facts.emplace_back("form", options.form);
  facts.emplace_back("steps", std::to_string(options.steps));
  facts.emplace_back("neuron", options.neuron);
  facts.emplace_back("weights", options.weights);
  facts.emplace_back("calibrated", options.calibrate.empty() ? "no" : "yes");
}

LogicalResult emit(ModuleOp module, const CompileOptions &options) {
  codegen::CodegenOptions codegen;
  codegen.name = llvm::sys::path::stem(options.input).str();
  if (!options.targets.empty())
    codegen.targets = options.targets;
  auto program = codegen::emitProgram(module, codegen);
  if (failed(program))
    return failure();
  describe(*program, options);
  if (std::string error = artifact::writeArtifact(*program, options.output); !error.empty())
    return emitError(UnknownLoc::get(module.getContext())) << error;
  return success();
}

LogicalResult runPhase(Phase phase, OwningOpRef<ModuleOp> &module, const CompileOptions &options,
                       MLIRContext &context) {
  switch (phase) {
  case Phase::Import:
    module = importOnnx(options.input, options.import, context);
    return success(static_cast<bool>(module));
  case Phase::Simplify:
    return simplify(*module);
  case Phase::Convert:
    return convert(*module, options);
  case Phase::Compress:
    return compress(*module, options);
  case Phase::Schedule:
    return schedule(*module, options);
  case Phase::Lower:
    return lowerToProgram(*module);
  case Phase::Emit:
    return emit(*module, options);
  }
  return failure();
}

} // namespace

StringRef rheobase::phaseName(Phase phase) {
  return kPhases[static_cast<unsigned>(phase)].second;
}

std::optional<Phase> rheobase::phaseByName(StringRef name) {
  for (auto [phase, text] : kPhases)
    if (name == text)
      return phase;
  return std::nullopt;
}

LogicalResult rheobase::compile(const CompileOptions &options, MLIRContext &context) {
  OwningOpRef<ModuleOp> module;
  if (options.from != Phase::Import) {
    module = parseSourceFile<ModuleOp>(options.input, ParserConfig(&context));
    if (!module)
      return failure();
  }
  for (auto [phase, name] : kPhases) {
    if (phase < options.from || phase > options.to)
      continue;
    ProgressLine line(options.progress, phase);
    if (failed(runPhase(phase, module, options, context)) ||
        (phase != Phase::Emit && failed(dumpAfter(*module, options, phase))))
      return failure();
  }
  return options.to == Phase::Emit ? success() : printTo(*module, options.output);
}
