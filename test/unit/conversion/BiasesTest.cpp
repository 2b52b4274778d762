//===- BiasesTest.cpp - what is added to the outputs of a layer ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/Spk/Biases.h"

#include "rheobase/Driver/Driver.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace rheobase;

namespace {

class BiasesTest : public testing::Test {
protected:
  BiasesTest() {
    DialectRegistry registry;
    registerCompilerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// Adds 0.5 and -1 to a product %p of two outputs; `behind` makes %y of it, %z of all that there is.
  void add(const std::string &behind, const std::string &type = "tensor<?x2xf32>") {
    std::string constant = "  %b = \"onnx.Constant\"() <{value = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> "
                           "tensor<2xf32>\n";
    module = parseSourceString<ModuleOp>(
        "func.func @main(%x: tensor<?x4xf32>, %r: tensor<?x2xf32>) -> " + type + " {\n" + constant +
            "  %w = \"onnx.Constant\"() <{value = dense<1.0> : tensor<4x2xf32>}> : () -> tensor<4x2xf32>\n"
            "  %p = \"onnx.MatMul\"(%x, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>\n" +
            behind + "  return %y : " + type + "\n}",
        ParserConfig(&context));
    ASSERT_TRUE(module);
    onnx::MatMulOp product;
    module->walk([&](onnx::MatMulOp op) { product = op; });
    spk::addToBias(product, {0.5, -1});
  }

  SmallVector<onnx::AddOp> additions() {
    return llvm::to_vector((*module->getOps<func::FuncOp>().begin()).getOps<onnx::AddOp>());
  }

  /// The constant that an addition adds.
  static std::vector<double> added(onnx::AddOp add) {
    std::optional<ConstantData> data = ConstantData::of(add.getB());
    return {data->number(0), data->number(1)};
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr StringLiteral kAddBias =
    "  %y = \"onnx.Add\"(%p, %b) : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>\n";

TEST_F(BiasesTest, ABiasIsAnotherOne) {
  add(kAddBias.str());
  ASSERT_EQ(additions().size(), 1u);
  EXPECT_EQ(added(additions()[0]), (std::vector<double>{1.5, 1}));
}

TEST_F(BiasesTest, WithoutOneAnAdditionIsPutIn) {
  add("  %y = \"onnx.Relu\"(%p) : (tensor<?x2xf32>) -> tensor<?x2xf32>\n");
  ASSERT_EQ(additions().size(), 1u);
  EXPECT_EQ(added(additions()[0]), (std::vector<double>{0.5, -1}));
  EXPECT_TRUE(isa<onnx::ReluOp>(*additions()[0].getC().getUsers().begin()));
}

TEST_F(BiasesTest, ABiasIsFoundBehindOtherSumsAndShapes) {
  add("  %s = \"onnx.Constant\"() <{value = dense<[-1, 3, 2]> : tensor<3xi64>}> : () -> tensor<3xi64>\n"
      "  %q = \"onnx.Add\"(%r, %p) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>\n"
      "  %t = \"onnx.Reshape\"(%q, %s) <{allowzero = 0 : i64}> : (tensor<?x2xf32>, tensor<3xi64>) -> "
      "tensor<?x3x2xf32>\n"
      "  %y = \"onnx.Add\"(%t, %b) : (tensor<?x3x2xf32>, tensor<2xf32>) -> tensor<?x3x2xf32>\n",
      "tensor<?x3x2xf32>");
  ASSERT_EQ(additions().size(), 2u);
  EXPECT_EQ(added(additions()[1]), (std::vector<double>{1.5, 1}));
}

TEST_F(BiasesTest, WhatOthersReadTooHasAnAdditionOfItsOwn) {
  add(kAddBias.str() + "  %z = \"onnx.Relu\"(%p) : (tensor<?x2xf32>) -> tensor<?x2xf32>\n");
  ASSERT_EQ(additions().size(), 2u);
  EXPECT_EQ(added(additions()[0]), (std::vector<double>{0.5, -1}));
  EXPECT_EQ(added(additions()[1]), (std::vector<double>{1, 2}));
}

TEST_F(BiasesTest, OutputsThatLeaveTheirPlacesHaveNoBiasBehind) {
  add("  %s = \"onnx.Constant\"() <{value = dense<-1> : tensor<1xi64>}> : () -> tensor<1xi64>\n"
      "  %t = \"onnx.Reshape\"(%p, %s) <{allowzero = 0 : i64}> : (tensor<?x2xf32>, tensor<1xi64>) -> tensor<?xf32>\n"
      "  %y = \"onnx.Relu\"(%t) : (tensor<?xf32>) -> tensor<?xf32>\n",
      "tensor<?xf32>");
  ASSERT_EQ(additions().size(), 1u);
  EXPECT_TRUE(isa<onnx::ReshapeOp>(*additions()[0].getC().getUsers().begin()));
}

TEST_F(BiasesTest, TwoProductsOfASumShareAnAddition) {
  add("  %q = \"onnx.MatMul\"(%x, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>\n"
      "  %y = \"onnx.Add\"(%p, %q) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>\n");
  ASSERT_EQ(additions().size(), 2u);
  EXPECT_EQ(added(additions()[1]), (std::vector<double>{0.5, -1}));
  module->walk([&](onnx::MatMulOp product) { spk::addToBias(product, {1, 1}); });
  ASSERT_EQ(additions().size(), 2u);
  EXPECT_EQ(added(additions()[1]), (std::vector<double>{2.5, 1}));
}

TEST_F(BiasesTest, AColumnIsNoBias) {
  add("  %c = \"onnx.Constant\"() <{value = dense<[[3.0], [4.0]]> : tensor<2x1xf32>}> : () -> tensor<2x1xf32>\n"
      "  %y = \"onnx.Add\"(%p, %c) : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>\n",
      "tensor<2x2xf32>");
  ASSERT_EQ(additions().size(), 2u);
  EXPECT_EQ(added(additions()[1]), (std::vector<double>{0.5, -1}));
}

} // namespace
