//===- LoaderTest.cpp - what the loader refuses ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "rheobase/Artifact/Format.h"
#include "rheobase/Artifact/Hash.h"
#include "runtime/schema/artifact_generated.h"

#include "gtest/gtest.h"

#include <cstring>
#include <functional>

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

TEST(Loader, OpensTheExample) {
  EXPECT_EQ(openError(exampleProgram()), "");
}

TEST(Loader, OpensAProgramThatDoesNothing) {
  EXPECT_EQ(openError(Program()), "");
}

//===----------------------------------------------------------------------===//
// Header, table, layout
//===----------------------------------------------------------------------===//

/// The error after `damage` to the header, all checksums made right again.
static std::string headerError(const std::function<void(Header &)> &damage) {
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  Header header;
  memcpy(&header, bytes.data(), sizeof(header));
  damage(header);
  memcpy(bytes.data(), &header, sizeof(header));
  reseal(bytes);
  return openError(bytes);
}

TEST(Loader, ChecksTheHeader) {
  expectContains(headerError([](Header &h) { h.magic[1] = 'r'; }), "not a Rheobase artifact");
  expectContains(headerError([](Header &h) { h.endianMarker = 0x04030201; }), "byte order");
  expectContains(headerError([](Header &h) { h.formatMajor = 2; }), "format version 2.0, this runtime reads 1.x");
  expectContains(headerError([](Header &h) { h.features |= 0x100; }), "features 0x100 that this runtime does not know");
  expectContains(headerError([](Header &h) { ++h.fileSize; }), "its header says");
  expectContains(headerError([](Header &h) { h.reserved[7] = 1; }), "reserved bytes");
  expectContains(headerError([](Header &h) { h.tableOffset = 136; }), "section table is not where it must be");
  expectContains(headerError([](Header &h) { h.sectionEntrySize = 40; }), "section table is not where it must be");
  expectContains(headerError([](Header &h) { h.sectionCount = 65; }), "65 sections, at most 64 are allowed");
  expectContains(headerError([](Header &h) { h.manifestOffset += 64; }), "does not begin where");
  expectContains(headerError([](Header &h) { h.manifestOffset = ~uint64_t(0) - 63; }), "does not begin where");
  expectContains(headerError([](Header &h) { h.manifestSize = 0; }), "empty or ends after the file");
  expectContains(headerError([](Header &h) { h.manifestSize = uint64_t(1) << 27; }), "empty or ends after the file");
  expectContains(headerError([](Header &h) { h.manifestSize = ~uint64_t(0); }), "at most 268435456 are allowed");
  expectContains(headerError([](Header &h) { h.features = 0; }), "machine code feature bit");
}

TEST(Loader, AcceptsANewerMinorVersion) {
  EXPECT_EQ(headerError([](Header &h) { h.formatMinor = 7; }), "");
}

/// The error after `damage` to the section table (0: constants, 1: machine code), all checksums made right again.
static std::string tableError(const std::function<void(SectionEntry *)> &damage) {
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  damage(reinterpret_cast<SectionEntry *>(bytes.data() + sizeof(Header)));
  reseal(bytes);
  return openError(bytes);
}

TEST(Loader, ChecksTheSectionTable) {
  expectContains(tableError([](SectionEntry *s) { s[0].kind = SectionKind(9); }), "a section of unknown kind 9");
  expectContains(tableError([](SectionEntry *s) { s[0].flags = 1; }), "unknown flags");
  expectContains(tableError([](SectionEntry *s) { s[0].offset += 64; }), "does not begin where");
  expectContains(tableError([](SectionEntry *s) { std::swap(s[0], s[1]); }), "padding is not zero");
  expectContains(tableError([](SectionEntry *s) { s[1].offset = s[0].offset; }), "does not begin where");
  expectContains(tableError([](SectionEntry *s) { s[1].size = 0; }), "empty or ends after the file");
  expectContains(tableError([](SectionEntry *s) { s[1].size = ~uint64_t(0); }), "empty or ends after the file");
  expectContains(tableError([](SectionEntry *s) { --s[1].size; }), "bytes follow its last part");
  expectContains(tableError([](SectionEntry *s) { ++s[0].hash; }), "checksum of a section");
  expectContains(tableError([](SectionEntry *s) { ++s[1].hash; }), "checksum of a section");
}

TEST(Loader, AllowsOneSectionOfConstants) {
  // Constants that end at a page let the code section behind them pass as constants too.
  std::vector<uint8_t> zeros(2 * 4096);
  Program program = exampleProgram();
  program.constants[0].data = zeros.data();
  program.constants[0].size = 4096;
  std::vector<uint8_t> bytes = bytesOf(program);
  const SectionEntry *table = reinterpret_cast<const SectionEntry *>(bytes.data() + sizeof(Header));
  program.constants[0].size = 2 * 4096 - table[0].offset % 4096;
  bytes = bytesOf(program);
  reinterpret_cast<SectionEntry *>(bytes.data() + sizeof(Header))[1].kind = SectionKind::Constants;
  reseal(bytes);
  expectContains(openError(bytes), "several sections of constants");
}

TEST(Loader, ChecksEveryHash) {
  std::vector<uint8_t> good = bytesOf(exampleProgram());
  Header header;
  memcpy(&header, good.data(), sizeof(header));
  auto errorAfterFlip = [&](size_t position) {
    std::vector<uint8_t> bytes = good;
    bytes[position] ^= 0x10;
    return openError(bytes);
  };
  expectContains(errorAfterFlip(offsetof(Header, manifestOffset)), "checksum of its header");
  expectContains(errorAfterFlip(offsetof(Header, headerHash)), "checksum of its header");
  expectContains(errorAfterFlip(sizeof(Header) + 8), "checksum of its section table");
  expectContains(errorAfterFlip(header.manifestOffset + 8), "checksum of its manifest");
  expectContains(errorAfterFlip(good.size() - 1), "checksum of a section");
  std::vector<uint8_t> constants = good;
  SectionEntry *table = reinterpret_cast<SectionEntry *>(good.data() + sizeof(Header));
  expectContains(errorAfterFlip(table[0].offset), "checksum of a section");
  expectContains(errorAfterFlip(table[1].offset - 1), "padding is not zero");
}

TEST(Loader, ChecksTheSize) {
  expectContains(openError(std::vector<uint8_t>()), "not a Rheobase artifact");
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  bytes.push_back(0);
  expectContains(openError(bytes), "its header says");
  bytes.resize(100);
  expectContains(openError(bytes), "damaged artifact: 100 bytes");
}

TEST(Loader, ChecksTheFlatBuffer) {
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  Header header;
  memcpy(&header, bytes.data(), sizeof(header));
  memset(bytes.data() + header.manifestOffset, 0xff, 4);
  reseal(bytes);
  expectContains(openError(bytes), "not a well-formed FlatBuffer");
}

//===----------------------------------------------------------------------===//
// Manifest
//===----------------------------------------------------------------------===//

/// The error after `damage` to the example.
static std::string programError(const std::function<void(Program &)> &damage) {
  Program program = exampleProgram();
  damage(program);
  return openError(program);
}

TEST(Loader, ChecksTexts) {
  expectContains(programError([](Program &p) { p.name = "a\x1b[2Jb"; }), "control characters or invalid UTF-8");
  expectContains(programError([](Program &p) { p.inputs[0].name = std::string("a\0b", 3); }), "control characters");
  expectContains(programError([](Program &p) { p.metadata[0].second = "\xc3"; }), "invalid UTF-8");
  expectContains(programError([](Program &p) { p.metadata[0].second = "\xc2\x9b"; }), "control characters");
  expectContains(programError([](Program &p) { p.producer.assign(1 << 17, 'x'); }), "131072 bytes in a text");
  EXPECT_EQ(programError([](Program &p) { p.name = "f\xc3\xbcr \xe2\x82\xac \xf0\x9f\xa7\xa0"; }), "");
}

TEST(Loader, ChecksSymbols) {
  expectContains(programError([](Program &p) { p.symbols[0].min = -1; }), "symbol 'batch' ranges from -1 to 64");
  expectContains(programError([](Program &p) { p.symbols[0].min = 65; }), "symbol 'batch' ranges from 65 to 64");
  expectContains(programError([](Program &p) { p.symbols.push_back(p.symbols[0]); }), "two symbols 'batch'");
  expectContains(programError([](Program &p) { p.symbols.push_back({"length", 1, 0}); }),
                 "symbol 'length' is neither a dimension of an input nor measured");
  expectContains(programError([](Program &p) { p.symbols.resize(300, {"s", 1, 0}); }), "300 symbols, at most 256");
}

TEST(Loader, ChecksExpressions) {
  using Code = ExprOp::Code;
  auto gridError = [](Expr grid) { return programError([&](Program &p) { p.dispatches[0].grid = grid; }); };
  expectContains(gridError({}), "has 0 results");
  expectContains(gridError({{Code::Constant, 1}, {Code::Constant, 1}}), "has 2 results");
  expectContains(gridError({{Code::Add}}), "lacks an operand");
  expectContains(gridError({{Code::Constant, 1}, {Code::Mul}}), "lacks an operand");
  expectContains(gridError({{Code::Symbol, 1}}), "uses symbol 1 of 1");
  expectContains(gridError({{Code::Symbol, -1}}), "uses symbol -1 of 1");
  expectContains(gridError({{Code(8)}}), "step 8 is unknown");
  expectContains(gridError(Expr(65, {Code::Constant, 1})), "nested too deeply");
  expectContains(gridError(Expr(5000, {Code::Constant, 1})), "5000 steps, at most 4096");
}

TEST(Loader, ChecksTensors) {
  expectContains(programError([](Program &p) { p.inputs[0].dtype = DType(23); }), "'x' has unknown element type 23");
  expectContains(programError([](Program &p) { p.outputs[0].buffer = 6; }), "buffer 6 in 'y', there are 6");
  expectContains(programError([](Program &p) { p.outputs[0].buffer = 5; }), "'y' lies in the counters");
  expectContains(programError([](Program &p) { p.inputs[0].buffer = 1; }), "'x' does not lie in the buffer of input 0");
  expectContains(programError([](Program &p) { p.inputs[1].name = "x"; }), "two inputs 'x'");
  expectContains(programError([](Program &p) { p.outputs.push_back(p.outputs[0]); }), "two outputs 'y'");
  expectContains(programError([](Program &p) { p.outputs[0].dims.resize(17, number(1)); }),
                 "17 dimensions of a tensor, at most 16");
  expectContains(programError([](Program &p) { p.taps[0].after = 3; }), "dispatch 3 in 'doubled', there are 3");
  expectContains(programError([](Program &p) { p.taps[0].after = 1; }), "'doubled' waits for a counting dispatch");
}

TEST(Loader, ChecksBuffers) {
  expectContains(programError([](Program &p) { p.buffers[3].kind = BufferKind(5); }), "unknown kind 5");
  expectContains(programError([](Program &p) { p.buffers[3].slot = 1; }), "slot 1 in 'a buffer', there are 1");
  expectContains(programError([](Program &p) { p.buffers[0].slot = 2; }), "input 2 in 'a buffer', there are 2");
  expectContains(programError([](Program &p) { p.buffers[4].slot = 1; }), "output 1 in 'a buffer', there are 1");
  expectContains(programError([](Program &p) { p.slots = ~0u; }), "slots, at most 1048576");
  expectContains(programError([](Program &p) { p.buffers[2].bytes = symbol(0); }),
                 "size of a constant is not a number");
  expectContains(programError([](Program &p) { p.buffers[2].bytes = number(-1); }),
                 "size of a constant is not a number");
  expectContains(programError([](Program &p) { p.buffers[2].bytes = number(81); }), "ends after the constants section");
  expectContains(programError([](Program &p) { p.buffers[2].offset = ~uint64_t(63); }),
                 "ends after the constants section");
  expectContains(programError([](Program &p) {
                   p.buffers[2].offset = 8;
                   p.buffers[2].bytes = number(8);
                 }),
                 "a constant at 8, expected a multiple of 64");
  expectContains(programError([](Program &p) { p.constants.clear(); }), "ends after the constants section");
}

TEST(Loader, ChecksDispatches) {
  expectContains(programError([](Program &p) { p.dispatches[0].kernel = 3; }), "kernel 3 in '/double', there are 3");
  expectContains(programError([](Program &p) { p.dispatches[0].buffers[0] = 6; }), "buffer 6 in '/double'");
  expectContains(programError([](Program &p) { p.dispatches[0].writes[0] = 2; }), "written buffer 2 in '/double'");
  expectContains(programError([](Program &p) { p.dispatches[0].writes[0] = 0; }), "'/double' writes to an input");
  expectContains(programError([](Program &p) { p.dispatches[2].writes[0] = 2; }), "'/gather' writes to a constant");
  expectContains(programError([](Program &p) { p.dispatches[1].counting = false; }),
                 "'/count' uses the counters and is not a counting dispatch");
  expectContains(programError([](Program &p) { p.dispatches[0].buffers.resize(5000); }),
                 "5000 buffers of a dispatch, at most 4096");
  expectContains(programError([](Program &p) { p.dispatches[0].scratch = number(-1); }),
                 "'/double' needs -1 bytes of scratch memory, expected 0 to ");
  expectContains(programError([](Program &p) { p.dispatches[0].scratch = number(limit::kBytes + 1); }),
                 "'/double' needs 70368744177665 bytes of scratch memory");
}

TEST(Loader, ChecksWhereTheSizeOfScratchMemoryLies) {
  Program program = exampleProgram();
  program.dispatches[0].scratch = number(123456789);
  std::vector<uint8_t> bytes = bytesOf(program);
  EXPECT_EQ(openError(bytes), "");
  Header header;
  memcpy(&header, bytes.data(), sizeof(header));
  EXPECT_EQ(header.features, kFeatureMachineCode | kFeatureScratch);
  const auto *dispatch = schema::GetManifest(bytes.data() + header.manifestOffset)->dispatches()->Get(0);
  auto *table = reinterpret_cast<flatbuffers::Table *>(const_cast<schema::Dispatch *>(dispatch));
  ASSERT_TRUE(table->SetField<uint32_t>(schema::Dispatch::VT_SCRATCH, 99, 0));
  reseal(bytes);
  expectContains(openError(bytes), "size expression 99 in '/double', there are ");
}

TEST(Loader, ChecksCode) {
  expectContains(programError([](Program &p) { p.code[0].target = "z80"; }), "unknown target 'z80'");
  expectContains(programError([](Program &p) { p.code[0].features = 1 << 20; }), "needs unknown CPU features");
  expectContains(programError([](Program &p) { p.code[0].entries.pop_back(); }), "has 2 entries, there are 3 kernels");
  expectContains(programError([](Program &p) { p.code[0].entries[1] = p.code[0].image.size(); }),
                 "a kernel for 'x86-64' at ");
  expectContains(programError([](Program &p) { p.code.push_back(p.code[0]); }), "two code entries for 'x86-64'");
}

/// A tiny file must not ask for gigabytes: here many dispatches share one list.
TEST(Loader, BoundsWhatSharedPartsExpandTo) {
  Program program = exampleProgram();
  program.metadata.clear();
  std::string text(60000, 'x');
  for (int i = 0; i < 5000; ++i)
    program.metadata.emplace_back(text, text);
  expectContains(openError(program), "shared too often");
}

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

TEST(Loader, SaysWhichFileIsWrong) {
  rhb::Artifact artifact;
  rhb::Status missing = rhb::Artifact::open("no-such-file.rheo", artifact);
  EXPECT_EQ(missing.code(), RHB_NOT_FOUND);
  expectContains(missing.message(), "cannot open 'no-such-file.rheo'");
  EXPECT_STREQ(rhb_last_error(), missing.message());
  rhb::Status folder = rhb::Artifact::open(".", artifact);
  EXPECT_EQ(folder.code(), RHB_IO);
  expectContains(folder.message(), "not a regular file");
}

TEST(Loader, ChecksItsArguments) {
  rhb_artifact *artifact = nullptr;
  rhb::Status path(rhb_artifact_open(nullptr, nullptr, &artifact));
  EXPECT_EQ(path.code(), RHB_INVALID_ARGUMENT);
  rhb::Status data(rhb_artifact_open_memory(nullptr, 5, nullptr, &artifact));
  EXPECT_EQ(data.code(), RHB_INVALID_ARGUMENT);
  rhb_open_options options = {1000, 0, RHB_CONSTANTS_AUTO};
  rhb::Status size(rhb_artifact_open("x", &options, &artifact));
  expectContains(size.message(), "options of 1000 bytes");
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  options = {sizeof(options), 0, 3};
  rhb::Status constants(rhb_artifact_open_memory(bytes.data(), bytes.size(), &options, &artifact));
  expectContains(constants.message(), "option 'constants' is 3, expected one of rhb_constants: 0, 1 or 2");
  EXPECT_EQ(artifact, nullptr);
}

TEST(Loader, CopiesUnalignedMemory) {
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  std::vector<uint8_t> moved(bytes.size() + 1);
  memcpy(moved.data() + 1, bytes.data(), bytes.size());
  rhb::Artifact artifact;
  rhb::Status status = rhb::Artifact::openMemory(moved.data() + 1, bytes.size(), artifact);
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST(Loader, RefusesMachineCodeWhereAsked) {
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  rhb_open_options options = RHB_OPEN_OPTIONS_INIT;
  options.refuse_machine_code = 1;
  rhb::Artifact artifact;
  ASSERT_TRUE(rhb::Artifact::openMemory(bytes.data(), bytes.size(), artifact, &options).ok());
  EXPECT_STREQ(artifact.info().name, "example");
  rhb::Session session;
  EXPECT_EQ(rhb::Session::create(artifact, session).code(), RHB_REFUSED);
}
