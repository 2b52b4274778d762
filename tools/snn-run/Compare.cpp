//===- Compare.cpp - snn-run compare --------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Feeds.h"
#include "Options.h"
#include "Tool.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

using namespace rheobase;
using namespace rheobase::snnrun;

namespace {
/// How far b is from a.
struct Distance {
  size_t count = 0;
  long double squares = 0, otherSquares = 0, products = 0, differences = 0, largest = 0;
  size_t notFinite = 0; ///< in only one of the two

  void add(long double a, long double b);
  /// Root mean square of the difference over that of a.
  double relative() const {
    return squares == 0 ? (differences == 0 ? 0 : HUGE_VAL) : static_cast<double>(std::sqrt(differences / squares));
  }
  double cosine() const {
    long double norms = std::sqrt(squares) * std::sqrt(otherSquares);
    return norms == 0 ? (squares == otherSquares ? 1 : 0) : static_cast<double>(products / norms);
  }
};

/// One tensor that both artifacts have.
struct Layer {
  std::string name, shape;
  Distance distance;
  bool comparable = true;
};

/// One of the two artifacts after its run.
struct Side {
  Runner runner;
  Arrays outputs;
};
} // namespace

void Distance::add(long double a, long double b) {
  ++count;
  // Equal infinities (masks) and two NaNs are no difference.
  if (!std::isfinite(a) || !std::isfinite(b)) {
    notFinite += !(a == b || (std::isnan(a) && std::isnan(b)));
    return;
  }
  squares += a * a;
  otherSquares += b * b;
  products += a * b;
  differences += (a - b) * (a - b);
  largest = std::max(largest, std::fabs(a - b));
}

static npy::Array copyOf(const rhb_tensor &tensor) {
  npy::Array array;
  const uint8_t *data = static_cast<const uint8_t *>(tensor.data);
  array.dtype = tensor.dtype;
  array.dims.assign(tensor.dims, tensor.dims + tensor.rank);
  array.bytes.assign(data, data + tensor.size);
  return array;
}

static Layer measure(const std::string &name, const npy::Array &a, const npy::Array &b) {
  Layer layer;
  layer.name = name;
  layer.shape = npy::typeText(a.dtype, a.dims);
  layer.comparable = a.elements() == b.elements();
  if (!layer.comparable)
    layer.shape += " and " + npy::typeText(b.dtype, b.dims);
  size_t count = layer.comparable ? static_cast<size_t>(a.elements()) : 0;
  for (size_t i = 0; i < count; ++i)
    layer.distance.add(npy::number(a, i), npy::number(b, i));
  return layer;
}

static std::string runSide(const std::string &path, const RunnerOptions &options, const Feeds &feeds, Side &side) {
  Arrays inputs;
  std::string failure = side.runner.open(path);
  if (failure.empty())
    failure = feeds.loadOrMake(side.runner.info(), inputs);
  if (failure.empty())
    failure = side.runner.start(options);
  for (size_t i = 0; failure.empty() && i < side.runner.info().tap_count; ++i)
    failure = side.runner.session().selectTap(i).message();
  return failure.empty() ? side.runner.run(inputs, side.outputs) : failure;
}

/// Matching taps in the first artifact's order, then matching outputs.
static std::string measureAll(Side &a, Side &b, std::vector<Layer> &layers) {
  std::map<std::string, size_t> others;
  for (size_t i = 0; i < b.runner.info().tap_count; ++i)
    others.emplace(b.runner.info().taps[i].tensor.name, i);
  const rhb_tap_info *taps = a.runner.info().taps;
  std::vector<std::pair<size_t, size_t>> order;
  for (size_t i = 0; i < a.runner.info().tap_count; ++i)
    order.emplace_back(taps[i].after, i);
  std::sort(order.begin(), order.end());
  for (auto [after, i] : order) {
    auto other = others.find(taps[i].tensor.name);
    if (other == others.end())
      continue;
    rhb_tensor left = {}, right = {};
    if (rhb::Status status = a.runner.session().tap(i, left); !status.ok())
      return status.message();
    if (rhb::Status status = b.runner.session().tap(other->second, right); !status.ok())
      return status.message();
    layers.push_back(measure(other->first, copyOf(left), copyOf(right)));
  }
  for (size_t i = 0; i < a.outputs.size(); ++i)
    for (size_t j = 0; j < b.outputs.size(); ++j)
      if (std::string(a.runner.info().outputs[i].name) == b.runner.info().outputs[j].name)
        layers.push_back(measure(std::string("output ") + a.runner.info().outputs[i].name, a.outputs[i], b.outputs[j]));
  return {};
}

static bool parts(const Layer &layer, double threshold) {
  return !layer.comparable || layer.distance.notFinite != 0 || layer.distance.relative() > threshold;
}

static void printLayers(const std::vector<Layer> &layers, double threshold) {
  std::vector<std::vector<std::string>> rows = {{"layer", "shape", "rel. rms", "cosine", "max abs", ""}};
  for (const Layer &layer : layers) {
    const Distance &d = layer.distance;
    if (layer.comparable)
      rows.push_back({layer.name, layer.shape, format("%.3e", d.relative()), format("%.6f", d.cosine()),
                      format("%.3Le", d.largest), parts(layer, threshold) ? "<" : ""});
    else
      rows.push_back({layer.name, layer.shape, "-", "-", "-", "<"});
  }
  fputs(table(rows, 2).c_str(), stdout);
  auto first = std::find_if(layers.begin(), layers.end(), [&](const Layer &l) { return parts(l, threshold); });
  if (first == layers.end())
    printf("they agree: every relative RMS error is at most %g\n", threshold);
  else
    printf("they part at '%s', the first with a relative RMS error over %g\n", first->name.c_str(), threshold);
}

int rheobase::snnrun::compareCommand(const std::vector<std::string> &arguments) {
  Options options("compare A.rheo B.rheo [OPTIONS]",
                  "Runs two artifacts on the same inputs and compares what they call by the same names.");
  std::string pathA, pathB;
  RunnerOptions runnerOptions;
  Feeds feeds;
  double threshold = 0.05;
  options.positional("first artifact", pathA);
  options.positional("second artifact", pathB);
  feeds.add(options);
  feeds.addRandom(options);
  options.real("threshold", "relative RMS error from which two layers part (0.05)", threshold);
  runnerOptions.add(options);
  int code = 0;
  if (!parseOptions(options, arguments, code))
    return code;
  Side a, b;
  std::vector<Layer> layers;
  std::string failure = runSide(pathA, runnerOptions, feeds, a);
  if (failure.empty())
    failure = runSide(pathB, runnerOptions, feeds, b);
  if (failure.empty())
    failure = measureAll(a, b, layers);
  if (failure.empty() && layers.empty())
    failure = "the artifacts have no tap and no output of the same name; see snn-run inspect --taps";
  if (!failure.empty())
    return fail(failure);
  printLayers(layers, threshold);
  return kSuccess;
}
