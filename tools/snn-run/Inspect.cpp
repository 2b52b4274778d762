//===- Inspect.cpp - snn-run inspect --------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"
#include "Options.h"
#include "Tool.h"

#include "rheobase/runtime.hpp"

#include <cstdio>
#include <map>

using namespace rheobase::snnrun;

using Rows = std::vector<std::vector<std::string>>;

namespace {
struct Lists {
  bool taps = false, dispatches = false, counters = false, weights = false;
};

/// Matrices that are stored alike.
struct WeightsLike {
  size_t count = 0;
  uint64_t weights = 0, bytes = 0;

  double bitsOfWeight() const { return 8.0 * static_cast<double>(bytes) / static_cast<double>(weights); }
};
} // namespace

static const char *kindName(rhb_section_kind kind) {
  return kind == RHB_SECTION_CONSTANTS ? "constants" : "code";
}

static std::string hashText(uint64_t hash) {
  return format("%016llx", (unsigned long long)hash);
}

/// "[batch, 3, 224, 224] f32"
static std::string signature(const rhb_tensor_info &tensor) {
  std::string text = "[";
  for (size_t i = 0; i < tensor.rank; ++i)
    text += (i ? ", " : "") + std::string(tensor.dims_texts[i]);
  return text + "] " + rhb_dtype_name(tensor.dtype);
}

static std::string rangeText(const rhb_symbol_info &symbol) {
  return std::to_string(symbol.min) + (symbol.max ? " to " + std::to_string(symbol.max) : " or more");
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static void printSection(const char *title, const Rows &rows, size_t leftColumns) {
  if (rows.empty())
    return;
  printf("\n%s\n", title);
  fputs(table(rows, leftColumns).c_str(), stdout);
}

static Rows tensorRows(const rhb_tensor_info *tensors, size_t count) {
  Rows rows;
  for (size_t i = 0; i < count; ++i)
    rows.push_back({"  " + std::string(tensors[i].name), signature(tensors[i])});
  return rows;
}

/// The states, and what they take together for each element of the dimensions that are open.
static Rows stateRows(const rhb_artifact_info &info) {
  Rows rows = tensorRows(info.states, info.state_count);
  std::map<std::string, uint64_t> bytes;
  for (size_t i = 0; i < info.state_count; ++i) {
    const rhb_tensor_info &state = info.states[i];
    uint64_t size = rhb_dtype_size(state.dtype);
    std::string open;
    for (size_t d = 0; d < state.rank; ++d)
      if (state.dims[d] >= 0)
        size *= state.dims[d];
      else
        open += (open.empty() ? " for each " : " * ") + std::string(state.dims_texts[d]);
    bytes[open] += size;
  }
  for (const auto &[open, size] : bytes)
    rows.push_back({"  together", format("%llu bytes", (unsigned long long)size) + open});
  return rows;
}

static void printSummary(const rhb_artifact_info &info) {
  Rows rows = {{"name", info.name},
               {"producer", info.producer},
               {"format", format("%u.%u", info.format_major, info.format_minor)},
               {"file", format("%llu bytes", (unsigned long long)info.file_size)}};
  for (size_t i = 0; i < info.metadata_count; ++i)
    rows.push_back({info.metadata[i].key, info.metadata[i].value});
  rows.push_back({"dispatches", std::to_string(info.dispatch_count)});
  rows.push_back({"taps", std::to_string(info.tap_count)});
  rows.push_back({"counters", std::to_string(info.counter_count)});
  fputs(table(rows, 2).c_str(), stdout);
}

static void printSections(const rhb_artifact_info &info) {
  Rows rows = {{"  kind", "target", "offset", "bytes", "xxh64"}};
  rows.push_back({"  manifest", "", "", std::to_string(info.manifest_size), hashText(info.manifest_hash)});
  for (size_t i = 0; i < info.section_count; ++i) {
    const rhb_section_info &section = info.sections[i];
    rows.push_back({std::string("  ") + kindName(section.kind),
                    std::string(section.target) + (section.usable ? "" : " (not on this CPU)"),
                    std::to_string(section.offset), std::to_string(section.size), hashText(section.hash)});
  }
  printSection("sections", rows, 2);
}

/// Inputs of an output in a pattern of zeros.
constexpr uint32_t kAllKept = 4;

/// "4 bits, groups of 32 inputs", "vectors of 8 weights, one of 16", "4 bits, 2 of 4 stored"
static std::string formatText(const rhb_weights_info &matrix) {
  std::string text = matrix.has_codebook ? format("vectors of %u weights, one of %u", matrix.length, 1U << matrix.bits)
                                         : format("%u bits", matrix.bits);
  if (matrix.kept < kAllKept)
    text += format(", %u of %u stored", matrix.kept, kAllKept);
  if (matrix.groups > 1)
    text += format(", groups of %llu inputs", (unsigned long long)(matrix.inputs / matrix.groups));
  return text + (matrix.has_zeros ? ", with zeros" : "") + (matrix.has_offsets ? ", with offsets" : "");
}

static double bitsOfWeight(const rhb_weights_info &matrix) {
  return WeightsLike{1, matrix.inputs * matrix.outputs, matrix.bytes}.bitsOfWeight();
}

static std::map<std::string, WeightsLike> weightsByFormat(const rhb_artifact_info &info) {
  std::map<std::string, WeightsLike> formats;
  for (size_t i = 0; i < info.weights_count; ++i) {
    const rhb_weights_info &matrix = info.weights[i];
    WeightsLike &like = formats[formatText(matrix)];
    ++like.count;
    like.weights += matrix.inputs * matrix.outputs;
    like.bytes += matrix.bytes;
  }
  return formats;
}

static void printWeights(const rhb_artifact_info &info, bool each) {
  Rows rows = {{"  format", "matrices", "stored", "bits of a weight", "bytes"}};
  for (const auto &[name, like] : weightsByFormat(info))
    rows.push_back({"  " + name, std::to_string(like.count), std::to_string(like.weights) + " weights",
                    format("%.3f", like.bitsOfWeight()), std::to_string(like.bytes)});
  for (size_t i = 0; each && i < info.weights_count; ++i) {
    const rhb_weights_info &matrix = info.weights[i];
    rows.push_back({"  " + std::string(matrix.node),
                    format("%llu x %llu", (unsigned long long)matrix.inputs, (unsigned long long)matrix.outputs),
                    formatText(matrix), format("%.3f", bitsOfWeight(matrix)), std::to_string(matrix.bytes)});
  }
  if (rows.size() > 1)
    printSection("weights in the constants", rows, 3);
}

static void printText(const rhb_artifact_info &info, const Lists &lists) {
  printSummary(info);
  Rows rows;
  for (size_t i = 0; i < info.symbol_count; ++i)
    rows.push_back({"  " + std::string(info.symbols[i].name), rangeText(info.symbols[i])});
  printSection("dimensions", rows, 2);
  printSection("inputs", tensorRows(info.inputs, info.input_count), 2);
  printSection("outputs", tensorRows(info.outputs, info.output_count), 2);
  printSection("states", stateRows(info), 2);
  printSections(info);
  printWeights(info, lists.weights);
  rows.clear();
  for (size_t i = 0; lists.taps && i < info.tap_count; ++i)
    rows.push_back({"  " + std::string(info.taps[i].tensor.name), signature(info.taps[i].tensor),
                    "after " + std::to_string(info.taps[i].after)});
  printSection("taps", rows, 3);
  rows.clear();
  for (size_t i = 0; lists.dispatches && i < info.dispatch_count; ++i)
    rows.push_back({"  " + std::to_string(i), info.dispatches[i].location, info.dispatches[i].kernel,
                    info.dispatches[i].counting ? "counting" : ""});
  printSection("dispatches", rows, 4);
  rows.clear();
  for (size_t i = 0; lists.counters && i < info.counter_count; ++i)
    rows.push_back({"  " + std::string(info.counters[i].site), info.counters[i].quantity});
  printSection("counters", rows, 2);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static void addTensor(Json &json, const rhb_tensor_info &tensor) {
  json.member("name", tensor.name).member("dtype", rhb_dtype_name(tensor.dtype)).key("dims").open('[');
  for (size_t i = 0; i < tensor.rank; ++i)
    if (tensor.dims[i] >= 0)
      json.value(tensor.dims[i]);
    else
      json.value(tensor.dims_texts[i]);
  json.close();
}

static void addTensors(Json &json, const char *key, const rhb_tensor_info *tensors, size_t count) {
  json.key(key).open('[');
  for (size_t i = 0; i < count; ++i) {
    json.open('{');
    addTensor(json, tensors[i]);
    json.close();
  }
  json.close();
}

static void addSections(Json &json, const rhb_artifact_info &info) {
  json.key("sections").open('[');
  for (size_t i = 0; i < info.section_count; ++i) {
    const rhb_section_info &section = info.sections[i];
    json.open('{').member("kind", kindName(section.kind)).member("target", section.target);
    json.member("usable", section.usable != 0).member("offset", section.offset).member("size", section.size);
    json.member("xxh64", hashText(section.hash)).close();
  }
  json.close();
}

static void addWeights(Json &json, const rhb_artifact_info &info) {
  json.key("weights").open('[');
  for (size_t i = 0; i < info.weights_count; ++i) {
    const rhb_weights_info &matrix = info.weights[i];
    json.open('{').member("node", matrix.node).member("inputs", matrix.inputs).member("outputs", matrix.outputs);
    json.member("format", formatText(matrix)).member("bits", bitsOfWeight(matrix));
    json.member("kept", uint64_t(matrix.kept));
    json.member("bytes", matrix.bytes).member("offset", matrix.offset).close();
  }
  json.close();
}

static void addProgram(Json &json, const rhb_artifact_info &info) {
  json.key("taps").open('[');
  for (size_t i = 0; i < info.tap_count; ++i) {
    json.open('{');
    addTensor(json, info.taps[i].tensor);
    json.member("after", uint64_t(info.taps[i].after)).close();
  }
  json.close().key("dispatches").open('[');
  for (size_t i = 0; i < info.dispatch_count; ++i)
    json.open('{')
        .member("node", info.dispatches[i].location)
        .member("kernel", info.dispatches[i].kernel)
        .member("counting", info.dispatches[i].counting != 0)
        .close();
  json.close().key("counters").open('[');
  for (size_t i = 0; i < info.counter_count; ++i)
    json.open('{').member("site", info.counters[i].site).member("quantity", info.counters[i].quantity).close();
  json.close();
}

static void printJson(const rhb_artifact_info &info) {
  Json json;
  json.open('{').member("name", info.name).member("producer", info.producer);
  json.member("format", format("%u.%u", info.format_major, info.format_minor)).member("features", info.features);
  json.member("file_size", info.file_size).member("manifest_size", info.manifest_size);
  json.member("manifest_xxh64", hashText(info.manifest_hash)).key("metadata").open('{');
  for (size_t i = 0; i < info.metadata_count; ++i)
    json.member(info.metadata[i].key, info.metadata[i].value);
  json.close().key("symbols").open('[');
  for (size_t i = 0; i < info.symbol_count; ++i)
    json.open('{')
        .member("name", info.symbols[i].name)
        .member("min", info.symbols[i].min)
        .member("max", info.symbols[i].max)
        .close();
  json.close();
  addTensors(json, "inputs", info.inputs, info.input_count);
  addTensors(json, "outputs", info.outputs, info.output_count);
  addTensors(json, "states", info.states, info.state_count);
  addSections(json, info);
  addWeights(json, info);
  addProgram(json, info);
  fputs(json.close().text().c_str(), stdout);
}

int rheobase::snnrun::inspectCommand(const std::vector<std::string> &arguments) {
  Options options("inspect FILE.rheo [OPTIONS]", "Shows what an artifact holds, after checking all of it.");
  std::string path;
  Lists lists;
  bool json = false;
  options.positional("artifact", path);
  options.flag("taps", "list the results that can be read by name", lists.taps);
  options.flag("weights", "list the matrices of weights", lists.weights);
  options.flag("dispatches", "list the calls of kernels", lists.dispatches);
  options.flag("counters", "list what can be counted", lists.counters);
  options.flag("json", "print everything as JSON", json);
  int code = 0;
  if (!parseOptions(options, arguments, code))
    return code;
  rhb::Artifact artifact;
  if (rhb::Status status = rhb::Artifact::open(path.c_str(), artifact); !status.ok())
    return fail(status.message());
  if (json)
    printJson(artifact.info());
  else
    printText(artifact.info(), lists);
  return kSuccess;
}
