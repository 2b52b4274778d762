//===- Generate.cpp - continue a sequence of tokens ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"
#include "Options.h"
#include "Sampler.h"
#include "TokenFeeder.h"
#include "Tool.h"

#include <chrono>
#include <cstdio>

using namespace rheobase;
using namespace rheobase::snnrun;

namespace {
struct GenerateOptions {
  std::string path, prompt;
  int64_t most = 64, stop = -1, topK = 0, seed = 0;
  double temperature = 0;
  RunnerOptions runner;
  bool json = false;
};

struct Timing {
  double first = 0, rest = 0; ///< seconds
};
} // namespace

/// "1,2,3", with blanks allowed.
static std::string parseTokens(const std::string &text, Tokens &tokens) {
  for (size_t start = 0; start <= text.size();) {
    size_t end = std::min(text.find_first_of(", ", start), text.size());
    if (end > start) {
      tokens.emplace_back();
      if (!parseInteger(text.substr(start, end - start), tokens.back()) || tokens.back() < 0)
        return "--prompt holds '" + text.substr(start, end - start) + "', token numbers such as 12,7,3 expected";
    }
    start = end + 1;
  }
  return tokens.empty() ? "--prompt is empty: give token numbers such as 12,7,3" : "";
}

static std::string generate(const GenerateOptions &options, Runner &runner, TokenFeeder &feeder, Tokens &tokens,
                            Timing &timing) {
  Sampler sampler(options.temperature, options.topK, options.seed);
  Arrays inputs, outputs;
  std::vector<float> scores;
  size_t seen = 0;
  for (int64_t i = 0; i < options.most; ++i) {
    auto start = std::chrono::steady_clock::now();
    if (std::string failure = feeder.make(tokens, seen, inputs); !failure.empty())
      return failure;
    if (std::string failure = runner.run(inputs, outputs); !failure.empty())
      return failure;
    if (std::string failure = feeder.scores(outputs, scores); !failure.empty())
      return failure;
    if (feeder.remembers())
      seen = tokens.size();
    tokens.push_back(sampler.choose(scores));
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    (i == 0 ? timing.first : timing.rest) += took.count();
    if (!options.json) {
      printf(i == 0 ? "%lld" : " %lld", static_cast<long long>(tokens.back()));
      fflush(stdout);
    }
    if (tokens.back() == options.stop)
      break;
  }
  return {};
}

static void printJson(const Tokens &tokens, size_t prompt, const Timing &timing) {
  Json json;
  json.open('{').key("tokens").open('[');
  for (size_t i = prompt; i < tokens.size(); ++i)
    json.value(tokens[i]);
  size_t later = tokens.size() - prompt > 1 ? tokens.size() - prompt - 1 : 0;
  json.close().member("first_token_ms", 1000 * timing.first);
  json.member("ms_per_token", later == 0 ? 0.0 : 1000 * timing.rest / static_cast<double>(later));
  fputs(json.close().text().c_str(), stdout);
}

int rheobase::snnrun::generateCommand(const std::vector<std::string> &arguments) {
  Options options("generate FILE.rheo --prompt TOKENS [OPTIONS]",
                  "Continues a sequence of tokens with a causal language model and prints the new ones.");
  GenerateOptions given;
  std::string stop;
  options.positional("artifact", given.path);
  options.text("prompt", "TOKENS", "numbers of the tokens to begin with, such as 12,7,3", given.prompt);
  options.number("max-new-tokens", "stop after so many; 64 by default", 0, given.most);
  options.text("stop", "TOKEN", "stop behind this token", stop);
  options.real("temperature", "0, the default: the likeliest token; else its softmax is sampled", given.temperature);
  options.number("top-k", "sample among so many; 0, the default: all", 0, given.topK);
  options.number("seed", "of the samples; 0 by default", 0, given.seed);
  options.flag("json", "print JSON, with times", given.json);
  given.runner.add(options);
  int code = 0;
  if (!parseOptions(options, arguments, code))
    return code;
  if (!stop.empty() && (!parseInteger(stop, given.stop) || given.stop < 0))
    return fail("--stop is '" + stop + "', the number of a token expected", kWrongUsage);
  Tokens tokens;
  if (std::string failure = parseTokens(given.prompt, tokens); !failure.empty())
    return fail(failure, kWrongUsage);

  Runner runner;
  TokenFeeder feeder;
  Timing timing;
  size_t prompt = tokens.size();
  std::string failure = runner.open(given.path);
  if (failure.empty())
    failure = feeder.open(runner.info());
  if (failure.empty())
    failure = runner.start(given.runner);
  if (failure.empty())
    failure = generate(given, runner, feeder, tokens, timing);
  if (!given.json && tokens.size() > prompt)
    printf("\n");
  if (!failure.empty())
    return fail(failure);
  if (given.json)
    printJson(tokens, prompt, timing);
  return kSuccess;
}
