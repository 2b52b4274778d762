//===- TestProgram.h - a small program to write, damage and run ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_RUNTIME_TESTPROGRAM_H
#define RHEOBASE_TEST_UNIT_RUNTIME_TESTPROGRAM_H

#include "rheobase/Artifact/Program.h"
#include "rheobase/runtime.hpp"

#include <string>
#include <vector>

namespace rheobase::test {

using KernelFunction = int64_t (*)(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end);

/// The same with the last argument of the calling convention, for kernels that need it.
using ScratchKernel = int64_t (*)(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end,
                                  void *scratch);

/// Where either is in this process.
struct KernelAddress {
  KernelAddress(KernelFunction kernel) : value(reinterpret_cast<uint64_t>(kernel)) {}
  KernelAddress(ScratchKernel kernel) : value(reinterpret_cast<uint64_t>(kernel)) {}
  uint64_t value;
};

/// An image that jumps into this process: kernels are C++ functions here, which sanitizers and debuggers see. It is
/// good only for the process that made it.
artifact::CodeSection hostCode(const std::vector<KernelAddress> &kernels);

artifact::Expr number(int64_t value);
artifact::Expr symbol(int64_t index);
artifact::Expr times(artifact::Expr a, const artifact::Expr &b);

/// y = 2 x + table[index], with x: f32[batch, 4], index: i64[batch], table: f32[5, 4], batch from 1 to 64.
/// Its machine code is real: the artifact may be written and run by another process. Tap "doubled" is 2 x; counter 0
/// counts the positive elements of x, counter 1 the calls' items.
artifact::Program exampleProgram();

/// The bytes of `program`; a failure is a test failure.
std::vector<uint8_t> bytesOf(const artifact::Program &program);

/// Makes header, table and manifest hashes of damaged bytes right again.
void reseal(std::vector<uint8_t> &bytes);

/// The error that opening ends in, "" for none.
std::string openError(const std::vector<uint8_t> &bytes);
std::string openError(const artifact::Program &program);

void expectContains(const std::string &text, const std::string &part);

/// An f32 or i64 tensor with its own memory.
template <typename T> struct TestTensor {
  std::vector<int64_t> dims;
  std::vector<T> data;
  rhb_tensor view(rhb_dtype dtype) { return {data.data(), data.size() * sizeof(T), dtype, dims.size(), dims.data()}; }
};

/// Inputs and output of the example program.
struct ExampleCall {
  explicit ExampleCall(int64_t batch);
  std::vector<rhb_tensor> inputs();
  std::vector<rhb_tensor> outputs();
  std::vector<float> expected() const;
  uint64_t positives() const;

  TestTensor<float> x, y;
  TestTensor<int64_t> index;
};

/// Opens and makes a session; a failure is a test failure.
struct Opened {
  explicit Opened(const artifact::Program &program, const rhb_session_options *options = nullptr);

  std::vector<uint8_t> bytes;
  rhb::Artifact artifact;
  rhb::Session session;
};

} // namespace rheobase::test

#endif // RHEOBASE_TEST_UNIT_RUNTIME_TESTPROGRAM_H
