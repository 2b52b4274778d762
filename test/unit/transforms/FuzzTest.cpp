//===- FuzzTest.cpp - odd graphs must not break anything -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphText.h"

#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

#include <random>

using namespace rheobase;
using namespace rheobase::test;

namespace {

/// An operator, how many operands it takes, and attributes of which `#` is replaced by odd numbers.
struct Signature {
  const char *op;
  unsigned least, most;
  const char *attributes;
  unsigned results = 1;
};

const Signature kSignatures[] = {
    {"Add", 2, 2, ""},
    {"Sub", 2, 2, ""},
    {"Mul", 2, 2, ""},
    {"Div", 2, 2, ""},
    {"Mod", 2, 2, ""},
    {"Pow", 2, 2, ""},
    {"Max", 1, 3, ""},
    {"Min", 1, 3, ""},
    {"Equal", 2, 2, ""},
    {"Less", 2, 2, ""},
    {"And", 2, 2, ""},
    {"Not", 1, 1, ""},
    {"Neg", 1, 1, ""},
    {"Where", 3, 3, ""},
    {"Clip", 1, 3, ""},
    {"Cast", 1, 1, "to = # : i64"},
    {"Erf", 1, 1, ""},
    {"Reshape", 2, 2, "allowzero = # : i64"},
    {"Transpose", 1, 1, "perm = array<i64: #, #>"},
    {"Transpose", 1, 1, ""},
    {"Squeeze", 1, 2, ""},
    {"Unsqueeze", 2, 2, ""},
    {"Flatten", 1, 1, "axis = # : i64"},
    {"Concat", 1, 3, "axis = # : i64"},
    {"Split", 1, 2, "axis = # : i64", 2},
    {"Split", 1, 1, "axis = # : i64, num_outputs = # : i64", 3},
    {"Slice", 3, 5, ""},
    {"Gather", 2, 2, "axis = # : i64"},
    {"GatherElements", 2, 2, "axis = # : i64"},
    {"GatherND", 2, 2, "batch_dims = # : i64"},
    {"Expand", 2, 2, ""},
    {"Tile", 2, 2, ""},
    {"Pad", 2, 4, ""},
    {"Trilu", 1, 2, ""},
    {"Identity", 1, 1, ""},
    {"Dropout", 1, 3, ""},
    {"Shape", 1, 1, "start = # : i64, end = # : i64"},
    {"Size", 1, 1, ""},
    {"ConstantOfShape", 1, 1, ""},
    {"Range", 3, 3, ""},
    {"ReduceMean", 1, 2, "keepdims = # : i64, noop_with_empty_axes = # : i64"},
    {"ReduceProd", 1, 2, "keepdims = # : i64"},
    {"ArgMax", 1, 1, "axis = # : i64"},
    {"CumSum", 2, 2, ""},
    {"Softmax", 1, 1, "axis = # : i64"},
    {"LayerNormalization", 2, 3, "axis = # : i64"},
    {"BatchNormalization", 5, 5, ""},
    {"MatMul", 2, 2, ""},
    {"Gemm", 2, 3, "transA = # : i64, transB = # : i64"},
    {"Conv", 2, 3, "group = # : i64, strides = array<i64: #, #>, pads = array<i64: #, #, #, #>"},
    {"Conv", 2, 2, "dilations = array<i64: #>, auto_pad = \"SAME_LOWER\""},
    {"MaxPool", 1, 1, "kernel_shape = array<i64: #, #>, ceil_mode = # : i64, strides = array<i64: #, #>"},
    {"AveragePool", 1, 1, "kernel_shape = array<i64: #>, dilations = array<i64: #>"},
    {"GlobalAveragePool", 1, 1, ""},
};

class Generator {
public:
  explicit Generator(unsigned seed) : random(seed) {}

  std::string graph() {
    std::string text =
        "x: f32[a, 3, h, w]\ny: f32[zero, 8]\nz: f32[]\ni: i64[2]\nb: i1[a, 1]\nf = dense<[[1.0, 2.0], [3.0, 4.0]]> : "
        "tensor<2x2xf32>\ne: f32[0, 3]\nk = dense<1.5> : tensor<2x3x2x2xf32>\n";
    std::vector<std::string> values{"x", "y", "z", "i", "b", "f", "e", "k"};
    for (int n = 0; n < 4; ++n) {
      std::string name = "c" + std::to_string(n);
      text += name + " = " + constant() + "\n";
      values.push_back(name);
    }
    for (size_t n = 0, count = 1 + below(4); n < count; ++n) {
      const Signature &signature = kSignatures[below(std::size(kSignatures))];
      std::vector<std::string> results;
      for (unsigned r = 0; r < signature.results; ++r)
        results.push_back("v" + std::to_string(n) + std::string(r, '_'));
      text += llvm::join(results, ", ") + " = " + signature.op + "(" + operands(signature, values) + ")" +
              attributes(signature.attributes) + "\n";
      // Newer values are taken more often.
      for (const std::string &result : results)
        values.insert(values.end(), 3, result);
    }
    return text;
  }

private:
  size_t below(size_t limit) { return random() % limit; }

  std::string number() {
    static const char *const numbers[] = {"0",
                                          "1",
                                          "-1",
                                          "2",
                                          "3",
                                          "-2",
                                          "4",
                                          "7",
                                          "9",
                                          "-9",
                                          "100",
                                          "2147483647",
                                          "9223372036854775807",
                                          "-9223372036854775808"};
    // Small ones are most often right.
    return numbers[below(3) ? below(6) : below(std::size(numbers))];
  }

  std::string constant() {
    std::vector<std::string> elements(below(4));
    for (std::string &element : elements)
      element = number();
    return below(5) ? "[" + llvm::join(elements, ", ") + "]" : number();
  }

  std::string operands(const Signature &signature, const std::vector<std::string> &values) {
    std::vector<std::string> names(signature.least + below(signature.most - signature.least + 1));
    for (std::string &name : names)
      name = values[below(values.size())];
    return llvm::join(names, ", ");
  }

  std::string attributes(std::string text) {
    for (size_t at; (at = text.find('#')) != std::string::npos;)
      text.replace(at, 1, number());
    return text.empty() ? "" : " {" + text + "}";
  }

  std::mt19937 random;
};

TEST(FuzzTest, OddGraphsAreErrorsOrSimplify) {
  unsigned accepted = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::string text = Generator(seed).graph();
    Graph graph(text);
    if (testing::Test::HasFailure())
      FAIL() << text;
    accepted += graph.run("onnx-simplify");
  }
  // Enough graphs must pass the shape functions for the passes to be tried.
  EXPECT_GT(accepted, 50u);
}

} // namespace
