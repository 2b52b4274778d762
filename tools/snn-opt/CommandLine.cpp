//===- CommandLine.cpp - the compiler's command line ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"

#include "mlir/IR/AsmState.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

using namespace rheobase;
namespace cl = llvm::cl;

namespace {

/// Built only where a model is compiled: the pass driver has options of the same names.
struct Options {
  cl::OptionCategory category{"Compiling a model"};
  cl::opt<std::string> input{cl::Positional, cl::desc("MODEL.onnx"), cl::cat(category)};
  cl::opt<std::string> output{"o", cl::desc("the artifact to write, or, with --compile-to, the text"),
                              cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<bool> check{"check", cl::desc("say for every node whether it is supported, and compile nothing"),
                      cl::cat(category)};
  cl::opt<bool> json{"json", cl::desc("with --check: as JSON"), cl::cat(category)};
  cl::opt<bool> ann{"ann", cl::desc("compile the network as it is, not converted: the reference"), cl::cat(category)};
  cl::opt<unsigned> steps{"steps", cl::desc("time steps T of a code, 2 to 16, the sign included (8)"), cl::init(8),
                          cl::cat(category)};
  cl::opt<std::string> neuron{"neuron", cl::desc("static neurons: segment (default), mbe or fs"), cl::init("segment"),
                              cl::cat(category)};
  cl::opt<std::string> weights{"weights", cl::desc("int8 (default) or f32"), cl::init("int8"), cl::cat(category)};
  cl::opt<std::string> form{"form",
                            cl::desc("value (default): steps folded into integer products; time: plane by plane"),
                            cl::init("value"), cl::cat(category)};
  cl::opt<std::string> ranges{"ranges",
                              cl::desc("step sizes of codes: tensor (calibrated; default with --calibrate) or token "
                                       "(each row's own, where that is legal; default without)"),
                              cl::cat(category)};
  cl::opt<std::string> calibrate{
      "calibrate",
      cl::desc("samples: an npz with arrays named like the inputs (first axis: samples), or a folder of them"),
      cl::value_desc("FILE"), cl::cat(category)};
  cl::list<std::string> target{"target", cl::CommaSeparated,
                               cl::desc("cpu (default: every variant), native, x86-64, x86-64-v3, x86-64-v4-vnni"),
                               cl::cat(category)};
  cl::list<std::string> dim{"dim", cl::desc("a size the model leaves open: NAME=VALUE, or NAME=MIN..MAX"),
                            cl::value_desc("NAME=N"), cl::cat(category)};
  cl::opt<std::string> from{
      "compile-from",
      cl::desc(
          "start behind PHASE's predecessor from text: import, simplify, convert, compress, schedule, lower, emit"),
      cl::value_desc("PHASE"), cl::cat(category)};
  cl::opt<std::string> to{"compile-to", cl::desc("stop after PHASE and print the module"), cl::value_desc("PHASE"),
                          cl::cat(category)};
  cl::opt<std::string> dump{"dump-phases", cl::desc("write the module after each phase into DIR"),
                            cl::value_desc("DIR"), cl::cat(category)};
};

void complain(const llvm::Twine &text) {
  llvm::WithColor::error(llvm::errs(), "snn-opt") << text << "\n";
}

bool isOneOf(llvm::StringRef flag, llvm::StringRef value, llvm::ArrayRef<llvm::StringRef> allowed) {
  if (llvm::is_contained(allowed, value))
    return true;
  complain("--" + flag + " is '" + value + "', one of " + llvm::join(allowed, ", ") + " expected");
  return false;
}

/// NAME=VALUE or NAME=MIN..MAX.
bool readDim(llvm::StringRef text, llvm::StringMap<DimRange> &dims) {
  auto [name, value] = text.split('=');
  auto [low, high] = value.split("..");
  DimRange range;
  bool isRange = value.contains("..");
  bool bad = name.empty() || low.getAsInteger(10, range.min) || range.min < 0;
  range.max = range.min;
  bad |= isRange && (high.getAsInteger(10, range.max) || range.max < range.min);
  if (bad)
    complain("--dim is '" + text + "', NAME=VALUE or NAME=MIN..MAX expected, for example --dim batch=1..32");
  else
    dims[name] = range;
  return !bad;
}

bool readPhase(llvm::StringRef flag, llvm::StringRef name, Phase &phase) {
  if (name.empty())
    return true;
  std::optional<Phase> found = phaseByName(name);
  if (!found)
    complain("--" + flag + " is '" + name +
             "', one of import, simplify, convert, compress, schedule, lower, emit expected");
  else
    phase = *found;
  return found.has_value();
}

bool readTargets(const cl::list<std::string> &given, std::vector<std::string> &targets) {
  for (const std::string &name : given) {
    if (!isOneOf("target", name, {"cpu", "native", "x86-64", "x86-64-v3", "x86-64-v4-vnni"}))
      return false;
    if (name != "cpu")
      targets.push_back(name);
  }
  return true;
}

/// Copies the options over and checks them; all errors at once.
bool fill(const Options &o, CommandLine &line) {
  CompileOptions &c = line.compile;
  c.input = o.input;
  c.output = o.output;
  c.ann = o.ann;
  c.steps = o.steps;
  c.neuron = o.neuron;
  c.weights = o.weights;
  c.form = o.form;
  c.ranges = o.ranges;
  c.calibrate = o.calibrate;
  c.dumpPhases = o.dump;
  c.progress = llvm::sys::Process::StandardErrIsDisplayed();
  line.check = o.check;
  line.json = o.json;
  bool ok = isOneOf("neuron", c.neuron, {"segment", "mbe", "fs"});
  ok &= isOneOf("weights", c.weights, {"int8", "f32"});
  ok &= isOneOf("form", c.form, {"value", "time"});
  ok &= c.ranges.empty() || isOneOf("ranges", c.ranges, {"token", "tensor"});
  ok &= readTargets(o.target, c.targets);
  ok &= readPhase("compile-from", o.from, c.from) && readPhase("compile-to", o.to, c.to);
  for (const std::string &dim : o.dim)
    ok &= readDim(dim, c.import.dims);
  if (c.steps < 2 || c.steps > 16) {
    complain("--steps is " + llvm::Twine(c.steps) + ", 2 to 16 expected");
    ok = false;
  }
  if (c.ranges == "tensor" && c.calibrate.empty()) {
    complain("--ranges=tensor needs --calibrate=FILE: per-tensor ranges are read off samples");
    ok = false;
  }
  if (c.input.empty()) {
    complain("no model given; for example: snn-opt model.onnx -o model.rheo");
    ok = false;
  }
  if (!line.check && c.to == Phase::Emit && c.output.empty()) {
    complain("no output given; add -o model.rheo, or --compile-to=PHASE for text");
    ok = false;
  }
  if (c.to != Phase::Emit && c.output.empty())
    c.output = "-";
  if (!c.output.empty() && c.output == c.input) {
    complain("the output is the input, '" + c.input + "'; name another file");
    ok = false;
  }
  return ok;
}

} // namespace

bool rheobase::isForModels(int argc, char **argv) {
  static constexpr llvm::StringLiteral flags[] = {"check",        "ann",        "help",      "h",     "version",
                                                  "compile-from", "compile-to", "calibrate", "steps", "dim"};
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef arg(argv[i]);
    if (arg.ends_with(".onnx"))
      return true;
    if (arg.consume_front("-") && (arg.consume_front("-"), llvm::is_contained(flags, arg.split('=').first)))
      return true;
  }
  // Alone on a terminal it says what it is for; in a pipe it reads a module.
  return argc == 1 && llvm::sys::Process::StandardInIsUserInput();
}

std::optional<CommandLine> rheobase::parseCommandLine(int argc, char **argv) {
  Options options;
  cl::HideUnrelatedOptions(options.category);
  cl::SetVersionPrinter(
      [](llvm::raw_ostream &os) { os << "snn-opt " RHEOBASE_VERSION " (LLVM " LLVM_VERSION_STRING ")\n"; });
  std::string problem;
  llvm::raw_string_ostream os(problem);
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "compiles a trained network (ONNX) into a spiking artifact\n\n"
          "With an .mlir file, or none, snn-opt is an ordinary MLIR pass driver: snn-opt in.mlir --spk-fold-time\n",
          &os)) {
    llvm::errs() << problem;
    return std::nullopt;
  }
  CommandLine line;
  if (!fill(options, line))
    return std::nullopt;
  return line;
}
