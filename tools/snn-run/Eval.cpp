//===- Eval.cpp - snn-run eval --------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Feeds.h"
#include "Json.h"
#include "Options.h"
#include "Runner.h"
#include "Tool.h"

#include "npy/Numbers.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace rheobase;
using namespace rheobase::snnrun;
using npy::Array;

namespace {
/// Labelled samples, cut into batches along the first axis.
class Samples {
public:
  std::string load(const rhb_artifact_info &info, const std::string &inputs, const std::string &labels);

  int64_t count() const { return total; }
  /// Samples [begin, begin + size).
  void batch(int64_t begin, int64_t size, Arrays &inputs) const;
  /// The labels of a sample: one, or one for each position.
  int64_t labelsPerSample() const { return total == 0 ? 0 : labels.elements() / total; }
  long double label(int64_t index) const { return npy::number(labels, static_cast<size_t>(index)); }

private:
  Arrays arrays;
  Array labels;
  int64_t total = 0;
};

struct Score {
  int64_t right = 0, counted = 0;
  double seconds = 0;
  double accuracy() const { return counted == 0 ? 0 : static_cast<double>(right) / static_cast<double>(counted); }
};

struct EvalOptions {
  std::string path, inputs, labels;
  int64_t batch = 32;
  RunnerOptions runner;
  bool json = false;
};
} // namespace

std::string Samples::load(const rhb_artifact_info &info, const std::string &inputPath, const std::string &labelPath) {
  npy::Arrays found;
  if (std::string failure = npy::read(labelPath, labels); !failure.empty())
    return failure;
  if (labels.dims.empty() || labels.dims[0] == 0)
    return "'" + labelPath + "' holds no labels: expected an array with a label for every sample";
  total = labels.dims[0];
  if (std::string failure = npy::readAll(inputPath, found); !failure.empty())
    return failure;
  for (size_t i = 0; i < info.input_count; ++i) {
    std::string name = info.inputs[i].name;
    const Array *array = findNamed(found, name, "in:");
    if (!array)
      return format("'%s' holds no array for input '%s'", inputPath.c_str(), name.c_str());
    arrays.push_back(*array);
    npy::readAs(arrays[i], info.inputs[i].dtype);
    if (arrays[i].dims.empty() || arrays[i].dims[0] != total)
      return "array '" + name + "' is " + npy::typeText(arrays[i].dtype, arrays[i].dims) + ", expected " +
             std::to_string(total) + " samples, as many as there are labels";
  }
  return {};
}

void Samples::batch(int64_t begin, int64_t size, Arrays &inputs) const {
  inputs.resize(arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    const Array &all = arrays[i];
    size_t stride = all.bytes.size() / static_cast<size_t>(total);
    auto from = all.bytes.begin() + static_cast<ptrdiff_t>(stride * static_cast<size_t>(begin));
    inputs[i].dtype = all.dtype;
    inputs[i].dims = all.dims;
    inputs[i].dims[0] = size;
    inputs[i].bytes.assign(from, from + static_cast<ptrdiff_t>(stride * static_cast<size_t>(size)));
  }
}

/// The batch that the artifact accepts and is nearest to the wanted one; `fixed` where it accepts no other.
static int64_t chooseBatch(const rhb_artifact_info &info, int64_t wanted, bool &fixed) {
  int64_t batch = wanted;
  fixed = false;
  for (size_t i = 0; i < info.input_count; ++i) {
    const rhb_tensor_info &input = info.inputs[i];
    if (input.rank != 0 && input.dims[0] >= 0) {
      fixed = true;
      return input.dims[0];
    }
    for (size_t s = 0; input.rank != 0 && s < info.symbol_count; ++s)
      if (std::string(input.dims_texts[0]) == info.symbols[s].name && info.symbols[s].max != 0)
        batch = std::min(batch, info.symbols[s].max);
  }
  return batch;
}

/// The index of the largest of `size` numbers; a NaN is never larger.
static int64_t argmax(const Array &array, int64_t begin, int64_t size) {
  int64_t best = 0;
  for (int64_t i = 1; i < size; ++i)
    if (npy::number(array, static_cast<size_t>(begin + i)) > npy::number(array, static_cast<size_t>(begin + best)))
      best = i;
  return best;
}

/// Adds predictions [skip, all) of a batch whose first label is `firstLabel`; a negative label is not counted.
static std::string addScores(const Samples &samples, const Array &output, int64_t size, int64_t skip, int64_t begin,
                             Score &score) {
  int64_t classes = output.dims.empty() ? 0 : output.dims.back(), each = samples.labelsPerSample();
  if (classes == 0 || output.elements() != size * each * classes)
    return "the first output is " + npy::typeText(output.dtype, output.dims) + " for " + std::to_string(size) +
           " samples with " + std::to_string(each) + " labels each: expected one row of classes for every label";
  for (int64_t i = skip * each; i < size * each; ++i) {
    long double label = samples.label(begin * each + i);
    if (label < 0)
      continue;
    ++score.counted;
    score.right += argmax(output, i * classes, classes) == label;
  }
  return {};
}

static std::string evaluate(const EvalOptions &options, Runner &runner, const Samples &samples, Score &score) {
  bool fixed = false;
  int64_t batch = std::max<int64_t>(chooseBatch(runner.info(), options.batch, fixed), 1), total = samples.count();
  if (fixed && total < batch)
    return "the artifact takes " + std::to_string(batch) + " samples at once, there are " + std::to_string(total);
  if (runner.info().output_count == 0)
    return "the artifact has no output";
  Arrays inputs, outputs;
  ProgressLine progress;
  auto start = std::chrono::steady_clock::now();
  for (int64_t done = 0; done < total;) {
    int64_t size = fixed ? batch : std::min(batch, total - done);
    // A fixed batch that would end behind the last sample begins earlier and counts only what is new.
    int64_t begin = std::min(done, total - size);
    samples.batch(begin, size, inputs);
    if (std::string failure = runner.run(inputs, outputs); !failure.empty())
      return failure;
    if (std::string failure = addScores(samples, outputs[0], size, done - begin, begin, score); !failure.empty())
      return failure;
    done = begin + size;
    progress.show(format("%lld of %lld samples, %.2f %%", (long long)done, (long long)total, 100 * score.accuracy()));
  }
  score.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {};
}

static void print(const EvalOptions &options, const Samples &samples, const Score &score) {
  double perSample = 1000 * score.seconds / static_cast<double>(samples.count());
  if (options.json) {
    Json json;
    json.open('{').member("accuracy", score.accuracy()).member("correct", score.right);
    json.member("counted", score.counted).member("samples", samples.count());
    fputs(json.member("ms_per_sample", perSample).close().text().c_str(), stdout);
    return;
  }
  printf("accuracy: %.2f %% (%lld of %lld), %.3f ms per sample\n", 100 * score.accuracy(), (long long)score.right,
         (long long)score.counted, perSample);
}

int rheobase::snnrun::evalCommand(const std::vector<std::string> &arguments) {
  Options options("eval FILE.rheo --inputs X.npz --labels Y.npy [OPTIONS]",
                  "Prints how often the largest number along the last axis of the first output is the label's.");
  EvalOptions given;
  options.positional("artifact", given.path);
  options.text("inputs", "X.npz", "arrays named like the inputs, or in:NAME; first axis: samples", given.inputs);
  options.text("labels", "Y.npy", "integers, one for each sample or position; negative ones do not count",
               given.labels);
  options.number("batch", "samples at once, where the artifact leaves it open (32)", 1, given.batch);
  given.runner.add(options);
  options.flag("json", "print JSON", given.json);
  int code = 0;
  if (!parseOptions(options, arguments, code))
    return code;
  if (given.inputs.empty() || given.labels.empty())
    return fail("eval needs --inputs X.npz and --labels Y.npy", kWrongUsage);
  Runner runner;
  Samples samples;
  Score score;
  std::string failure = runner.open(given.path);
  if (failure.empty())
    failure = samples.load(runner.info(), given.inputs, given.labels);
  if (failure.empty())
    failure = runner.start(given.runner);
  if (failure.empty())
    failure = evaluate(given, runner, samples, score);
  if (!failure.empty())
    return fail(failure);
  print(given, samples, score);
  return kSuccess;
}
