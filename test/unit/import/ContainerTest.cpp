//===- ContainerTest.cpp - files, wire format, versions ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include "gtest/gtest.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace rheobase;
using namespace rheobase::test;

namespace {

std::string varint(uint64_t value) {
  std::string result;
  for (; value >= 0x80; value >>= 7)
    result.push_back(char(value | 0x80));
  result.push_back(char(value));
  return result;
}

std::string key(unsigned number, unsigned wireType) {
  return varint(number << 3 | wireType);
}

std::string message(unsigned number, const std::string &body) {
  return key(number, 2) + varint(body.size()) + body;
}

TEST(Container, ImportsFromMemoryAndFile) {
  Imported fromMemory = importBytes(addOne().bytes());
  ASSERT_TRUE(fromMemory.module) << fromMemory.report();
  EXPECT_NE(fromMemory.text().find("onnx.Add"), std::string::npos);
  EXPECT_NE(fromMemory.text().find("rheobase.producer = \"test\""), std::string::npos);
  EXPECT_NE(fromMemory.text().find("rheobase.opset = 18"), std::string::npos);

  TemporaryFolder folder;
  std::string path = folder.write("m.onnx", addOne().bytes());
  EXPECT_TRUE(importPath(path).module);
  std::string link = folder.path("link.onnx");
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  EXPECT_TRUE(importPath(link).module);
}

TEST(Container, RefusesWhatIsNoRegularFile) {
  TemporaryFolder folder;
  EXPECT_FAILS(importPath(folder.path("absent.onnx")), "No such file");
  EXPECT_FAILS(importPath(folder.root()), "it is a directory, a regular file was expected");
  std::string pipe = folder.path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FAILS(importPath(pipe), "it is a pipe");
  EXPECT_FAILS(importPath("/dev/zero"), "it is a device");
  EXPECT_FAILS(importPath(folder.write("empty.onnx", "")), "the file is empty");
  ImportOptions options;
  options.maxFileBytes = 16;
  EXPECT_FAILS(importPath(folder.write("m.onnx", addOne().bytes()), options), "at most 16 are accepted");
}

TEST(Container, RefusesOtherFormats) {
  EXPECT_FAILS(importBytes(std::string(1, '\x08')), "cut off");
  EXPECT_FAILS(importBytes("this is a text file\n"), "not a valid ONNX model");
  EXPECT_FAILS(importBytes("\x1f\x8b\x08" + std::string(5, '\0')), "not a valid ONNX model");
  EXPECT_FAILS(importBytes("PK\x03\x04 zip"), "not a valid ONNX model");
  EXPECT_FAILS(importBytes(""), "the model");
}

TEST(Container, RefusesDamagedWireFormat) {
  std::string good = addOne().bytes();
  EXPECT_FAILS(importBytes(good + good), "appears twice; are two models in one file?");
  EXPECT_FAILS(importBytes(good + std::string(3, '\0')), "field with number 0");
  EXPECT_FAILS(importBytes(good.substr(0, good.size() - 1)), "at byte");
  EXPECT_FAILS(importBytes(key(1, 0) + std::string(11, '\x80')), "more than 10 bytes");
  EXPECT_FAILS(importBytes(key(1, 0) + std::string(9, '\xff') + "\x02"), "does not fit into 64 bits");
  for (uint64_t length : {uint64_t(1) << 31, uint64_t(1) << 32, uint64_t(1) << 63})
    EXPECT_FAILS(importBytes(key(7, 2) + varint(length) + "x"), "bytes, 1 are left");
  EXPECT_FAILS(importBytes(message(7, key(2, 2) + varint(1 << 30))), "claims 1073741824 bytes");
  EXPECT_FAILS(importBytes(key(1, 6)), "wire type 6");
  EXPECT_FAILS(importBytes(key(1, 4)), "wire type 4");
  EXPECT_FAILS(importBytes(varint(uint64_t(1) << 40)), "has a field with number");
}

TEST(Container, RefusesWrongWireTypes) {
  EXPECT_FAILS(importBytes(message(1, "x")), "ModelProto.ir_version has wire type 2");
  EXPECT_FAILS(importBytes(key(7, 0) + varint(1)), "ModelProto.graph has wire type 0");
  std::string tensor = key(9, 0) + varint(1);
  EXPECT_FAILS(importBytes(message(7, message(5, tensor))), "TensorProto.raw_data has wire type 0");
  // Elements that are not packed would cost a record each.
  EXPECT_FAILS(importBytes(message(7, message(5, key(7, 0) + varint(1)))), "TensorProto.int64_data has wire type 0");
}

TEST(Container, RefusesDeepNesting) {
  std::string type;
  for (int i = 0; i < 1000; ++i)
    type = message(4, message(1, type));
  EXPECT_FAILS(importBytes(message(7, message(11, message(2, type)))), "messages are nested more than 100 deep");

  std::string graph;
  for (int i = 0; i < 200; ++i)
    graph = message(1, message(5, message(6, graph)));
  EXPECT_FAILS(importBytes(message(7, graph)), "messages are nested more than 100 deep");

  std::string groups;
  for (int i = 0; i < 10000; ++i)
    groups += key(30, 3);
  for (int i = 0; i < 10000; ++i)
    groups += key(30, 4);
  EXPECT_FAILS(importBytes(addOne().bytes() + groups), "nested more than 100 deep");
  EXPECT_FAILS(importBytes(key(30, 3) + key(31, 4)), "closed by another field's number");
}

TEST(Container, SkipsAndCountsUnknownFields) {
  std::string unknown =
      key(30, 3) + key(1, 0) + varint(7) + key(30, 4) + key(1000, 5) + "abcd" + key(31, 1) + "abcdefgh";
  Imported imported = importBytes(addOne().bytes() + unknown);
  ASSERT_TRUE(imported.module) << imported.report();
  ASSERT_EQ(imported.warnings.size(), 1u);
  EXPECT_EQ(imported.warnings[0], "skipped 3 fields that the ONNX schema does not know");
}

/// Keys and lengths longer than they need be are legal; they must not make Protobuf see other fields than the walk saw.
TEST(Container, RewritesOverlongKeys) {
  std::string overlongLocation("\xf0\x80\x00\x00", 4); // data_location = 0
  std::string overlongName("\xc2\x00\x81\x80\x00w", 6);
  std::string elements("\xca\x80\x00\x84\x80\x00\x00\x00\x80\x3f", 10); // raw_data = 1.0f
  std::string tensor = key(1, 0) + varint(1) + key(2, 0) + varint(1) + overlongName + overlongLocation + elements;
  ModelBuilder model;
  model.output("w");
  std::string graph = model.graph().SerializeAsString() + message(5, tensor);
  model.proto.clear_graph();
  Imported imported = importBytes(model.bytes() + message(7, graph));
  ASSERT_TRUE(imported.module) << imported.report();
  EXPECT_NE(imported.text().find("dense<1.000000e+00> : tensor<1xf32>"), std::string::npos) << imported.text();
}

/// What the file has in raw_data is elements, whatever it looks like.
TEST(Container, CannotForgePayloadReferences) {
  ModelBuilder model;
  model.tensor("w", {8}, ::onnx::TensorProto::UINT8).set_raw_data(std::string(8, '\x7f'));
  model.output("w");
  Imported imported = importBytes(model.bytes());
  ASSERT_TRUE(imported.module) << imported.report();
  EXPECT_NE(imported.text().find("dense<127> : tensor<8xui8>"), std::string::npos) << imported.text();
}

TEST(Container, RefusesBadTexts) {
  ModelBuilder invalid = addOne();
  invalid.graph().mutable_node(0)->set_name("\xff\xfe");
  EXPECT_FAILS(importBytes(invalid.bytes()), "NodeProto.name is not valid UTF-8");
  ModelBuilder nul = addOne();
  nul.graph().mutable_input(0)->set_name(std::string("x\0y", 3));
  EXPECT_FAILS(importBytes(nul.bytes()), "ValueInfoProto.name contains a NUL character");
  ModelBuilder large = addOne();
  large.graph().mutable_node(0)->set_name(std::string((1 << 24) + 1, 'a'));
  EXPECT_FAILS(importBytes(large.bytes()), "at most 16777216 are accepted");
}

TEST(Container, BoundsTheStructure) {
  std::string empties;
  for (int i = 0; i < 10'000; ++i)
    empties += message(1, "");
  ImportOptions options;
  options.maxObjects = 5000;
  EXPECT_FAILS(importBytes(message(7, empties), options), "more than 5000 nodes, attributes and names");
  // Two bytes each in the file, and hundreds as objects: the default limit keeps them out.
  std::string many;
  for (int i = 0; i < 5'000'000; ++i)
    many += std::string("\x0a\x00", 2);
  EXPECT_FAILS(importBytes(message(7, many)), "more than 4194304 nodes, attributes and names");
  ImportOptions small;
  small.maxStructureBytes = 64;
  EXPECT_FAILS(importBytes(addOne().bytes(), small), "more than 64 bytes besides its tensors");
}

TEST(Container, ChecksVersions) {
  for (int64_t ir : {int64_t(0), int64_t(-1), INT64_MAX}) {
    ModelBuilder model = addOne();
    model.proto.set_ir_version(ir);
    EXPECT_FAILS(importBytes(model.bytes()), "the model has ir_version " + std::to_string(ir) + ", 3 to ");
  }
  for (int64_t opset : {0, 6, 999999})
    EXPECT_FAILS(importBytes(addOne(opset).bytes()), "the model uses opset " + std::to_string(opset) + ", 7 to ");
  ModelBuilder none = addOne();
  none.proto.clear_opset_import();
  EXPECT_FAILS(importBytes(none.bytes()), "does not say which opset");
  ModelBuilder twice = addOne();
  twice.proto.add_opset_import()->set_domain("ai.onnx");
  EXPECT_FAILS(importBytes(twice.bytes()), "imports the domain 'ai.onnx' twice");
  ModelBuilder other = addOne();
  other.proto.add_opset_import()->set_domain("com.example");
  EXPECT_TRUE(importBytes(other.bytes()).module);
  other.proto.add_opset_import()->set_domain("com.example");
  EXPECT_FAILS(importBytes(other.bytes()), "imports the domain 'com.example' twice");
}

TEST(Container, RefusesFunctionsOfOneNameAndMissingGraph) {
  ModelBuilder function = addOne();
  for (int i = 0; i < 2; ++i) {
    ::onnx::FunctionProto &added = *function.proto.add_functions();
    added.set_name("Twice");
    added.set_domain("custom");
  }
  EXPECT_FAILS(importBytes(function.bytes()), "defines the function 'custom.Twice' twice");
  ModelBuilder noGraph;
  noGraph.proto.clear_graph();
  EXPECT_FAILS(importBytes(noGraph.bytes()), "the model has no graph");
}

} // namespace
