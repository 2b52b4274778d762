//===- SessionTest.cpp - running programs ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include "rheobase/Artifact/Format.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>
#ifdef __x86_64__
#include <xmmintrin.h>
#endif

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

static rhb_session_options withThreads(int threads) {
  rhb_session_options options = RHB_SESSION_OPTIONS_INIT;
  options.threads = threads;
  return options;
}

TEST(Session, RunsEveryBatchWithAnyNumberOfThreads) {
  for (int threads : {1, 2, 7}) {
    rhb_session_options options = withThreads(threads);
    Opened opened(exampleProgram(), &options);
    EXPECT_EQ(opened.session.threads(), static_cast<size_t>(threads));
    EXPECT_STREQ(opened.session.target(), "x86-64");
    EXPECT_EQ(opened.session.arenaSize(), 0u);
    for (int64_t batch : {1, 64, 3, 3}) {
      ExampleCall call(batch);
      rhb::Status status = opened.session.run(call.inputs(), call.outputs());
      ASSERT_TRUE(status.ok()) << status.message();
      EXPECT_EQ(call.y.data, call.expected());
      EXPECT_GE(opened.session.arenaSize(), static_cast<size_t>(batch) * 16 + 64);
    }
  }
}

TEST(Session, RunsOnMappedAndOnLoadedConstants) {
  std::vector<uint8_t> bytes = bytesOf(exampleProgram());
  std::string path = testing::TempDir() + "constants.rheo";
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  for (int constants : {RHB_CONSTANTS_AUTO, RHB_CONSTANTS_MAPPED, RHB_CONSTANTS_LOADED}) {
    rhb_open_options options = RHB_OPEN_OPTIONS_INIT;
    options.constants = constants;
    for (bool isFile : {true, false}) {
      rhb::Artifact artifact;
      rhb::Session session;
      rhb::Status opened = isFile ? rhb::Artifact::open(path.c_str(), artifact, &options)
                                  : rhb::Artifact::openMemory(bytes.data(), bytes.size(), artifact, &options);
      ASSERT_TRUE(opened.ok()) << opened.message();
      ASSERT_TRUE(rhb::Session::create(artifact, session).ok());
      ExampleCall call(3);
      ASSERT_TRUE(session.run(call.inputs(), call.outputs()).ok());
      EXPECT_EQ(call.y.data, call.expected());
    }
  }
  std::remove(path.c_str());
}

TEST(Session, DefaultThreads) {
  Opened opened(exampleProgram());
  EXPECT_GE(opened.session.threads(), 1u);
}

TEST(Session, SaysTheOutputShape) {
  Opened opened(exampleProgram());
  ExampleCall call(9);
  std::vector<int64_t> dims;
  rhb::Status status = opened.artifact.outputDims(call.inputs(), 0, dims);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(dims, (std::vector<int64_t>{9, 4}));
  EXPECT_EQ(opened.artifact.outputDims(call.inputs(), 1, dims).code(), RHB_NOT_FOUND);
}

TEST(Session, Inspects) {
  Opened opened(exampleProgram());
  const rhb_artifact_info &info = opened.artifact.info();
  EXPECT_STREQ(info.producer, "unit test");
  EXPECT_EQ(info.file_size, opened.bytes.size());
  ASSERT_EQ(info.metadata_count, 2u);
  EXPECT_STREQ(info.metadata[1].key, "steps");
  ASSERT_EQ(info.symbol_count, 1u);
  EXPECT_EQ(info.symbols[0].max, 64);
  ASSERT_EQ(info.input_count, 2u);
  EXPECT_EQ(info.inputs[0].dims[0], -1);
  EXPECT_EQ(info.inputs[0].dims[1], 4);
  EXPECT_STREQ(info.inputs[0].dims_texts[0], "batch");
  ASSERT_EQ(info.tap_count, 1u);
  EXPECT_EQ(info.taps[0].after, 0u);
  ASSERT_EQ(info.section_count, 2u);
  EXPECT_EQ(info.sections[0].kind, RHB_SECTION_CONSTANTS);
  EXPECT_EQ(info.sections[0].size, 80u);
  EXPECT_STREQ(info.sections[1].target, "x86-64");
  EXPECT_EQ(info.sections[1].offset % 4096, 0u);
  EXPECT_TRUE(info.sections[1].usable);
  ASSERT_EQ(info.counter_count, 2u);
  EXPECT_STREQ(info.counters[0].quantity, "spikes");
  ASSERT_EQ(info.dispatch_count, 3u);
  EXPECT_STREQ(info.dispatches[1].kernel, "count_positives");
  EXPECT_STREQ(info.dispatches[1].location, "/count");
  EXPECT_TRUE(info.dispatches[1].counting);
}

//===----------------------------------------------------------------------===//
// Wrong calls
//===----------------------------------------------------------------------===//

/// The error of a run of the example whose inputs (x, index) and output (y) `damage` has changed.
template <typename Damage> static std::string callError(Damage damage) {
  Opened opened(exampleProgram());
  ExampleCall call(2);
  std::vector<rhb_tensor> inputs = call.inputs(), outputs = call.outputs();
  damage(inputs, outputs);
  rhb::Status status = opened.session.run(inputs, outputs);
  EXPECT_EQ(status.code(), RHB_INVALID_ARGUMENT) << status.message();
  return status.message();
}

TEST(Session, ChecksInputs) {
  static const int64_t three[] = {3}, none[] = {0, 4}, wide[] = {2, 5}, many[] = {65, 4}, negative[] = {-2, 4};
  using Tensors = std::vector<rhb_tensor>;
  expectContains(callError([](Tensors &in, Tensors &) { in.pop_back(); }), "1 inputs, expected 2");
  expectContains(callError([](Tensors &in, Tensors &) { in[0].dtype = RHB_F64; }),
                 "input 'x' has element type f64, expected f32");
  expectContains(callError([](Tensors &in, Tensors &) { in[0].dtype = static_cast<rhb_dtype>(77); }),
                 "input 'x' has element type unknown");
  expectContains(callError([](Tensors &in, Tensors &) { in[0].rank = 1; }),
                 "input 'x' has rank 1, expected 2: [batch, 4]");
  expectContains(callError([](Tensors &in, Tensors &) { in[1].dims = three; }),
                 "input 'index' has shape [3], expected [batch] with batch = 2 in dimension 0");
  expectContains(callError([](Tensors &in, Tensors &) { in[0].dims = wide; }),
                 "input 'x' has shape [2, 5], expected [batch, 4] with 4 in dimension 1");
  expectContains(callError([](Tensors &in, Tensors &) { in[0].dims = none; }),
                 "dimension 'batch' of input 'x' is 0, expected 1 to 64");
  expectContains(callError([](Tensors &in, Tensors &) { in[0].dims = many; }), "is 65, expected 1 to 64");
  expectContains(callError([](Tensors &in, Tensors &) { in[0].dims = negative; }), "has a negative dimension: [-2, 4]");
  expectContains(callError([](Tensors &in, Tensors &) { in[0].size = 31; }),
                 "input 'x' has a buffer of 31 bytes, expected 32");
  expectContains(callError([](Tensors &in, Tensors &) { in[0].data = nullptr; }), "input 'x' has no buffer");
  expectContains(callError([](Tensors &in, Tensors &) { in[1].data = static_cast<char *>(in[1].data) + 1; }),
                 "input 'index' has a buffer that is not aligned");
}

TEST(Session, ChecksOutputs) {
  static const int64_t other[] = {4, 2};
  using Tensors = std::vector<rhb_tensor>;
  expectContains(callError([](Tensors &, Tensors &out) { out.clear(); }), "0 outputs, expected 1");
  expectContains(callError([](Tensors &, Tensors &out) { out[0].dtype = RHB_I32; }),
                 "wrong element type, expected f32");
  expectContains(callError([](Tensors &, Tensors &out) { out[0].dims = other; }),
                 "output 'y' has shape [4, 2], expected [2, 4]");
  expectContains(callError([](Tensors &, Tensors &out) { out[0].size = 0; }),
                 "output 'y' has a buffer of 0 bytes, expected 32");
  expectContains(callError([](Tensors &in, Tensors &out) { out[0].data = in[0].data; }),
                 "output 'y' overlaps input 'x'");
}

TEST(Session, ChecksOptions) {
  Opened opened(exampleProgram());
  auto error = [&](rhb_session_options options) {
    rhb::Session session;
    return std::string(rhb::Session::create(opened.artifact, session, &options).message());
  };
  expectContains(error(withThreads(-1)), "-1 threads, expected 0 (all CPUs) to 1024");
  rhb_session_options variant = RHB_SESSION_OPTIONS_INIT;
  variant.cpu_variant = "x86-64-v3";
  expectContains(error(variant), "no code for 'x86-64-v3': it has x86-64");
  variant.struct_size = 0;
  expectContains(error(variant), "options of 0 bytes");
}

TEST(Session, NullHandlesAreErrors) {
  rhb::Session none;
  EXPECT_EQ(none.run({}, {}).code(), RHB_INVALID_ARGUMENT);
  EXPECT_EQ(none.selectTap(0).code(), RHB_INVALID_ARGUMENT);
  EXPECT_EQ(none.setProgress(nullptr, nullptr).code(), RHB_INVALID_ARGUMENT);
  EXPECT_EQ(none.counters(), nullptr);
  rhb::Status create(rhb_session_create(nullptr, nullptr, nullptr));
  EXPECT_EQ(create.code(), RHB_INVALID_ARGUMENT);
  EXPECT_EQ(rhb_artifact_inspect(nullptr), nullptr);
}

//===----------------------------------------------------------------------===//
// Machine code variants
//===----------------------------------------------------------------------===//

static int64_t writeOne(void *const *buffers, const int64_t *, int64_t, int64_t) {
  *static_cast<int32_t *>(buffers[0]) = 1;
  return 0;
}
static int64_t writeTwo(void *const *buffers, const int64_t *, int64_t, int64_t) {
  *static_cast<int32_t *>(buffers[0]) = 2;
  return 0;
}

/// One i32 output that says which variant ran; "x86-64-v4" asks for what no host has only where `impossible`.
static Program variantProgram() {
  Program program;
  program.outputs = {{"which", DType::I32, {}, 0}};
  program.buffers = {{BufferKind::Output, 0, 0, number(4)}};
  program.kernels = {"write"};
  program.dispatches = {{0, "/write", {0}, {0}, {}, number(1), false}};
  program.code = {hostCode({writeOne}), hostCode({writeTwo})};
  program.code[1].target = "x86-64-v3";
  program.code[1].rank = 1;
  return program;
}

static int32_t whichRuns(const Program &program, const char *variant) {
  rhb_session_options options = withThreads(1);
  options.cpu_variant = variant;
  Opened opened(program, &options);
  int32_t which = 0;
  rhb_tensor output = {&which, sizeof(which), RHB_I32, 0, nullptr};
  EXPECT_TRUE(opened.session.run({}, {output}).ok());
  return which;
}

TEST(Session, ChoosesTheVariantOfTheHighestRank) {
  Program program = variantProgram();
  EXPECT_EQ(whichRuns(program, nullptr), 2);
  EXPECT_EQ(whichRuns(program, "x86-64"), 1);
  program.code[1].rank = -1;
  EXPECT_EQ(whichRuns(program, nullptr), 1);
  EXPECT_EQ(whichRuns(program, "x86-64-v3"), 2);
}

TEST(Session, NeedsMachineCode) {
  Program program = variantProgram();
  program.code.clear();
  std::vector<uint8_t> bytes = bytesOf(program);
  rhb::Artifact artifact;
  ASSERT_TRUE(rhb::Artifact::openMemory(bytes.data(), bytes.size(), artifact).ok());
  rhb::Session session;
  rhb::Status status = rhb::Session::create(artifact, session);
  EXPECT_EQ(status.code(), RHB_UNSUPPORTED);
  expectContains(status.message(), "holds no machine code");
}

//===----------------------------------------------------------------------===//
// Scratch memory
//===----------------------------------------------------------------------===//

/// y[i] = where the scratch memory lies, after filling it (and what lies behind it, which may be touched) with the
/// item's number and finding that nobody else has written to it.
static int64_t fillScratch(void *const *buffers, const int64_t *sizes, int64_t begin, int64_t end, void *scratch) {
  auto *y = static_cast<int64_t *>(buffers[0]);
  auto *bytes = static_cast<uint8_t *>(scratch);
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t at = 0; at < sizes[0] + 64; ++at)
      bytes[at] = static_cast<uint8_t>(i);
    for (int64_t at = 0; at < sizes[0] + 64; ++at)
      if (bytes[at] != static_cast<uint8_t>(i))
        return 2;
    y[i] = reinterpret_cast<int64_t>(scratch);
  }
  return 0;
}

/// Two dispatches over n items: the first needs 3 n bytes of scratch memory, the second 100.
static Program scratchProgram() {
  Program program;
  program.symbols = {{"n", 1, 0}};
  Expr n = symbol(0), bytes = times(n, number(8)), most = times(n, number(3));
  program.inputs = {{"x", DType::U8, {n}, 0}};
  program.outputs = {{"y", DType::I64, {n}, 1}};
  program.buffers = {{BufferKind::Input, 0, 0, n}, {BufferKind::Output, 0, 0, bytes}};
  program.kernels = {"fill"};
  program.dispatches = {{0, "/most", {1}, {0}, {most}, n, false, most},
                        {0, "/less", {1}, {0}, {number(100)}, n, false, number(100)}};
  program.code = {hostCode({fillScratch})};
  return program;
}

TEST(Session, GivesEachThreadItsScratchMemory) {
  for (int threads : {1, 2, 5}) {
    rhb_session_options options = withThreads(threads);
    Opened opened(scratchProgram(), &options);
    for (int64_t n : {1000, 10, 3000}) {
      TestTensor<uint8_t> x{{n}, std::vector<uint8_t>(n)};
      TestTensor<int64_t> y{{n}, std::vector<int64_t>(n)};
      rhb::Status status = opened.session.run({x.view(RHB_U8)}, {y.view(RHB_I64)});
      ASSERT_TRUE(status.ok()) << status.message();
      std::set<int64_t> places(y.data.begin(), y.data.end());
      EXPECT_LE(places.size(), static_cast<size_t>(threads));
      size_t most = std::max<size_t>(3 * n, 100);
      for (int64_t place : places)
        EXPECT_EQ(place % 64, 0);
      for (auto it = places.begin(); std::next(it) != places.end(); ++it)
        EXPECT_GE(*std::next(it) - *it, static_cast<int64_t>(most + 64));
      EXPECT_GE(opened.session.arenaSize(), threads * (most + 64));
      EXPECT_LE(opened.session.arenaSize(), threads * (most + 128)) << "allocated once, not for every dispatch";
    }
  }
}

TEST(Session, ChecksTheSizeOfScratchMemory) {
  auto error = [](Expr bytes) {
    Program program = scratchProgram();
    program.dispatches[1].scratch = std::move(bytes);
    Opened opened(program);
    TestTensor<uint8_t> x{{5}, std::vector<uint8_t>(5)};
    TestTensor<int64_t> y{{5}, std::vector<int64_t>(5)};
    return std::string(opened.session.run({x.view(RHB_U8)}, {y.view(RHB_I64)}).message());
  };
  expectContains(error(times(symbol(0), number(-1))),
                 "'/less' would need -5 bytes of scratch memory for these input shapes");
  expectContains(error(times(symbol(0), number(limit::kBytes))), "'/less' would need 351843720888320 bytes of scratch");
  expectContains(error(times(symbol(0), number(limit::kBytes / 5))), "would need more than 70368744177664 bytes");
}

//===----------------------------------------------------------------------===//
// Taps, counters, profile, progress
//===----------------------------------------------------------------------===//

TEST(Session, CopiesTaps) {
  Opened opened(exampleProgram());
  ExampleCall call(3);
  rhb_tensor value = {};
  EXPECT_EQ(opened.session.selectTap(1).code(), RHB_NOT_FOUND);
  EXPECT_EQ(opened.session.tap(0, value).code(), RHB_NOT_FOUND);
  ASSERT_TRUE(opened.session.selectTap(0).ok());
  ASSERT_TRUE(opened.session.selectTap(0).ok());
  expectContains(opened.session.tap(0, value).message(), "tap 'doubled' has no value");
  ASSERT_TRUE(opened.session.run(call.inputs(), call.outputs()).ok());
  ASSERT_TRUE(opened.session.tap(0, value).ok());
  ASSERT_EQ(value.rank, 2u);
  EXPECT_EQ(value.dims[0], 3);
  ASSERT_EQ(value.size, call.x.data.size() * sizeof(float));
  for (size_t i = 0; i < call.x.data.size(); ++i)
    EXPECT_EQ(static_cast<float *>(value.data)[i], 2.0f * call.x.data[i]);
  ASSERT_TRUE(opened.session.selectTap(0, false).ok());
  ASSERT_TRUE(opened.session.run(call.inputs(), call.outputs()).ok());
  EXPECT_FALSE(opened.session.tap(0, value).ok());
}

TEST(Session, CountsTheSameWithAnyNumberOfThreads) {
  for (int threads : {1, 2, 7}) {
    rhb_session_options options = withThreads(threads);
    options.counting = 1;
    Opened opened(exampleProgram(), &options);
    ExampleCall call(64);
    for (uint64_t run = 1; run <= 3; ++run) {
      ASSERT_TRUE(opened.session.run(call.inputs(), call.outputs()).ok());
      EXPECT_EQ(opened.session.counters()[0], run * call.positives());
      EXPECT_EQ(opened.session.counters()[1], run * 64);
    }
    opened.session.resetCounters();
    EXPECT_EQ(opened.session.counters()[1], 0u);
  }
}

TEST(Session, CountsOnlyWhenAsked) {
  Opened opened(exampleProgram());
  ExampleCall call(4);
  ASSERT_TRUE(opened.session.run(call.inputs(), call.outputs()).ok());
  EXPECT_EQ(opened.session.counters()[0], 0u);
}

TEST(Session, Profiles) {
  rhb_session_options options = withThreads(2);
  options.profile = 1;
  Opened opened(exampleProgram(), &options);
  ExampleCall call(64);
  for (int run = 0; run < 2; ++run)
    ASSERT_TRUE(opened.session.run(call.inputs(), call.outputs()).ok());
  EXPECT_EQ(opened.session.profile()[0].runs, 2u);
  EXPECT_GT(opened.session.profile()[0].nanoseconds, 0u);
  EXPECT_EQ(opened.session.profile()[1].runs, 0u) << "a counting dispatch, in a session that does not count";
  opened.session.resetProfile();
  EXPECT_EQ(opened.session.profile()[0].runs, 0u);
}

TEST(Session, ReportsAnIndexOutOfRange) {
  for (int threads : {1, 3}) {
    rhb_session_options options = withThreads(threads);
    Opened opened(exampleProgram(), &options);
    ExampleCall call(64);
    call.index.data[17] = 5;
    rhb::Status status = opened.session.run(call.inputs(), call.outputs());
    EXPECT_EQ(status.code(), RHB_FAILED);
    EXPECT_STREQ(status.message(), "index out of range at node '/gather'");
    call.index.data[17] = 4;
    EXPECT_TRUE(opened.session.run(call.inputs(), call.outputs()).ok()) << "a session survives a failed run";
    EXPECT_EQ(call.y.data, call.expected());
  }
}

static int64_t failStrangely(void *const *, const int64_t *, int64_t, int64_t) {
  return -7;
}

TEST(Session, ReportsWhatAKernelReturns) {
  Program program = variantProgram();
  program.code = {hostCode({failStrangely})};
  Opened opened(program);
  int32_t which = 0;
  rhb_tensor output = {&which, sizeof(which), RHB_I32, 0, nullptr};
  rhb::Status status = opened.session.run({}, {output});
  EXPECT_STREQ(status.message(), "kernel 'write' at node '/write' returned -7");
}

TEST(Session, CanBeCancelled) {
  Opened opened(exampleProgram());
  ExampleCall call(2);
  struct Progress {
    size_t calls = 0, stopAt = 2;
  } progress;
  auto callback = [](void *user, size_t done, size_t total) {
    Progress *progress = static_cast<Progress *>(user);
    EXPECT_EQ(done, progress->calls++);
    EXPECT_EQ(total, 3u);
    return done == progress->stopAt ? 1 : 0;
  };
  ASSERT_TRUE(opened.session.setProgress(callback, &progress).ok());
  rhb::Status status = opened.session.run(call.inputs(), call.outputs());
  EXPECT_EQ(status.code(), RHB_CANCELLED);
  EXPECT_EQ(progress.calls, 3u);
  progress = {0, 99};
  EXPECT_TRUE(opened.session.run(call.inputs(), call.outputs()).ok());
  EXPECT_EQ(call.y.data, call.expected());
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

TEST(Session, RunsEmptyTensors) {
  Program program = exampleProgram();
  program.symbols[0].min = 0;
  Opened opened(program);
  ASSERT_TRUE(opened.session.selectTap(0).ok());
  ExampleCall call(0);
  rhb::Status status = opened.session.run(call.inputs(), call.outputs());
  EXPECT_TRUE(status.ok()) << status.message();
  rhb_tensor value = {};
  ASSERT_TRUE(opened.session.tap(0, value).ok());
  EXPECT_EQ(value.size, 0u);
  ExampleCall some(2);
  ASSERT_TRUE(opened.session.run(some.inputs(), some.outputs()).ok());
  EXPECT_EQ(some.y.data, some.expected());
}

/// The error of a run of `program` on the example's tensors, with its tap.
static std::string runError(const Program &program, rhb_code code) {
  Opened opened(program);
  EXPECT_TRUE(opened.session.selectTap(0).ok());
  ExampleCall call(2);
  rhb::Status status = opened.session.run(call.inputs(), call.outputs());
  EXPECT_EQ(status.code(), code);
  return status.message();
}

TEST(Session, SymbolsMayStandForMultiples) {
  Program program = exampleProgram();
  program.symbols = {{"pairs", 1, 3}};
  Expr rows = times(symbol(0), number(2));
  for (TensorInfo *tensor : {&program.inputs[0], &program.inputs[1], &program.outputs[0], &program.taps[0].tensor})
    tensor->dims[0] = rows;
  for (Buffer &buffer : program.buffers)
    if (buffer.bytes.size() > 1)
      buffer.bytes = times(buffer.bytes, number(2));
  for (Dispatch &dispatch : program.dispatches)
    dispatch.grid = rows;
  Opened opened(program);
  ExampleCall call(4);
  rhb::Status status = opened.session.run(call.inputs(), call.outputs());
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(call.y.data, call.expected());
  for (int64_t batch : {3, 8}) {
    ExampleCall wrong(batch);
    expectContains(opened.session.run(wrong.inputs(), wrong.outputs()).message(),
                   "dimension 0 of input 'x' is " + std::to_string(batch) + ", expected a multiple of 2 from 2 to 6");
  }
}

TEST(Session, RefusesSizesThatCannotBe) {
  Program program = exampleProgram();
  program.buffers[3].bytes = times(symbol(0), number(int64_t(1) << 62));
  expectContains(runError(program, RHB_INVALID_ARGUMENT), "the size batch * 4611686018427387904 overflows");
  program.buffers[3].bytes = times(symbol(0), number(-8));
  expectContains(runError(program, RHB_INVALID_ARGUMENT), "a buffer of batch * -8 = -16 bytes");
  program.buffers[3].bytes = times(symbol(0), number(int64_t(1) << 44));
  expectContains(runError(program, RHB_OUT_OF_MEMORY), "cannot allocate");
  program.buffers[3].bytes = number(8);
  expectContains(runError(program, RHB_CORRUPT), "tensor 'doubled' has 32 bytes in a buffer of 8");

  program = exampleProgram();
  program.buffers[0].bytes = number(33);
  expectContains(runError(program, RHB_CORRUPT), "the program expects 33 bytes in a buffer that has 32");
  program = exampleProgram();
  program.buffers[5].bytes = number(24);
  expectContains(runError(program, RHB_CORRUPT), "the program expects 24 bytes in a buffer that has 16");
  program = exampleProgram();
  program.dispatches[0].grid = times(symbol(0), number(-1));
  expectContains(runError(program, RHB_INVALID_ARGUMENT), "'/double' would have -2 work items");
  program = exampleProgram();
  program.outputs[0].dims = {times(symbol(0), number(-1))};
  expectContains(runError(program, RHB_INVALID_ARGUMENT), "tensor 'y' would have a negative dimension");
  program.outputs[0].dims = {number(int64_t(1) << 40), number(int64_t(1) << 40)};
  expectContains(runError(program, RHB_OUT_OF_MEMORY), "tensor 'y' would be too large");
}

/// Outputs that are an input, a constant and an intermediate result: the runtime copies them out.
TEST(Session, CopiesOutputsThatLieElsewhere) {
  Program program = exampleProgram();
  program.outputs.push_back({"same", DType::F32, {symbol(0), number(4)}, 0});
  program.outputs.push_back({"table", DType::F32, {number(20)}, 2});
  program.outputs.push_back({"doubled", DType::F32, {symbol(0), number(4)}, 3});
  Opened opened(program);
  ExampleCall call(2);
  TestTensor<float> same{{2, 4}, std::vector<float>(8)}, table{{20}, std::vector<float>(20)}, doubled = same;
  std::vector<rhb_tensor> outputs = call.outputs();
  for (TestTensor<float> *tensor : {&same, &table, &doubled})
    outputs.push_back(tensor->view(RHB_F32));
  rhb::Status status = opened.session.run(call.inputs(), outputs);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(same.data, call.x.data);
  EXPECT_EQ(table.data[19], 403.0f);
  EXPECT_EQ(doubled.data[1], 2.0f * call.x.data[1]);
}

TEST(Session, ChecksBools) {
  Program program;
  program.inputs = {{"mask", DType::Bool, {number(3)}, 0}};
  program.outputs = {{"same", DType::Bool, {number(3)}, 0}};
  program.buffers = {{BufferKind::Input, 0, 0, number(3)}};
  program.code = {hostCode({writeOne})};
  program.kernels = {"unused"};
  Opened opened(program);
  uint8_t mask[] = {0, 1, 2}, same[3];
  int64_t dims[] = {3};
  rhb_tensor input = {mask, 3, RHB_BOOL, 1, dims}, output = {same, 3, RHB_BOOL, 1, dims};
  expectContains(opened.session.run({input}, {output}).message(), "input 'mask' holds 2 at element 2");
  mask[2] = 0;
  ASSERT_TRUE(opened.session.run({input}, {output}).ok());
  EXPECT_EQ(memcmp(mask, same, 3), 0);
}

//===----------------------------------------------------------------------===//
// Threads and lifetimes
//===----------------------------------------------------------------------===//

TEST(Session, KeepsItsArtifactAlive) {
  Opened opened(exampleProgram());
  opened.artifact = rhb::Artifact();
  ExampleCall call(2);
  EXPECT_TRUE(opened.session.run(call.inputs(), call.outputs()).ok());
}

TEST(Session, SessionsOfOneArtifactRunAtTheSameTime) {
  Opened opened(exampleProgram());
  std::vector<std::thread> threads;
  for (int64_t batch = 1; batch <= 4; ++batch)
    threads.emplace_back([&opened, batch] {
      rhb_session_options options = withThreads(2);
      rhb::Session session;
      ASSERT_TRUE(rhb::Session::create(opened.artifact, session, &options).ok());
      for (int run = 0; run < 50; ++run) {
        ExampleCall call(batch * 16);
        ASSERT_TRUE(session.run(call.inputs(), call.outputs()).ok());
        ASSERT_EQ(call.y.data, call.expected());
      }
    });
  for (std::thread &thread : threads)
    thread.join();
}

#ifdef __x86_64__
static int64_t readFloatControl(void *const *buffers, const int64_t *, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    static_cast<uint32_t *>(buffers[0])[i] = _mm_getcsr() & ~0x3fu;
  return 0;
}

TEST(Session, KernelsSeeTheDefaultFloatEnvironment) {
  Program program;
  program.outputs = {{"control", DType::U32, {number(64)}, 0}};
  program.buffers = {{BufferKind::Output, 0, 0, number(256)}};
  program.kernels = {"read"};
  program.dispatches = {{0, "/read", {0}, {0}, {}, number(64), false}};
  program.code = {hostCode({readFloatControl})};
  unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040); // flush denormals to zero
  rhb_session_options options = withThreads(3);
  Opened opened(program, &options);
  TestTensor<uint32_t> control{{64}, std::vector<uint32_t>(64)};
  EXPECT_TRUE(opened.session.run({}, {control.view(RHB_U32)}).ok());
  EXPECT_EQ(_mm_getcsr() & 0x8040, 0x8040u) << "the caller's own setting is restored";
  _mm_setcsr(before);
  for (uint32_t value : control.data)
    EXPECT_EQ(value, 0x1f80u);
}
#endif
