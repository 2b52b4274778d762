//===- Modules.cpp - MLIR text for tests ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/Modules.h"

#include "gtest/gtest.h"

#include <sstream>

using namespace rheobase;
using namespace rheobase::test;

static std::string joined(const std::vector<std::string> &parts) {
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

/// "batch, 40" as an array of strings.
static std::string quoted(const std::string &list) {
  std::stringstream stream(list);
  std::vector<std::string> parts;
  for (std::string part; std::getline(stream, part, ',');)
    parts.push_back("\"" + part.substr(part.find_first_not_of(' ')) + "\"");
  return joined(parts);
}

std::string test::mainModule(const std::vector<Argument> &arguments, const std::vector<std::string> &resultTypes,
                             const std::string &body, const std::string &returned,
                             const std::vector<std::string> &symbols) {
  std::vector<std::string> inputs, outputs, names;
  for (const Argument &argument : arguments)
    inputs.push_back("%" + argument.name + ": " + argument.type + " {rheobase.name = \"" + argument.name +
                     "\", rheobase.dims = [" + quoted(argument.dims) + "]}");
  for (size_t i = 0; i < resultTypes.size(); ++i)
    outputs.push_back(resultTypes[i] + " {rheobase.name = \"y" + std::to_string(i) + "\"}");
  for (const std::string &symbol : symbols)
    names.push_back("{name = \"" + symbol + "\", min = 0, max = 0}");
  return "func.func @main(" + joined(inputs) + ") -> (" + joined(outputs) + ") attributes {rheobase.symbols = [" +
         joined(names) + "]} {\n" + body + "\n  return " + returned + " : " + joined(resultTypes) + "\n}\n";
}

std::string test::generic(const std::string &name, const std::string &maps, const std::string &iterators,
                          const std::string &ins, const std::string &outs, const std::string &region,
                          const std::string &resultType) {
  std::string text =
      "  %" + name + " = linalg.generic {indexing_maps = [" + maps + "], iterator_types = [" + quoted(iterators) + "]}";
  if (!ins.empty())
    text += " ins(" + ins + ")";
  return text + " outs(" + outs + ") {\n" + region + "\n  } -> " + resultType + " loc(\"/" + name + "\")\n";
}

std::vector<Array> test::runEverywhere(ProgramRunner &runner, const std::vector<Array> &inputs) {
  std::vector<Array> first;
  for (size_t target = 0; target < runner.program().code.size(); ++target) {
    for (int64_t ranges : {1, 3}) {
      RunResult run = runner.run(inputs, target, ranges);
      EXPECT_EQ(run.status, 0);
      if (first.empty())
        first = run.outputs;
      EXPECT_EQ(first.size(), run.outputs.size());
      for (size_t i = 0; i < first.size() && i < run.outputs.size(); ++i)
        EXPECT_TRUE(first[i].bytes == run.outputs[i].bytes)
            << "output " << i << " differs on " << runner.program().code[target].target << " with " << ranges
            << " ranges";
    }
  }
  return first;
}

std::string test::multiplyAdd(const Types &types) {
  std::string text = "  ^bb0(%i0: " + types.lhs + ", %i1: " + types.rhs + ", %o: " + types.out + "):\n";
  bool isFloat = types.out[0] == 'f';
  auto widen = [&](const std::string &value, const std::string &type, bool isUnsigned, const std::string &name) {
    if (type == types.out)
      return value;
    text += "    " + name + " = arith.ext" +
            (isFloat      ? "f"
             : isUnsigned ? "ui"
                          : "si") +
            " " + value + " : " + type + " to " + types.out + "\n";
    return name;
  };
  std::string a = widen("%i0", types.lhs, types.lhsUnsigned, "%a"),
              b = widen("%i1", types.rhs, types.rhsUnsigned, "%c");
  std::string suffix = isFloat ? "f" : "i";
  return text + "    %0 = arith.mul" + suffix + " " + a + ", " + b + " : " + types.out + "\n    %1 = arith.add" +
         suffix + " %o, %0 : " + types.out + "\n    linalg.yield %1 : " + types.out;
}

std::string test::zeroFilled(const std::string &name, const std::string &type, const std::string &element,
                             const std::string &sizes) {
  return "  %" + name + "_z = arith.constant " + (element[0] == 'f' ? "0.0" : "0") + " : " + element + "\n  %" + name +
         "_e = tensor.empty(" + sizes + ") : " + type + "\n  %" + name + " = linalg.fill ins(%" + name +
         "_z : " + element + ") outs(%" + name + "_e : " + type + ") -> " + type + "\n";
}

std::string test::dimsOf(const std::vector<int64_t> &sizes) {
  std::string text;
  for (int64_t size : sizes)
    text += std::to_string(size) + "x";
  return text;
}

std::string test::hexOf(const void *data, size_t size) {
  static const char digits[] = "0123456789ABCDEF";
  std::string text = "0x";
  for (size_t i = 0; i < size; ++i) {
    uint8_t byte = static_cast<const uint8_t *>(data)[i];
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

std::vector<float> test::randomFloats(size_t count, float low, float high, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> distribution(low, high);
  std::vector<float> values(count);
  for (float &value : values)
    value = distribution(engine);
  return values;
}
