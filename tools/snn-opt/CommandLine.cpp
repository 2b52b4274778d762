//===- CommandLine.cpp - the compiler's command line ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"

#include "mlir/IR/AsmState.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

#include <cmath>

using namespace rheobase;
namespace cl = llvm::cl;

namespace {

/// LLVM keeps a pointer to a category for good.
cl::OptionCategory &category() {
  static cl::OptionCategory it("Compiling a model");
  return it;
}

using Names = std::vector<std::string>;

/// An option that takes one of a few names; its help lists them.
class NameOption {
public:
  NameOption(llvm::StringRef flag, Names names, llvm::StringRef initially, const llvm::Twine &what)
      : help((what + ": " + llvm::join(names, ", ") + (initially.empty() ? "" : " (default " + initially + ")")).str()),
        names(std::move(names)),
        option(flag, cl::desc(help), cl::value_desc("NAME"), cl::init(initially.str()), cl::cat(category())) {}

  const std::string &value() const { return option.getValue(); }
  const cl::Option &asOption() const { return option; }
  bool check() const;

private:
  std::string help;
  Names names;
  cl::opt<std::string> option;
};

} // namespace

struct ModelOptions::Options {
  CompileOptions defaults;
  cl::opt<std::string> input{cl::Positional, cl::desc("MODEL.onnx"), cl::cat(category())};
  cl::opt<std::string> output{"o", cl::desc("the artifact to write, or, with --compile-to, the text"),
                              cl::value_desc("FILE"), cl::cat(category())};
  cl::opt<bool> check{"check", cl::desc("say for every node whether it is supported, and compile nothing"),
                      cl::cat(category())};
  cl::opt<std::string> fit{"fit",
                           cl::desc("fit a neuron (--neuron, --steps, --bases, --range) to FUNCTION, say how good it "
                                    "is, and compile nothing"),
                           cl::value_desc("FUNCTION"), cl::cat(category())};
  cl::opt<int> bases{"bases", cl::desc("with --fit: parallel bases of the neuron"), cl::value_desc("N"),
                     cl::cat(category())};
  cl::opt<std::string> range{"range", cl::desc("with --fit: the inputs to fit it on"), cl::value_desc("A..B"),
                             cl::cat(category())};
  cl::opt<bool> json{"json", cl::desc("with --check, --fit: as JSON"), cl::cat(category())};
  cl::opt<bool> ann{"ann", cl::desc("compile the network as it is, not converted: the reference"), cl::cat(category())};
  cl::opt<unsigned> steps{"steps", cl::desc("time steps T of a code, 2 to 16, the sign included (8)"),
                          cl::value_desc("T"), cl::init(defaults.steps), cl::cat(category())};
  NameOption neuron{"neuron", choices::neurons(), defaults.neuron, "static neurons"};
  NameOption weights{"weights", choices::weights(), defaults.weights, "numbers of the weights"};
  NameOption form{"form", choices::forms(), defaults.form,
                  "steps folded into integer products (value), or plane by plane (time)"};
  NameOption ranges{"ranges", choices::ranges(), defaults.ranges,
                    "what the step sizes of codes are set by, calibration or, where that is legal, each row itself"};
  cl::opt<std::string> calibrate{
      "calibrate",
      cl::desc("samples: an npz with arrays named like the inputs (first axis: samples), or a folder of them"),
      cl::value_desc("FILE"), cl::cat(category())};
  cl::opt<std::string> calibration{
      "calibration",
      cl::desc("what the samples showed: written with --calibrate, read without it, so that a model is compiled again "
               "with other options without running them"),
      cl::value_desc("FILE.npz"), cl::cat(category())};
  NameOption clip{"clip", choices::clips(), defaults.clip, "where ranges that are read off samples end"};
  cl::opt<double> percentile{"percentile", cl::desc("with --clip=percentile: the share of the elements within (99.99)"),
                             cl::value_desc("P"), cl::init(defaults.percentile), cl::cat(category())};
  cl::opt<double> migrate{"migrate",
                          cl::desc("calibrated: how much of a linear input's channels moves into the weights, an "
                                   "exponent from 0 (nothing) to 1 (0.65, with --ranges=tensor 0.8)"),
                          cl::value_desc("A"), cl::cat(category())};
  cl::opt<double> outliers{"outliers",
                           cl::desc("calibrated: at most this share of a linear input's channels get a code of their "
                                    "own with more steps, 0 to 1 (0.01)"),
                           cl::value_desc("SHARE"), cl::init(defaults.outliers), cl::cat(category())};
  std::string targetHelp =
      "what to make machine code for, cpu (the default) for all levels: " + llvm::join(choices::targets(), ", ");
  cl::list<std::string> target{"target", cl::CommaSeparated, cl::desc(targetHelp), cl::value_desc("NAME,..."),
                               cl::cat(category())};
  cl::list<std::string> dim{"dim", cl::desc("a size the model leaves open: NAME=VALUE, or NAME=MIN..MAX"),
                            cl::value_desc("NAME=N"), cl::cat(category())};
  cl::list<std::string> state{"state",
                              cl::desc("inputs that a session keeps from run to run, as a decoder's cache: the "
                                       "beginning of their names, or INPUT=OUTPUT"),
                              cl::value_desc("NAME"), cl::cat(category())};
  std::string phases = llvm::join(choices::phases(), ", ");
  std::string fromHelp = "start with PHASE, from the text that --compile-to wrote after the one before ('-': the "
                         "standard input): " +
                         phases;
  cl::opt<std::string> from{"compile-from", cl::desc(fromHelp), cl::value_desc("PHASE"), cl::cat(category())};
  cl::opt<std::string> to{"compile-to", cl::desc("stop after PHASE and print the module"), cl::value_desc("PHASE"),
                          cl::cat(category())};
  cl::opt<std::string> dump{"dump-phases", cl::desc("write the module after each phase into DIR"),
                            cl::value_desc("DIR"), cl::cat(category())};

  /// Options that act in one phase, and which that is.
  std::vector<std::pair<const cl::Option *, Phase>> byPhase() const {
    const cl::Option &dims = dim, &states = state; // a list's own & is that of its values
    return {{&dims, Phase::Import},
            {&states, Phase::Import},
            {&ann, Phase::Convert},
            {&steps, Phase::Convert},
            {&neuron.asOption(), Phase::Convert},
            {&ranges.asOption(), Phase::Convert},
            {&calibrate, Phase::Convert},
            {&calibration, Phase::Convert},
            {&clip.asOption(), Phase::Convert},
            {&percentile, Phase::Convert},
            {&migrate, Phase::Convert},
            {&outliers, Phase::Convert},
            {&weights.asOption(), Phase::Compress},
            {&form.asOption(), Phase::Schedule}};
  }

  /// Copies the values over and checks them; all errors at once.
  bool fill(CommandLine &line) const;
  bool fillFit(CommandLine &line) const;
  bool checkValues(CommandLine &line) const;
  /// Options that say nothing, or the opposite, beside one another.
  bool checkTogether(const CommandLine &line) const;
};

namespace {

void complain(const llvm::Twine &text) {
  llvm::WithColor::error(llvm::errs(), "snn-opt") << text << "\n";
}

bool isOneOf(llvm::StringRef flag, llvm::StringRef value, const Names &names) {
  bool is = llvm::is_contained(names, value);
  if (!is)
    complain("--" + flag + " is '" + value + "', one of " + llvm::join(names, ", ") + " expected");
  return is;
}

bool NameOption::check() const {
  return !option.getNumOccurrences() || isOneOf(option.ArgStr, option, names);
}

bool isGiven(const cl::Option &option) {
  return option.getNumOccurrences() > 0;
}

bool isWithin(const cl::opt<double> &option, double least, double most, const llvm::Twine &expected) {
  bool is = option >= least && option <= most;
  if (!is)
    complain("--" + option.ArgStr + " is " + llvm::formatv("{0}", option.getValue()).str() + ", " + expected +
             " expected");
  return is;
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
  else if (bad = !dims.try_emplace(name, range).second; bad)
    complain("--dim gives '" + name + "' twice, once expected");
  return !bad;
}

/// A..B.
bool readRange(llvm::StringRef text, neurons::Interval &interval) {
  auto [low, high] = text.split("..");
  double lower = 0, upper = 0;
  bool bad = low.getAsDouble(lower) || high.getAsDouble(upper);
  if (bad)
    complain("--range is '" + text + "', A..B expected, for example --range=-8..8");
  interval = {static_cast<float>(lower), static_cast<float>(upper)};
  return !bad;
}

bool readPhase(const cl::opt<std::string> &option, Phase &phase) {
  if (!isGiven(option))
    return true;
  if (!isOneOf(option.ArgStr, option, choices::phases()))
    return false;
  phase = *phaseByName(option);
  return true;
}

bool isSameFile(llvm::StringRef a, llvm::StringRef b) {
  return a != "-" && (a == b || llvm::sys::fs::equivalent(a, b));
}

/// Files that may not be one another, and what they hold.
bool checkFiles(const CommandLine &line) {
  const CompileOptions &c = line.compile;
  llvm::StringRef input = c.input;
  bool isText = c.from != Phase::Import;
  auto check = [](bool wrong, const llvm::Twine &text) {
    if (wrong)
      complain(text);
    return !wrong;
  };
  bool ok = check(input.empty(), "no model given; for example: snn-opt model.onnx -o model.rheo");
  ok &= check(!isText && input == "-", "a model is read from a file; '-' goes with --compile-from=PHASE");
  ok &= check(!isText && input.ends_with(".mlir"),
              "'" + input + "' is a module; --compile-from=PHASE says with which phase to go on");
  ok &= check(isText && input.ends_with(".onnx"), "--compile-from=" + phaseName(c.from) +
                                                      " reads the text of a module, '" + input +
                                                      "' is a model; leave --compile-from out");
  ok &= check(!line.check && c.to == Phase::Emit && c.output.empty(),
              "no output given; add -o model.rheo, or --compile-to=PHASE for text");
  ok &= check(!input.empty() && isSameFile(c.output, input),
              "the output is the input, '" + input + "'; name another file");
  ok &= check(!c.calibrate.empty() && isSameFile(c.output, c.calibrate),
              "the output is the calibration data, '" + c.calibrate + "'; name another file");
  for (const auto &[file, part] :
       {std::pair(c.input, "input"), std::pair(c.output, "output"), std::pair(c.calibrate, "calibration data")})
    ok &= check(!file.empty() && isSameFile(c.calibration, file),
                "--calibration is '" + c.calibration + "', which is the " + part + "; name another file");
  return ok;
}

} // namespace

bool ModelOptions::Options::checkValues(CommandLine &line) const {
  CompileOptions &c = line.compile;
  bool ok = true;
  for (const NameOption *each : {&neuron, &weights, &form, &ranges, &clip})
    ok &= each->check();
  for (const std::string &name : target)
    ok &= isOneOf(target.ArgStr, name, choices::targets());
  ok &= readPhase(from, c.from);
  ok &= readPhase(to, c.to);
  c.states.assign(state.begin(), state.end());
  for (const std::string &each : dim)
    ok &= readDim(each, c.import.dims);
  if (steps < kFewestSteps || steps > kMostSteps) {
    complain("--steps is " + llvm::Twine(steps) + ", " + llvm::Twine(kFewestSteps) + " to " + llvm::Twine(kMostSteps) +
             " expected");
    ok = false;
  }
  ok &= isWithin(percentile, std::nextafter(0.0, 1.0), 100, "more than 0 and at most 100");
  ok &= isWithin(migrate, 0, 1, "0 to 1");
  ok &= isWithin(outliers, 0, 1, "0 to 1");
  for (const cl::opt<std::string> *path : {&calibrate, &calibration, &dump})
    if (isGiven(*path) && path->empty()) {
      complain("--" + path->ArgStr + " is empty, the name of a file or folder expected");
      ok = false;
    }
  return ok;
}

bool ModelOptions::Options::checkTogether(const CommandLine &line) const {
  const CompileOptions &c = line.compile;
  bool ok = true;
  auto refuse = [&](const llvm::Twine &text) {
    complain(text);
    ok = false;
  };
  if (json && !check)
    refuse("--json goes with --check or --fit");
  for (const cl::Option *option : {static_cast<const cl::Option *>(&bases), static_cast<const cl::Option *>(&range)})
    if (isGiven(*option))
      refuse("--" + option->ArgStr + " goes with --fit=FUNCTION");
  if (check && (isGiven(from) || isGiven(to)))
    refuse("--check compiles nothing: leave --compile-from and --compile-to out");
  if (c.from > c.to)
    refuse("--compile-from=" + phaseName(c.from) + " comes after --compile-to=" + phaseName(c.to) +
           "; the phases are, in their order, " + phases);
  if (c.ranges == "tensor" && !c.isCalibrated() && c.from <= Phase::Convert)
    refuse("--ranges=tensor needs --calibrate=FILE: per-tensor ranges are read off samples");
  const cl::Option &clips = clip.asOption();
  for (const cl::Option *option : std::initializer_list<const cl::Option *>{&clips, &migrate, &outliers})
    if (isGiven(*option) && !c.isCalibrated() && c.from <= Phase::Convert)
      refuse("--" + option->ArgStr + " needs --calibrate=FILE: it is about what samples show");
  if (isGiven(percentile) && c.clip != "percentile")
    refuse("--percentile goes with --clip=percentile");
  for (auto [option, phase] : byPhase()) {
    if (!isGiven(*option))
      continue;
    if (phase < c.from)
      refuse("--" + option->ArgStr + " acts in the phase " + phaseName(phase) +
             ", which --compile-from=" + phaseName(c.from) + " leaves out; give it where that phase runs");
    else if (c.ann && option != &ann && phase > Phase::Import)
      refuse("--" + option->ArgStr + " is about converting, --ann leaves the network as it is; leave one of them out");
  }
  return ok;
}

bool ModelOptions::Options::fillFit(CommandLine &line) const {
  const cl::Option *known[] = {&fit, &bases, &range, &json, &steps, &neuron.asOption()};
  bool ok = true;
  auto refuse = [&](const llvm::Twine &text) {
    complain(text);
    ok = false;
  };
  for (const auto &[name, option] : cl::getRegisteredOptions())
    if (isGiven(*option) && llvm::is_contained(option->Categories, &category()) && !llvm::is_contained(known, option))
      refuse("--" + name + " is about a model, --fit fits one neuron and takes none; leave one of them out");
  if (!input.empty())
    refuse("--fit fits one neuron and takes no model, '" + input + "' found; leave one of them out");
  if (isGiven(bases) && bases < 1)
    refuse("--bases is " + llvm::Twine(bases) + ", 1 or more expected");
  neurons::FitRequest request;
  request.function = fit;
  request.kind = neuron.value();
  request.bases = bases;
  request.steps = static_cast<int>(steps.getValue());
  ok &= checkValues(line);
  ok &= !isGiven(range) || readRange(range, request.interval.emplace());
  line.fit = request;
  return ok;
}

bool ModelOptions::Options::fill(CommandLine &line) const {
  line.json = json;
  if (isGiven(fit))
    return fillFit(line);
  CompileOptions &c = line.compile;
  c.input = input;
  c.output = output;
  c.ann = ann;
  c.steps = steps;
  c.neuron = neuron.value();
  c.weights = weights.value();
  c.form = form.value();
  c.ranges = ranges.value();
  c.calibrate = calibrate;
  c.calibration = calibration;
  c.clip = clip.value();
  c.percentile = percentile;
  c.outliers = outliers;
  if (isGiven(migrate))
    c.migrate = migrate;
  c.targets.assign(target.begin(), target.end());
  c.dumpPhases = dump;
  c.progress = llvm::sys::Process::StandardErrIsDisplayed();
  line.check = check;
  if (!checkValues(line))
    return false;
  bool ok = checkTogether(line);
  ok &= checkFiles(line);
  if (c.to != Phase::Emit && c.output.empty())
    c.output = "-";
  return ok;
}

ModelOptions::ModelOptions() : options(std::make_unique<Options>()) {}

ModelOptions::~ModelOptions() {
  options->input.removeArgument();
  llvm::SmallVector<cl::Option *> registered;
  for (const auto &[name, option] : cl::getRegisteredOptions())
    if (llvm::is_contained(option->Categories, &category()))
      registered.push_back(option);
  for (cl::Option *option : registered)
    option->removeArgument();
}

bool ModelOptions::areMeantBy(int argc, char **argv) const {
  const auto &known = cl::getRegisteredOptions();
  for (llvm::StringRef argument : llvm::ArrayRef(argv, argc).drop_front()) {
    if (argument.ends_with(".onnx") || argument.ends_with(".rheo"))
      return true;
    llvm::StringRef flag = argument.take_while([](char c) { return c != '='; });
    if (!flag.consume_front("-"))
      continue;
    flag.consume_front("-");
    if (flag == "help" || flag == "h" || flag == "version")
      return true;
    // The pass driver has an option -o too.
    auto found = known.find(flag);
    if (found != known.end() && found->second != &options->output &&
        llvm::is_contained(found->second->Categories, &category()))
      return true;
  }
  // Alone on a terminal it says what it is for; in a pipe it reads a module.
  return argc == 1 && llvm::sys::Process::StandardInIsUserInput();
}

std::optional<CommandLine> ModelOptions::parse(int argc, char **argv) {
  cl::HideUnrelatedOptions(category());
  cl::SetVersionPrinter(
      [](llvm::raw_ostream &os) { os << "snn-opt " RHEOBASE_VERSION " (LLVM " LLVM_VERSION_STRING ")\n"; });
  std::string problem;
  llvm::raw_string_ostream os(problem);
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "compiles a trained network (ONNX) into a spiking artifact\n\n"
          "With an .mlir file, or none, snn-opt is an ordinary MLIR pass driver: snn-opt in.mlir --spk-fold-time\n"
          "snn-opt --list-passes lists the passes, snn-opt --help-hidden the pass driver's other options.\n",
          &os)) {
    llvm::errs() << problem;
    return std::nullopt;
  }
  CommandLine line;
  if (!options->fill(line))
    return std::nullopt;
  return line;
}
