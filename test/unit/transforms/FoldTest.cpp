//===- FoldTest.cpp - evaluation of constant operators -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphText.h"

#include "rheobase/Interfaces/ConstantData.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::test;

namespace {

std::string describe(double number) {
  return number == std::floor(number) ? std::to_string(int64_t(number)) : std::to_string(number);
}

/// "f32 [2, 2]: 1 2 3 4" of the constant that the graph's result became, or the ops that are left.
std::string fold(const std::string &text, llvm::StringRef pipeline = "onnx-infer-shapes,onnx-fold-constants") {
  Graph graph(text);
  if (!graph.run(pipeline))
    return graph.messages();
  std::optional<ConstantData> data = ConstantData::of(graph.result());
  if (!data)
    return graph.ops();
  std::string found;
  llvm::raw_string_ostream stream(found);
  stream << data->getElementType() << " [";
  llvm::interleaveComma(data->getType().getShape(), stream);
  stream << "]:";
  for (int64_t i = 0; i < data->size(); ++i)
    stream << " " << describe(data->number(i));
  return found;
}

const char *kMatrix = "m = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>\n";

TEST(FoldTest, MovesElements) {
  std::string m = kMatrix;
  EXPECT_EQ(fold(m + "y = Transpose(m)"), "f32 [3, 2]: 1 4 2 5 3 6");
  EXPECT_EQ(fold(m + "s = [3, -1]\ny = Reshape(m, s)"), "f32 [3, 2]: 1 2 3 4 5 6");
  EXPECT_EQ(fold(m + "i = [0]\nu = Unsqueeze(m, i)\nt = Transpose(u) {perm = array<i64: 2, 0, 1>}\ny = Flatten(t)"),
            "f32 [3, 2]: 1 4 2 5 3 6");
  EXPECT_EQ(fold(m + "i = [1]\nj = [3]\nk = [1]\ny = Slice(m, i, j, k)"), "f32 [2, 2]: 2 3 5 6");
  EXPECT_EQ(fold(m + "i = [-1]\nj = [-9]\nk = [1]\nl = [-2]\ny = Slice(m, i, j, k, l)"), "f32 [2, 2]: 3 1 6 4");
  EXPECT_EQ(fold(m + "y = Concat(m, m) {axis = -1 : i64}"), "f32 [2, 6]: 1 2 3 1 2 3 4 5 6 4 5 6");
  EXPECT_EQ(fold(m + "y = Concat(m, m) {axis = 0 : i64}"), "f32 [4, 3]: 1 2 3 4 5 6 1 2 3 4 5 6");
  EXPECT_EQ(fold(m + "i = [2, 0]\ny = Gather(m, i) {axis = 1 : i64}"), "f32 [2, 2]: 3 1 6 4");
  EXPECT_EQ(fold(m + "i = -1\ny = Gather(m, i)"), "f32 [3]: 4 5 6");
  EXPECT_EQ(fold(m + "i = [1, 2]\na, y = Split(m, i) {axis = 1 : i64}\nz = Identity(y)"), "f32 [2, 2]: 2 3 5 6");
  EXPECT_EQ(fold("m = dense<[[1.0], [2.0]]> : tensor<2x1xf32>\ns = [2, 1, 3]\ny = Expand(m, s)"),
            "f32 [2, 2, 3]: 1 1 1 2 2 2 1 1 1 2 2 2");
  EXPECT_EQ(fold("s = [2]\ny = ConstantOfShape(s) {value = dense<1.5> : tensor<1xf32>}"), "f32 [2]: 1.500000 1.500000");
  EXPECT_EQ(fold("i = dense<1.0> : tensor<f32>\nj = dense<2.0> : tensor<f32>\nk = dense<0.5> : tensor<f32>\ny = "
                 "Range(i, j, k)"),
            "f32 [2]: 1 1.500000");
}

TEST(FoldTest, ComputesFloats) {
  std::string m = kMatrix;
  std::string row = m + "r = dense<[2.0, 4.0, 8.0]> : tensor<3xf32>\n";
  EXPECT_EQ(fold(row + "y = Add(m, r)"), "f32 [2, 3]: 3 6 11 6 9 14");
  EXPECT_EQ(fold(row + "y = Sub(r, m)"), "f32 [2, 3]: 1 2 5 -2 -1 2");
  EXPECT_EQ(fold(row + "y = Mul(m, r)"), "f32 [2, 3]: 2 8 24 8 20 48");
  EXPECT_EQ(fold(row + "y = Div(r, m)"), "f32 [2, 3]: 2 2 2.666667 0.500000 0.800000 1.333333");
  EXPECT_EQ(fold("m = dense<[4.0, 9.0]> : tensor<2xf32>\ny = Sqrt(m)"), "f32 [2]: 2 3");
  EXPECT_EQ(fold("m = dense<[2.0, 3.0]> : tensor<2xf32>\ne = 2\ny = Pow(m, e)"), "f32 [2]: 4 9");
  EXPECT_EQ(fold(row + "c = Greater(m, r)\ny = Where(c, m, r)"), "f32 [2, 3]: 2 4 8 4 5 8");
  EXPECT_EQ(fold("m = dense<[0.5, 1.5, 2.5]> : tensor<3xf32>\ny = Round(m)"), "f32 [3]: 0 2 2");
  EXPECT_EQ(fold("m = dense<[-2.0, 3.0]> : tensor<2xf32>\na = Abs(m)\nb = Neg(a)\nc = Reciprocal(b)\ny = Floor(c)"),
            "f32 [2]: -1 -1");
}

TEST(FoldTest, RoundsToTheElementType) {
  // 1 + 2^-11 is a tie in f16 and goes to the even 1; 0.1 in f32 is not 0.1 in f64.
  EXPECT_EQ(
      fold("m = dense<1.0> : tensor<1xf16>\nn = dense<4.8828125e-04> : tensor<1xf16>\ns = Add(m, n)\ny = Sub(s, m)"),
      "f16 [1]: 0");
  Graph graph("m = dense<1.0> : tensor<1xf32>\nn = dense<10.0> : tensor<1xf32>\ny = Div(m, n)");
  ASSERT_TRUE(graph.run("onnx-infer-shapes,onnx-fold-constants"));
  EXPECT_EQ(ConstantData::of(graph.result())->number(0), double(0.1f));
}

TEST(FoldTest, Casts) {
  EXPECT_EQ(fold("m = dense<[1.7, -1.7, 300.0]> : tensor<3xf32>\ny = Cast(m) {to = 7 : i64}"), "i64 [3]: 1 -1 300");
  EXPECT_EQ(fold("m = dense<[0.0, -1.7]> : tensor<2xf32>\ny = Cast(m) {to = 9 : i64}"), "i1 [2]: 0 1");
  EXPECT_EQ(fold("m = [3, -4]\ny = Cast(m) {to = 1 : i64}"), "f32 [2]: 3 -4");
  EXPECT_EQ(fold("m = dense<0x7FC00000> : tensor<1xf32>\ny = Cast(m) {to = 7 : i64}"), "Cast");
}

TEST(FoldTest, ComputesIntegers) {
  // Tensors too large for their contents to be followed are evaluated as data.
  std::string large = "s = [2000]\nx = ConstantOfShape(s) {value = dense<-7> : tensor<1xi64>}\n";
  Graph graph(large + "d = 2\ny = Div(x, d)");
  ASSERT_TRUE(graph.run("onnx-infer-shapes,onnx-fold-constants"));
  std::optional<ConstantData> data = ConstantData::of(graph.result());
  ASSERT_TRUE(data) << graph.text();
  EXPECT_EQ(data->integer(1999), -3);
  EXPECT_EQ(fold(large + "d = 0\ny = Div(x, d)"), "Div");
}

TEST(FoldTest, ShapeArithmeticBecomesConstant) {
  EXPECT_EQ(fold("x: f32[a, 3, 8]\ns = Shape(x)\ni = 2\nd = Gather(s, i)\nf = Cast(d) {to = 1 : i64}\ny = Sqrt(f)"),
            "f32 []: 2.828427");
}

TEST(FoldTest, LargeConstantsAreResourcesAndSplatsStaySplats) {
  auto valueOf = [](Graph &graph) { return graph.result().getDefiningOp<onnx::ConstantOp>().getValue(); };
  Graph splat("s = [64, 64]\nx = ConstantOfShape(s)\ny = Transpose(x)");
  ASSERT_TRUE(splat.run("onnx-infer-shapes,onnx-fold-constants"));
  EXPECT_TRUE(isa<DenseElementsAttr>(valueOf(splat)) && valueOf(splat).isSplat());
  Graph large(
      "i = dense<0.0> : tensor<f32>\nj = dense<500.0> : tensor<f32>\nk = dense<1.0> : tensor<f32>\ny = Range(i, j, k)");
  ASSERT_TRUE(large.run("onnx-infer-shapes,onnx-fold-constants"));
  EXPECT_TRUE(isa<DenseResourceElementsAttr>(valueOf(large)));
  EXPECT_EQ(ConstantData::get(valueOf(large))->number(499), 499);
}

TEST(FoldTest, ResultsThatGrowTooMuchAreLeft) {
  std::string text = "x = dense<[[1.0], [2.0]]> : tensor<2x1xf32>\ns = [2, 1000000000]\ny = Expand(x, s)";
  EXPECT_EQ(fold(text), "Expand");
  EXPECT_EQ(fold("s = [1000000000, 1000]\ny = ConstantOfShape(s)"), "ConstantOfShape");
  std::string small = "x = dense<[[1.0], [2.0]]> : tensor<2x1xf32>\ns = [2, 100]\ny = Expand(x, s)";
  EXPECT_EQ(fold(small, "onnx-infer-shapes,onnx-fold-constants{max-growth=100}"), "Expand");
  EXPECT_EQ(fold(small, "onnx-infer-shapes,onnx-fold-constants{max-bytes=100}"), "Expand");
}

TEST(ConstantDataTest, ReadsResourcesOfTheRightSizeOnly) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  auto type = RankedTensorType::get({2, 2}, IntegerType::get(&context, 16));
  int16_t values[] = {1, -2, 3, -4};
  auto blob = [&](size_t bytes) {
    return HeapAsmResourceBlob::allocateAndCopyWithAlign(ArrayRef(reinterpret_cast<char *>(values), bytes), 8);
  };
  std::optional<ConstantData> data = ConstantData::get(DenseResourceElementsAttr::get(type, "good", blob(8)));
  ASSERT_TRUE(data);
  EXPECT_EQ(data->integer(3), -4);
  EXPECT_EQ(data->number(1), -2.0);
  EXPECT_FALSE(ConstantData::get(DenseResourceElementsAttr::get(type, "short", blob(6))));
  auto odd = RankedTensorType::get({4}, IntegerType::get(&context, 16, IntegerType::Unsigned));
  EXPECT_EQ(ConstantData::get(DenseResourceElementsAttr::get(odd, "unsigned", blob(8)))->integer(1), 65534);
}

TEST(ConstantDataTest, BoolsAreBytes) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  auto type = RankedTensorType::get({10}, IntegerType::get(&context, 1));
  SmallVector<bool> values{true, false, true, true, false, false, true, false, true, true};
  std::optional<ConstantData> data = ConstantData::get(DenseElementsAttr::get(type, values));
  ASSERT_TRUE(data);
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(data->integer(i), values[i]);
}

TEST(ConstantDataTest, BuilderRoundsAndSaturates) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  auto one = [&](Type type, double value) {
    ConstantBuilder builder(RankedTensorType::get({1}, type));
    builder.setNumber(0, value);
    return ConstantData::get(builder.finish())->number(0);
  };
  EXPECT_EQ(one(IntegerType::get(&context, 8), 1000.0), 127);
  EXPECT_EQ(one(IntegerType::get(&context, 8), -1000.0), -128);
  EXPECT_EQ(one(IntegerType::get(&context, 8, IntegerType::Unsigned), -3.0), 0);
  EXPECT_EQ(one(IntegerType::get(&context, 64), std::nan("")), 0);
  EXPECT_EQ(one(BFloat16Type::get(&context), 1.0 + 1.0 / 256), 1.0);
  EXPECT_EQ(one(Float16Type::get(&context), 1e9), HUGE_VAL);
}

} // namespace
