//===- WeightsTest.cpp - what a manifest says of weights ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include <gtest/gtest.h>
#include <limits>

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::test;

namespace {

constexpr int64_t kInputs = 64, kColumns = 16, kGroups = 2, kScales = kGroups * kColumns;

/// Two matrices [64, 15] beside the example's own constants: of 4 bits in groups of 32, and of vectors of 8 of 16.
class WeightsTest : public testing::Test {
protected:
  WeightsTest() : program(exampleProgram()) {
    Weights codes;
    codes.node = "/layer";
    codes.inputs = kInputs;
    codes.outputs = kColumns - 1;
    codes.bits = 4;
    codes.groups = kGroups;
    codes.columns = kColumns;
    codes.scaleType = DType::F16;
    codes.codes = add(kInputs * kColumns / 2);
    codes.scales = add(kScales * sizeof(uint16_t));
    codes.zeros = add(kScales);
    Weights vectors = codes;
    vectors.node = "/vectors";
    vectors.length = 8;
    vectors.zeros = {};
    vectors.scaleType = DType::F32;
    vectors.codes = add(kInputs / 8 * kColumns / 2);
    vectors.codebook = add(16 * 8);
    vectors.scales = add(kScales * sizeof(float));
    program.weights = {codes, vectors};
  }

  /// A constant of zeros.
  uint32_t add(size_t size) {
    uint64_t end = 0;
    for (const ConstantBlob &blob : program.constants)
      end = (end + 63) / 64 * 64 + blob.size;
    program.buffers.push_back({BufferKind::Constant, 0, (end + 63) / 64 * 64, number(int64_t(size))});
    auto bytes = std::make_shared<std::vector<uint8_t>>(size);
    program.constants.push_back({bytes->data(), size, bytes});
    return program.buffers.size() - 1;
  }

  template <typename T> void poke(uint32_t buffer, size_t place, T value) {
    size_t blob = buffer - 5; // the example's only constant is first, and six buffers of its own
    auto *bytes = const_cast<uint8_t *>(program.constants[blob].data);
    memcpy(bytes + place * sizeof(T), &value, sizeof(T));
  }

  template <typename Change> std::string errorAfter(Change change) {
    Program changed = program;
    change(changed.weights[0], changed.weights[1]);
    return openError(changed);
  }

  Program program;
};

} // namespace

TEST_F(WeightsTest, AreToldByTheArtifact) {
  Opened opened(program);
  const rhb_artifact_info &info = opened.artifact.info();
  ASSERT_EQ(info.weights_count, 2U);
  EXPECT_STREQ(info.weights[0].node, "/layer");
  EXPECT_EQ(info.weights[0].inputs, 64U);
  EXPECT_EQ(info.weights[0].outputs, 15U);
  EXPECT_EQ(info.weights[0].groups, 2U);
  EXPECT_EQ(info.weights[0].kept, 4U);
  EXPECT_EQ(info.weights[0].bytes, 64U * 16 / 2 + 32 * 2 + 32);
  EXPECT_TRUE(info.weights[0].has_zeros);
  EXPECT_FALSE(info.weights[0].has_codebook);
  EXPECT_EQ(info.weights[1].length, 8U);
  EXPECT_EQ(info.weights[1].bytes, 8U * 16 / 2 + 16 * 8 + 32 * 4);
  EXPECT_TRUE(info.weights[1].has_codebook);
  // Where the codes are in the file.
  const Buffer &codes = program.buffers[program.weights[0].codes];
  for (size_t i = 0; i < info.section_count; ++i)
    if (info.sections[i].kind == RHB_SECTION_CONSTANTS)
      EXPECT_EQ(info.weights[0].offset, info.sections[i].offset + codes.offset);
}

TEST_F(WeightsTest, HaveFiniteScales) {
  poke<uint16_t>(*program.weights[0].scales, 7, 0x7c00);
  expectContains(openError(program), "damaged constants section: weights of '/layer': scales has an infinity or NaN at "
                                     "7, a finite number expected");
  poke<uint16_t>(*program.weights[0].scales, 7, 0x7bff);
  EXPECT_EQ(openError(program), "");
  poke(*program.weights[1].scales, 31, std::numeric_limits<float>::quiet_NaN());
  expectContains(openError(program), "weights of '/vectors': scales has an infinity or NaN at 31");
}

TEST_F(WeightsTest, FitTheirConstants) {
  expectContains(errorAfter([](Weights &w, Weights &) { w.bits = 3; }),
                 "weights of '/layer': codes have 512 bytes in the constants section, 384 expected");
  expectContains(errorAfter([](Weights &w, Weights &) { w.scaleType = DType::F32; }),
                 "weights of '/layer': scales have 64 bytes in the constants section, 128 expected");
  expectContains(errorAfter([](Weights &w, Weights &) { w.hasOffsets = true; }), "scales have 64 bytes");
  expectContains(errorAfter([](Weights &w, Weights &) { w.zeros = w.codes; }),
                 "zeros have 512 bytes in the constants section, 32 expected");
  // An index may say more entries than the codebook has.
  expectContains(errorAfter([](Weights &, Weights &w) {
                   w.bits = 8;
                   w.codes += 1;
                 }),
                 "weights of '/vectors': ");
  expectContains(errorAfter([](Weights &, Weights &w) { w.codebook = w.codes; }),
                 "weights of '/vectors': codebook have 64 bytes in the constants section, 128 expected");
  expectContains(errorAfter([](Weights &w, Weights &) {
                   w.groups = 0;
                   w.scales = w.zeros = {};
                   w.inputs = uint64_t(1) << 63;
                 }),
                 "codes have 512 bytes in the constants section, at least 18446744073709551615 expected");
}

TEST_F(WeightsTest, HaveNumbersThatBelongTogether) {
  expectContains(errorAfter([](Weights &w, Weights &) { w.bits = 0; }), "bits is 0, 1 to 64 expected");
  expectContains(errorAfter([](Weights &, Weights &w) { w.length = 7; }),
                 "length is 7, a divisor of the inputs expected");
  expectContains(errorAfter([](Weights &w, Weights &) { w.groups = 3; }),
                 "groups is 3, a divisor of the inputs where there are scales expected");
  expectContains(errorAfter([](Weights &w, Weights &) { w.groups = 0; }), "groups is 0");
  expectContains(errorAfter([](Weights &w, Weights &) { w.scales = {}; }), "groups is 2");
  expectContains(errorAfter([](Weights &w, Weights &) { w.columns = 14; }),
                 "columns is 14, one for each output expected");
  expectContains(errorAfter([](Weights &w, Weights &) { w.scaleType = DType::I8; }),
                 "scale_type is 4, f32 or f16 expected");
  expectContains(errorAfter([](Weights &w, Weights &) { w.kept = 5; }),
                 "kept is 5, 1 to 4, and all but of codes in fours");
  expectContains(errorAfter([](Weights &w, Weights &) { w.kept = 2; }),
                 "codes have 512 bytes in the constants section, 384");
  expectContains(errorAfter([](Weights &w, Weights &) { w.length = 2; }),
                 "codebook is 2, vectors of indices of at most 8 bits expected");
  expectContains(errorAfter([](Weights &w, Weights &) { w.codes = 99; }), "codes 99 in '/layer', there are 12");
  expectContains(errorAfter([](Weights &w, Weights &) { w.codes = 0; }), "codes are buffer 0, a constant expected");
}
