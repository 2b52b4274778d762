//===- ExpansionTest.cpp - operators written in others --------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the expansions compute is tested by ONNX's own tests (test/conformance); here, what they refuse.
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"
#include "lib/Import/Expander.h"

#include "gtest/gtest.h"

using namespace rheobase;
using namespace rheobase::test;

namespace {

struct Operand {
  std::vector<Dim> dims;
  int type = ::onnx::TensorProto::FLOAT;
};

/// One node of the newest opset over inputs.
Imported expand(
    const std::string &op, std::vector<Operand> operands,
    llvm::function_ref<void(NodeBuilder &)> fill = [](NodeBuilder &) {}, int64_t opset = 28) {
  ModelBuilder model(opset);
  std::vector<std::string> names;
  for (Operand &operand : operands) {
    names.push_back("x" + std::to_string(names.size()));
    model.input(names.back(), operand.dims, operand.type);
  }
  NodeBuilder node = model.node(op, names, {"y"});
  fill(node);
  model.output("y");
  return importBytes(model.bytes());
}

constexpr int kInts = ::onnx::TensorProto::INT64;

/// Every operator that is written in others has forms in the schemas, and no op of its own.
TEST(Expansion, OfKnownOperators) {
  for (llvm::ArrayRef<NamedExpansion> table :
       {attentionExpansions(), contractionExpansions(), elementwiseExpansions(), layoutExpansions(), lossExpansions(),
        normalizationExpansions(), quantizationExpansions(), recurrentExpansions(), resizeExpansions(),
        samplingExpansions(), selectionExpansions(), signalExpansions(), windowExpansions()})
    for (const NamedExpansion &each : table)
      EXPECT_FALSE(formsOf(each.op).empty()) << each.op.str();
}

TEST(Expansion, ChecksElementTypes) {
  EXPECT_FAILS(expand("RMSNormalization", {{{4}, kInts}, {{4}}}), "input 'X' is a tensor of int64");
}

TEST(Expansion, ChecksRanks) {
  EXPECT_FAILS(expand("DepthToSpace", {{{2, 4}}}, [](NodeBuilder &n) { n.integer("blocksize", 2); }),
               "blocks of 2 of a tensor of rank 2 found");
  EXPECT_FAILS(expand("SpaceToDepth", {{{1, 4, 4, 4}}}, [](NodeBuilder &n) { n.integer("blocksize", 0); }),
               "blocks of 0 of a tensor of rank 4 found");
  EXPECT_FAILS(expand("EyeLike", {{{4}}}), "a tensor of rank 1 found, rank 2 was expected");
  EXPECT_FAILS(expand("InstanceNormalization", {{{2, 3}}, {{3}}, {{3}}}), "at least 3 was expected");
  EXPECT_FAILS(expand("LRN", {{{2, 3, 4}}}, [](NodeBuilder &n) { n.integer("size", 0); }), "attribute 'size' is 0");
  EXPECT_FAILS(expand("ConvTranspose", {{{1, 2}}, {{2, 3}}}), "at least 3 was expected");
  EXPECT_FAILS(expand("GridSample", {{{1, 2, 4, 4}}, {{1, 3, 2}}}), "found, the standard's modes and a rank of 3 to 5");
  EXPECT_FAILS(expand("LSTM", {{{2, 3}}, {{1, 8, 3}}, {{1, 8, 2}}}), "tensors of rank 3 were expected");
  EXPECT_FAILS(expand("ReverseSequence", {{{4}}, {{4}, kInts}}), "axes 0 and 1 of rank 2 or more were expected");
  EXPECT_FAILS(expand("ScatterElements", {{{4, 2}}, {{4}, kInts}, {{4}}}), "the same rank was expected");
}

TEST(Expansion, ChecksAttributes) {
  EXPECT_FAILS(
      expand("GroupNormalization", {{{1, 4, 2}}, {{4}}, {{4}}}, [](NodeBuilder &n) { n.integer("num_groups", 0); }),
      "attribute 'num_groups' is 0");
  EXPECT_FAILS(expand("LpNormalization", {{{4}}}, [](NodeBuilder &n) { n.integer("p", 3); }), "attribute 'p' is 3");
  EXPECT_FAILS(expand("RMSNormalization", {{{4}}, {{4}}}, [](NodeBuilder &n) { n.integer("stash_type", 7); }),
               "attribute 'stash_type' is 7");
  EXPECT_FAILS(expand("RMSNormalization", {{{4}}, {{4}}}, [](NodeBuilder &n) { n.integer("axis", 2); }),
               "axis 2 found, -1 to 0 was expected");
  EXPECT_FAILS(expand("Resize", {{{4}}, {{"r"}}, {{1}}}, [](NodeBuilder &n) { n.text("mode", "area"); }),
               "attribute 'mode' is 'area'");
  EXPECT_FAILS(expand("Einsum", {{{2, 3}}}, [](NodeBuilder &n) { n.text("equation", "i,j->ij"); }),
               "has 2 terms for 1 inputs");
  EXPECT_FAILS(expand("Einsum", {{{2, 3}}}, [](NodeBuilder &n) { n.text("equation", "ijk->i"); }),
               "one letter per dimension was expected");
  EXPECT_FAILS(expand("Einsum", {{{2, 3}}}, [](NodeBuilder &n) { n.text("equation", "ij->ik"); }),
               "each was expected once");
  EXPECT_FAILS(
      expand("SoftmaxCrossEntropyLoss", {{{2, 3}}, {{2}, kInts}}, [](NodeBuilder &n) { n.text("reduction", "most"); }),
      "attribute 'reduction' is 'most'");
  EXPECT_FAILS(expand("ConvTranspose", {{{1, 3, 4}}, {{3, 2, 2}}}, [](NodeBuilder &n) { n.integer("group", 2); }),
               "2 groups of 3 channels found");
  EXPECT_FAILS(expand("RotaryEmbedding", {{{1, 2, 8}}, {{1, 2, 2}}, {{1, 2, 2}}}), "a number of heads was expected");
  EXPECT_FAILS(expand("Attention", {{{1, 2, 8}}, {{1, 2, 8}}, {{1, 2, 8}}}),
               "positive numbers were expected for operands of rank 3");
  EXPECT_FAILS(expand("Attention", {{{1, 3, 2, 8}}, {{1, 2, 2, 8}}, {{1, 2, 2, 8}}}),
               "3 heads of queries for 2 of keys");
  EXPECT_FAILS(expand("RNN", {{{2, 1, 3}}, {{1, 4, 3}}, {{1, 4, 4}}},
                      [](NodeBuilder &n) {
                        ::onnx::AttributeProto &names = n.attribute("activations", ::onnx::AttributeProto::STRINGS);
                        names.add_strings("Sine");
                      }),
               "the activation 'Sine' found");
}

TEST(Expansion, NeedsSomeNumbers) {
  EXPECT_FAILS(expand("Reshape", {{{4}}, {{"n"}, kInts}}),
               "dimension 0 is n, a number was expected; fix it with --dim");
  EXPECT_FAILS(expand("ConstantOfShape", {{{"n"}, kInts}}), "sizes are computed as a tensor of type");
  EXPECT_FAILS(expand("Squeeze", {{{4}}, {{2}, kInts}}), "2 axes found, at most 1 were expected");
  EXPECT_FAILS(expand("DFT", {{{1, "n", 1}}}), "dimension 1 is n, a number was expected; fix it with --dim");
  EXPECT_FAILS(expand("LSTM", {{{"n", 1, 3}}, {{1, 8, 3}}, {{1, 8, 2}}}), "dimension 0 is n, a number was expected");
}

} // namespace
