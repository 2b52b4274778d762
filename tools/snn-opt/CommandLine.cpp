//===- CommandLine.cpp - the compiler's command line ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "mlir/IR/AsmState.h"
#include "llvm/Support/Process.h"

#include <cmath>

using namespace rheobase;

bool ModelOptions::Options::checkValues(CommandLine &line) const {
  CompileOptions &c = line.compile;
  bool ok = true;
  for (const NameOption *each : {&method, &code, &neuron, &weightsMethod, &tables, &form, &ranges, &clip, &offsets,
                                 &attention, &cache, &pruneScore})
    ok &= each->check();
  for (const std::string &name : target)
    ok &= isOneOf(target.ArgStr, name, choices::targets());
  for (const std::string &name : pruneWhat)
    ok &= isOneOf(pruneWhat.ArgStr, name, choices::prunedKinds());
  ok &= readPhase(from, c.from);
  ok &= readPhase(to, c.to);
  ok &= readWeights(weights);
  ok &= !isGiven(targetSize) || readSize(targetSize.ArgStr, targetSize, c.targetSize);
  c.states.assign(state.begin(), state.end());
  for (const std::string &each : dim)
    ok &= readDim(each, c.import.dims);
  if (steps < kFewestSteps || steps > kMostSteps) {
    complain("--steps is " + llvm::Twine(steps) + ", " + llvm::Twine(kFewestSteps) + " to " + llvm::Twine(kMostSteps) +
             " expected");
    ok = false;
  }
  ok &= isWithin(percentile, std::nextafter(0.0, 1.0), 100, "more than 0 and at most 100");
  ok &= !isGiven(migrate) || readMigration(migrate, c);
  ok &= isWithin(outliers, 0, 1, "0 to 1");
  ok &= isWithin(prune, 0, std::nextafter(1.0, 0.0), "0 or more and less than 1");
  ok &= readGoal(c.goal);
  for (const cl::opt<std::string> *path : {&calibrate, &calibration, &plan, &trainedWeights, &dump})
    if (isGiven(*path) && path->empty()) {
      complain("--" + path->ArgStr + " is empty, the name of a file or folder expected");
      ok = false;
    }
  return ok;
}

bool ModelOptions::Options::readGoal(std::optional<PlanGoal> &goal) const {
  bool ok = true;
  if (isGiven(targetError)) {
    double error = 0;
    ok &= readRelative(targetError.ArgStr, targetError, error);
    goal = {PlanGoal::Kind::Error, error};
  }
  for (auto [option, kind] :
       {std::pair(&maxPlanes, PlanGoal::Kind::Planes), std::pair(&maxSpikes, PlanGoal::Kind::Spikes)})
    if (isGiven(*option)) {
      ok &= isWithin(*option, std::nextafter(0.0, 1.0), kMostSteps, "more than 0 and at most 16");
      goal = {kind, *option};
    }
  return ok;
}

bool ModelOptions::Options::checkBases() const {
  if (!isGiven(bases))
    return true;
  auto most = static_cast<int>(kMostSteps), each = static_cast<int>(steps.getValue());
  bool isCount = bases >= 1 && bases <= static_cast<int>(spk::kMostBases);
  if (!isCount)
    complain("--bases is " + llvm::Twine(bases) + ", 1 to " + llvm::Twine(spk::kMostBases) + " expected");
  else if (bases * each > most)
    complain("--bases=" + llvm::Twine(bases) + " of --steps=" + llvm::Twine(each) + " are " +
             llvm::Twine(bases * each) + " digits, at most " + llvm::Twine(most) +
             " expected; for example --steps=" + llvm::Twine(most / bases));
  return isCount && bases * each <= most;
}

bool ModelOptions::Options::fillFit(CommandLine &line) const {
  const cl::Option *known[] = {&fit, &bases, &range, &json, &steps, &neuron.asOption()};
  bool ok = true;
  auto refuse = [&](const llvm::Twine &text) {
    complain(text);
    ok = false;
  };
  for (const auto &[name, option] : cl::getRegisteredOptions())
    if (isGiven(*option) && llvm::is_contained(option->Categories, &optionCategory()) &&
        !llvm::is_contained(known, option))
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
  c.method = method.value();
  applyMethod(c);
  if (isGiven(bases))
    c.bases = static_cast<unsigned>(bases.getValue());
  code.giveTo(c.code);
  neuron.giveTo(c.neuron);
  c.weights = weights;
  c.allowDegraded = allowDegraded;
  c.weightsMethod = weightsMethod.value();
  c.correctBiases = correctBiases;
  c.tables = tables.value();
  c.trainedWeights = trainedWeights;
  c.form = form.value();
  ranges.giveTo(c.ranges);
  c.calibrate = calibrate;
  c.calibration = calibration;
  clip.giveTo(c.clip);
  c.percentile = percentile;
  c.prune = prune;
  c.pruneScore = pruneScore.value();
  if (!pruneWhat.empty())
    c.pruneWhat.assign(pruneWhat.begin(), pruneWhat.end());
  c.plan = plan;
  attention.giveTo(c.attention);
  c.cache = cache.value();
  if (isGiven(outliers))
    c.outliers = outliers;
  c.searchOutliers = !isGiven(outliers);
  offsets.giveTo(c.offsets);
  c.strict = strict;
  c.reports.assign(report.begin(), report.end());
  c.targets.assign(target.begin(), target.end());
  c.dumpPhases = dump;
  c.progress = llvm::sys::Process::StandardErrIsDisplayed();
  line.check = check;
  c.printPlan = json && !check;
  if (!checkValues(line))
    return false;
  bool ok = checkBases();
  ok &= checkTogether(line);
  ok &= checkWeightChoice(line);
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
    if (llvm::is_contained(option->Categories, &optionCategory()))
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
        llvm::is_contained(found->second->Categories, &optionCategory()))
      return true;
  }
  // Alone on a terminal it says what it is for; in a pipe it reads a module.
  return argc == 1 && llvm::sys::Process::StandardInIsUserInput();
}

std::optional<CommandLine> ModelOptions::parse(int argc, char **argv) {
  cl::HideUnrelatedOptions(optionCategory());
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
