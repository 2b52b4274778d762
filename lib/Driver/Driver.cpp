//===- Driver.cpp - from a model file to an artifact ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConversionReport.h"
#include "Emission.h"
#include "Facts.h"
#include "Phases.h"
#include "States.h"
#include "TrainedWeights.h"
#include "WeightCodes.h"

#include "rheobase/Artifact/Writer.h"
#include "rheobase/Conversion/Spk/UnitLayers.h"
#include "rheobase/Neurons/Neuron.h"
#include "rheobase/Weights/Algorithm.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
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

OwningOpRef<ModuleOp> readFrom(StringRef path, MLIRContext &context) {
  std::string error;
  auto file = openInputFile(path, &error);
  if (!file) {
    emitError(UnknownLoc::get(&context)) << error;
    return {};
  }
  llvm::SourceMgr source;
  source.AddNewSourceBuffer(std::move(file), {});
  return parseSourceFile<ModuleOp>(source, ParserConfig(&context));
}

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

LogicalResult emit(ModuleOp module, const CompileOptions &options) {
  auto program = emitProgram(module, options);
  if (failed(program))
    return failure();
  if (std::string error = artifact::writeArtifact(*std::move(program), options.output); !error.empty())
    return emitError(UnknownLoc::get(module.getContext())) << error;
  return success();
}

/// Says which weights were packed without loss, and keeps for a report what became of all.
LogicalResult compressAndSay(ModuleOp module, const CompileOptions &options, ConversionRecord *record) {
  std::vector<spk::CodedMatrix> matrices;
  if (failed(compress(module, options, &matrices)))
    return failure();
  printRecognised(llvm::errs(), matrices);
  if (record)
    for (const spk::CodedMatrix &each : matrices)
      record->matrices.push_back(toReport(each));
  return success();
}

LogicalResult runPhase(Phase phase, OwningOpRef<ModuleOp> &module, const CompileOptions &options, MLIRContext &context,
                       ConversionRecord *record) {
  switch (phase) {
  case Phase::Import:
    module = importOnnx(options.input, options.import, context);
    if (!module || failed(putTrainedWeights(*module, options.trainedWeights)))
      return failure();
    return markStates(*module, options.states);
  case Phase::Simplify:
    return simplify(*module);
  case Phase::Convert:
    return convert(*module, options, record);
  case Phase::Compress:
    return compressAndSay(*module, options, record);
  case Phase::Schedule:
    return schedule(*module, options);
  case Phase::Lower:
    return failed(cacheCodes(*module, options)) ? failure() : lowerToProgram(*module);
  case Phase::Emit:
    return emit(*module, options);
  }
  return failure();
}

} // namespace

std::vector<std::string> choices::neurons() {
  std::vector<std::string> names;
  for (const neurons::Neuron *kind : neurons::kinds())
    names.emplace_back(kind->name());
  return names;
}

std::vector<std::string> choices::codes() {
  std::vector<std::string> names;
  for (const spk::CodeKind &kind : spk::codeKinds())
    names.emplace_back(kind.name);
  return names;
}

std::vector<std::string> choices::weightsMethods() {
  std::vector<std::string> names;
  for (const weights::Algorithm *algorithm : weights::algorithms())
    names.push_back(algorithm->name().str());
  return names;
}

std::vector<std::string> choices::pruneScores() {
  std::vector<std::string> names;
  for (const spk::UnitScore *score : spk::unitScores())
    names.push_back(score->name().str());
  return names;
}

std::vector<std::string> choices::prunedKinds() {
  std::vector<std::string> names;
  for (spk::UnitKind kind : spk::kUnitKinds)
    names.push_back(spk::unitKindName(kind).str());
  return names;
}

std::string choices::weightsPatterns() {
  return weights::formatPatterns() + ", " + kAutoWeights.str() + " or " + kFloatWeights.str();
}

bool choices::areWeights(StringRef name) {
  return name == kFloatWeights || name == kAutoWeights || weights::parseFormat(name);
}

std::vector<std::string> choices::tables() {
  return {kAutoTables.str(), kByteTables.str(), kFloatWeights.str()};
}

std::vector<std::string> choices::forms() {
  return {"value", "time", kEventForm.str(), kAutoForm.str()};
}

std::vector<std::string> choices::ranges() {
  return {"global", "tensor", "token"};
}

std::vector<std::string> choices::clips() {
  return {"max", "peak", "percentile", "mse"};
}

std::vector<std::string> choices::caches() {
  return {"codes", "f32"};
}

std::vector<std::string> choices::attentions() {
  return {"unnormalised", "normalised"};
}

std::vector<std::string> choices::offsets() {
  return {"auto", "none"};
}

std::vector<std::string> choices::phases() {
  std::vector<std::string> names;
  for (auto [phase, name] : kPhases)
    names.emplace_back(name);
  return names;
}

StringRef rheobase::phaseName(Phase phase) {
  return kPhases[static_cast<unsigned>(phase)].second;
}

std::optional<Phase> rheobase::phaseByName(StringRef name) {
  for (auto [phase, text] : kPhases)
    if (name == text)
      return phase;
  return std::nullopt;
}

LogicalResult rheobase::compile(const CompileOptions &given, MLIRContext &context) {
  CompileOptions options = given;
  OwningOpRef<ModuleOp> module;
  if (options.from != Phase::Import) {
    module = readFrom(options.input, context);
    if (!module || failed(resumeFacts(*module, options)))
      return failure();
  }
  ConversionRecord kept;
  ConversionRecord *record = options.reports.empty() ? nullptr : &kept;
  for (auto [phase, name] : kPhases) {
    if (phase < options.from || phase > options.to)
      continue;
    {
      ProgressLine line(options.progress, phase);
      if (failed(runPhase(phase, module, options, context, record)))
        return failure();
      releaseConstants(*module, record);
    }
    recordFacts(*module, phase, options);
    if (phase != Phase::Emit && failed(dumpAfter(*module, options, phase)))
      return failure();
    if (phase == Phase::Schedule && record && failed(reportConversion(*module, kept, options)))
      return failure();
  }
  return options.to == Phase::Emit ? success() : printTo(*module, options.output);
}
