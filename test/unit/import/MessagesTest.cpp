//===- MessagesTest.cpp - what is said about nodes that cannot be read ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One line per message: a node, and what is said of it.
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace rheobase;
using namespace rheobase::test;
using Proto = ::onnx::TensorProto;
using Attribute = ::onnx::AttributeProto;

namespace {

/// An input of a node: of the graph, a constant of integers or floats, or absent.
struct Operand {
  std::vector<Dim> dims;
  int type = Proto::FLOAT;
  std::vector<int64_t> integers = {};
  std::vector<float> reals = {};
  bool isAbsent = false;
};

Operand x(std::vector<Dim> dims, int type = Proto::FLOAT) {
  return {std::move(dims), type};
}
Operand ints(std::vector<int64_t> values) {
  return {{}, Proto::INT64, std::move(values)};
}
Operand reals(std::vector<float> values) {
  return {{}, Proto::FLOAT, {}, std::move(values)};
}
const Operand none = {{}, Proto::FLOAT, {}, {}, /*isAbsent=*/true};

using Fill = void (*)(NodeBuilder &node);
void plain(NodeBuilder &) {}

struct Message {
  const char *op;
  std::vector<Operand> inputs;
  Fill fill;
  const char *text;
  int64_t opset = 28;
  unsigned outputs = 1;
};

Imported import(const Message &message) {
  ModelBuilder model(message.opset);
  std::vector<std::string> names, outputs;
  for (const Operand &operand : message.inputs) {
    std::string name = operand.isAbsent ? "" : "x" + std::to_string(names.size());
    names.push_back(name);
    if (!operand.integers.empty())
      model.longs(name, {int64_t(operand.integers.size())}, operand.integers);
    else if (!operand.reals.empty())
      model.floats(name, {int64_t(operand.reals.size())}, operand.reals);
    else if (!operand.isAbsent)
      model.input(name, operand.dims, operand.type);
  }
  for (unsigned i = 0; i < message.outputs; ++i)
    outputs.push_back("y" + std::to_string(i));
  NodeBuilder node = model.node(message.op, names, outputs, "here");
  message.fill(node);
  for (const std::string &output : outputs)
    model.output(output);
  return importBytes(model.bytes());
}

void expectAll(const std::vector<Message> &messages) {
  for (const Message &message : messages) {
    Imported imported = import(message);
    EXPECT_TRUE(failsWith(imported, message.text)) << message.op << ": " << message.text << "\n" << imported.report();
    EXPECT_TRUE(failsWith(imported, "'here'")) << imported.report();
  }
}

TEST(Messages, OfAttention) {
  auto precision = [](NodeBuilder &n) { n.integer("softmax_precision", 7); };
  expectAll({
      {"Attention",
       {x({2, 3}), x({2, 3}), x({2, 3})},
       plain,
       "Q, K and V of rank 2, 2 and 2 found, three times 3 or 4 was expected"},
      {"Attention",
       {x({1, 2, 3, 4}), x({1, 2, 3, 4}), x({1, 2, 3, 4})},
       precision,
       "attribute 'softmax_precision' is 7, the number of a float type was expected"},
      {"LinearAttention",
       {x({1, 2, 4}), x({1, 2, 4}), x({1, 2, 4})},
       [](NodeBuilder &n) { n.text("update_rule", "magic").integer("q_num_heads", 1).integer("kv_num_heads", 1); },
       "update rule 'magic' with 1 heads of queries for 1 of keys found",
       28,
       2},
      {"LinearAttention",
       {x({1, 2000, 4}), x({1, 2000, 4}), x({1, 2000, 4})},
       [](NodeBuilder &n) { n.text("update_rule", "linear").integer("q_num_heads", 1).integer("kv_num_heads", 1); },
       "a sequence of 2000 steps found, 1 to 1024 were expected",
       28,
       2},
  });
}

TEST(Messages, OfConvolutions) {
  expectAll({
      {"ConvTranspose",
       {x({1, 3, 4}), x({3, 2, 2})},
       [](NodeBuilder &n) { n.integers("strides", {1, 1}); },
       "attribute 'strides' has 2 numbers, 1 were expected"},
      {"ConvTranspose",
       {x({1, 3, 4}), x({3, 2, 2})},
       [](NodeBuilder &n) { n.integers("output_shape", {1, 1}); },
       "attribute 'output_shape' has 2 numbers, 1 were expected"},
      {"CausalConvWithState",
       {x({1, 3}), x({3, 1, 2})},
       plain,
       "an input of rank 2 and weights of rank 3 found, 3 was expected",
       28,
       2},
      {"CausalConvWithState",
       {x({1, 3, 4}), x({3, 1, 2})},
       [](NodeBuilder &n) { n.text("activation", "sine"); },
       "attribute 'activation' is 'sine', one of none, silu, swish was expected",
       28,
       2},
      {"Col2Im",
       {x({1, 5, 5}), ints({5, 5}), ints({1, 2})},
       plain,
       "5 rows of blocks of 2 elements in 2 dimensions found, a multiple in as many dimensions"},
      {"Col2Im",
       {x({1, 5, 5}), ints({5, 5}), ints({1, 5})},
       [](NodeBuilder &n) { n.integers("pads", {1}); },
       "attribute 'pads' has 1 numbers, 4 were expected"},
      {"Col2Im",
       {x({1, int64_t(1) << 30, 5}), ints({5, 5}), ints({1, 1})},
       plain,
       "1073741824 rows of blocks of 1 elements in 2 dimensions found"},
      {"Col2Im",
       {x({1, 5, 5}), ints({INT64_MAX, 5}), ints({1, 5})},
       plain,
       "5 rows of blocks of 5 elements in 2 dimensions found"},
  });
}

TEST(Messages, OfLayout) {
  expectAll({
      {"CenterCropPad", {x({4}), ints({1, 2})}, plain, "2 sizes for 1 axes found, one each was expected"},
      {"CenterCropPad", {x({4}), ints({-2})}, plain, "size -2 found, one that is not negative was expected"},
      {"OneHot",
       {x({4}, Proto::INT64), ints({3, 4}), x({2})},
       plain,
       "input 'depth' has [2] elements, one number was expected"},
      {"OneHot", {x({4}, Proto::INT64), ints({-1}), x({2})}, plain, "input 'depth' is -1, 0 to 2^40 was expected"},
      {"OneHot", {x({4}, Proto::INT64), ints({3}), x({1, 2})}, plain, "values of rank 2 found, a vector of two"},
  });
}

TEST(Messages, OfRecurrentNetworks) {
  expectAll({
      {"GRU",
       {x({2000, 1, 3}), x({1, 6, 3}), x({1, 6, 2})},
       plain,
       "a sequence of 2000 steps found, 1 to 1024 were expected"},
      {"GRU",
       {x({2, 1, 3}), x({1, 6, 3}), x({1, 6, 2})},
       [](NodeBuilder &n) { n.reals("activation_alpha", {1}); },
       "activations with parameters of their own found, those of the standard were expected"},
      {"GRU",
       {x({2, 1, 3}), x({1, 6, 3}), x({1, 6, 2})},
       [](NodeBuilder &n) { n.text("direction", "up"); },
       "direction 'up' and an input of rank 3 found, forward, reverse or bidirectional"},
  });
}

TEST(Messages, OfResize) {
  auto linear = [](NodeBuilder &n) { n.text("mode", "linear"); };
  auto fine = [](NodeBuilder &n) { n.text("mode", "linear").integer("antialias", 1); };
  expectAll({
      {"Resize",
       {x({4}), none, reals({2})},
       [](NodeBuilder &n) { n.text("coordinate_transformation_mode", "sine"); },
       "attribute 'coordinate_transformation_mode' is 'sine', one of the standard's was expected"},
      {"Resize",
       {x({4}), none, reals({2})},
       [](NodeBuilder &n) { n.text("nearest_mode", "up"); },
       "attribute 'nearest_mode' is 'up', one of round_prefer_floor, round_prefer_ceil, floor, ceil was expected"},
      {"Resize",
       {x({"n"}), none, none, ints({4})},
       fine,
       "antialiasing over an axis of unknown scale found, constant scales or sizes were expected"},
      {"Resize", {x({4000}), none, reals({0.0005f})}, fine, "with antialiasing found, at least 0.001 was expected"},
      {"Resize",
       {x({4}, Proto::INT32), none, reals({2})},
       linear,
       "integers between which values are interpolated found, floats, or the mode nearest was expected"},
      {"Resize", {x({4})}, plain, "neither or both of the inputs scales and sizes found, one of them was expected"},
      {"Resize",
       {x({4}), none, reals({2}), ints({8})},
       plain,
       "neither or both of the inputs scales and sizes found, one of them was expected"},
      {"Resize",
       {x({4}), none, reals({2, 2})},
       plain,
       "numbers in roi, scales or sizes that do not fit the axes found, one (in roi two) for each axis was expected"},
      {"Resize",
       {x({4}), reals({0}), reals({2})},
       [](NodeBuilder &n) { n.text("coordinate_transformation_mode", "tf_crop_and_resize"); },
       "numbers in roi, scales or sizes that do not fit the axes found"},
      {"Resize",
       {x({4}), none, reals({-1})},
       plain,
       "a scale that is not positive found, a positive number was expected"},
      {"Resize",
       {x({4}), none, none, ints({-1})},
       plain,
       "a size below zero found, one that is not negative was expected"},
      {"Resize", {x({4}), none, reals({NAN})}, plain, "a scale that is not positive found"},
  });
}

TEST(Messages, OfSignals) {
  expectAll({
      {"HannWindow", {ints({4, 5})}, plain, "input 'size' has [2] elements, one number was expected"},
      {"HannWindow", {ints({int64_t(1) << 41})}, plain, "input 'size' is 2199023255552, 0 to 2^40 was expected"},
      {"DFT",
       {x({1, 3000, 1})},
       plain,
       "a transform of 3000 to 3000 elements found, a product of 1 to 2^22 was expected"},
      {"DFT",
       {x({1, int64_t(1) << 38, 1})},
       plain,
       "a transform of 274877906944 elements found, 1 to 2^22 were expected"},
      {"DFT", {x({1, 8, 1}), ints({-5})}, plain, "a transform of -5 elements found, 1 to 2^22 were expected"},
      {"DFT", {x({1, 8, 3})}, plain, "a transform along axis 1 of a tensor of rank 3 with 3 parts found"},
      {"STFT",
       {x({1, 16, 1}), ints({0}), none, ints({4})},
       plain,
       "a signal of 16 elements found, a frame of at most as many and a positive step were expected"},
      {"STFT",
       {x({1, int64_t(1) << 38, 1}), ints({1}), none, ints({1 << 20})},
       plain,
       "frames of 1048576 elements found, at most 2^22 elements were expected"},
      {"MelWeightMatrix",
       {ints({0}), ints({16}), ints({8000}), reals({0}), reals({4000})},
       plain,
       "a matrix of 0 bands over a transform of 16 elements found"},
  });
}

TEST(Messages, OfGrids) {
  expectAll({
      {"AffineGrid",
       {x({1, 2, 3}), ints({1, 1, 4})},
       plain,
       "3 sizes and matrices of rank 3 found, 4 or 5 sizes of up to 2^22 places and rank 3 were expected"},
      {"AffineGrid", {x({1, 2, 3}), ints({1, 1, INT64_MAX, INT64_MAX})}, plain, "4 sizes and matrices of rank 3 found"},
  });
}

TEST(Messages, OfAttributes) {
  expectAll({
      {"Clip",
       {x({4}, Proto::INT32)},
       [](NodeBuilder &n) { n.real("min", 0); },
       "attribute 'min' is a float, but the input is not of a float type",
       10},
      {"Clip", {x({4})}, [](NodeBuilder &n) { n.attribute("min", Attribute::INT).set_f(1); }, "attribute 'min' is", 10},
      {"Upsample",
       {x({4}), reals({2})},
       [](NodeBuilder &n) { n.text("mode", "area"); },
       "attribute 'mode' is 'area', one of nearest, linear, cubic was expected",
       9},
      {"BitShift",
       {x({4}, Proto::UINT8), x({4}, Proto::UINT8)},
       [](NodeBuilder &n) { n.text("direction", "UP"); },
       "attribute 'direction' is 'UP', one of LEFT, RIGHT was expected"},
      {"Softmax",
       {x({4})},
       [](NodeBuilder &n) { n.attribute("axis", Attribute::GRAPH).mutable_g(); },
       "attribute 'axis' is a value of type graph, an integer was expected"},
  });
}

TEST(Messages, OfControlFlow) {
  auto body = [](NodeBuilder &n) { n.attribute("body", Attribute::GRAPH).mutable_g(); };
  expectAll({
      {"If",
       {x({}, Proto::BOOL)},
       plain,
       "its condition depends on the data, one that is known when compiling was expected; export the model with the "
       "condition fixed"},
      {"Loop", {ints({2}), none}, plain, "attribute 'body' is missing, a graph was expected"},
      {"Loop", {ints({2})}, body, "has 1 inputs, at least 2 were expected"},
      {"Loop", {x({}, Proto::INT64), none, x({4})}, body, "its number of trips depends on the data"},
      {"Loop", {ints({2}), none, x({4})}, body, "its body has 0 inputs, 3 were expected"},
      {"Loop",
       {ints({2}), none},
       [](NodeBuilder &n) {
         ::onnx::GraphProto &graph = *n.attribute("body", Attribute::GRAPH).mutable_g();
         graph.add_input()->set_name("i");
         graph.add_input()->set_name("go");
       },
       "its body has 0 outputs, at least 1 were expected"},
      {"Scan", {x({4})}, body, "scans 0 of 1 inputs in opset 28, 1 to all of them in opset 9 or newer was expected"},
      {"Scan",
       {x({4}), x({3})},
       [](NodeBuilder &n) {
         n.attribute("body", Attribute::GRAPH).mutable_g();
         n.integer("num_scan_inputs", 2);
       },
       "scans inputs of 4 and 3 elements, as many of each were expected"},
      {"Scan",
       {x({4}), x({4, 2})},
       [](NodeBuilder &n) {
         ::onnx::GraphProto &graph = *n.attribute("body", Attribute::GRAPH).mutable_g();
         graph.add_input()->set_name("state");
         graph.add_input()->set_name("row");
         n.integer("num_scan_inputs", 1);
       },
       "its body has 0 outputs, at least 1 were expected"},
  });
}

} // namespace
