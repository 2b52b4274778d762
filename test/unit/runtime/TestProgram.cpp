//===- TestProgram.cpp - a small program to write, damage and run ---------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "rheobase/Artifact/Format.h"
#include "rheobase/Artifact/Hash.h"
#include "rheobase/Artifact/Writer.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cstring>

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

CodeSection test::hostCode(const std::vector<KernelAddress> &kernels) {
  CodeSection code;
  code.target = "x86-64";
  for (KernelAddress kernel : kernels) {
    code.entries.push_back(code.image.size());
    // movabs rax, kernel; jmp rax
    uint8_t jump[16] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0, 0xcc, 0xcc, 0xcc, 0xcc};
    memcpy(jump + 2, &kernel.value, sizeof(kernel.value));
    code.image.insert(code.image.end(), std::begin(jump), std::end(jump));
  }
  return code;
}

Expr test::number(int64_t value) {
  return {{ExprOp::Code::Constant, value}};
}
Expr test::symbol(int64_t index) {
  return {{ExprOp::Code::Symbol, index}};
}
Expr test::times(Expr a, const Expr &b) {
  a.insert(a.end(), b.begin(), b.end());
  a.push_back({ExprOp::Code::Mul});
  return a;
}

static constexpr int64_t kWidth = 4, kRows = 5;

static const std::vector<float> &table() {
  static const std::vector<float> values = [] {
    std::vector<float> rows(kRows * kWidth);
    for (size_t i = 0; i < rows.size(); ++i) {
      size_t value = i / kWidth * 100 + i % kWidth;
      rows[i] = static_cast<float>(value);
    }
    return rows;
  }();
  return values;
}

//===----------------------------------------------------------------------===//
// The example's machine code: the section of ExampleKernels.c, whose bounds the linker names
//===----------------------------------------------------------------------===//

extern "C" {
extern const uint8_t __start_rheobase_example[], __stop_rheobase_example[];
int64_t example_double(void *const *, const int64_t *, int64_t, int64_t);
int64_t example_add_rows(void *const *, const int64_t *, int64_t, int64_t);
int64_t example_count_positives(void *const *, const int64_t *, int64_t, int64_t);
}

static CodeSection exampleCode() {
  CodeSection code;
  code.target = "x86-64";
  code.image.assign(__start_rheobase_example, __stop_rheobase_example);
  for (KernelFunction kernel : {example_double, example_add_rows, example_count_positives})
    code.entries.push_back(reinterpret_cast<const uint8_t *>(kernel) - __start_rheobase_example);
  return code;
}

Program test::exampleProgram() {
  Program program;
  program.name = "example";
  program.producer = "unit test";
  program.metadata = {{"form", "value"}, {"steps", "8"}};
  program.symbols = {{"batch", 1, 64}};
  Expr batch = symbol(0), width = number(kWidth), bytes = times(batch, number(kWidth * sizeof(float)));
  program.inputs = {{"x", DType::F32, {batch, width}, 0}, {"index", DType::I64, {batch}, 1}};
  program.outputs = {{"y", DType::F32, {batch, width}, 4}};
  program.taps = {{{"doubled", DType::F32, {batch, width}, 3}, 0}};
  program.buffers = {{BufferKind::Input, 0, 0, bytes},
                     {BufferKind::Input, 1, 0, times(batch, number(sizeof(int64_t)))},
                     {BufferKind::Constant, 0, 0, number(kRows * kWidth * sizeof(float))},
                     {BufferKind::Arena, 0, 0, bytes},
                     {BufferKind::Output, 0, 0, bytes},
                     {BufferKind::Counters, 0, 0, number(2 * sizeof(uint64_t))}};
  program.slots = 1;
  program.kernels = {"double_rows", "add_rows", "count_positives"};
  program.dispatches = {{0, "/double", {0, 3}, {1}, {width}, batch, false},
                        {2, "/count", {0, 5}, {1}, {width}, batch, true},
                        {1, "/gather", {3, 1, 2, 4}, {3}, {width, number(kRows)}, batch, false}};
  program.counters = {{"/double", "spikes"}, {"/double", "items"}};
  program.code = {exampleCode()};
  ConstantBlob blob;
  blob.data = reinterpret_cast<const uint8_t *>(table().data());
  blob.size = table().size() * sizeof(float);
  program.constants = {blob};
  return program;
}

std::vector<uint8_t> test::bytesOf(const Program &program) {
  std::vector<uint8_t> bytes;
  EXPECT_EQ(serializeArtifact(program, bytes), "");
  return bytes;
}

void test::reseal(std::vector<uint8_t> &bytes) {
  Header header;
  memcpy(&header, bytes.data(), sizeof(header));
  uint64_t tableSize = header.sectionCount * sizeof(SectionEntry);
  if (header.tableOffset + tableSize <= bytes.size())
    header.tableHash = hash64(bytes.data() + header.tableOffset, tableSize);
  if (header.manifestOffset <= bytes.size() && header.manifestSize <= bytes.size() - header.manifestOffset)
    header.manifestHash = hash64(bytes.data() + header.manifestOffset, header.manifestSize);
  header.headerHash = hash64(&header, offsetof(Header, headerHash));
  memcpy(bytes.data(), &header, sizeof(header));
}

std::string test::openError(const std::vector<uint8_t> &bytes) {
  rhb::Artifact artifact;
  rhb::Status status = rhb::Artifact::openMemory(bytes.data(), bytes.size(), artifact);
  EXPECT_EQ(status.ok(), artifact.get() != nullptr);
  return status.message();
}

std::string test::openError(const Program &program) {
  return openError(bytesOf(program));
}

void test::expectContains(const std::string &text, const std::string &part) {
  EXPECT_NE(text.find(part), std::string::npos) << "found '" << text << "', expected '" << part << "' in it";
}

ExampleCall::ExampleCall(int64_t batch) {
  x.dims = y.dims = {batch, kWidth};
  index.dims = {batch};
  y.data.assign(batch * kWidth, -1.0f);
  for (int64_t row = 0; row < batch; ++row) {
    index.data.push_back(row * 3 % kRows);
    for (int64_t i = 0; i < kWidth; ++i)
      x.data.push_back(static_cast<float>((row * 7 + i * 5) % 11) - 4.0f);
  }
}

std::vector<rhb_tensor> ExampleCall::inputs() {
  return {x.view(RHB_F32), index.view(RHB_I64)};
}
std::vector<rhb_tensor> ExampleCall::outputs() {
  return {y.view(RHB_F32)};
}

std::vector<float> ExampleCall::expected() const {
  std::vector<float> result;
  for (size_t i = 0; i < x.data.size(); ++i)
    result.push_back(2.0f * x.data[i] + table()[index.data[i / kWidth] * kWidth + i % kWidth]);
  return result;
}

uint64_t ExampleCall::positives() const {
  return std::count_if(x.data.begin(), x.data.end(), [](float value) { return value > 0.0f; });
}

Opened::Opened(const Program &program, const rhb_session_options *options) : bytes(bytesOf(program)) {
  rhb::Status opened = rhb::Artifact::openMemory(bytes.data(), bytes.size(), artifact);
  EXPECT_TRUE(opened.ok()) << opened.message();
  if (opened.ok()) {
    rhb::Status created = rhb::Session::create(artifact, session, options);
    EXPECT_TRUE(created.ok()) << created.message();
  }
}
