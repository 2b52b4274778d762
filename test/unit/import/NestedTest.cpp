//===- NestedTest.cpp - functions and control flow ------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include "gtest/gtest.h"

using namespace rheobase;
using namespace rheobase::test;
using Proto = ::onnx::AttributeProto;

namespace {

void fill(::onnx::NodeProto &node, const std::string &op, std::vector<std::string> inputs,
          std::vector<std::string> outputs) {
  node.set_op_type(op);
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const std::string &output : outputs)
    node.add_output(output);
}

void expectText(const Imported &imported, const std::string &text) {
  ASSERT_TRUE(imported.module) << imported.report();
  EXPECT_NE(imported.text().find(text), std::string::npos) << text << "\n" << imported.text();
}

/// The node that the op of a name came from, of several the one at `index`; empty where there is none.
std::string nameOf(Imported &imported, llvm::StringRef op, unsigned index) {
  std::string name;
  if (imported.module)
    imported.module->walk([&](mlir::Operation *each) {
      auto loc = mlir::dyn_cast<mlir::NameLoc>(each->getLoc());
      if (loc && each->getName().getStringRef() == op && index-- == 0)
        name = loc.getName().str();
    });
  return name;
}

/// y = custom.Shift(x, slope), where Shift is LeakyRelu and then Add of its input.
ModelBuilder calling(llvm::function_ref<void(::onnx::FunctionProto &, NodeBuilder &)> change) {
  ModelBuilder model;
  model.input("x", {4});
  NodeBuilder call = model.node("Shift", {"x"}, {"y"}, "call");
  call.node.set_domain("custom");
  model.output("y");
  ::onnx::FunctionProto &function = *model.proto.add_functions();
  function.set_name("Shift");
  function.set_domain("custom");
  function.add_input("a");
  function.add_output("b");
  function.add_opset_import()->set_version(18);
  fill(*function.add_node(), "LeakyRelu", {"a"}, {"t"});
  ::onnx::AttributeProto &alpha = *function.mutable_node(0)->add_attribute();
  alpha.set_name("alpha");
  alpha.set_type(Proto::FLOAT);
  alpha.set_ref_attr_name("slope");
  fill(*function.add_node(), "Add", {"t", "a"}, {"b"});
  change(function, call);
  return model;
}

TEST(Nested, WritesFunctionsWhereTheyAreCalled) {
  auto plain = [](::onnx::FunctionProto &, NodeBuilder &call) { call.real("slope", 0.5f); };
  Imported imported = importBytes(calling(plain).bytes());
  expectText(imported, "\"onnx.LeakyRelu\"(%arg0) <{alpha = 5.000000e-01 : f32}>");
  expectText(imported, "\"onnx.Add\"(%0, %arg0)");
  EXPECT_EQ(nameOf(imported, "onnx.LeakyRelu", 0), "call/LeakyRelu_0");
  // An attribute that the call leaves out has the function's default, or is absent.
  auto withDefault = [](::onnx::FunctionProto &function, NodeBuilder &) {
    ::onnx::AttributeProto &slope = *function.add_attribute_proto();
    slope.set_name("slope");
    slope.set_type(Proto::FLOAT);
    slope.set_f(0.25f);
  };
  expectText(importBytes(calling(withDefault).bytes()), "alpha = 2.500000e-01");
  expectText(importBytes(calling([](::onnx::FunctionProto &, NodeBuilder &) {}).bytes()),
             "\"onnx.LeakyRelu\"(%arg0) <{alpha = 0.00999999977 : f32}>");
}

TEST(Nested, RefusesBrokenFunctions) {
  auto manyInputs = [](::onnx::FunctionProto &, NodeBuilder &call) { call.node.add_input("x"); };
  EXPECT_FAILS(importBytes(calling(manyInputs).bytes()), "has 2 inputs, at most 1 were expected");
  auto noOutput = [](::onnx::FunctionProto &function, NodeBuilder &) { function.set_output(0, "missing"); };
  EXPECT_FAILS(importBytes(calling(noOutput).bytes()), "does not define its output 'missing'");
  auto newOpset = [](::onnx::FunctionProto &function, NodeBuilder &) {
    function.mutable_opset_import(0)->set_version(999);
  };
  EXPECT_FAILS(importBytes(calling(newOpset).bytes()), "calls a function of opset 999");
  auto itself = [](::onnx::FunctionProto &function, NodeBuilder &) {
    function.mutable_node(1)->Clear();
    fill(*function.mutable_node(1), "Shift", {"t"}, {"b"});
    function.mutable_node(1)->set_domain("custom");
  };
  EXPECT_FAILS(importBytes(calling(itself).bytes()), "is nested deeper than 32 functions and bodies");
  auto manyOutputs = [](::onnx::FunctionProto &, NodeBuilder &call) { call.node.add_output("z"); };
  EXPECT_FAILS(importBytes(calling(manyOutputs).bytes()), "output 1 ('z') has no value");
  auto outside = [](::onnx::FunctionProto &function, NodeBuilder &) { function.mutable_node(1)->set_input(1, "x"); };
  EXPECT_FAILS(importBytes(calling(outside).bytes()), "input 'x' is not defined");
}

/// A body with one node, of inputs and outputs by name.
void body(::onnx::GraphProto &graph, std::vector<std::string> inputs, std::vector<std::string> outputs) {
  for (const std::string &input : inputs)
    graph.add_input()->set_name(input);
  for (const std::string &output : outputs)
    graph.add_output()->set_name(output);
}

Imported branching(bool condition, bool known = true) {
  ModelBuilder model;
  model.input("x", {4});
  if (known)
    model.tensor("c", {}, ::onnx::TensorProto::BOOL).add_int32_data(condition);
  else
    model.input("c", {}, ::onnx::TensorProto::BOOL);
  NodeBuilder node = model.node("If", {"c"}, {"y"}, "choice");
  for (const char *name : {"then_branch", "else_branch"}) {
    ::onnx::GraphProto &graph = *node.attribute(name, Proto::GRAPH).mutable_g();
    // The branch sees the names around it.
    fill(*graph.add_node(), std::string(name) == "then_branch" ? "Relu" : "Neg", {"x"}, {"made"});
    body(graph, {}, {"made"});
  }
  model.output("y");
  return importBytes(model.bytes());
}

TEST(Nested, TakesTheBranchOfAKnownCondition) {
  expectText(branching(true), "\"onnx.Relu\"(%arg0)");
  expectText(branching(false), "\"onnx.Neg\"(%arg0)");
  EXPECT_FAILS(branching(true, /*known=*/false), "its condition depends on the data");
}

/// y, all = Loop(trips, true, x) over x + x.
Imported looping(int64_t trips, bool knownCondition = true, bool inner = true) {
  ModelBuilder model;
  model.input("x", {4});
  model.longs("trips", {}, {trips});
  model.tensor("true", {}, ::onnx::TensorProto::BOOL).add_int32_data(1);
  NodeBuilder node = model.node("Loop", {"trips", knownCondition ? "true" : "data", "x"}, {"y", "all"}, "loop");
  if (!knownCondition)
    model.input("data", {}, ::onnx::TensorProto::BOOL);
  ::onnx::GraphProto &graph = *node.attribute("body", Proto::GRAPH).mutable_g();
  fill(*graph.add_node(), "Add", {"state", "state"}, {"next"});
  body(graph, {"i", "go", "state"}, {"go", "next", inner ? "next" : "missing"});
  model.output("y");
  model.output("all");
  return importBytes(model.bytes());
}

TEST(Nested, WritesLoopsOut) {
  Imported imported = looping(3);
  EXPECT_EQ(nameOf(imported, "onnx.Add", 2), "loop/2/Add_0");
  expectText(imported, "tensor<3x4xf32>");
  EXPECT_FAILS(looping(0), "makes no trip");
  EXPECT_FAILS(looping(5000), "makes more than 4096 trips");
  EXPECT_FAILS(looping(3, /*knownCondition=*/false), "its number of trips depends on the data");
  EXPECT_FAILS(looping(3, true, /*inner=*/false), "its body does not define its output 'missing'");
}

/// sum, sums = Scan(zero, x) over the rows of x.
Imported scanning(std::vector<Dim> dims, int64_t scanned = 1) {
  ModelBuilder model;
  model.input("x", std::move(dims));
  model.floats("zero", {2}, {0, 0});
  NodeBuilder node = model.node("Scan", {"zero", "x"}, {"sum", "sums"}, "scan").integer("num_scan_inputs", scanned);
  ::onnx::GraphProto &graph = *node.attribute("body", Proto::GRAPH).mutable_g();
  fill(*graph.add_node(), "Add", {"total", "row"}, {"next"});
  body(graph, {"total", "row"}, {"next", "next"});
  model.output("sum");
  model.output("sums");
  return importBytes(model.bytes());
}

TEST(Nested, WritesScansOut) {
  Imported imported = scanning({3, 2});
  EXPECT_EQ(nameOf(imported, "onnx.Add", 2), "scan/2/Add_0");
  expectText(imported, "tensor<3x2xf32> {rheobase.name = \"sums\"}");
  EXPECT_FAILS(scanning({"n", 2}), "dimension 0 is n, a number was expected");
  EXPECT_FAILS(scanning({5000, 2}), "makes 5000 trips");
  EXPECT_FAILS(scanning({3, 2}, 3), "scans 3 of 2 inputs");
}

} // namespace
