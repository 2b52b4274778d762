//===- WriterTest.cpp - what the writer writes ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../runtime/TestProgram.h"

#include "rheobase/Artifact/Format.h"
#include "rheobase/Artifact/Hash.h"
#include "rheobase/Artifact/Writer.h"

#include "gtest/gtest.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

/// A folder that is removed at the end.
struct Folder {
  Folder() {
    path = std::filesystem::temp_directory_path() /
           ("rheobase-writer-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  size_t files() const {
    return std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator());
  }
  std::filesystem::path path;
};

static std::vector<uint8_t> readFile(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Writer, EqualProgramsGiveEqualBytes) {
  EXPECT_EQ(bytesOf(exampleProgram()), bytesOf(exampleProgram()));
}

TEST(Writer, LaysOutAsDocumented) {
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  // The numbers of docs/artifact.md, read without the structs.
  auto number = [&](size_t offset, size_t size) {
    uint64_t value = 0;
    memcpy(&value, bytes.data() + offset, size);
    return value;
  };
  EXPECT_EQ(memcmp(bytes.data(), "\x89RHEO\r\n\x1a", 8), 0);
  EXPECT_EQ(number(8, 4), 0x01020304u);
  EXPECT_EQ(number(12, 2), 1u);
  EXPECT_EQ(number(14, 2), 0u);
  EXPECT_EQ(number(16, 8), 1u) << "features: machine code";
  EXPECT_EQ(number(24, 8), bytes.size());
  EXPECT_EQ(number(32, 8), 192u) << "manifest: after two table entries";
  EXPECT_EQ(number(48, 8), hash64(bytes.data() + 192, number(40, 8)));
  EXPECT_EQ(number(56, 8), 128u) << "table";
  EXPECT_EQ(number(64, 4), 2u);
  EXPECT_EQ(number(68, 4), 32u);
  EXPECT_EQ(number(72, 8), hash64(bytes.data() + 128, 64));
  EXPECT_EQ(number(120, 8), hash64(bytes.data(), 120));
  EXPECT_EQ(number(128, 4), 1u) << "constants";
  EXPECT_EQ(number(136, 8) % 64, 0u);
  EXPECT_EQ(number(144, 8), 80u);
  EXPECT_EQ(number(152, 8), hash64(bytes.data() + number(136, 8), 80));
  EXPECT_EQ(number(160, 4), 2u) << "machine code";
  EXPECT_EQ(number(168, 8) % 4096, 0u);
  EXPECT_EQ(number(168, 8) + number(176, 8), bytes.size());
}

TEST(Writer, PlacesConstantsAtMultiplesOf64) {
  uint8_t data[100];
  memset(data, 7, sizeof(data));
  Program program;
  for (size_t size : {3, 0, 64, 65, 0}) {
    ConstantBlob blob;
    blob.data = data;
    blob.size = size;
    program.constants.push_back(blob);
  }
  program.outputs = {{"third", DType::U8, {number(64)}, 0}, {"fourth", DType::U8, {number(65)}, 1}};
  program.buffers = {{BufferKind::Constant, 0, 64, number(64)}, {BufferKind::Constant, 0, 128, number(65)}};
  EXPECT_EQ(openError(program), "");
  rhb::Artifact artifact;
  std::vector<uint8_t> bytes = bytesOf(program);
  ASSERT_TRUE(rhb::Artifact::openMemory(bytes.data(), bytes.size(), artifact).ok());
  EXPECT_EQ(artifact.info().sections[0].size, 193u);
}

TEST(Writer, SaysThatReadersMustKnowNarrowTypes) {
  for (DType type : {DType::Bool, DType::F8E4M3FN, DType::U2}) {
    Program program;
    program.constants.push_back({reinterpret_cast<const uint8_t *>("\1\2\3"), 3, nullptr});
    program.outputs = {{"codes", type, {number(3)}, 0}};
    program.buffers = {{BufferKind::Constant, 0, 0, number(3)}};
    EXPECT_EQ(openError(program), "");
    EXPECT_EQ(bytesOf(program)[16], type > DType::Bool ? 4u : 0u);
  }
}

TEST(Writer, WritesTheSameBytesToAFile) {
  Folder folder;
  std::filesystem::path path = folder.path / "example.rheo";
  std::ofstream(path) << "an older file";
  EXPECT_EQ(writeArtifact(exampleProgram(), path), "");
  EXPECT_EQ(readFile(path), bytesOf(exampleProgram()));
  EXPECT_EQ(folder.files(), 1u);
}

TEST(Writer, AFailureLeavesWhatWasThere) {
  Folder folder;
  std::filesystem::path path = folder.path / "example.rheo";
  std::ofstream(path) << "old";
  Program program = exampleProgram();
  program.dispatches[0].kernel = 9;
  std::string failure = writeArtifact(program, path);
  EXPECT_NE(failure.find("the program cannot be an artifact"), std::string::npos) << failure;
  EXPECT_NE(failure.find("kernel 9 in '/double', there are 3"), std::string::npos) << failure;
  EXPECT_EQ(readFile(path).size(), 3u);
  EXPECT_EQ(folder.files(), 1u);
}

/// A file that is renamed into place would replace even a device.
TEST(Writer, LeavesWhatIsNoFileAlone) {
  Folder folder;
  std::filesystem::path pipe = folder.path / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(writeArtifact(exampleProgram(), pipe),
            "cannot write '" + pipe.string() + "': it exists and is no regular file; name another");
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_EQ(folder.files(), 1u);
}

TEST(Writer, SaysWhatItCannotWrite) {
  std::string failure = writeArtifact(exampleProgram(), "/no-such-folder/example.rheo");
  EXPECT_EQ(failure, "cannot write '/no-such-folder/example.rheo': No such file or directory");
  Program program = exampleProgram();
  program.code[0].image.clear();
  std::vector<uint8_t> bytes;
  EXPECT_EQ(serializeArtifact(program, bytes), "the machine code for 'x86-64' is empty");
  program.code.resize(70, hostCode({}));
  EXPECT_NE(serializeArtifact(program, bytes).find("71 sections, at most 64"), std::string::npos);
}
