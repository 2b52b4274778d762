//===- Methods.cpp - published ways to convert, as presets ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Methods.h"

#include <tuple>

using namespace rheobase;

namespace {

struct Method {
  llvm::StringLiteral name;
  void (*set)(CompileOptions &options);
};

/// What every published method has in common: codes of whole tensors, and attention weights like any other operand.
void setPlain(CompileOptions &options) {
  options.migrate = 0;
  options.outliers = 0;
  options.offsets = "none";
  options.attention = "normalised";
}

constexpr Method kMethods[] = {
    {"rheobase", [](CompileOptions &) {}},
    // The literal multi-basis neuron: codes that cut, all with the range of the site that reaches farthest.
    {"mbe",
     [](CompileOptions &options) {
       setPlain(options);
       options.neuron = "mbe";
       options.ranges = "global";
       options.clip = "peak";
     }},
    // Integrate and fire under constant input: T levels to a side, half a threshold to begin with.
    {"qcfs-rate",
     [](CompileOptions &options) {
       setPlain(options);
       options.code = "rate";
       options.ranges = "tensor";
       options.clip = "mse";
     }},
};

/// The options that methods set.
auto presetOf(const CompileOptions &options) {
  return std::tie(options.code, options.neuron, options.ranges, options.clip, options.migrate, options.outliers,
                  options.offsets, options.attention);
}

} // namespace

std::vector<std::string> choices::methods() {
  std::vector<std::string> names;
  for (const Method &method : kMethods)
    names.emplace_back(method.name);
  return names;
}

void rheobase::applyMethod(CompileOptions &options) {
  for (const Method &method : kMethods)
    if (method.name == options.method)
      method.set(options);
}

std::string rheobase::methodFact(const CompileOptions &options) {
  CompileOptions preset;
  preset.method = options.method;
  applyMethod(preset);
  // Ours has no letter that it would be read to.
  bool isOurs = options.method == kMethods[0].name;
  return isOurs || presetOf(options) == presetOf(preset) ? options.method : options.method + ", changed";
}
