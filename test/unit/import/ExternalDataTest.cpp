//===- ExternalDataTest.cpp - tensors in files beside the model ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"
#include "dialects/onnx/Onnx.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include "gtest/gtest.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace rheobase;
using namespace rheobase::test;
using Entries = std::vector<std::pair<std::string, std::string>>;

namespace {

/// A model with the one initializer w : float32[elements], in another file.
std::string externalModel(const Entries &entries, int64_t elements = 2) {
  ModelBuilder model;
  ::onnx::TensorProto &tensor = model.tensor("w", {elements}, ::onnx::TensorProto::FLOAT);
  tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
  for (const auto &[key, value] : entries) {
    ::onnx::StringStringEntryProto &entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }
  model.output("w");
  return model.bytes();
}

std::string twoFloats() {
  const float values[] = {1.0f, -2.0f};
  return std::string(reinterpret_cast<const char *>(values), sizeof(values));
}

class ExternalData : public ::testing::Test {
protected:
  void SetUp() override { folder.write("w.bin", "0000" + twoFloats() + "1111"); }

  Imported import(const Entries &entries, int64_t elements = 2) {
    return importPath(folder.write("m.onnx", externalModel(entries, elements)));
  }
  /// As `import`, at the right place of the file that `location` names.
  Imported at(const std::string &location) {
    return import({{"location", location}, {"offset", "4"}, {"length", "8"}});
  }

  TemporaryFolder folder;
};

TEST_F(ExternalData, ReadsARangeOfAFile) {
  Imported imported = at("w.bin");
  ASSERT_TRUE(imported.module) << imported.report();
  EXPECT_NE(imported.text().find("dense<[1.000000e+00, -2.000000e+00]>"), std::string::npos) << imported.text();
  folder.write("tail.bin", twoFloats());
  EXPECT_TRUE(import({{"location", "tail.bin"}}).module);
  ASSERT_EQ(mkdir(folder.path("sub").c_str(), 0700), 0);
  folder.write("sub/w.bin", "0000" + twoFloats());
  EXPECT_TRUE(at("sub/w.bin").module);
}

TEST_F(ExternalData, MapsLargeTensors) {
  folder.write("large.bin", std::string(4096, '\0'));
  Imported imported = import({{"location", "large.bin"}, {"offset", "0"}, {"length", "4096"}}, 1024);
  ASSERT_TRUE(imported.module) << imported.report();
  imported.module->walk([](rheobase::onnx::ConstantOp op) {
    auto resource = mlir::cast<mlir::DenseResourceElementsAttr>(op.getValue());
    // The start of a mapping: page-aligned, which a copy would not be.
    EXPECT_EQ(reinterpret_cast<uintptr_t>(resource.getRawHandle().getBlob()->getData().data()) % getpagesize(), 0u);
  });
}

TEST_F(ExternalData, ReadsFromMemoryOnlyWithAFolder) {
  std::string bytes = externalModel({{"location", "w.bin"}, {"offset", "4"}, {"length", "8"}});
  EXPECT_FAILS(importBytes(bytes), "a model from memory has no folder");
  ImportOptions options;
  options.dataDirectory = folder.root();
  EXPECT_TRUE(importBytes(bytes, options).module);
  options.dataDirectory = folder.path("absent");
  EXPECT_FAILS(importBytes(bytes, options), "No such file");
}

TEST_F(ExternalData, RefusesLocationsOutsideTheFolder) {
  EXPECT_FAILS(at("../w.bin"), "leaves its folder by '..'");
  EXPECT_FAILS(at("a/../../w.bin"), "leaves its folder by '..'");
  EXPECT_FAILS(at(folder.path("w.bin")), "is an absolute path");
  EXPECT_FAILS(at("c:w.bin"), "names a drive");
  EXPECT_FAILS(at("a\\w.bin"), "contains a backslash");
  EXPECT_FAILS(at("a//w.bin"), "has an empty component or '.'");
  EXPECT_FAILS(at("./w.bin"), "has an empty component or '.'");
  EXPECT_FAILS(at(""), "is empty");
  EXPECT_FAILS(at("absent.bin"), "No such file");
  EXPECT_FAILS(at("m.onnx"), "lies in the model file itself");
}

TEST_F(ExternalData, RefusesLinksAndSpecialFiles) {
  ASSERT_EQ(symlink("w.bin", folder.path("soft.bin").c_str()), 0);
  EXPECT_FAILS(at("soft.bin"), "symbolic links are not followed");
  ASSERT_EQ(mkdir(folder.path("real").c_str(), 0700), 0);
  folder.write("real/w.bin", "0000" + twoFloats());
  ASSERT_EQ(symlink("real", folder.path("linked").c_str()), 0);
  EXPECT_FAILS(at("linked/w.bin"), "symbolic links are not followed");
  EXPECT_FAILS(at("real"), "it is a directory");
  ASSERT_EQ(mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_FAILS(at("pipe"), "it is a pipe");
  ASSERT_EQ(link(folder.path("w.bin").c_str(), folder.path("hard.bin").c_str()), 0);
  EXPECT_FAILS(at("hard.bin"), "has 2 names (hard links), one was expected");
}

TEST_F(ExternalData, RefusesWrongRanges) {
  auto range = [&](const std::string &offset, const std::string &length) {
    return import({{"location", "w.bin"}, {"offset", offset}, {"length", length}});
  };
  EXPECT_FAILS(range("17", "8"), "starts at byte 17 of 'w.bin', which has 16 bytes");
  EXPECT_FAILS(range("12", "8"), "ends 4 bytes behind the end of 'w.bin'");
  EXPECT_FAILS(range("8", "18446744073709551615"), "behind the end");
  EXPECT_FAILS(range("18446744073709551615", "8"), "which has 16 bytes");
  EXPECT_FAILS(range("4", "7"), "has 7 bytes, 8 were expected from its type");
  EXPECT_FAILS(import({{"location", "w.bin"}}), "has 16 bytes, 8 were expected from its type");
  for (const char *text : {"-1", "1e9", " 12", "0x10", "", "18446744073709551616"}) {
    EXPECT_FAILS(range("4", text), std::string("length '") + text + "', a decimal number below 2^64 was expected");
    EXPECT_FAILS(range(text, "8"), std::string("offset '") + text + "', a decimal number");
  }
}

TEST_F(ExternalData, RefusesOtherKeys) {
  EXPECT_FAILS(import({{"location", "w.bin"}, {"__class__", "x"}}), "has the key '__class__'");
  EXPECT_FAILS(import({{"location", "w.bin"}, {"location", "w.bin"}}), "has the key 'location' twice");
  EXPECT_FAILS(import({{"offset", "4"}}), "has no location");
  // What runtimes use for tensors in their own memory is a path that does not exist.
  EXPECT_FAILS(at("*/_ORT_MEM_ADDR_/*"), "No such file");
}

TEST_F(ExternalData, ChecksTheChecksum) {
  folder.write("a.bin", "abcdefgh");
  auto with = [&](const std::string &checksum) { return import({{"location", "a.bin"}, {"checksum", checksum}}); };
  EXPECT_TRUE(with("425af12a0743502b322e93a015bcf868e324d56a").module)
      << with("425af12a0743502b322e93a015bcf868e324d56a").report();
  EXPECT_FAILS(with("0000000000000000000000000000000000000000"), "has the SHA-1 checksum 425af12a");
}

TEST_F(ExternalData, RefusesElementsInTwoPlaces) {
  ModelBuilder model;
  ::onnx::TensorProto &tensor = model.floats("w", {2}, {1, 2});
  tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
  model.output("w");
  EXPECT_FAILS(importBytes(model.bytes()), "it has raw_data, although its elements are in another file");
}

} // namespace
