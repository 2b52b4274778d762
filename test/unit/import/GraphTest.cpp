//===- GraphTest.cpp - values, nodes, attributes, dimensions -------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"
#include "dialects/onnx/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "gtest/gtest.h"

using namespace rheobase;
using namespace rheobase::test;
using Proto = ::onnx::TensorProto;

namespace {

/// x : float32[dims] -> one node -> y.
std::string oneNode(const std::string &op, const std::vector<Dim> &dims, llvm::function_ref<void(NodeBuilder &)> fill,
                    int64_t opset = 18) {
  ModelBuilder model(opset);
  model.input("x", dims);
  NodeBuilder node = model.node(op, {"x"}, {"y"});
  fill(node);
  model.output("y");
  return model.bytes();
}

void expectText(const Imported &imported, const std::string &text) {
  ASSERT_TRUE(imported.module) << imported.report();
  EXPECT_NE(imported.text().find(text), std::string::npos) << imported.text();
}

TEST(Graph, DescribesInputsAndOutputs) {
  ModelBuilder model;
  model.input("x", {"batch", 4, "batch"});
  model.input("flag", {}, Proto::BOOL);
  model.node("Relu", {"x"}, {"y"}, "relu");
  model.output("y");
  model.output("flag");
  Imported imported = importBytes(model.bytes());
  expectText(imported,
             "%arg0: tensor<?x4x?xf32> {rheobase.dims = [\"batch\", \"4\", \"batch\"], rheobase.name = \"x\"}");
  expectText(imported, "%arg1: tensor<i1>");
  expectText(imported, "-> (tensor<?x4x?xf32> {rheobase.name = \"y\"}, tensor<i1> {rheobase.name = \"flag\"})");
  expectText(imported, "rheobase.symbols = [{max = 0 : i64, min = 1 : i64, name = \"batch\"}]");
  imported.module->walk([](rheobase::onnx::ReluOp op) {
    EXPECT_EQ(mlir::cast<mlir::NameLoc>(op.getLoc()).getName().getValue(), "relu");
  });
}

TEST(Graph, NamesNamelessNodesByPosition) {
  ModelBuilder model = addOne();
  model.graph().mutable_node(0)->clear_name();
  model.graph().mutable_node(0)->set_op_type("Foo");
  EXPECT_FAILS(importBytes(model.bytes()), "node 'Foo_0' (Foo, opset 18)");
}

TEST(Graph, GivesUnnamedDimensionsNames) {
  ModelBuilder model;
  ::onnx::ValueInfoProto &input = model.input("x", {4, 5, "x.d0"});
  input.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->clear_dim_value();
  model.node("Relu", {"x"}, {"y"});
  model.output("y");
  expectText(importBytes(model.bytes()), "rheobase.dims = [\"x.d0_\", \"5\", \"x.d0\"]");
}

TEST(Graph, ClosesAndBoundsDimensions) {
  ModelBuilder model;
  model.input("x", {"batch", "seq"});
  model.node("Relu", {"x"}, {"y"});
  model.output("y");
  ImportOptions options;
  options.dims["batch"] = {2, 2};
  options.dims["seq"] = {3, 7};
  Imported imported = importBytes(model.bytes(), options);
  expectText(imported, "%arg0: tensor<2x?xf32> {rheobase.dims = [\"2\", \"seq\"]");
  expectText(imported, "[{max = 7 : i64, min = 3 : i64, name = \"seq\"}]");

  options.dims["sequence"] = {1, 1};
  EXPECT_FAILS(importBytes(model.bytes(), options),
               "--dim names 'sequence', which is not an open dimension of the model; it has batch, seq");
  options.dims.erase("sequence");
  options.dims["seq"] = {7, 3};
  EXPECT_FAILS(importBytes(model.bytes(), options), "--dim gives 'seq' the range 7 to 3");
  options.dims["seq"] = {-1, -1};
  EXPECT_FAILS(importBytes(model.bytes(), options), "--dim gives 'seq' the range -1 to -1");
}

TEST(Graph, KeepsDimensionsThatAreExpressions) {
  ModelBuilder model;
  model.input("mask", {"past + seq"});
  model.input("ids", {"seq"});
  model.input("cache", {"past"});
  model.output("mask");
  expectText(importBytes(model.bytes()), "rheobase.symbols = [{max = 0 : i64, min = 1 : i64, name = \"seq\"}, {max = 0 "
                                         ": i64, min = 0 : i64, name = \"past\"}]");
  ImportOptions options;
  options.dims["past"] = {0, 0};
  expectText(importBytes(model.bytes(), options), "%arg0: tensor<?xf32> {rheobase.dims = [\"seq\"]");
}

TEST(Graph, MakesNamesOfOddTexts) {
  ModelBuilder model;
  model.input("a/b", {"-1", "batch size", "12x", "batch size", "8", 2});
  model.input("c", {"(batch_size+1)*2//-3", "batch size", "batch_size"});
  model.output("c");
  expectText(importBytes(model.bytes()),
             "rheobase.dims = [\"_1\", \"batch_size_\", \"12x\", \"batch_size_\", \"8\", \"2\"]");
  ModelBuilder many;
  std::vector<std::string> names;
  for (int i = 0; i < 1025; ++i)
    names.push_back("d" + std::to_string(i));
  for (const std::string &name : names)
    many.input("x" + name, {name.c_str()});
  many.output("xd0");
  EXPECT_FAILS(importBytes(many.bytes()), "the model has 1025 open dimensions, at most 1024 are supported");
}

TEST(Graph, ChecksNodesBehindBadInputs) {
  ModelBuilder model;
  model.input("x", {1}, Proto::STRING);
  model.node("Relu", {"x"}, {"y"});
  model.node("Foo", {"y"}, {"z"}, "foo");
  model.output("z");
  Imported imported = importBytes(model.bytes());
  EXPECT_FALSE(imported.module);
  EXPECT_EQ(imported.errors.size(), 2u) << imported.report();
  EXPECT_TRUE(failsWith(imported, "node 'foo'"));
}

TEST(Graph, RefusesBadInputs) {
  ModelBuilder negative;
  negative.input("x", {-3});
  EXPECT_FAILS(importBytes(negative.bytes()), "graph input 'x' has a dimension of -3");
  ModelBuilder huge;
  huge.input("x", {int64_t(1) << 40, int64_t(1) << 40});
  EXPECT_FAILS(importBytes(huge.bytes()), "more than 2^40 elements");
  ModelBuilder text;
  text.input("x", {1}, Proto::STRING);
  EXPECT_FAILS(importBytes(text.bytes()), "graph input 'x' has the element type string");
  ModelBuilder shapeless;
  shapeless.input("x", {}).mutable_type()->mutable_tensor_type()->clear_shape();
  EXPECT_FAILS(importBytes(shapeless.bytes()), "graph input 'x' has no shape");
  ModelBuilder sequence;
  sequence.input("x", {}).mutable_type()->mutable_sequence_type();
  EXPECT_FAILS(importBytes(sequence.bytes()), "graph input 'x' is not a tensor");
  ModelBuilder nameless;
  nameless.input("", {1});
  EXPECT_FAILS(importBytes(nameless.bytes()), "graph input 0 has no name");
}

TEST(Graph, InputsWithInitializersAreConstants) {
  ModelBuilder model = addOne();
  model.input("one", {1});
  Imported imported = importBytes(model.bytes());
  ASSERT_TRUE(imported.module) << imported.report();
  mlir::ModuleOp module = *imported.module;
  EXPECT_EQ(module.lookupSymbol<mlir::func::FuncOp>("main").getNumArguments(), 1u);
}

TEST(Graph, RefusesDuplicateNames) {
  ModelBuilder inputs = addOne();
  inputs.input("x", {1});
  EXPECT_FAILS(importBytes(inputs.bytes()), "graph input 1 defines the value 'x', which is defined before");
  ModelBuilder initializers = addOne();
  initializers.floats("one", {1}, {2});
  EXPECT_FAILS(importBytes(initializers.bytes()), "initializer 'one' defines the value 'one'");
  ModelBuilder nodes = addOne();
  nodes.node("Relu", {"x"}, {"y"}, "again");
  EXPECT_FAILS(importBytes(nodes.bytes()), "node 'again' (Relu, opset 18): defines the value 'y'");
  ModelBuilder outputs = addOne();
  outputs.output("y");
  EXPECT_FAILS(importBytes(outputs.bytes()), "graph output 'y' appears twice");
  ModelBuilder nameless = addOne();
  nameless.floats("", {1}, {2});
  EXPECT_FAILS(importBytes(nameless.bytes()), "an initializer has no name");
}

TEST(Graph, RefusesUndefinedValues) {
  ModelBuilder undefined = addOne();
  undefined.graph().mutable_node(0)->set_input(1, "two");
  EXPECT_FAILS(importBytes(undefined.bytes()), "node 'add' (Add, opset 18): input 'two' is not defined");
  ModelBuilder self = addOne();
  self.graph().mutable_node(0)->set_input(1, "y");
  EXPECT_FAILS(importBytes(self.bytes()), "input 'y' is the output of the node itself");
  ModelBuilder reversed = addOne();
  reversed.graph().mutable_node(0)->set_input(1, "z");
  reversed.node("Relu", {"y"}, {"z"}, "later");
  EXPECT_FAILS(importBytes(reversed.bytes()),
               "input 'z' is the output of the later node 'later'; nodes must be sorted");
  ModelBuilder output = addOne();
  output.output("nothing");
  EXPECT_FAILS(importBytes(output.bytes()), "graph output 'nothing' is not defined");
  ModelBuilder none = addOne();
  none.graph().clear_output();
  EXPECT_FAILS(importBytes(none.bytes()), "the graph has no outputs");
}

TEST(Graph, ReportsAllUnsupportedNodes) {
  ModelBuilder model;
  model.input("x", {1});
  model.node("Relux", {"x"}, {"a"}, "typo");
  model.node("Unique", {"x"}, {"b"}, "places");
  model.node("FusedMatMul", {"x", "x"}, {"c"}, "fused").node.set_domain("com.microsoft");
  model.node("Gelu", {"x"}, {"d"}, "gelu");
  model.node("Add", {"a", "c"}, {"e"}, "blocked");
  model.node("Relu", {"x"}, {"f"}, "overloaded").node.set_overload("v2");
  model.output("e");
  Imported imported = importBytes(model.bytes());
  EXPECT_FALSE(imported.module);
  ASSERT_EQ(imported.errors.size(), 5u) << imported.report();
  EXPECT_EQ(imported.errors[0], "node 'typo' (Relux, opset 18): there is no such operator");
  EXPECT_EQ(imported.errors[1], "node 'places' (Unique, opset 18): the operator is not supported");
  EXPECT_EQ(imported.errors[2],
            "node 'fused' (FusedMatMul, opset 18): operators of the domain 'com.microsoft' are not supported");
  EXPECT_EQ(imported.errors[3], "node 'gelu' (Gelu, opset 18): the operator exists from opset 20 on");
  EXPECT_EQ(imported.errors[4],
            "node 'overloaded' (Relu, opset 18): the overload 'v2' is not supported, none was expected");
  ASSERT_GE(imported.notes.size(), 2u);
  EXPECT_EQ(imported.notes[0], "nearest supported form: did you mean Relu?");
}

TEST(Graph, StopsAfterManyErrors) {
  ModelBuilder model;
  for (int i = 0; i < 3000; ++i)
    model.node("Foo", {}, {});
  Imported imported = importBytes(model.bytes());
  EXPECT_TRUE(failsWith(imported, "stopped after 1000 nodes with errors"));
  EXPECT_LE(imported.errors.size(), 1002u);
}

TEST(Graph, ChecksInputAndOutputCounts) {
  auto plain = [](NodeBuilder &node) {};
  EXPECT_FAILS(importBytes(oneNode("Add", {1}, plain)), "input 1 ('B') is missing");
  EXPECT_FAILS(importBytes(oneNode("Relu", {1}, [](NodeBuilder &n) { n.node.add_input("x"); })),
               "has 2 inputs, at most 1 were expected");
  EXPECT_FAILS(importBytes(oneNode("Relu", {1}, [](NodeBuilder &n) { n.node.add_output("z"); })),
               "has 2 outputs, 1 to 1 were expected");
  EXPECT_FAILS(importBytes(oneNode("Relu", {1}, [](NodeBuilder &n) { n.node.clear_output(); })),
               "has 0 outputs, 1 to 1 were expected");
  EXPECT_FAILS(importBytes(oneNode("Concat", {1},
                                   [](NodeBuilder &n) {
                                     n.node.clear_input();
                                     n.integer("axis", 0);
                                   })),
               "input 0 ('inputs') is missing");
  EXPECT_FAILS(importBytes(oneNode("Concat", {1},
                                   [](NodeBuilder &n) {
                                     n.node.add_input("");
                                     n.integer("axis", 0);
                                   })),
               "input 1 ('inputs') is missing");
}

TEST(Graph, LeavesOptionalInputsInTheMiddleOut) {
  ModelBuilder model;
  model.input("x", {4});
  model.floats("high", {}, {6});
  model.node("Clip", {"x", "", "high"}, {"y"});
  model.output("y");
  expectText(importBytes(model.bytes()), "operandSegmentSizes = array<i32: 1, 0, 1>");
}

TEST(Graph, TakesManyInputs) {
  ModelBuilder model;
  model.input("x", {1});
  model.node("Concat", std::vector<std::string>(100'000, "x"), {"y"}).integer("axis", 0);
  model.output("y");
  expectText(importBytes(model.bytes()), "tensor<100000xf32>");
}

TEST(Graph, ChecksElementTypes) {
  ModelBuilder mixed = addOne();
  mixed.input("i", {4}, Proto::INT64);
  mixed.graph().mutable_node(0)->set_input(1, "i");
  EXPECT_FAILS(importBytes(mixed.bytes()), "input 'B' is a tensor of int64, but another input is of float32");
  EXPECT_FAILS(importBytes(oneNode("Not", {1}, [](NodeBuilder &n) {})),
               "input 'X' is a tensor of float32, one of bool was expected");
  EXPECT_FAILS(importBytes(oneNode("Cast", {1}, [](NodeBuilder &n) { n.integer("to", Proto::STRING); })),
               "the element type of output 'output' is not supported");
  expectText(importBytes(oneNode("Cast", {1}, [](NodeBuilder &n) { n.integer("to", Proto::BFLOAT16); })),
             "tensor<1xbf16>");
  expectText(importBytes(oneNode("Shape", {1}, [](NodeBuilder &n) {})), "tensor<1xi64>");
}

TEST(Graph, ChecksAttributeKinds) {
  auto transpose = [](llvm::function_ref<void(NodeBuilder &)> fill) {
    return importBytes(oneNode("Transpose", {2, 3}, fill));
  };
  EXPECT_FAILS(transpose([](NodeBuilder &n) { n.integer("perm", 1); }),
               "attribute 'perm' is an integer, integers was expected");
  EXPECT_FAILS(transpose([](NodeBuilder &n) { n.integers("perm", {1, 0}).integers("perm", {1, 0}); }),
               "attribute 'perm' appears twice");
  EXPECT_FAILS(transpose([](NodeBuilder &n) { n.integers("axes", {1, 0}); }),
               "attribute 'axes' is not one of the operator's; the operator has perm");
  EXPECT_FAILS(
      transpose([](NodeBuilder &n) { n.attribute("perm", ::onnx::AttributeProto::INTS).set_ref_attr_name("p"); }),
      "attribute 'perm' refers to the function attribute 'p'");
  EXPECT_FAILS(transpose([](NodeBuilder &n) { n.attribute("perm", ::onnx::AttributeProto::INTS).set_i(3); }),
               "attribute 'perm' is an integer, integers was expected");
  EXPECT_FAILS(importBytes(oneNode("Relu", {1}, [](NodeBuilder &n) { n.integer("alpha", 1); })),
               "the operator has none");
  EXPECT_FAILS(importBytes(oneNode("Cast", {1}, [](NodeBuilder &n) {})),
               "attribute 'to' is missing, an integer was expected");
  EXPECT_FAILS(importBytes(oneNode(
                   "Gelu", {1}, [](NodeBuilder &n) { n.text("approximate", "\xff"); }, 20)),
               "is not valid UTF-8");
}

TEST(Graph, ChecksAttributeValues) {
  auto values = [](const char *op, std::vector<Dim> dims, llvm::function_ref<void(NodeBuilder &)> fill) {
    return importBytes(oneNode(op, dims, fill, 20));
  };
  for (std::vector<int64_t> perm : {std::vector<int64_t>{0}, {0, 0}, {0, 2}, {-1, 0}, {0, 1, 2}})
    EXPECT_FAILS(values("Transpose", {2, 3}, [&](NodeBuilder &n) { n.integers("perm", perm); }),
                 "a permutation of the 2 axes");
  EXPECT_FAILS(values("Softmax", {2, 3}, [](NodeBuilder &n) { n.integer("axis", 2); }),
               "attribute 'axis' is 2, -2 to 1 was expected for a tensor of rank 2");
  EXPECT_FAILS(values("Flatten", {2, 3}, [](NodeBuilder &n) { n.integer("axis", 3); }), "-2 to 2 was expected");
  EXPECT_FAILS(values("Gelu", {2}, [](NodeBuilder &n) { n.text("approximate", "sine"); }),
               "attribute 'approximate' is 'sine', one of none, tanh was expected");
  EXPECT_FAILS(values("ReduceMean", {2}, [](NodeBuilder &n) { n.integer("keepdims", 2); }),
               "attribute 'keepdims' is 2, 0 or 1 was expected");
  auto pool = [&](llvm::function_ref<void(NodeBuilder &)> fill) {
    return values("MaxPool", {1, 1, 8, 8}, [&](NodeBuilder &n) {
      n.integers("kernel_shape", {2, 2});
      fill(n);
    });
  };
  EXPECT_TRUE(pool([](NodeBuilder &n) {}).module);
  EXPECT_FAILS(pool([](NodeBuilder &n) { n.integers("strides", {0, 1}); }),
               "attribute 'strides' has 0, at least 1 was expected");
  EXPECT_FAILS(pool([](NodeBuilder &n) { n.integers("pads", {0, 0, -1, 0}); }),
               "attribute 'pads' has -1, at least 0 was expected");
  EXPECT_FAILS(pool([](NodeBuilder &n) { n.integers("dilations", {1}); }),
               "attribute 'dilations' has 1 numbers, 2 were expected");
  EXPECT_FAILS(pool([](NodeBuilder &n) { n.integers("pads", {1, 1}); }),
               "attribute 'pads' has 2 numbers, 4 were expected");
  EXPECT_FAILS(values("MaxPool", {1, 1}, [](NodeBuilder &n) { n.integers("kernel_shape", {}); }),
               "its input has rank 2, at least 3 was expected");
  ModelBuilder conv;
  conv.input("x", {1, 3, 8, 8});
  conv.input("w", {4, 3, 3, 3});
  conv.node("Conv", {"x", "w"}, {"y"}).integer("group", 0);
  conv.output("y");
  EXPECT_FAILS(importBytes(conv.bytes()), "attribute 'group' has 0, at least 1 was expected");
}

} // namespace
