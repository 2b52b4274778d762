//===- SparseTest.cpp - formats with most weights 0 ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/weights/SmallLayer.h"

#include "rheobase/Weights/Errors.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

/// Inputs that go together, some of them more than others.
struct SmallLayer {
  std::vector<float> weights = test::layerWeights();
  Hessian hessian = test::layerHessian();
  Layer layer{weights, test::kInputs, test::kOutputs, hessian};
};

/// As many as are not 0 of each `of` inputs of an output, the most.
int64_t mostKept(const Codes &codes, int64_t inputs, int64_t outputs, int64_t of) {
  int64_t most = 0;
  for (int64_t first = 0; first < inputs; first += of)
    for (int64_t n = 0; n < outputs; ++n) {
      int64_t kept = 0;
      for (int64_t i = first; i < first + of; ++i)
        kept += codes.codes[i * outputs + n] != 0;
      most = std::max(most, kept);
    }
  return most;
}

TEST(Sparse, TheLargestStay) {
  std::vector<float> weights = {4, -1, -3, 2, 0, 0, 0, 1};
  Hessian unknown;
  Layer layer{weights, 8, 1, unknown};
  Codes codes = findAlgorithm("rtn")->quantise(layer, *parseFormat("int8-2:4"));
  for (int64_t i : {0, 2, 7})
    EXPECT_NEAR(codes.weight(layer, i, 0), weights[i], 0.02F);
  for (int64_t i : {1, 3, 4, 5, 6})
    EXPECT_EQ(codes.codes[i], 0);
}

TEST(Sparse, ThoseWhoseInputsFireStay) {
  std::vector<float> weights = {4, -1, -3, 2};
  Hessian hessian(16);
  for (int64_t i = 0; i < 4; ++i)
    hessian[i * 5] = i == 1 ? 100 : 1;
  Codes codes = findAlgorithm("wanda")->quantise({weights, 4, 1, hessian}, *parseFormat("int8-1:4"));
  EXPECT_NE(codes.codes[1], 0);
  for (int64_t i : {0, 2, 3})
    EXPECT_EQ(codes.codes[i], 0);
}

TEST(Sparse, PatternsHold) {
  SmallLayer small;
  for (const char *method : {"rtn", "mse", "wanda", "gptq"})
    for (auto [name, keep, of] : {std::tuple("int4g32-2:4", 2, 4), std::tuple("int8-2:4", 2, 4),
                                  std::tuple("ternary-1:4", 1, 4), std::tuple("int5-4:8", 4, 8)}) {
      Codes codes = findAlgorithm(method)->quantise(small.layer, *parseFormat(name));
      EXPECT_LE(mostKept(codes, small.layer.inputs, small.layer.outputs, of), keep) << method << " " << name;
    }
}

TEST(Sparse, AShareIsOfAll) {
  SmallLayer small;
  for (const char *method : {"rtn", "gptq"}) {
    Codes codes = findAlgorithm(method)->quantise(small.layer, *parseFormat("int8-50%"));
    auto zeros = static_cast<double>(llvm::count(codes.codes, 0)), all = static_cast<double>(codes.codes.size());
    EXPECT_GE(zeros, 0.5 * all - 1);
    EXPECT_LE(zeros, 0.6 * all);
  }
}

/// What goes is made good for by what stays.
TEST(Sparse, FeedbackLosesLess) {
  SmallLayer small;
  for (const char *name : {"int8-2:4", "int4g32-2:4", "int8-50%", "int8-4:8"}) {
    auto lost = [&](const char *method) {
      const Algorithm *algorithm = findAlgorithm(method);
      Hessian unknown;
      Layer seen{small.weights, test::kInputs, test::kOutputs, algorithm->needsInputs() ? small.hessian : unknown};
      return outputError(small.layer, algorithm->quantise(seen, *parseFormat(name)));
    };
    EXPECT_LT(lost("gptq"), 0.9 * lost("wanda")) << name;
    // Neighbours fire alike, those far apart do not.
    if (llvm::StringRef(name).ends_with("%"))
      EXPECT_LT(lost("wanda"), 0.9 * lost("mse")) << name;
  }
}

TEST(Sparse, OnlyFormatsWithZero) {
  for (const char *name : {"sign-2:4", "affine4-2:4", "vq4x256-2:4", "int4-3:4", "int4-0%", "int4-100%", "int4-",
                           "int4-%", "f32-2:4", "-2:4", "int4-2:4-2:4"})
    EXPECT_FALSE(parseFormat(name)) << name;
  for (const char *name : {"int4g32-2:4", "uint4g64-1:4", "ternary-4:8", "int8-50%"}) {
    ASSERT_TRUE(parseFormat(name)) << name;
    EXPECT_EQ(parseFormat(name)->name(), name);
    EXPECT_TRUE(parseFormat(name)->leavesOut());
  }
}

} // namespace
