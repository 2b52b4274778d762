//===- OnnxCasesTest.cpp - lowered operators against ONNX Runtime --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Execute.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace rheobase::test;

static const std::vector<Case> &allCases() {
  static const std::vector<Case> cases = readCases(CASES_FILE);
  return cases;
}

static bool isClose(double found, double expected, double tolerance) {
  if (std::isnan(expected))
    return std::isnan(found);
  return found == expected || std::abs(found - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

/// A case, with its sizes as numbers or as symbols.
struct Run {
  const Case *of;
  bool open;
  std::string name() const { return of->name + (open ? "_open" : ""); }
};

void PrintTo(const Run &run, std::ostream *out) {
  *out << run.name();
}

static std::vector<Run> allRuns() {
  std::vector<Run> runs;
  for (const Case &each : allCases()) {
    runs.push_back({&each, false});
    if (!each.openSizes().empty())
      runs.push_back({&each, true});
  }
  return runs;
}

class OnnxCases : public ::testing::TestWithParam<Run> {};

TEST_P(OnnxCases, MatchOnnxRuntime) {
  const auto &[each, open] = GetParam();
  auto context = makeContext();
  std::set<int64_t> openSizes = open ? each->openSizes() : std::set<int64_t>();
  std::string text = each->module(openSizes);
  std::map<std::string, int64_t> symbols;
  for (int64_t size : openSizes)
    symbols[symbolOf(size)] = size;
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, context.get());
  ASSERT_TRUE(module) << text;
  ASSERT_TRUE(succeeded(lowerModule(*module))) << text;

  std::vector<Tensor> inputs = each->inputs, outputs = each->outputs;
  for (Tensor &output : outputs)
    std::fill(output.bytes.begin(), output.bytes.end(), '\x5a');
  llvm::Error error = execute(*module, symbols, inputs, outputs);
  ASSERT_FALSE(error) << llvm::toString(std::move(error)) << "\n" << text;
  for (size_t k = 0; k < outputs.size(); ++k)
    for (int64_t i = 0; i < outputs[k].size(); ++i)
      EXPECT_TRUE(isClose(outputs[k].number(i), each->outputs[k].number(i), each->tolerance))
          << "element " << i << " of output " << k << ": found " << outputs[k].number(i) << ", expected "
          << each->outputs[k].number(i);
}

static std::string nameOf(const ::testing::TestParamInfo<OnnxCases::ParamType> &info) {
  std::string name = info.param.name();
  for (char &c : name)
    c = std::isalnum(static_cast<unsigned char>(c)) ? c : c == '-' ? 'm' : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Node, OnnxCases, ::testing::ValuesIn(allRuns()), nameOf);

TEST(OnnxCasesFile, IsRead) {
  EXPECT_GT(allCases().size(), 300u);
}
