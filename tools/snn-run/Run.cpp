//===- Run.cpp - snn-run run ----------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expect.h"
#include "Feeds.h"
#include "Options.h"
#include "Tool.h"

#include "npy/Npy.h"

#include <cstdio>

using namespace rheobase;
using namespace rheobase::snnrun;
using npy::Array;

/// Longer outputs are cut off where they are printed.
static constexpr size_t kMostPrinted = 256;

namespace {
/// Where outputs go.
struct Results {
  std::vector<std::string> single;
  std::string file;

  void add(Options &options);
  bool empty() const { return single.empty() && file.empty(); }
  std::string save(const rhb_artifact_info &info, const Arrays &outputs) const;
};
} // namespace

void Results::add(Options &options) {
  options.list("output", "NAME=@FILE.npy", "save one output", single);
  options.text("outputs", "FILE.npz", "save all outputs", file);
}

std::string Results::save(const rhb_artifact_info &info, const Arrays &outputs) const {
  for (const std::string &text : single) {
    std::string name, value;
    if (!splitName(text, name, value) || value.empty() || value[0] != '@')
      return "--output '" + text + "', expected NAME=@FILE.npy";
    size_t position = 0;
    while (position < outputs.size() && name != info.outputs[position].name)
      ++position;
    if (position == outputs.size())
      return "the artifact has no output '" + name + "'";
    if (std::string failure = npy::write(value.substr(1), outputs[position]); !failure.empty())
      return failure;
  }
  if (file.empty())
    return {};
  npy::Arrays arrays;
  for (size_t i = 0; i < outputs.size(); ++i)
    arrays.emplace(info.outputs[i].name, outputs[i]);
  return npy::writeAll(file, arrays);
}

static void print(const std::string &name, const Array &array) {
  std::string line = name + ": " + npy::typeText(array.dtype, array.dims) + "=";
  size_t count = static_cast<size_t>(array.elements());
  for (size_t i = 0; i < count && i < kMostPrinted; ++i)
    line += (i ? "," : "") + format("%.9Lg", npy::number(array, i));
  puts((line + (count > kMostPrinted ? ",..." : "")).c_str());
}

/// Counters by site, one column for each quantity.
static void printCounters(Runner &runner) {
  const rhb_artifact_info &info = runner.info();
  std::vector<std::vector<std::string>> rows = {{"site", "quantity", "count"}};
  for (size_t i = 0; i < info.counter_count; ++i)
    rows.push_back({info.counters[i].site, info.counters[i].quantity, std::to_string(runner.session().counters()[i])});
  for (const auto &[quantity, total] : runner.counterTotals())
    rows.push_back({"total", quantity, std::to_string(total)});
  fputs(table(rows, 2).c_str(), stdout);
}

int rheobase::snnrun::runCommand(const std::vector<std::string> &arguments) {
  Options options("run FILE.rheo [OPTIONS]", "Runs an artifact once and prints its outputs, or saves or checks them.");
  std::string path;
  RunnerOptions runnerOptions;
  Feeds feeds;
  Results results;
  Expectations expectations;
  Runner::With with;
  options.positional("artifact", path);
  feeds.add(options);
  results.add(options);
  expectations.add(options);
  options.flag("spikes", "count, and print the counters of every site", with.counting);
  runnerOptions.add(options);
  int code = 0;
  if (!parseOptions(options, arguments, code))
    return code;

  Runner runner;
  Arrays inputs, outputs;
  std::string failure = runner.open(path);
  if (failure.empty())
    failure = feeds.load(runner.info(), inputs);
  if (failure.empty())
    failure = runner.start(runnerOptions, with);
  if (failure.empty())
    failure = runner.run(inputs, outputs);
  if (failure.empty())
    failure = results.save(runner.info(), outputs);
  if (failure.empty())
    failure = expectations.check(runner.info(), outputs);
  if (!failure.empty())
    return fail(failure);
  if (results.empty() && expectations.empty() && !with.counting)
    for (size_t i = 0; i < outputs.size(); ++i)
      print(runner.info().outputs[i].name, outputs[i]);
  if (with.counting)
    printCounters(runner);
  return kSuccess;
}
