//===- BadInputsTest.cpp - models that nobody exports on purpose ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One test per bad input, named after what is wrong. ContainerTest, TensorTest and ExternalDataTest have those of their
// parts; here are cycles, nesting, sizes, and files that change.
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"
#include "dialects/onnx/Onnx.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include "gtest/gtest.h"

#include <chrono>
#include <cstdio>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace rheobase;
using namespace rheobase::test;
using Proto = ::onnx::TensorProto;
using Attribute = ::onnx::AttributeProto;

namespace {

/// A chain of Relu nodes from x to y; `wire` names the input and output of each.
std::string chain(int count, llvm::function_ref<std::pair<std::string, std::string>(int)> wire) {
  ModelBuilder model;
  model.input("x", {4});
  for (int i = 0; i < count; ++i) {
    auto [in, out] = wire(i);
    model.node("Relu", {in}, {out}, "n" + std::to_string(i));
  }
  model.output("y");
  return model.bytes();
}

double secondsOf(llvm::function_ref<void()> run) {
  auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

TEST(BadInputs, OtherFormatsAreRecognised) {
  const std::pair<std::string, const char *> kFiles[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a pointer of Git LFS; fetch the file itself"},
      {std::string("PK\x03\x04\x14\0\0\0", 8), "a zip archive, such as a PyTorch checkpoint"},
      {std::string("\x1f\x8b\x08\0\0\0", 6), "compressed by gzip; unpack it"},
      {"GGUF\3", "a GGUF file"},
      {"{\"irVersion\": 8}", "JSON; export the model to ONNX's binary form"},
      {"<!DOCTYPE html>", "XML or HTML"},
      {"\x89RHEO\r\n\x1a", "an artifact of this compiler; run it with snn-run"}};
  for (const auto &[bytes, hint] : kFiles) {
    Imported imported = importBytes(bytes);
    EXPECT_TRUE(failsWith(imported, std::string("it looks like ") + hint)) << imported.report();
  }
  EXPECT_EQ(importBytes("\x08").report().find("it looks like"), std::string::npos);
}

TEST(BadInputs, EveryTruncationOfASmallModel) {
  std::string model = addOne().bytes();
  for (size_t size = 0; size < model.size(); ++size)
    EXPECT_FALSE(importBytes(model.substr(0, size)).module) << size;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

TEST(BadInputs, ALongCycle) {
  constexpr int kCount = 20'000;
  std::string model = chain(kCount, [](int i) {
    return std::pair("v" + std::to_string((i + kCount - 1) % kCount), "v" + std::to_string(i));
  });
  EXPECT_FAILS(importBytes(model),
               "node 'n0' (Relu, opset 18): input 'v19999' is the output of the later node 'n19999'; "
               "nodes must be sorted, without cycles");
}

TEST(BadInputs, NodesInReversedOrder) {
  constexpr int kCount = 20'000;
  auto wire = [](int i) {
    return std::pair(i + 1 == kCount ? "x" : "v" + std::to_string(i + 1), i ? "v" + std::to_string(i) : "y");
  };
  Imported imported = importBytes(chain(kCount, wire));
  EXPECT_TRUE(failsWith(imported, "input 'v1' is the output of the later node 'n1'; nodes must be sorted"));
  EXPECT_LE(imported.errors.size(), 1002u);
}

/// `depth` conditions inside each other, the innermost branch a Relu.
std::string nestedIfs(int depth) {
  ModelBuilder model;
  model.input("x", {4});
  model.tensor("c", {}, Proto::BOOL).add_int32_data(1);
  model.output("y");
  ::onnx::GraphProto *graph = &model.graph();
  for (int i = 0; i < depth; ++i) {
    ::onnx::NodeProto &node = *graph->add_node();
    node.set_op_type("If");
    node.add_input("c");
    node.add_output(i ? "r" : "y");
    graph = NodeBuilder(node).attribute("then_branch", Attribute::GRAPH).mutable_g();
    graph->add_output()->set_name("r");
  }
  ::onnx::NodeProto &innermost = *graph->add_node();
  innermost.set_op_type("Relu");
  innermost.add_input("x");
  innermost.add_output("r");
  return model.bytes();
}

TEST(BadInputs, ConditionsNestedDeep) {
  Imported shallow = importBytes(nestedIfs(31));
  EXPECT_TRUE(shallow.module) << shallow.report();
  for (int depth : {33, 5000})
    EXPECT_FAILS(importBytes(nestedIfs(depth)), "messages are nested more than 100 deep");
}

::onnx::FunctionProto &addFunction(ModelBuilder &model, const std::string &name) {
  ::onnx::FunctionProto &function = *model.proto.add_functions();
  function.set_name(name);
  function.set_domain("custom");
  function.add_input("a");
  function.add_output("b");
  function.add_opset_import()->set_version(18);
  return function;
}

void addCall(google::protobuf::RepeatedPtrField<::onnx::NodeProto> &nodes, const std::string &name,
             const std::string &input, const std::string &output) {
  ::onnx::NodeProto &node = *nodes.Add();
  node.set_op_type(name);
  node.set_domain("custom");
  node.add_input(input);
  node.add_output(output);
}

TEST(BadInputs, FunctionsThatCallEachOtherFromABranch) {
  ModelBuilder model;
  model.input("x", {4});
  model.tensor("c", {}, Proto::BOOL).add_int32_data(1);
  addCall(*model.graph().mutable_node(), "Even", "x", "y");
  model.output("y");
  for (auto [name, other] : {std::pair("Even", "Odd"), {"Odd", "Even"}}) {
    ::onnx::FunctionProto &function = addFunction(model, name);
    NodeBuilder condition(*function.add_node());
    condition.node.set_op_type("Constant");
    condition.node.add_output("go");
    Proto &value = *condition.attribute("value", Attribute::TENSOR).mutable_t();
    value.set_data_type(Proto::BOOL);
    value.add_int32_data(1);
    NodeBuilder node(*function.add_node());
    node.node.set_op_type("If");
    node.node.add_input("go");
    node.node.add_output("b");
    ::onnx::GraphProto &branch = *node.attribute("then_branch", Attribute::GRAPH).mutable_g();
    addCall(*branch.mutable_node(), other, "a", "r");
    branch.add_output()->set_name("r");
  }
  EXPECT_FAILS(importBytes(model.bytes()), "is nested deeper than 32 functions and bodies");
}

/// Every function calls the next one twice: 2^25 nodes from a file of a few kilobytes.
TEST(BadInputs, FunctionsThatDouble) {
  ModelBuilder model;
  model.input("x", {4});
  addCall(*model.graph().mutable_node(), "F0", "x", "y");
  model.output("y");
  for (int i = 0; i < 25; ++i) {
    ::onnx::FunctionProto &function = addFunction(model, "F" + std::to_string(i));
    addCall(*function.mutable_node(), "F" + std::to_string(i + 1), "a", "t");
    addCall(*function.mutable_node(), "F" + std::to_string(i + 1), "t", "b");
  }
  ::onnx::FunctionProto &last = addFunction(model, "F25");
  addCall(*last.mutable_node(), "Relu", "a", "b");
  last.mutable_node(0)->clear_domain();
  double seconds = secondsOf([&] {
    EXPECT_FAILS(importBytes(model.bytes()), "is behind 131072 nodes of functions and bodies, fewer were expected");
  });
  EXPECT_LT(seconds, 30);
}

/// What is inside a call carries its name, but not megabytes of it each.
TEST(BadInputs, ALongNameAroundManyNodes) {
  ModelBuilder model;
  model.input("x", {4});
  addCall(*model.graph().mutable_node(), "Many", "x", "y");
  model.graph().mutable_node(0)->set_name(std::string(1 << 20, 'n'));
  model.output("y");
  ::onnx::FunctionProto &function = addFunction(model, "Many");
  for (int i = 0; i < 2000; ++i) {
    addCall(*function.mutable_node(), "Relu", i ? "t" + std::to_string(i - 1) : "a",
            i == 1999 ? "b" : "t" + std::to_string(i));
    function.mutable_node(i)->clear_domain();
  }
  Imported imported = importBytes(model.bytes());
  ASSERT_TRUE(imported.module) << imported.report().substr(0, 1000);
  imported.module->walk(
      [](rheobase::onnx::ReluOp op) { EXPECT_LT(mlir::cast<mlir::NameLoc>(op.getLoc()).getName().size(), 2000u); });
}

TEST(BadInputs, AReferenceToAnAttributeOutsideFunctions) {
  ModelBuilder model;
  model.input("x", {2, 3});
  model.tensor("c", {}, Proto::BOOL).add_int32_data(1);
  NodeBuilder node = model.node("If", {"c"}, {"y"}, "choice");
  ::onnx::GraphProto &branch = *node.attribute("then_branch", Attribute::GRAPH).mutable_g();
  NodeBuilder inner(*branch.add_node());
  inner.node.set_op_type("Transpose");
  inner.node.add_input("x");
  inner.node.add_output("r");
  inner.attribute("perm", Attribute::INTS).set_ref_attr_name("order");
  branch.add_output()->set_name("r");
  model.output("y");
  EXPECT_FAILS(importBytes(model.bytes()), "attribute 'perm' refers to the function attribute 'order'");
}

TEST(BadInputs, AHugeListOfIntegers) {
  ModelBuilder model;
  model.input("x", {2, 3});
  model.node("Transpose", {"x"}, {"y"}, "turn").integers("perm", std::vector<int64_t>(2'000'000, 7));
  model.output("y");
  Imported imported = importBytes(model.bytes());
  EXPECT_TRUE(failsWith(imported, "attribute 'perm' is [7, 7, "));
  EXPECT_LT(imported.report().size(), 500u);
}

TEST(BadInputs, AWindowOfHugeNumbers) {
  for (const char *name : {"strides", "dilations", "kernel_shape", "pads"}) {
    ModelBuilder model;
    model.input("x", {1, 1, 8});
    NodeBuilder node = model.node("MaxPool", {"x"}, {"y"}, "pool");
    if (std::string(name) != "kernel_shape")
      node.integers("kernel_shape", {2});
    node.integers(name, std::vector<int64_t>(std::string(name) == "pads" ? 2 : 1, INT64_MAX));
    model.output("y");
    EXPECT_FAILS(importBytes(model.bytes()),
                 std::string("attribute '") + name + "' has 9223372036854775807, a number below 2^31 was expected");
  }
}

TEST(BadInputs, GroupsThatDoNotDivideTheChannels) {
  ModelBuilder model;
  model.input("x", {1, 3, 8});
  model.input("w", {4, 1, 3});
  model.node("Conv", {"x", "w"}, {"y"}, "conv").integer("group", 2);
  model.output("y");
  EXPECT_FAILS(importBytes(model.bytes()), "conv");
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

TEST(BadInputs, SparseElementsInAnotherFile) {
  ModelBuilder model = addOne();
  Proto &values = *model.graph().add_sparse_initializer()->mutable_values();
  values.set_name("s");
  values.set_data_location(Proto::EXTERNAL);
  ::onnx::StringStringEntryProto &entry = *values.add_external_data();
  entry.set_key("location");
  entry.set_value("/etc/passwd");
  EXPECT_FAILS(importBytes(model.bytes()), "initializer 's' is sparse, a dense tensor was expected");
}

TEST(BadInputs, ManyBrokenInitializers) {
  ModelBuilder model = addOne();
  for (int i = 0; i < 1500; ++i)
    model.tensor("w" + std::to_string(i), {1}, Proto::STRING);
  Imported imported = importBytes(model.bytes());
  EXPECT_TRUE(failsWith(imported, "stopped after 1000 initializers with errors"));
  EXPECT_LE(imported.errors.size(), 1010u);
}

//===----------------------------------------------------------------------===//
// Files beside the model
//===----------------------------------------------------------------------===//

class BadFiles : public ::testing::Test {
protected:
  /// Initializers of float32[elements], each a place in a file.
  Imported import(std::vector<std::pair<std::string, int64_t>> places, int64_t elements = 1024) {
    ModelBuilder model;
    for (auto [index, place] : llvm::enumerate(places)) {
      std::string name = "w" + std::to_string(index);
      Proto &tensor = model.tensor(name, {elements}, Proto::FLOAT);
      tensor.set_data_location(Proto::EXTERNAL);
      for (auto [key, value] : {std::pair("location", place.first),
                                {"offset", std::to_string(place.second)},
                                {"length", std::to_string(elements * 4)}}) {
        ::onnx::StringStringEntryProto &entry = *tensor.add_external_data();
        entry.set_key(key);
        entry.set_value(value);
      }
      model.output(name);
    }
    return importPath(folder.write("m.onnx", model.bytes()));
  }

  std::vector<std::string> contentsOf(Imported &imported) {
    std::vector<std::string> result;
    imported.module->walk([&](rheobase::onnx::ConstantOp op) {
      auto data = mlir::cast<mlir::DenseResourceElementsAttr>(op.getValue()).getRawHandle().getBlob()->getData();
      result.emplace_back(data.begin(), data.end());
    });
    return result;
  }

  TemporaryFolder folder;
};

/// Tied weights, and tensors that overlap, read the same bytes; nothing writes to them.
TEST_F(BadFiles, TensorsThatOverlap) {
  std::string bytes;
  for (int i = 0; i < 8192; ++i)
    bytes.push_back(char(i * 7));
  folder.write("w.bin", bytes);
  Imported imported = import({{"w.bin", 0}, {"w.bin", 4}, {"w.bin", 0}});
  ASSERT_TRUE(imported.module) << imported.report();
  std::vector<std::string> contents = contentsOf(imported);
  ASSERT_EQ(contents.size(), 3u);
  EXPECT_EQ(contents[0], bytes.substr(0, 4096));
  EXPECT_EQ(contents[1], bytes.substr(4, 4096));
  EXPECT_EQ(contents[2], contents[0]);
}

/// What was checked is what is read: the file is open, its name may go to another.
TEST_F(BadFiles, AFileThatIsSwapped) {
  folder.write("w.bin", std::string(4096, 'a'));
  Imported imported = import({{"w.bin", 0}});
  ASSERT_TRUE(imported.module) << imported.report();
  folder.write("other.bin", std::string(4096, 'b'));
  ASSERT_EQ(std::rename(folder.path("other.bin").c_str(), folder.path("w.bin").c_str()), 0);
  EXPECT_EQ(contentsOf(imported).front(), std::string(4096, 'a'));
}

TEST_F(BadFiles, AFileInThePlaceOfAFolder) {
  folder.write("w.bin", std::string(4096, 'a'));
  EXPECT_FAILS(import({{"w.bin/x", 0}}), "cannot read 'w.bin/x': Not a directory");
}

TEST_F(BadFiles, ADevice) {
  if (mknod(folder.path("null").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0)
    GTEST_SKIP() << "devices can be made by root only";
  EXPECT_FAILS(import({{"null", 0}}), "cannot read 'null': it is a device, a regular file was expected");
}

TEST_F(BadFiles, AnEmptyFile) {
  folder.write("w.bin", "");
  EXPECT_FAILS(import({{"w.bin", 0}}), "cannot read 'w.bin': the file is empty");
}

TEST_F(BadFiles, ALinkBetweenFolders) {
  ASSERT_EQ(mkdir(folder.path("a").c_str(), 0700), 0);
  ASSERT_EQ(symlink("/etc", folder.path("a/b").c_str()), 0);
  EXPECT_FAILS(import({{"a/b/passwd", 0}}), "cannot read 'a/b/passwd': symbolic links are not followed");
}

TEST_F(BadFiles, ALongPath) {
  EXPECT_FAILS(import({{std::string(5000, 'a'), 0}}), "File name too long");
  std::string deep = "a";
  for (int i = 0; i < 3000; ++i)
    deep += "/a";
  EXPECT_FAILS(import({{deep, 0}}), "No such file or directory");
}

/// A hole of terabytes costs nothing to write and nothing to map.
TEST_F(BadFiles, AFileBeyondTheLimit) {
  folder.write("w.bin", "");
  if (truncate(folder.path("w.bin").c_str(), off_t(1) << 40) != 0)
    GTEST_SKIP() << "the file system has no sparse files";
  EXPECT_FAILS(import({{"w.bin", 0}}), "at most 68719476736 are accepted; raise the file size limit");
}

} // namespace
