//===- CheckTest.cpp - the report on every node ------------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Import/Check.h"
#include "ModelBuilder.h"

#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

using namespace rheobase;
using namespace rheobase::test;

namespace {

CheckReport check(const ModelBuilder &model) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  return checkOnnx(llvm::MemoryBuffer::getMemBufferCopy(model.bytes()), {}, context);
}

template <typename Print> std::string textOf(Print print) {
  std::string text;
  llvm::raw_string_ostream os(text);
  print(os);
  return text;
}

ModelBuilder mixedModel() {
  ModelBuilder model;
  model.input("x", {2, 3});
  model.tensor("bad", {1}, ::onnx::TensorProto::STRING);
  model.node("Relu", {"x"}, {"a"}, "relu");
  model.node("Unique", {"a"}, {"b"}, "places");
  model.node("Add", {"b", "x"}, {"c"}, "behind");
  model.node("MatMul", {"x", "x"}, {"d"}, "matmul");
  model.output("c");
  return model;
}

TEST(Check, ReportsEveryNode) {
  CheckReport report = check(mixedModel());
  EXPECT_FALSE(report.ok());
  ASSERT_EQ(report.nodes.size(), 4u);
  EXPECT_TRUE(report.nodes[0].supported);
  EXPECT_EQ(report.nodes[0].domain, "ai.onnx");
  EXPECT_EQ(report.nodes[0].opset, 18);
  EXPECT_FALSE(report.nodes[1].supported);
  EXPECT_EQ(report.nodes[1].reason, "the operator is not supported");
  EXPECT_EQ(report.nodes[1].hint, "export the model up to this node: how many results there are depends on the data");
  EXPECT_TRUE(report.nodes[2].supported);
  EXPECT_FALSE(report.nodes[3].supported);
  EXPECT_FALSE(report.nodes[3].reason.empty());
  ASSERT_EQ(report.errors.size(), 1u);
  EXPECT_NE(report.errors[0].find("initializer 'bad'"), std::string::npos);
}

TEST(Check, PrintsATable) {
  CheckReport report = check(mixedModel());
  std::string text = textOf([&](llvm::raw_ostream &os) { report.print(os); });
  EXPECT_EQ(text.find("node    operator  domain   opset  supported  converted to  reason"), 0u) << text;
  EXPECT_NE(text.find("\nrelu    Relu      ai.onnx  18     yes\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n2 of 4 nodes supported, 1 other errors\n"), std::string::npos) << text;
}

TEST(Check, PrintsJson) {
  CheckReport report = check(mixedModel());
  std::string text = textOf([&](llvm::raw_ostream &os) { report.printJson(os); });
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(text);
  ASSERT_TRUE(bool(json)) << text;
  const llvm::json::Array *nodes = json->getAsObject()->getArray("nodes");
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->size(), 4u);
  EXPECT_EQ((*nodes)[1].getAsObject()->getString("operator"), "Unique");
  EXPECT_EQ((*nodes)[1].getAsObject()->getBoolean("supported"), false);
}

TEST(Check, ReportsFilesThatAreNoModels) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  CheckReport report = checkOnnx("/dev/null/absent", {}, context);
  EXPECT_FALSE(report.ok());
  ASSERT_EQ(report.errors.size(), 1u);
  EXPECT_TRUE(check(addOne()).ok());
}

} // namespace
