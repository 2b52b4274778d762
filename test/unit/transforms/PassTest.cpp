//===- PassTest.cpp - the passes of the simplify phase -------------------===//
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

/// The ops that a pipeline leaves.
std::string run(const std::string &text, llvm::StringRef pipeline) {
  Graph graph(text);
  return graph.run(pipeline) ? graph.ops() : graph.messages();
}

std::string simplify(const std::string &text) {
  return run(text, "onnx-simplify{raise=false}");
}
std::string raise(const std::string &text) {
  return run(text, "onnx-simplify");
}

//===----------------------------------------------------------------------===//
// onnx-infer-shapes
//===----------------------------------------------------------------------===//

std::string symbolsAfter(const std::string &text) {
  Graph graph(text);
  if (!graph.run("onnx-infer-shapes"))
    return graph.messages();
  FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(graph.function());
  if (failed(shapes))
    return graph.messages();
  std::string found;
  for (BlockArgument argument : graph.function().getArguments())
    found += shapes->print(shapes->shapeOf(argument));
  for (const Symbol &symbol : shapes->symbols())
    found += " " + symbol.name + ">=" + std::to_string(symbol.min);
  return found;
}

TEST(InferShapesTest, WeightsDetermineChannels) {
  EXPECT_EQ(symbolsAfter("x: f32[n, c, h, w]\nk: f32[8, 3, 2, 2]\ny = Conv(x, k)"),
            "[n, 3, h, w][8, 3, 2, 2] n>=1 h>=2 w>=2");
}

TEST(InferShapesTest, PositionEmbeddingsDetermineTheImage) {
  std::string vit =
      "x: f32[n, c, h, w]\nk: f32[8, 3, 4, 4]\np: f32[1, 49, 8]\na = Conv(x, k) {strides = array<i64: 4, 4>}\n"
      "s = [0, 0, -1]\nr = Reshape(a, s)\nt = Transpose(r) {perm = array<i64: 0, 2, 1>}\ny = Add(t, p)";
  EXPECT_EQ(symbolsAfter(vit), "[n, 3, 28, 28][8, 3, 4, 4][1, 49, 8] n>=1");
  Graph graph(vit);
  ASSERT_TRUE(graph.run("onnx-infer-shapes"));
  EXPECT_NE(graph.messages().find("node 'y' (onnx.Add): inferred h = 28, w = 28"), std::string::npos)
      << graph.messages();
  EXPECT_EQ(graph.function().getResultTypes()[0],
            RankedTensorType::get({ShapedType::kDynamic, 49, 8}, Float32Type::get(graph.getContext())));
}

TEST(InferShapesTest, AnEquationWithoutOneSolutionIsAnError) {
  std::string flat = "x: f32[n, h, w]\np: f32[1, 12]\ns = [0, -1]\nr = Reshape(x, s)\ny = Add(r, p)";
  EXPECT_NE(
      symbolsAfter(flat).find("node 'y' (onnx.Add): needs 12 == h*w, expected dimensions that satisfy it for all their "
                              "values; try --dim h=VALUE --dim w=VALUE"),
      std::string::npos)
      << symbolsAfter(flat);
}

TEST(InferShapesTest, DivisionsLeaveRangesAndMultiples) {
  // 16 pixels are pooled to one, and so are 32 to 271: all of them may be meant.
  std::string pooled =
      "x: f32[n, 3, h, w]\nv: f32[n, 3]\na = AveragePool(x) {kernel_shape = array<i64: 16, 16>, strides = array<i64: "
      "16, 16>}\n"
      "b = AveragePool(a) {kernel_shape = array<i64: 16, 16>, strides = array<i64: 16, 16>, ceil_mode = 1 : i64}\n"
      "s = [0, 3]\nr = Reshape(b, s)\ny = Add(r, v)";
  EXPECT_EQ(symbolsAfter(pooled), "[n, 3, h, w][n, 3] n>=1 h>=16 w>=16");
  // Down and up again, to be added to what it was.
  std::string skip = "x: f32[n, 3, h]\nr = AveragePool(x) {kernel_shape = array<i64: 4>, strides = "
                     "array<i64: 4>}\nu = [3]\nv = Unsqueeze(r, u)\nc = Concat(v, v, v, v) {axis = 3 : i64}\n"
                     "t = [0, 0, -1]\nf = Reshape(c, t)\ny = Add(f, x)";
  EXPECT_EQ(symbolsAfter(skip), "[n, 3, 4*h_by_4] n>=1 h_by_4>=1");
}

TEST(InferShapesTest, ASolutionOutsideTheGivenRangeIsAnError) {
  Graph graph("x: f32[n, c, 8]\nk: f32[8, 3, 2]\ny = Conv(x, k)");
  func::FuncOp func = graph.function();
  writeSymbols(func, {{"n", 1, 0}, {"c", 4, 0}});
  EXPECT_FALSE(graph.run("onnx-infer-shapes"));
  EXPECT_NE(graph.messages().find("the number of input channels is c"), std::string::npos) << graph.messages();
}

TEST(InferShapesTest, TheBatchIsSolvedOnlyWhereOneEquationSaysIt) {
  EXPECT_EQ(symbolsAfter("x: f32[n, 8]\nw: f32[2, 8]\ny = Add(x, w)"), "[2, 8][2, 8]");
  EXPECT_NE(symbolsAfter("x: f32[n, h, w]\ns = [12]\ny = Reshape(x, s)")
                .find("try --dim n=VALUE --dim h=VALUE --dim w=VALUE"),
            std::string::npos);
}

TEST(InferShapesTest, SumsOfSymbolsAreSubstituted) {
  EXPECT_EQ(
      symbolsAfter("x: f32[n, p]\nw: f32[n, q]\nm: f32[n, total]\nc = Concat(x, w) {axis = 1 : i64}\ny = Add(c, m)"),
      "[n, p][n, q][n, p + q] n>=1 p>=1 q>=1");
  EXPECT_EQ(symbolsAfter("x: f32[n, p]\nw: f32[m, p]\ny = Add(x, w)"), "[n, p][n, p] n>=1 p>=1");
}

TEST(InferShapesTest, WhatTheModelCannotTakeIsAnError) {
  EXPECT_NE(symbolsAfter("x: f32[n, 7]\nw: f32[n, 3]\ny = Add(x, w)").find("do not broadcast"), std::string::npos);
  Graph graph("x: f32[n, 7]\ny = Relu(x)");
  graph.function().setArgAttr(0, kDimsAttr, Builder(graph.getContext()).getStrArrayAttr({"n", "8"}));
  EXPECT_FALSE(graph.run("onnx-infer-shapes"));
  EXPECT_NE(graph.messages().find("dimension \"8\" in rheobase.dims does not agree with type"), std::string::npos)
      << graph.messages();
  graph.function().setArgAttr(0, kDimsAttr, Builder(graph.getContext()).getStrArrayAttr({"nobody", "7"}));
  EXPECT_FALSE(graph.run("onnx-infer-shapes"));
  EXPECT_NE(graph.messages().find("\"nobody\" in rheobase.dims is neither"), std::string::npos) << graph.messages();
  graph.function().removeArgAttr(0, kDimsAttr);
  EXPECT_FALSE(graph.run("onnx-infer-shapes"));
  EXPECT_NE(graph.messages().find("expected attribute rheobase.dims with 2 dimensions"), std::string::npos)
      << graph.messages();
  graph.function()->setAttr(kSymbolsAttr, Builder(graph.getContext()).getStrArrayAttr({"n"}));
  EXPECT_FALSE(graph.run("onnx-infer-shapes"));
  EXPECT_NE(graph.messages().find("rheobase.symbols: expected {name"), std::string::npos) << graph.messages();
  graph.function()->setAttr(kSymbolsAttr, Builder(graph.getContext()).getUnitAttr());
  EXPECT_FALSE(graph.run("onnx-infer-shapes"));
  EXPECT_NE(graph.messages().find("expected an array of"), std::string::npos) << graph.messages();
}

//===----------------------------------------------------------------------===//
// onnx-simplify-shapes
//===----------------------------------------------------------------------===//

TEST(SimplifyTest, RemovesWhatComputesNothing) {
  std::string x = "x: f32[a, b, 8]\nr = Relu(x)\n";
  for (const char *rest :
       {"i = Identity(r)\ny = Relu(i)", "i = Dropout(r)\ny = Relu(i)", "i = Cast(r) {to = 1 : i64}\ny = Relu(i)",
        "i = Concat(r) {axis = 1 : i64}\ny = Relu(i)", "i = Split(r) {axis = 1 : i64}\ny = Relu(i)",
        "s = [0, 0, 8]\ni = Reshape(r, s)\ny = Relu(i)", "s = [1, 1, 1]\ni = Tile(r, s)\ny = Relu(i)",
        "s = [8]\ni = Expand(r, s)\ny = Relu(i)", "p = [0, 0, 0, 0, 0, 0]\ni = Pad(r, p)\ny = Relu(i)",
        "s = [0]\ne = [9223372036854775807]\nk = [1]\ni = Slice(r, s, e, k)\ny = Relu(i)",
        "i = Transpose(r) {perm = array<i64: 1, 0, 2>}\nj = Transpose(i) {perm = array<i64: 1, 0, 2>}\ny = Relu(j)",
        "o = dense<1.0> : tensor<f32>\ni = Mul(o, r)\nj = Div(i, o)\ny = Relu(j)",
        "c = dense<true> : tensor<1xi1>\nn = dense<2.0> : tensor<f32>\ni = Where(c, r, n)\ny = Relu(i)"})
    EXPECT_EQ(simplify(x + rest), "Relu Relu") << rest;
}

TEST(SimplifyTest, KeepsWhatComputes) {
  std::string x = "x: f32[a, b, 8]\n";
  EXPECT_EQ(simplify(x + "i = [-1]\ne = [-9223372036854775807]\nk = [2]\nl = [-1]\ny = Slice(x, i, e, k, l)"), "Slice");
  EXPECT_EQ(simplify(x + "t = dense<true> : tensor<i1>\ny = Dropout(x, _, t)"), "Dropout");
  EXPECT_EQ(simplify(x + "p = [0, 0, -1, 0, 0, 1]\ny = Pad(x, p)"), "Pad");
  EXPECT_EQ(simplify(x + "y, m = Dropout(x)"), "Dropout");
  EXPECT_EQ(simplify(x + "o = dense<1.0> : tensor<f32>\ny = Div(o, x)"), "Div");
  EXPECT_EQ(simplify("x: f32[a, 1]\no = dense<1.0> : tensor<1x8xf32>\ny = Mul(x, o)"), "Mul");
  EXPECT_EQ(simplify("x: f32[a, 8]\nc: i1[a, 8]\ny = Where(c, x, x)"), "Where");
}

TEST(SimplifyTest, ReshapesHaveOneForm) {
  std::string x = "x: f32[a, b, 8]\n";
  EXPECT_EQ(simplify(x + "s = [-1, 8]\nr = Reshape(x, s)\nt = [-1, 2, 4]\ny = Reshape(r, t)"), "Reshape");
  EXPECT_EQ(simplify(x + "i = [1]\nu = Unsqueeze(x, i)\ny = Flatten(u) {axis = 3 : i64}"), "Reshape");
  EXPECT_EQ(simplify(x + "i = [1]\nu = Unsqueeze(x, i)\nq = Squeeze(u, i)\ny = Relu(q)"), "Relu");
  EXPECT_EQ(simplify("x: f32[a, 1, 8]\ny = Transpose(x) {perm = array<i64: 1, 0, 2>}"), "Reshape");
  EXPECT_EQ(simplify("x: f32[a, b, c, 8]\nt = Transpose(x) {perm = array<i64: 0, 2, 1, 3>}\ny = Transpose(t) {perm = "
                     "array<i64: 0, 3, 1, 2>}"),
            "Transpose");
}

TEST(SimplifyTest, TransposesOfJoinedHeadsAreTransposesOfHeads) {
  Graph graph("x: f32[a, 3, s, 8]\nd = Shape(x) {start = 2 : i64, end = 3 : i64}\nm = [-1]\ne = [8]\n"
              "t = Concat(m, d, e) {axis = 0 : i64}\nr = Reshape(x, t)\np = Transpose(r) {perm = array<i64: 0, 2, 1>}\n"
              "l = Shape(x) {end = 2 : i64}\nu = Concat(l, e, d) {axis = 0 : i64}\ny = Reshape(p, u)");
  ASSERT_TRUE(graph.run("onnx-simplify"));
  EXPECT_EQ(graph.ops(), "Transpose");
  EXPECT_EQ(*graph.result().getDefiningOp<onnx::TransposeOp>().getPerm(), (ArrayRef<int64_t>{0, 1, 3, 2}));
}

TEST(SimplifyTest, ShapeArithmeticDisappears) {
  // What an exporter writes for x.view(x.size(0), x.size(1), 4, 2).
  EXPECT_EQ(simplify("x: f32[a, b, 8]\ns = Shape(x)\ni = 0\nj = 1\nk = [0]\nd = Gather(s, i)\ne = Gather(s, j)\nu = "
                     "Unsqueeze(d, k)\n"
                     "v = Unsqueeze(e, k)\nc = [4, 2]\nt = Concat(u, v, c) {axis = 0 : i64}\ny = Reshape(x, t)"),
            "Reshape");
  // Two new dimensions cannot both be said by numbers: they are read off the argument.
  EXPECT_EQ(
      simplify(
          "x: f32[a, b, 8]\ns = Shape(x)\nc = [-1, 8]\nr = Reshape(x, c)\nm = Relu(r)\nn = Neg(m)\ny = Reshape(n, s)"),
      "Relu Neg"); // the joined dimensions are parted again, and nobody needs to know
  EXPECT_EQ(simplify("x: f32[a, b]\nt: f32[1, 8]\ns = Shape(x) {end = 1 : i64}\nr = Relu(x)\nu = Shape(r) {end = 1 : "
                     "i64}\nc = [8]\n"
                     "d = Concat(u, c) {axis = 0 : i64}\ny = Expand(t, d)"),
            "Shape Concat Expand");
}

TEST(SimplifyTest, ConstantIndicesAreSlices) {
  EXPECT_EQ(simplify("x: f32[a, 50, 8]\ni = 0\ny = Gather(x, i) {axis = 1 : i64}"), "Slice Reshape");
  EXPECT_EQ(simplify("x: f32[a, s, 8]\ni = -1\ny = Gather(x, i) {axis = 1 : i64}"), "Slice Reshape");
  EXPECT_EQ(simplify("x: f32[a, s, 8]\ni = 3\ny = Gather(x, i) {axis = 1 : i64}"), "Gather");
}

//===----------------------------------------------------------------------===//
// onnx-decompose-linear
//===----------------------------------------------------------------------===//

TEST(DecomposeTest, GemmIsAProductAndASum) {
  EXPECT_EQ(simplify("x: f32[a, 8]\nw: f32[8, 3]\nc: f32[3]\ny = Gemm(x, w, c)"), "MatMul Add");
  EXPECT_EQ(simplify("x: f32[a, 8]\nw: f32[3, 8]\ny = Gemm(x, w) {transB = 1 : i64}"), "Transpose MatMul");
  EXPECT_EQ(simplify("x: f32[8, a]\nw: f32[8, 3]\nc: f32[3]\ny = Gemm(x, w, c) {transA = 1 : i64, alpha = 0.5 : f32, "
                     "beta = 2.0 : f32}"),
            "Transpose MatMul Mul Mul Add");
  EXPECT_EQ(simplify("x: f32[a, 2]\nw = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>\n"
                     "y = Gemm(x, w) {transB = 1 : i64, alpha = 0.5 : f32}"),
            "MatMul");
}

TEST(DecomposeTest, ProductsKeepTheirLeadingDimensions) {
  EXPECT_EQ(simplify("x: f32[a, s, 8]\nw: f32[8, 3]\nc: f32[3]\nf = [-1, 8]\nr = Reshape(x, f)\ng = Gemm(r, w, c)\nd = "
                     "Shape(x) {end = 2 : i64}\n"
                     "e = [3]\nt = Concat(d, e) {axis = 0 : i64}\ny = Reshape(g, t)"),
            "MatMul Add");
}

TEST(DecomposeTest, BatchNormalizationGoesIntoTheConvolution) {
  std::string conv = "x: f32[a, 1, 8]\nw = dense<2.0> : tensor<2x1x3xf32>\n";
  std::string norm = "g = dense<[1.0, 2.0]> : tensor<2xf32>\nb = dense<[0.5, 0.25]> : tensor<2xf32>\nm = dense<[1.0, "
                     "3.0]> : tensor<2xf32>\n"
                     "v = dense<[3.0, 15.0]> : tensor<2xf32>\n";
  Graph graph(conv + norm + "c = Conv(x, w)\ny = BatchNormalization(c, g, b, m, v) {epsilon = 1.0 : f32}");
  ASSERT_TRUE(graph.run("onnx-simplify"));
  EXPECT_EQ(graph.ops(), "Conv");
  auto folded = graph.result().getDefiningOp<onnx::ConvOp>();
  SmallVector<float> weights(
      cast<DenseElementsAttr>(folded.getW().getDefiningOp<onnx::ConstantOp>().getValue()).getValues<float>());
  SmallVector<float> bias(
      cast<DenseElementsAttr>(folded.getB().getDefiningOp<onnx::ConstantOp>().getValue()).getValues<float>());
  // scale = g / sqrt(v + 1) = 1/2, 2/4; weights 2 * scale; bias b - m * scale.
  EXPECT_EQ(weights, (SmallVector<float>{1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(bias, (SmallVector<float>{0, -1.25}));
  EXPECT_EQ(simplify(conv + norm + "c = Conv(x, w)\nd = BatchNormalization(c, g, b, m, v)\ny = Add(c, d)"),
            "Conv Mul Add Add");
  EXPECT_EQ(simplify("x: f32[a, 2, 8]\n" + norm + "y = BatchNormalization(x, g, b, m, v)"), "Mul Add");
}

//===----------------------------------------------------------------------===//
// onnx-raise
//===----------------------------------------------------------------------===//

const std::string kScalars = "x: f32[a, 8]\nhalf = dense<0.5> : tensor<f32>\none = dense<1.0> : tensor<f32>\nroot = "
                             "dense<1.41421354> : tensor<f32>\n"
                             "inv = dense<0.707106769> : tensor<f32>\nk = dense<0.797884583> : tensor<f32>\nc = "
                             "dense<4.471500e-02> : tensor<f32>\n"
                             "three = dense<3.0> : tensor<f32>\n";

TEST(RaiseTest, GeluOfTheErrorFunction) {
  for (const char *form : {"u = Div(x, root)\ne = Erf(u)\nt = Add(e, one)\nm = Mul(x, t)\ny = Mul(m, half)",
                           "u = Mul(x, inv)\ne = Erf(u)\nt = Add(one, e)\nh = Mul(half, x)\ny = Mul(h, t)",
                           "u = Mul(inv, x)\ne = Erf(u)\nt = Add(one, e)\nh = Mul(t, half)\ny = Mul(h, x)",
                           "u = Div(x, root)\ne = Erf(u)\nf = Mul(e, half)\nt = Add(f, half)\ny = Mul(x, t)",
                           "h = Mul(x, half)\nu = Div(x, root)\ne = Erf(u)\nf = Mul(h, e)\ny = Add(f, h)",
                           "two = dense<2.0> : tensor<f32>\nu = Div(x, root)\ne = Erf(u)\nt = Add(e, one)\nm = Mul(x, "
                           "t)\ny = Div(m, two)"}) {
    EXPECT_EQ(raise(kScalars + form), "Gelu") << form;
  }
}

TEST(RaiseTest, GeluOfARootThatIsRounded) {
  std::string scalars = kScalars + std::string("short = dense<1.4142> : tensor<1xf32>\n");
  EXPECT_EQ(raise(scalars + "u = Div(x, short)\ne = Erf(u)\nt = Add(e, one)\nm = Mul(x, t)\ny = Mul(m, half)"), "Gelu");
}

TEST(RaiseTest, GeluOfTheHyperbolicTangent) {
  std::string tail = "v = Mul(s, k)\ne = Tanh(v)\nt = Add(e, one)\nh = Mul(x, half)\ny = Mul(h, t)";
  for (const char *cube : {"p = Pow(x, three)\nq = Mul(p, c)\ns = Add(x, q)\n",
                           "p = Mul(x, x)\nr = Mul(p, x)\nq = Mul(c, r)\ns = Add(q, x)\n",
                           "p = Mul(x, x)\nr = Mul(p, c)\nq = Add(one, r)\ns = Mul(x, q)\n"}) {
    Graph graph(kScalars + cube + tail);
    ASSERT_TRUE(graph.run("onnx-simplify"));
    EXPECT_EQ(graph.ops(), "Gelu") << cube;
    EXPECT_EQ(graph.result().getDefiningOp<onnx::GeluOp>().getApproximate(), "tanh");
  }
}

TEST(RaiseTest, WhatIsNoGeluStays) {
  // 0.4 in place of 0.5; a sum that lacks the 1; another scale under the error function.
  EXPECT_EQ(
      raise(
          kScalars +
          "z = dense<0.4> : tensor<f32>\nu = Div(x, root)\ne = Erf(u)\nt = Add(e, one)\nm = Mul(x, t)\ny = Mul(m, z)"),
      "Div Erf Add Mul Mul");
  EXPECT_EQ(raise(kScalars + "u = Div(x, root)\ne = Erf(u)\nm = Mul(x, e)\ny = Mul(m, half)"), "Div Erf Mul Mul");
  EXPECT_EQ(raise(kScalars + "e = Erf(x)\nt = Add(e, one)\nm = Mul(x, t)\ny = Mul(m, half)"), "Erf Add Mul Mul");
  EXPECT_EQ(
      raise(kScalars + "w: f32[a, 8]\nu = Div(w, root)\ne = Erf(u)\nt = Add(e, one)\nm = Mul(x, t)\ny = Mul(m, half)"),
      "Div Erf Add Mul Mul");
}

TEST(RaiseTest, TheInputOfAGeluMayBeScaled) {
  EXPECT_EQ(raise(kScalars +
                  "z = Mul(x, three)\nu = Div(z, root)\ne = Erf(u)\nt = Add(e, one)\nm = Mul(z, t)\ny = Mul(m, half)"),
            "Mul Gelu");
}

const std::string kNorm =
    "x: f32[a, s, 4]\ni = [-1]\neps = dense<1.0e-5> : tensor<f32>\ntwo = dense<2.0> : tensor<f32>\n"
    "mu = ReduceMean(x, i)\nd = Sub(x, mu)\n";
const std::string kAffine =
    "g = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>\nb = dense<[5.0, 6.0, 7.0, 8.0]> : tensor<4xf32>\n";

TEST(RaiseTest, LayerNormalization) {
  for (const char *variance : {"q = Pow(d, two)\nv = ReduceMean(q, i)\ne = Add(v, eps)\n",
                               "q = Mul(d, d)\nv = ReduceMean(q, i)\ne = Add(eps, v)\n",
                               "d2 = Sub(x, mu)\nq = Mul(d2, d2)\nv = ReduceMean(q, i)\ne = Add(v, eps)\n"})
    for (const char *quotient : {"r = Sqrt(e)\nn = Div(d, r)\n", "r = Sqrt(e)\nk = Reciprocal(r)\nn = Mul(d, k)\n",
                                 "mh = dense<-0.5> : tensor<f32>\nr = Pow(e, mh)\nn = Mul(r, d)\n",
                                 "one = dense<1.0> : tensor<f32>\nr = Sqrt(e)\nk = Div(one, r)\nn = Mul(d, k)\n"}) {
      std::string core = kNorm + variance + quotient;
      EXPECT_EQ(raise(core + "y = Relu(n)"), "LayerNormalization Relu") << core;
      Graph graph(core + kAffine + "m = Mul(n, g)\ny = Add(b, m)");
      ASSERT_TRUE(graph.run("onnx-simplify"));
      ASSERT_EQ(graph.ops(), "LayerNormalization") << graph.text();
      auto norm = graph.result().getDefiningOp<onnx::LayerNormalizationOp>();
      EXPECT_EQ(norm.getAxis(), 2);
      EXPECT_FLOAT_EQ(norm.getEpsilon().convertToFloat(), 1e-5f);
      EXPECT_TRUE(norm.getB());
    }
}

TEST(RaiseTest, WhatIsNoLayerNormalizationStays) {
  // The mean over another axis; a variance of another tensor; a scale that is computed.
  EXPECT_EQ(
      raise("x: f32[a, 3, 4]\ni = [1]\nmu = ReduceMean(x, i)\nd = Sub(x, mu)\nq = Mul(d, d)\nv = ReduceMean(q, i)\n"
            "eps = dense<1.0e-5> : tensor<f32>\ne = Add(v, eps)\nr = Sqrt(e)\ny = Div(d, r)"),
      "ReduceMean Sub Mul ReduceMean Add Sqrt Div");
  EXPECT_EQ(raise(kNorm +
                  "w: f32[a, s, 4]\nq = Mul(w, w)\nv = ReduceMean(q, i)\ne = Add(v, eps)\nr = Sqrt(e)\ny = Div(d, r)"),
            "ReduceMean Sub Mul ReduceMean Add Sqrt Div");
  EXPECT_EQ(
      raise(
          kNorm +
          "w: f32[4]\nq = Mul(d, d)\nv = ReduceMean(q, i)\ne = Add(v, eps)\nr = Sqrt(e)\nn = Div(d, r)\ny = Mul(n, w)"),
      "LayerNormalization Mul");
}

TEST(SimplifyTest, StopsWhenNothingChanges) {
  Graph graph("x: f32[a, s, 8]\nw: f32[8, 3]\ny = MatMul(x, w)");
  ASSERT_TRUE(graph.run("onnx-simplify"));
  std::string once = graph.text();
  ASSERT_TRUE(graph.run("onnx-simplify"));
  EXPECT_EQ(graph.text(), once);
}

} // namespace
