//===- ShapeTest.cpp - the shape function of every operator --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphText.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::test;

namespace {

struct ShapeCase {
  const char *text;
  /// "[shape] type" of every result, and of contents where they are known: "[2] i64 = [a, 3]".
  const char *expected;
};

std::string describe(const SymbolicShapes &shapes, Value value) {
  std::string text = shapes.print(shapes.shapeOf(value)) + " ";
  llvm::raw_string_ostream(text) << shapes.elementTypeOf(value);
  if (auto content = shapes.contentOf(value))
    text += " = " + shapes.print(*content);
  return text;
}

void check(const ShapeCase &test) {
  SCOPED_TRACE(test.text);
  Graph graph(test.text);
  FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(graph.function());
  ASSERT_TRUE(succeeded(shapes)) << graph.messages();
  std::string found;
  for (Value result : graph.function().getBody().front().getTerminator()->getOperands())
    found += (found.empty() ? "" : "; ") + describe(*shapes, result);
  EXPECT_EQ(found, test.expected);
}

void checkError(const ShapeCase &test) {
  SCOPED_TRACE(test.text);
  Graph graph(test.text);
  EXPECT_TRUE(failed(SymbolicShapes::compute(graph.function())));
  EXPECT_NE(graph.messages().find(test.expected), std::string::npos) << graph.messages();
  EXPECT_NE(graph.messages().find("node 'y'"), std::string::npos) << graph.messages();
}

TEST(ShapeTest, ElementwiseOperatorsBroadcast) {
  for (const char *op : {"Add", "Sub", "Mul", "Div", "Max", "Min", "Mod", "PRelu"})
    check({(std::string("x: f32[a, 1, 8]\nw: f32[5, 1]\ny = ") + op + "(x, w)").c_str(), "[a, 5, 8] f32"});
  for (const char *op : {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"})
    check({(std::string("x: f32[a, b]\nw: f32[b]\ny = ") + op + "(x, w)").c_str(), "[a, b] i1"});
  for (const char *op : {"And", "Or", "Xor"})
    check({(std::string("x: i1[a, 1]\nw: i1[1, b]\ny = ") + op + "(x, w)").c_str(), "[a, b] i1"});
  for (const char *op : {"Abs",         "Ceil",      "Cos",       "Elu", "Erf",      "Exp",  "Floor",      "Gelu",
                         "HardSigmoid", "HardSwish", "LeakyRelu", "Log", "Mish",     "Neg",  "Reciprocal", "Relu",
                         "Round",       "Sigmoid",   "Sign",      "Sin", "Softplus", "Sqrt", "Tanh"})
    check({(std::string("x: f16[a, 2*b]\ny = ") + op + "(x)").c_str(), "[a, 2*b] f16"});
  check({"x: f32[a]\ny = IsNaN(x)", "[a] i1"});
  check({"x: f32[a]\ny = IsInf(x)", "[a] i1"});
  check({"x: i1[a]\ny = Not(x)", "[a] i1"});
  check({"x: f32[a, 3]\nl = dense<0.0> : tensor<f32>\ny = Clip(x, _, l)", "[a, 3] f32"});
  check({"x: f32[a, 3]\np: i64[3]\ny = Pow(x, p)", "[a, 3] f32"});
  check({"c: i1[a, 1]\nx: f32[3]\nz: f32[]\ny = Where(c, x, z)", "[a, 3] f32"});
  check({"x: f32[a]\ny = Cast(x) {to = 10 : i64}", "[a] f16"});
  check({"x: f32[a]\ny = Cast(x) {to = 2 : i64}", "[a] ui8"});
}

TEST(ShapeTest, IntegerContentsAreFollowed) {
  std::string shape = "x: f32[a, zero, 6]\ns = Shape(x)\nt = [2, 3, 4]\n";
  for (auto [op, expected] : std::initializer_list<std::pair<const char *, const char *>>{
           {"y = Add(s, t)", "[3] i64 = [a + 2, zero + 3, 10]"},
           {"y = Sub(s, t)", "[3] i64 = [a - 2, zero - 3, 2]"},
           {"y = Mul(s, t)", "[3] i64 = [2*a, 3*zero, 24]"},
           {"y = Div(s, t)", "[3] i64 = [a//2, zero//3, 1]"},
           {"y = Neg(s)", "[3] i64 = [-a, -zero, -6]"},
           {"y = Abs(s)", "[3] i64 = [a, zero, 6]"},
           {"y = Identity(s)", "[3] i64 = [a, zero, 6]"},
           {"y = Dropout(s)", "[3] i64 = [a, zero, 6]"},
           {"y = Cast(s) {to = 6 : i64}", "[3] i32 = [a, zero, 6]"},
           {"y = Concat(s, t) {axis = 0 : i64}", "[6] i64 = [a, zero, 6, 2, 3, 4]"},
           {"i = [2, 0]\ny = Gather(s, i)", "[2] i64 = [6, a]"},
           {"i = -3\ny = Gather(s, i)", "[] i64 = [a]"},
           {"i = [1]\nj = [3]\ny = Slice(s, i, j)", "[2] i64 = [zero, 6]"},
           {"i = [-1]\nj = [-9223372036854775807]\nk = [0]\nl = [-1]\ny = Slice(s, i, j, k, l)",
            "[3] i64 = [6, zero, a]"},
           {"i = [2]\ny = Tile(s, i)", "[6] i64 = [a, zero, 6, a, zero, 6]"},
           {"i = [2, 1]\ny = Expand(s, i)", "[2, 3] i64 = [a, zero, 6, a, zero, 6]"},
           {"i = [3, 1]\nr = Reshape(s, i)\ny = Transpose(r)", "[1, 3] i64 = [a, zero, 6]"},
           {"i = [0]\nu = Unsqueeze(s, i)\ny = Squeeze(u, i)", "[3] i64 = [a, zero, 6]"},
           {"i = [1, 2]\ny, z = Split(s, i)", "[1] i64 = [a]; [2] i64 = [zero, 6]"}})
    check({(shape + op).c_str(), expected});
  check({"x: f32[a, b, 6]\ns = Shape(x)\ny = ReduceProd(s) {keepdims = 0 : i64}", "[] i64 = [6*a*b]"});
  check({"x: f32[a, b, 6]\ny = Size(x)", "[] i64 = [6*a*b]"});
  check({"x: f32[a, b, 6]\ny = Shape(x) {start = -2 : i64, end = 9 : i64}", "[2] i64 = [b, 6]"});
  check({"x: f32[a, b, 6]\ny = Shape(x) {start = 2 : i64, end = 1 : i64}", "[0] i64 = []"});
}

TEST(ShapeTest, IntegerDivisionRoundsTowardsZero) {
  check({"a = [7, -7, 7, -7]\nb = [2, 2, -2, -2]\ny = Div(a, b)", "[4] i64 = [3, -3, -3, 3]"});
  check({"a = [7, -7, 7, -7]\nb = [3, 3, -3, -3]\ny = Mod(a, b) {fmod = 1 : i64}", "[4] i64 = [1, -1, 1, -1]"});
  check({"a = [7, -7]\nb = [3, 3]\ny = Mod(a, b)", "[2] i64 = [1, 2]"});
  check({"a = [7]\nb = [0]\ny = Div(a, b)", "[1] i64"});
}

TEST(ShapeTest, ComparisonsAreDecidedByTheSymbolsRanges) {
  std::string shape = "x: f32[a, zero]\ns = Shape(x)\n";
  // The exporters' guard: a dimension of -1 is replaced.
  check({(shape + "m = [-1, -1]\ne = Equal(s, m)\nn = [1, 1]\ny = Where(e, n, s)").c_str(), "[2] i64 = [a, zero]"});
  check({(shape + "m = [0, -1]\ny = Greater(s, m)").c_str(), "[2] i1 = [1, 1]"});
  check({(shape + "m = [0, 0]\ny = Greater(s, m)").c_str(), "[2] i1"});
  check({(shape + "m = [1, 0]\ny = Less(s, m)").c_str(), "[2] i1 = [0, 0]"});
  check({(shape + "y = LessOrEqual(s, s)").c_str(), "[2] i1 = [1, 1]"});
  check({(shape + "y = GreaterOrEqual(s, s)").c_str(), "[2] i1 = [1, 1]"});
  check({(shape + "m = [1, 0]\ny = Max(s, m)").c_str(), "[2] i64 = [a, zero]"});
  check({(shape + "m = [1, 0]\ny = Min(s, m)").c_str(), "[2] i64 = [1, 0]"});
  check({(shape + "m = [2, 2]\ny = Max(s, m)").c_str(), "[2] i64"});
  check({(shape + "e = Equal(s, s)\nn = Not(e)\no = And(e, n)\ny = Or(o, e)").c_str(), "[2] i1 = [1, 1]"});
  check({(shape + "e = Equal(s, s)\ny = Xor(e, e)").c_str(), "[2] i1 = [0, 0]"});
  check({(shape + "m = [1, 1]\ny = Cast(s) {to = 9 : i64}").c_str(), "[2] i1"});
}

TEST(ShapeTest, Reshape) {
  check({"x: f32[a, b, 96]\ns = [0, 0, 4, 24]\ny = Reshape(x, s)", "[a, b, 4, 24] f32"});
  check({"x: f32[a, b, 96]\ns = [-1, 96]\ny = Reshape(x, s)", "[a*b, 96] f32"});
  check({"x: f32[a, b, 96]\ns = [0, -1]\ny = Reshape(x, s)", "[a, 96*b] f32"});
  check({"x: f32[a, 96]\ns = []\nt = [1]\nz = Reshape(t, s)\ny = Add(z, z)", "[] i64 = [2]"});
  check({"x: f32[0, 3]\ns = [3, 0]\ny = Reshape(x, s) {allowzero = 1 : i64}", "[3, 0] f32"});
  check({"x: f32[a, 8]\nk: i64[1]\nc = [8]\ns = Concat(k, c) {axis = 0 : i64}\ny = Reshape(x, s)", "[a, 8] f32"});
}

TEST(ShapeTest, ReshapeErrors) {
  checkError({"x: f32[3, 7]\ns = [-1, 2]\ny = Reshape(x, s)", "does not divide into 2 elements"});
  checkError({"x: f32[3, 7]\ns = [4, 5]\ny = Reshape(x, s)", "is 21 and that of [4, 5] is 20, expected equal sizes"});
  checkError({"x: f32[3, 7]\ns = [-1, -1]\ny = Reshape(x, s)", "expected at most one -1"});
  checkError({"x: f32[3, 7]\ns = [-2, 3]\ny = Reshape(x, s)", "-2 found for dimension 0"});
  checkError({"x: f32[3, 7]\ns = [1, 1, 0]\ny = Reshape(x, s)", "expected a dimension of [3, 7] to copy"});
  checkError({"x: f32[3, 7]\ns: i64[2]\ny = Reshape(x, s)", "depends on the data"});
  checkError({"x: f32[3, 7]\ns: i64[n]\ny = Reshape(x, s)", "expected a small constant number"});
  checkError({"x: f32[3, 7]\ns = dense<3> : tensor<1x1xi64>\ny = Reshape(x, s)", "expected a vector"});
}

TEST(ShapeTest, DimensionsComeAndGo) {
  check({"x: f32[a, 1, 3]\ni = [1]\ny = Squeeze(x, i)", "[a, 3] f32"});
  check({"x: f32[a, 1, 3, 1]\ny = Squeeze(x)", "[a, 3] f32"});
  check({"x: f32[a, 3]\ni = [0, -1]\ny = Unsqueeze(x, i)", "[1, a, 3, 1] f32"});
  check({"x: f32[a, 3, b]\ny = Flatten(x) {axis = -1 : i64}", "[3*a, b] f32"});
  check({"x: f32[a, 3, b]\ny = Flatten(x) {axis = 0 : i64}", "[1, 3*a*b] f32"});
  check({"x: f32[a, 3, b]\ny = Transpose(x)", "[b, 3, a] f32"});
  check({"x: f32[a, 3, b]\ny = Transpose(x) {perm = array<i64: 1, 0, 2>}", "[3, a, b] f32"});
  check({"x: f32[a, 3]\ny, m = Dropout(x)", "[a, 3] f32; [a, 3] i1"});
  checkError({"x: f32[a, 2]\ni = [1]\ny = Squeeze(x, i)", "dimension 1 is 2"});
  checkError({"x: f32[a, 2]\ni = [5]\ny = Squeeze(x, i)", "axis 5 found, expected one in [-2, 1]"});
  checkError({"x: f32[a, 2]\ni = [0, -4]\ny = Unsqueeze(x, i)", "an axis occurs twice"});
  checkError({"x: f32[a, 2]\ni: i64[1]\ny = Unsqueeze(x, i)", "computed by the model"});
  checkError({"x: f32[a, 2]\ny = Flatten(x) {axis = 3 : i64}", "axis 3 found, expected one in [-2, 2]"});
  checkError({"x: f32[a, 2]\ny = Transpose(x) {perm = array<i64: 0, 0>}", "expected each of the 2 dimensions once"});
}

TEST(ShapeTest, ConcatAndSplit) {
  check({"x: f32[a, 3]\nw: f32[a, b]\ny = Concat(x, w) {axis = -1 : i64}", "[a, b + 3] f32"});
  check({"x: f32[a, 7]\ny, z = Split(x) {axis = 1 : i64, num_outputs = 2 : i64}", "[a, 4] f32; [a, 3] f32"});
  check({"x: f32[a, 2*b]\ny, z = Split(x) {axis = 1 : i64}", "[a, b] f32; [a, b] f32"});
  check({"x: f32[a, 7]\ns = [2, 5]\ny, z = Split(x, s) {axis = 1 : i64}", "[a, 2] f32; [a, 5] f32"});
  checkError({"x: f32[3, 3]\nw: f32[2, 3]\ny = Concat(x, w) {axis = 1 : i64}", "dimension 0 of one input is 3"});
  checkError({"x: f32[3, 3]\nw: f32[3]\ny = Concat(x, w) {axis = 1 : i64}", "expected 2 dimensions"});
  checkError({"x: f32[3, 3]\nw: i64[3, 3]\ny = Concat(x, w) {axis = 1 : i64}", "expected one type"});
  checkError({"x: f32[3, 3]\ny = Concat(x) {axis = 2 : i64}", "axis 2 found"});
  checkError({"x: f32[a, 7]\ns = [2, 4]\ny, z = Split(x, s) {axis = 1 : i64}", "the sum of the parts is 6"});
  checkError({"x: f32[a, 7]\ns = [-1, 8]\ny, z = Split(x, s) {axis = 1 : i64}", "size -1 of a part found"});
  checkError({"x: f32[a, 7]\ns = [7]\ny, z = Split(x, s) {axis = 1 : i64}", "1 sizes for 2 outputs"});
  checkError({"x: f32[a, 7]\ny, z = Split(x) {axis = 1 : i64, num_outputs = 3 : i64}", "'num_outputs' is 3"});
  checkError({"x: f32[1, 7]\ny, z, w = Split(x) {axis = 0 : i64}", "expected one that divides into 3 parts"});
}

TEST(ShapeTest, ExpandTilePad) {
  check({"x: f32[1, 1, 8]\nw: f32[a, 3]\nd = Shape(w) {end = 1 : i64}\nc = [1, 1]\ns = Concat(d, c) {axis = 0 : "
         "i64}\ny = Expand(x, s)",
         "[a, 1, 8] f32"});
  check({"x: f32[3, 1]\ns = [2, 1, 6]\ny = Expand(x, s)", "[2, 3, 6] f32"});
  check({"x: f32[a, 3]\ns = [2, 3]\ny = Tile(x, s)", "[2*a, 9] f32"});
  check({"x: f32[a, 3]\np = [0, 1, 2, 3]\ny = Pad(x, p)", "[a + 2, 7] f32"});
  check({"x: f32[a, 3]\np = [1, 2]\ni = [-1]\ny = Pad(x, p, _, i)", "[a, 6] f32"});
  checkError({"x: f32[3]\ns = [2]\ny = Expand(x, s)", "do not broadcast"});
  checkError({"x: f32[3]\ns = [-1]\ny = Expand(x, s)", "-1 found for dimension 0"});
  checkError({"x: f32[3]\ns: i64[1]\ny = Expand(x, s)", "depends on the data"});
  checkError({"x: f32[3]\ns = [2, 2]\ny = Tile(x, s)", "expected one per dimension"});
  checkError({"x: f32[3]\ns: i64[1]\ny = Tile(x, s)", "repeat 0 depends on the data"});
  checkError({"x: f32[3]\np = [1]\ny = Pad(x, p)", "expected two per axis"});
  checkError({"x: f32[3]\np = [-2, -2]\ny = Pad(x, p)", "expected a size that is not negative"});
  checkError({"x: f32[3]\np = [1, 1]\ny = Pad(x, p) {mode = \"odd\"}", "attribute 'mode' is 'odd'"});
  checkError({"x: f32[3]\np: i64[2]\ny = Pad(x, p)", "padding of dimension 0 depends on the data"});
}

TEST(ShapeTest, Slice) {
  auto slice = [](const char *shape, const char *start, const char *end, const char *step) {
    return std::string("x: f32") + shape + "\ni = " + start + "\nj = " + end + "\nk = [0]\nl = " + step +
           "\ny = Slice(x, i, j, k, l)";
  };
  check({slice("[10]", "[2]", "[7]", "[2]").c_str(), "[3] f32"});
  check({slice("[10]", "[-3]", "[100]", "[1]").c_str(), "[3] f32"});
  check({slice("[10]", "[-100]", "[-8]", "[1]").c_str(), "[2] f32"});
  check({slice("[10]", "[7]", "[2]", "[1]").c_str(), "[0] f32"});
  check({slice("[10]", "[7]", "[2]", "[-2]").c_str(), "[3] f32"});
  check({slice("[10]", "[-1]", "[-100]", "[-1]").c_str(), "[10] f32"});
  check({slice("[a]", "[0]", "[1]", "[1]").c_str(), "[1] f32"});
  check({slice("[a]", "[-1]", "[9223372036854775807]", "[1]").c_str(), "[1] f32"});
  check({slice("[a]", "[1]", "[2147483647]", "[1]").c_str(), "[a - 1] f32"});
  check({slice("[a]", "[0]", "[-1]", "[1]").c_str(), "[a - 1] f32"});
  check({slice("[a]", "[-1]", "[-9223372036854775807]", "[-1]").c_str(), "[a] f32"});
  check({slice("[a + 7]", "[2]", "[9223372036854775807]", "[3]").c_str(), "[(a + 1)//3 + 2] f32"});
  check({slice("[a]", "[0]", "[5]", "[1]").c_str(), "[5] f32"});
  check({slice("[a]", "[-5]", "[-2]", "[1]").c_str(), "[3] f32"});
  checkError({slice("[a]", "[0]", "[500]", "[1]").c_str(), "bound 500 of a dimension of size a found"});
  checkError({slice("[a]", "[3]", "[1]", "[-1]").c_str(), "expected constants"});
  checkError({slice("[10]", "[0]", "[5]", "[0]").c_str(), "step 0 found"});
  checkError({slice("[10]", "[0, 1]", "[5]", "[1]").c_str(), "expected the same number of each"});
  checkError({"x: f32[3]\ni: i64[1]\nj = [3]\ny = Slice(x, i, j)", "operand 'starts' depends on the data"});
  checkError({"x: f32[3]\ni = [0]\nj = [3]\nk = [1]\ny = Slice(x, i, j, k)", "axis 1 found"});
}

TEST(ShapeTest, SlicesOfTablesBoundTheSymbol) {
  Graph graph("x: i64[a, s]\nt = dense<0> : tensor<1x64xi64>\nd = Shape(x) {start = 1 : i64}\ni = [0]\nk = [1]\ny = "
              "Slice(t, i, d, k)");
  FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(graph.function());
  ASSERT_TRUE(succeeded(shapes)) << graph.messages();
  EXPECT_EQ(shapes->print(shapes->shapeOf(graph.result())), "[1, s]");
  EXPECT_EQ(shapes->symbols()[1].max, 64);
  EXPECT_TRUE(shapes->assumptions().empty());
}

TEST(ShapeTest, SlicesSayHowLongADimensionIs) {
  Graph graph("x: f32[a]\ni = [0]\nj = [5]\ny = Slice(x, i, j)");
  FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(graph.function());
  ASSERT_TRUE(succeeded(shapes)) << graph.messages();
  EXPECT_EQ(shapes->symbols()[0].min, 5);
  EXPECT_TRUE(shapes->assumptions().empty());
}

TEST(ShapeTest, WindowsSayHowLongADimensionIs) {
  Graph graph("x: f32[b, 3, a]\nw: f32[4, 3, 5]\ny = Conv(x, w) {pads = array<i64: 1, 1>}");
  FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(graph.function());
  ASSERT_TRUE(succeeded(shapes)) << graph.messages();
  EXPECT_EQ(shapes->symbols()[1].min, 3);
}

TEST(ShapeTest, Quantization) {
  check({"x: f32[a, 3]\ns: f32[]\nz: i8[]\ny = QuantizeLinear(x, s, z)", "[a, 3] i8"});
  check({"x: f32[a, 3]\ns: f32[3]\ny = QuantizeLinear(x, s)", "[a, 3] ui8"});
  check({"x: f32[a, 3]\ns: f32[1]\ny = QuantizeLinear(x, s) {output_dtype = 5 : i64}", "[a, 3] i16"});
  check({"x: i8[a, 3]\ns: f16[a]\nz: i8[a]\ny = DequantizeLinear(x, s, z) {axis = 0 : i64}", "[a, 3] f16"});
  check({"x: ui8[a, 5]\ns: f32[a, 3]\ny = DequantizeLinear(x, s) {block_size = 2 : i64}", "[a, 5] f32"});
  check({"x: i32[3]\ns: f32[]\ny = DequantizeLinear(x, s) {output_dtype = 10 : i64}", "[3] f16"});
  checkError({"x: f32[4]\ns: f32[3]\ny = QuantizeLinear(x, s) {axis = 0 : i64}", "the number of scales is 3"});
  checkError({"x: f32[4]\ns: f32[4]\nz: i8[3]\ny = QuantizeLinear(x, s, z)", "zero points of shape [3] found"});
  checkError({"x: f32[4]\ns: f32[2, 2]\ny = QuantizeLinear(x, s) {axis = 0 : i64}", "with block size 0 found"});
  checkError({"x: f32[4]\ns: f32[3]\ny = QuantizeLinear(x, s) {axis = 0 : i64, block_size = 2 : i64}",
              "dimension 0 of the scales is 3"});
  checkError({"x: f32[4]\ns: f32[3]\ny = QuantizeLinear(x, s)", "axis 1 found"});
  checkError({"x: f32[4]\ns: f32[]\nz: i8[]\ny = QuantizeLinear(x, s, z) {output_dtype = 2 : i64}",
              "attribute 'output_dtype' says 'ui8'"});
  checkError(
      {"x: f32[4]\ns: f32[]\ny = QuantizeLinear(x, s) {output_dtype = 99 : i64}", "attribute 'output_dtype' is 99"});
  checkError({"x: f32[4]\ns: f32[]\ny = QuantizeLinear(x, s) {output_dtype = 1 : i64}",
              "an integer of 2 to 16 bits or a float of 4 or 8 bits"});
  check({"x: f32[4]\ns: f8E8M0FNU[]\ny = QuantizeLinear(x, s) {output_dtype = 17 : i64}", "[4] f8E4M3FN"});
  check({"x: f32[4]\ns: f32[]\ny = QuantizeLinear(x, s) {output_dtype = 26 : i64, precision = 10 : i64}", "[4] i2"});
  checkError(
      {"x: f32[4]\ns: f32[]\ny = QuantizeLinear(x, s) {precision = 6 : i64}", "attribute 'precision' says 'i32'"});
  checkError({"x: f32[4]\ns: f32[]\ny = QuantizeLinear(x, s) {output_dtype = 24 : i64}", "result of element type"});
  check({"x: f4E2M1FN[4]\ns: f16[]\ny = DequantizeLinear(x, s)", "[4] f16"});
  checkError({"x: i4[4]\ns: f8E8M0FNU[]\ny = DequantizeLinear(x, s)", "to be made f32, f16 or bf16"});
  checkError({"x: f32[4]\ns: f32[]\ny = DequantizeLinear(x, s)",
              "expected integers of 2 to 32 bits or floats of 4 or 8 bits"});
  checkError({"x: i8[4]\ns: f32[]\nz: ui8[]\ny = DequantizeLinear(x, s, z)", "expected one type"});
}

TEST(ShapeTest, ScatterND) {
  check({"x: f32[a, s, 8]\ni: i64[b, 2]\nu: f32[b, 8]\ny = ScatterND(x, i, u)", "[a, s, 8] f32"});
  check({"x: i1[a]\ni: i64[1]\nu: i1[]\ny = ScatterND(x, i, u)", "[a] i1"});
  checkError({"x: f32[4]\ni: i64[3, 2]\nu: f32[3]\ny = ScatterND(x, i, u)", "expected tuples of 1 to 1"});
  checkError({"x: f32[4]\ni: i64[3, 1]\nu: f32[3, 1]\ny = ScatterND(x, i, u)", "operand 'updates' has shape [3, 1]"});
  checkError({"x: f32[4]\ni: i64[3, 1]\nu: f32[2]\ny = ScatterND(x, i, u)", "dimension 0 of the updates is 2"});
  checkError({"x: f32[4]\ni: i32[3, 1]\nu: f32[3]\ny = ScatterND(x, i, u)", "indices of element type 'i32' found"});
  checkError({"x: f32[4]\ni: i64[3, 1]\nu: f16[3]\ny = ScatterND(x, i, u)", "expected one type"});
  checkError({"x: f32[]\ni: i64[3, 1]\nu: f32[3]\ny = ScatterND(x, i, u)", "operand 'data' has shape []"});
}

TEST(ShapeTest, GatherAndItsKin) {
  check({"x: f32[50, 8]\ni: i64[a, s]\ny = Gather(x, i)", "[a, s, 8] f32"});
  check({"x: f32[a, s, 8]\ni = 0\ny = Gather(x, i) {axis = 1 : i64}", "[a, 8] f32"});
  check({"x: f32[a, 8]\ni: i64[a, 3]\ny = GatherElements(x, i) {axis = 1 : i64}", "[a, 3] f32"});
  check({"x: f32[a, s, 8]\ni: i64[b, 2]\ny = GatherND(x, i)", "[b, 8] f32"});
  check({"x: f32[a, s, 8]\ni: i64[a, 5, 1]\ny = GatherND(x, i) {batch_dims = 1 : i64}", "[a, 5, 8] f32"});
  check({"x: f32[a, 8]\ny = Trilu(x)", "[a, 8] f32"});
  checkError({"x: f32[50, 8]\ni = [50]\ny = Gather(x, i)", "index 50 found, expected one in [-50, 49]"});
  check({"x: f32[a, 8]\nk = [3]\ny, z = TopK(x, k)", "[a, 3] f32; [a, 3] i64"});
  checkError({"x: f32[a, 8]\nk = [9]\ny, z = TopK(x, k)", "the first 9 of 8 elements found"});
  checkError({"x: f32[a, 8]\nk = [1, 2]\ny, z = TopK(x, k)", "2 numbers in operand 'K' found, expected one"});
  checkError({"x: f32[a, 8]\nk: i64[1]\ny, z = TopK(x, k)", "the number of elements depends on the data"});
  check({"x: f32[a, 8]\ny = ArgMin(x) {axis = 1 : i64}", "[a, 1] i64"});
  check({"x: f32[a, 8]\ny = BitCast(x) {to = 6 : i64}", "[a, 8] i32"});
  checkError({"x: f32[a, 8]\ny = BitCast(x) {to = 7 : i64}", "expected a type of the same size"});
  check({"x: i8[n, 2, 8]\nw: i8[4, 2, 3]\ny = ConvInteger(x, w, _, _)", "[n, 4, 6] i32"});
  checkError({"x: i8[n, 2, 8]\nw: i8[4, 2, 3]\nz: i8[1, 1]\ny = ConvInteger(x, w, z, _)", "operand 'x_zero_point'"});
  checkError({"x: f32[50, 8]\ni: f32[2]\ny = Gather(x, i)", "expected i32 or i64"});
  checkError({"x: f32[50, 8]\ni = [0]\ny = Gather(x, i) {axis = 2 : i64}", "axis 2 found"});
  checkError({"x: f32[4, 8]\ni: i64[5, 3]\ny = GatherElements(x, i) {axis = 1 : i64}", "expected at most 4"});
  checkError({"x: f32[4, 8]\ni: i64[3]\ny = GatherElements(x, i)", "expected 2 dimensions"});
  checkError({"x: f32[4, 8]\ni: i64[b, 3]\ny = GatherND(x, i)", "expected tuples of 1 to 2"});
  checkError(
      {"x: f32[4, 8]\ni: i64[5, 1]\ny = GatherND(x, i) {batch_dims = 1 : i64}", "batch dimension 0 of the data is 4"});
  checkError({"x: f32[4]\ny = Trilu(x)", "expected at least 2 dimensions"});
}

TEST(ShapeTest, Reductions) {
  for (const char *op :
       {"ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare"}) {
    check({(std::string("x: f32[a, b, 8]\ni = [-1]\ny = ") + op + "(x, i)").c_str(), "[a, b, 1] f32"});
    check({(std::string("x: f32[a, b, 8]\ni = [0, 2]\ny = ") + op + "(x, i) {keepdims = 0 : i64}").c_str(), "[b] f32"});
    check({(std::string("x: f32[a, b, 8]\ny = ") + op + "(x) {keepdims = 0 : i64}").c_str(), "[] f32"});
    check({(std::string("x: f32[a, b]\ny = ") + op + "(x) {noop_with_empty_axes = 1 : i64}").c_str(), "[a, b] f32"});
  }
  check({"x: f32[a, b, 8]\ny = ArgMax(x) {axis = -1 : i64, keepdims = 0 : i64}", "[a, b] i64"});
  checkError({"x: f32[a]\ni = [1]\ny = ReduceSum(x, i)", "axis 1 found"});
  checkError({"x: f32[a]\ni: i64[1]\ny = ReduceSum(x, i)", "operand 'axes' is computed by the model"});
  checkError({"x: f32[a]\ny = ArgMax(x) {axis = 1 : i64}", "axis 1 found"});
}

TEST(ShapeTest, Normalizations) {
  check({"x: f32[a, 8]\ny = Softmax(x)", "[a, 8] f32"});
  check({"x: f32[a, 8]\ny = LogSoftmax(x) {axis = 0 : i64}", "[a, 8] f32"});
  check({"x: f32[a, 8]\ni = 1\ny = CumSum(x, i)", "[a, 8] f32"});
  check({"x: f16[a, s, 8]\ng: f16[8]\ny, m, d = LayerNormalization(x, g)",
         "[a, s, 8] f16; [a, s, 1] f32; [a, s, 1] f32"});
  check({"x: f32[a, c, 8]\ng: f32[4]\ny = BatchNormalization(x, g, g, g, g)", "[a, 4, 8] f32"});
  checkError({"x: f32[a, 8]\ny = Softmax(x) {axis = 2 : i64}", "axis 2 found"});
  checkError({"x: f32[a, 8]\ni = 2\ny = CumSum(x, i)", "axis 2 found"});
  check({"x: f32[a, 8]\ni = 1\ny = CumProd(x, i)", "[a, 8] f32"});
  checkError({"x: f32[a, 8]\ni = [0, 1]\ny = CumProd(x, i)", "2 axes found, expected one"});
  checkError({"x: f32[a, 8]\ng: f32[7]\ny = LayerNormalization(x, g)", "do not broadcast"});
  checkError({"x: f32[a, 1]\ng: f32[7]\ny = LayerNormalization(x, g)", "expected one that broadcasts to [a, 1]"});
  checkError({"x: f32[a, 3, 8]\ng: f32[4]\ny = BatchNormalization(x, g, g, g, g)", "the size of 'scale' is 4"});
  checkError({"x: f32[a, 3]\ng: f32[3]\ny = BatchNormalization(x, g, g, g, g) {training_mode = 1 : i64}",
              "training_mode is set"});
}

TEST(ShapeTest, Products) {
  check({"x: f32[a, s, 96]\nw: f32[96, 32]\ny = MatMul(x, w)", "[a, s, 32] f32"});
  check({"x: f32[a, 1, s, 24]\nw: f32[6, 24, s]\ny = MatMul(x, w)", "[a, 6, s, s] f32"});
  check({"x: f32[8]\nw: f32[a, 8, 3]\ny = MatMul(x, w)", "[a, 3] f32"});
  check({"x: f32[a, 3, 8]\nw: f32[8]\ny = MatMul(x, w)", "[a, 3] f32"});
  check({"x: f32[8]\nw: f32[8]\ny = MatMul(x, w)", "[] f32"});
  check({"x: f32[a, 8]\nw: f32[10, 8]\nc: f32[10]\ny = Gemm(x, w, c) {transB = 1 : i64}", "[a, 10] f32"});
  checkError({"x: f32[a, 8]\nw: f32[7, 3]\ny = MatMul(x, w)", "the last dimension of A is 8"});
  checkError({"x: f32[2, a, 8]\nw: f32[3, 8, 3]\ny = MatMul(x, w)", "do not broadcast"});
  checkError({"x: f32[]\nw: f32[8]\ny = MatMul(x, w)", "expected at least 1 dimensions"});
  checkError({"x: f32[a, 8]\nw: i64[8, 3]\ny = MatMul(x, w)", "expected one type"});
  checkError({"x: f32[a, 8]\nw: f32[8, 3]\nc: f32[3, 3, 3]\ny = Gemm(x, w, c)", "operand 'C' has shape [3, 3, 3]"});
  checkError({"x: f32[a, 8]\nw: f32[3, 8]\ny = Gemm(x, w)", "the contracted dimension of A is 8"});
  checkError({"x: f32[a, 8, 1]\nw: f32[3, 8]\ny = Gemm(x, w)", "expected 2 dimensions"});
}

TEST(ShapeTest, Windows) {
  std::string image = "x: f32[a, 3, h, 28]\nw: f32[16, 3, 4, 4]\n";
  check({(image + "y = Conv(x, w) {strides = array<i64: 4, 4>}").c_str(), "[a, 16, h//4, 7] f32"});
  check({(image + "y = Conv(x, w) {pads = array<i64: 1, 1, 2, 2>, dilations = array<i64: 1, 2>}").c_str(),
         "[a, 16, h, 25] f32"});
  check({(image + "y = Conv(x, w) {auto_pad = \"SAME_UPPER\", strides = array<i64: 2, 3>}").c_str(),
         "[a, 16, (h + 1)//2, 10] f32"});
  check({(image + "y = Conv(x, w) {auto_pad = \"VALID\", pads = array<i64: 1, 1, 1, 1>}").c_str(),
         "[a, 16, h - 3, 25] f32"});
  check({"x: f32[a, 6, 9]\nw: f32[4, 3, 3]\nc: f32[4]\ny = Conv(x, w, c) {group = 2 : i64}", "[a, 4, 7] f32"});
  for (const char *op : {"MaxPool", "AveragePool"}) {
    std::string pool = std::string("x: f32[a, 3, h, 7]\ny = ") + op;
    check(
        {(pool + "(x) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}").c_str(), "[a, 3, h//2, 3] f32"});
    check({(pool + "(x) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, ceil_mode = 1 : i64}").c_str(),
           "[a, 3, (h + 1)//2, 4] f32"});
    // A window may not start in the padding at the end.
    check({(pool + "(x) {kernel_shape = array<i64: 1, 2>, strides = array<i64: 1, 3>, pads = array<i64: 0, 0, 0, 1>, "
                   "ceil_mode = 1 : i64}")
               .c_str(),
           "[a, 3, h, 3] f32"});
  }
  check({"x: f32[a, 3, 9]\ny, i = MaxPool(x) {kernel_shape = array<i64: 3>}", "[a, 3, 7] f32; [a, 3, 7] i64"});
  check({"x: f32[a, 3, h, w]\ny = GlobalAveragePool(x)", "[a, 3, 1, 1] f32"});
  check({"x: f32[a, 3, h, w]\ny = GlobalMaxPool(x)", "[a, 3, 1, 1] f32"});
}

TEST(ShapeTest, WindowErrors) {
  std::string image = "x: f32[a, 3, h, 28]\nw: f32[16, 3, 4, 4]\n";
  checkError({"x: f32[a, 2, 9]\nw: f32[4, 3, 3]\ny = Conv(x, w)", "the number of input channels is 2"});
  checkError({"x: f32[a, 3, 9]\nw: f32[4, 3]\ny = Conv(x, w)", "operand 'W' has shape [4, 3]"});
  checkError({"x: f32[a, 6, 9]\nw: f32[4, 2, 3]\ny = Conv(x, w) {group = 3 : i64}", "3 groups for 4 filters"});
  checkError({"x: f32[a, 6, 9]\nw: f32[4, 2, 3]\ny = Conv(x, w) {group = 0 : i64}", "0 groups for 4 filters"});
  checkError({"x: f32[a, 3, 9]\nw: f32[4, 3, k]\ny = Conv(x, w)", "expected constant sizes"});
  checkError({"x: f32[a, 3, 9]\nw: f32[4, 3, 3]\nc: f32[3]\ny = Conv(x, w, c)", "the size of the bias is 3"});
  checkError({(image + "y = Conv(x, w) {kernel_shape = array<i64: 4, 3>}").c_str(), "'kernel_shape' does not agree"});
  checkError({(image + "y = Conv(x, w) {strides = array<i64: 0, 1>}").c_str(), "attribute 'strides' is [0, 1]"});
  checkError({(image + "y = Conv(x, w) {pads = array<i64: 1, 1>}").c_str(), "expected 4 numbers"});
  checkError({(image + "y = Conv(x, w) {dilations = array<i64: 1, 20>}").c_str(), "expected it to fit"});
  checkError({(image + "y = Conv(x, w) {dilations = array<i64: 1, 2000000000>}").c_str(), "expected an extent below"});
  checkError({(image + "y = Conv(x, w) {auto_pad = \"odd\"}").c_str(), "attribute 'auto_pad' is 'odd'"});
  checkError({"x: f32[a, 3]\ny = GlobalMaxPool(x)", "expected at least 3 dimensions"});
  checkError({"x: f32[a, 3, 4]\ny = MaxPool(x) {kernel_shape = array<i64: 5>}", "expected it to fit"});
}

TEST(ShapeTest, ShapeArithmetic) {
  check({"x: f32[a, b]\ns = Shape(x)\ny = ConstantOfShape(s)", "[a, b] f32"});
  check({"s = [3]\ny = ConstantOfShape(s) {value = dense<7> : tensor<1xi64>}", "[3] i64 = [7, 7, 7]"});
  check({"x: f32[a, b]\nd = Size(x)\no = 1\nz = 0\ny = Range(z, d, o)", "[a*b] i64"});
  check({"i = 7\nj = 1\nk = -2\ny = Range(i, j, k)", "[3] i64 = [7, 5, 3]"});
  check({"i = 1\nj = 7\nk = -2\ny = Range(i, j, k)", "[0] i64 = []"});
  check({"i = dense<0.0> : tensor<f32>\nj = dense<1.0> : tensor<f32>\nk = dense<0.3> : tensor<f32>\ny = Range(i, j, k)",
         "[4] f32"});
  checkError({"s: i64[2]\ny = ConstantOfShape(s)", "dimension 0 of the result depends on the data"});
  checkError({"s = [2]\ny = ConstantOfShape(s) {value = dense<7> : tensor<2xi64>}", "expected one element"});
  checkError({"s = [-2]\ny = ConstantOfShape(s)", "expected a size that is not negative"});
  checkError({"s = [4611686018427387904, 4]\ny = ConstantOfShape(s)", "is too large, expected at most"});
  checkError({"i: i64[]\nj = 1\ny = Range(i, j, j)", "the number of elements depends on the data"});
  checkError({"i = 0\nj = 1\ny = Range(i, j, i)", "the number of elements depends on the data"});
  checkError({"i = 0\nj = dense<1.0> : tensor<f32>\ny = Range(i, i, j)", "expected one type"});
}

TEST(ShapeTest, ElementwiseErrors) {
  checkError({"x: f32[2]\nw: f32[3]\ny = Add(x, w)", "shapes [2] and [3] do not broadcast, expected equal sizes or 1"});
  checkError({"x: f32[2]\nw: i64[2]\ny = Add(x, w)", "operands of element types 'f32' and 'i64' found"});
  checkError({"x: f32[2]\ny = Cast(x) {to = 8 : i64}", "cast to element type number 8 found"});
  checkError({"x: f32[a + 2]\nw: f32[2]\ny = Add(x, w)", "do not broadcast"});
}

TEST(ShapeTest, EveryOperatorHasAShapeFunction) {
  Graph graph("x: f32[a]\ny = Relu(x)");
  MLIRContext *context = graph.getContext();
  for (RegisteredOperationName name : context->getRegisteredOperationsByDialect("onnx"))
    EXPECT_TRUE(name.hasInterface<SymbolicShapeOpInterface>()) << name.getStringRef().str();
}

TEST(ShapeTest, AnOpenDimensionIsTakenAsTheKnownOne) {
  Graph graph("x: f32[a, c, 8]\nw: f32[4, 1]\ny = Add(x, w)");
  FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(graph.function());
  ASSERT_TRUE(succeeded(shapes)) << graph.messages();
  EXPECT_EQ(shapes->print(shapes->shapeOf(graph.result())), "[a, 4, 8]");
  ASSERT_EQ(shapes->assumptions().size(), 1u);
  EXPECT_EQ(shapes->print(shapes->assumptions()[0].lhs), "4");
  EXPECT_EQ(shapes->print(shapes->assumptions()[0].rhs), "c");
}

} // namespace
