//===- Bench.cpp - snn-run bench ------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Feeds.h"
#include "Json.h"
#include "Options.h"
#include "Tool.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <tuple>

using namespace rheobase;
using namespace rheobase::snnrun;

using Clock = std::chrono::steady_clock;
using Totals = std::vector<std::pair<std::string, uint64_t>>;

static double medianOf(const std::vector<double> &sorted) {
  size_t half = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

namespace {
struct BenchOptions {
  std::string path;
  RunnerOptions runner;
  Feeds feeds;
  int64_t runs = 20, warmup = 3;
  bool json = false, profile = false;

  bool parse(const std::vector<std::string> &arguments, int &code);
};

/// Time of one dispatch, or of all that belong to a node.
struct Share {
  std::string location, kernel;
  double milliseconds = 0;
};

struct Measured {
  double loadMs = 0, firstMs = 0;
  std::vector<double> runsMs; ///< sorted
  Totals counters;
  std::vector<Share> profile; ///< the longest first

  double median() const { return medianOf(runsMs); }
  double mean() const {
    return std::accumulate(runsMs.begin(), runsMs.end(), 0.0) / static_cast<double>(runsMs.size());
  }
  uint64_t counter(const std::string &quantity) const {
    for (const auto &[name, total] : counters)
      if (name == quantity)
        return total;
    return 0;
  }
};
} // namespace

bool BenchOptions::parse(const std::vector<std::string> &arguments, int &code) {
  Options options("bench FILE.rheo [OPTIONS]", "Measures how long a run takes; counts in a run of its own.");
  options.positional("artifact", path);
  options.number("runs", "timed runs (20)", 1, runs);
  options.number("warmup", "untimed runs before them (3)", 0, warmup);
  runner.add(options);
  feeds.add(options);
  feeds.addRandom(options);
  options.flag("profile", "print the median time of every dispatch, from runs of their own", profile);
  options.flag("json", "print JSON", json);
  return parseOptions(options, arguments, code);
}

static double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

static std::string timeRuns(const BenchOptions &options, Runner &runner, Arrays &inputs, Measured &measured) {
  Arrays outputs;
  ProgressLine progress;
  auto start = Clock::now();
  if (std::string failure = runner.run(inputs, outputs); !failure.empty())
    return failure;
  measured.firstMs = millisecondsSince(start);
  for (int64_t i = -options.warmup; i < options.runs; ++i) {
    progress.show(format("run %lld of %lld", (long long)std::max<int64_t>(i + 1, 0), (long long)options.runs));
    start = Clock::now();
    if (std::string failure = runner.run(inputs, outputs); !failure.empty())
      return failure;
    if (i >= 0)
      measured.runsMs.push_back(millisecondsSince(start));
  }
  std::sort(measured.runsMs.begin(), measured.runsMs.end());
  return {};
}

static std::string count(const BenchOptions &options, Runner &runner, Arrays &inputs, Measured &measured) {
  Arrays outputs;
  if (runner.info().counter_count == 0)
    return {};
  if (std::string failure = runner.start(options.runner, {true, false}); !failure.empty())
    return failure;
  if (std::string failure = runner.run(inputs, outputs); !failure.empty())
    return failure;
  measured.counters = runner.counterTotals();
  return {};
}

/// Adds what each dispatch took in the run before, in milliseconds, to the times of all runs.
static void addTimes(Runner &runner, std::vector<std::vector<double>> &times) {
  times.resize(runner.info().dispatch_count);
  for (size_t i = 0; i < times.size(); ++i)
    if (const rhb_profile &one = runner.session().profile()[i]; one.runs != 0)
      times[i].push_back(static_cast<double>(one.nanoseconds) / 1e6);
}

static std::string profile(const BenchOptions &options, Runner &runner, Arrays &inputs, Measured &measured) {
  Arrays outputs;
  if (std::string failure = runner.start(options.runner, {false, true}); !failure.empty())
    return failure;
  std::vector<std::vector<double>> times;
  // As before the timed runs: one that meets fresh memory, then those that warm up.
  for (int64_t i = -options.warmup - 1; i < options.runs; ++i) {
    runner.session().resetProfile();
    if (std::string failure = runner.run(inputs, outputs); !failure.empty())
      return failure;
    if (i >= 0)
      addTimes(runner, times);
  }
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i].empty())
      continue;
    std::sort(times[i].begin(), times[i].end());
    const rhb_dispatch_info &dispatch = runner.info().dispatches[i];
    measured.profile.push_back({dispatch.location, dispatch.kernel, medianOf(times[i])});
  }
  std::sort(measured.profile.begin(), measured.profile.end(), [](const Share &a, const Share &b) {
    return std::tie(b.milliseconds, a.location) < std::tie(a.milliseconds, b.location);
  });
  return {};
}

static void printJson(const Runner &runner, rhb::Session &session, const Measured &measured) {
  Json json;
  json.open('{').member("artifact", runner.info().name).member("target", session.target());
  json.member("threads", uint64_t(session.threads())).member("runs", uint64_t(measured.runsMs.size()));
  json.member("median_ms", measured.median()).member("min_ms", measured.runsMs.front());
  json.member("mean_ms", measured.mean()).member("max_ms", measured.runsMs.back());
  json.member("load_ms", measured.loadMs).member("first_run_ms", measured.firstMs);
  json.member("arena_bytes", uint64_t(session.arenaSize())).member("live_bytes", uint64_t(session.liveSize()));
  json.member("spikes", measured.counter("spikes")).member("synops", measured.counter("synops"));
  json.key("counters").open('{');
  for (const auto &[quantity, total] : measured.counters)
    json.member(quantity, total);
  json.close();
  if (!measured.profile.empty()) {
    json.key("profile").open('[');
    for (const Share &share : measured.profile)
      json.open('{')
          .member("node", share.location)
          .member("kernel", share.kernel)
          .member("ms", share.milliseconds)
          .close();
    json.close();
  }
  fputs(json.close().text().c_str(), stdout);
}

static void printText(const Runner &runner, rhb::Session &session, const Measured &measured) {
  printf("%s on %s, %zu threads, %zu runs\n", runner.info().name, session.target(), session.threads(),
         measured.runsMs.size());
  std::vector<std::vector<std::string>> rows = {{"median_ms", format("%.3f", measured.median())},
                                                {"min_ms", format("%.3f", measured.runsMs.front())},
                                                {"mean_ms", format("%.3f", measured.mean())},
                                                {"max_ms", format("%.3f", measured.runsMs.back())},
                                                {"runs_per_s", format("%.1f", 1000 / measured.median())},
                                                {"load_ms", format("%.3f", measured.loadMs)},
                                                {"first_run_ms", format("%.3f", measured.firstMs)},
                                                {"arena_bytes", std::to_string(session.arenaSize())},
                                                {"live_bytes", std::to_string(session.liveSize())},
                                                {"spikes", std::to_string(measured.counter("spikes"))},
                                                {"synops", std::to_string(measured.counter("synops"))}};
  for (const auto &[quantity, total] : measured.counters)
    if (quantity != "spikes" && quantity != "synops")
      rows.push_back({quantity, std::to_string(total)});
  fputs(table(rows, 1).c_str(), stdout);
  if (measured.profile.empty())
    return;
  double sum = 0;
  for (const Share &share : measured.profile)
    sum += share.milliseconds;
  rows = {{"node", "kernel", "ms", "share"}};
  for (const Share &share : measured.profile)
    rows.push_back({share.location, share.kernel, format("%.4f", share.milliseconds),
                    format("%.1f %%", 100 * share.milliseconds / std::max(sum, 1e-9))});
  fputs(("\n" + table(rows, 2)).c_str(), stdout);
}

int rheobase::snnrun::benchCommand(const std::vector<std::string> &arguments) {
  BenchOptions options;
  int code = 0;
  if (!options.parse(arguments, code))
    return code;
  Runner runner, other;
  Arrays inputs;
  Measured measured;
  auto start = Clock::now();
  std::string failure = runner.open(options.path);
  if (failure.empty())
    failure = runner.start(options.runner);
  measured.loadMs = millisecondsSince(start);
  if (failure.empty())
    failure = options.feeds.loadOrMake(runner.info(), inputs);
  if (failure.empty())
    failure = timeRuns(options, runner, inputs, measured);
  if (failure.empty())
    failure = other.open(options.path);
  if (failure.empty())
    failure = count(options, other, inputs, measured);
  if (failure.empty() && options.profile)
    failure = profile(options, other, inputs, measured);
  if (!failure.empty())
    return fail(failure);
  (options.json ? printJson : printText)(runner, runner.session(), measured);
  return kSuccess;
}
