//===- OptionRules.cpp - options that go together, and those that do not ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"

using namespace rheobase;

namespace {

bool isSameFile(llvm::StringRef a, llvm::StringRef b) {
  return a != "-" && (a == b || llvm::sys::fs::equivalent(a, b));
}

} // namespace

bool ModelOptions::Options::checkTogether(const CommandLine &line) const {
  const CompileOptions &c = line.compile;
  bool ok = true;
  auto refuse = [&](const llvm::Twine &text) {
    complain(text);
    ok = false;
  };
  llvm::SmallVector<const cl::Option *> wanted;
  llvm::copy_if(goals(), std::back_inserter(wanted), [](const cl::Option *each) { return isGiven(*each); });
  if (json && !check && wanted.empty())
    refuse("--json goes with --check, --fit or --target-error");
  if (wanted.size() > 1)
    refuse("--" + wanted[0]->ArgStr + " and --" + wanted[1]->ArgStr +
           " are two goals, one is chosen for; leave one of them out");
  if (!wanted.empty() && check)
    refuse("--check compiles nothing: leave --" + wanted[0]->ArgStr + " out");
  if (!wanted.empty() && c.calibrate.empty() && c.from <= Phase::Convert)
    refuse("--" + wanted[0]->ArgStr + " needs --calibrate=FILE: it is measured on samples");
  if (c.choosesSteps() && (c.bases > 1 || c.code == "rate"))
    refuse("--" + wanted[0]->ArgStr +
           " chooses steps of one train, of which each halves what is lost; leave --bases and --code=rate out");
  if (c.correctBiases && c.weights == kFloatWeights)
    refuse("--correct-biases makes good what rounding weights does, --weights=f32 rounds none; leave one of them out");
  if (isGiven(range))
    refuse("--range goes with --fit=FUNCTION");
  if (check && (isGiven(from) || isGiven(to)))
    refuse("--check compiles nothing: leave --compile-from and --compile-to out");
  if (c.from > c.to)
    refuse("--compile-from=" + phaseName(c.from) + " comes after --compile-to=" + phaseName(c.to) +
           "; the phases are, in their order, " + phases);
  bool isUnseen = !c.isCalibrated() && c.from <= Phase::Convert;
  if (c.method != defaults.method && isUnseen)
    refuse("--method=" + c.method + " needs --calibrate=FILE: its ranges are read off samples");
  else if (c.ranges == "global" && isUnseen)
    refuse("--ranges=global needs --calibrate=FILE: the one range is read off samples");
  if (c.form == kAutoForm && c.calibrate.empty() && c.from <= Phase::Convert)
    refuse("--form=auto needs --calibrate=FILE: it chooses by how much of a layer's input fires in samples");
  for (auto [option, value] : {std::pair<const cl::Option *, double>(&migrate, c.migrate.value_or(0)),
                               std::pair<const cl::Option *, double>(&outliers, c.outliers)})
    if (c.ranges == "global" && isGiven(*option) && value > 0)
      refuse("--" + option->ArgStr +
             " is about the channels of a site, --ranges=global has one range for all sites; "
             "leave one of them out");
  const cl::Option &clips = clip.asOption(), &offset = offsets.asOption();
  for (const cl::Option *option : std::initializer_list<const cl::Option *>{&clips, &migrate, &outliers, &offset})
    if (isGiven(*option) && !c.isCalibrated() && c.from <= Phase::Convert)
      refuse("--" + option->ArgStr + " needs --calibrate=FILE: it is about what samples show");
  for (const cl::Option *option :
       std::initializer_list<const cl::Option *>{&pruneScore.asOption(), std::addressof(pruneWhat)})
    if (isGiven(*option) && c.prune == 0)
      refuse("--" + option->ArgStr + " goes with --prune=SHARE");
  if (isGiven(percentile) && c.clip != "percentile")
    refuse("--percentile goes with --clip=percentile");
  for (const std::string &file : c.reports)
    if (!llvm::StringRef(file).ends_with(kJsonReport) && !llvm::StringRef(file).ends_with(kHtmlReport))
      refuse("--report is '" + file + "', a name that ends in " + kJsonReport + " or " + kHtmlReport + " expected");
  if (!c.reports.empty() && c.calibrate.empty() && c.from <= Phase::Convert)
    refuse("--report needs --calibrate=FILE: it says what samples show");
  if (!c.reports.empty() && (check || c.to < Phase::Schedule))
    refuse("--report is about a whole conversion, " + (check ? "--check" : "--compile-to=" + phaseName(c.to)) +
           " ends before it is one; leave one of them out");
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

bool ModelOptions::Options::checkWeightChoice(const CommandLine &line) const {
  const CompileOptions &c = line.compile;
  bool hasGoal = c.targetSize || (c.goal && c.goal->kind == PlanGoal::Kind::Error);
  bool chooses = c.choosesWeights() && c.from <= Phase::Convert;
  llvm::StringRef problem;
  if (chooses && !hasGoal)
    problem =
        "--weights=auto chooses formats for a goal, and there is none; add --target-size=SIZE or --target-error=E%";
  else if (c.targetSize && !c.choosesWeights())
    problem = "--target-size goes with --weights=auto";
  else if (c.allowDegraded && !c.choosesWeights())
    problem = "--allow-degraded goes with --weights=auto";
  if (!problem.empty())
    complain(problem);
  return problem.empty();
}

bool ModelOptions::Options::checkFiles(const CommandLine &line) {
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
  ok &= check(!c.trainedWeights.empty() && isSameFile(c.output, c.trainedWeights),
              "the output is the trained weights, '" + c.trainedWeights + "'; name another file");
  auto apart = [&](llvm::StringRef flag, const std::string &path, const std::string &other, const char *part) {
    ok &= check(!path.empty() && !other.empty() && isSameFile(path, other),
                "--" + flag + " is '" + path + "', which is the " + part + "; name another file");
  };
  for (const auto &[file, part] :
       {std::pair(c.input, "input"), std::pair(c.output, "output"), std::pair(c.calibrate, "calibration data")}) {
    apart("calibration", c.calibration, file, part);
    apart("plan", c.plan, file, part);
  }
  apart("plan", c.plan, c.calibration, "calibration file");
  for (const std::string &report : c.reports)
    for (const std::string &file : {c.input, c.output, c.calibrate, c.calibration, c.plan})
      ok &= check(!file.empty() && isSameFile(report, file),
                  "--report is '" + report + "', which is read or written otherwise; name another file");
  return ok;
}
