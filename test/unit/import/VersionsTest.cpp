//===- VersionsTest.cpp - older and newer forms of operators ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Import/Versions.h"
#include "ModelBuilder.h"

#include "gtest/gtest.h"

using namespace rheobase;
using namespace rheobase::test;
using Proto = ::onnx::TensorProto;

namespace {

/// Every change of form up to the dialect's has a step, or needs none; every later one too, or is refused knowingly.
TEST(Versions, CoverEveryForm) {
  for (llvm::StringRef op : supportedOperators()) {
    llvm::ArrayRef<OperatorSchema> forms = formsOf(op);
    for (size_t i = 1; i < forms.size(); ++i) {
      bool later = forms[i].since > knownForm(op).since;
      bool covered = findStep(op, forms[i].since) ||
                     (isAdditive(forms[i - 1], forms[i]) && (!later || isAdditive(forms[i], forms[i - 1])));
      EXPECT_TRUE(covered) << op.str() << " of opset " << forms[i].since << " has no step";
    }
  }
}

/// Every step is of a form that exists.
TEST(Versions, StepsBelongToForms) {
  for (llvm::ArrayRef<VersionStep> steps : {inputSteps(), semanticSteps()})
    for (const VersionStep &step : steps) {
      const OperatorSchema *form = formAt(step.op, step.since);
      ASSERT_TRUE(form) << step.op.str();
      EXPECT_EQ(form->since, step.since) << step.op.str();
    }
}

Imported oneNode(int64_t opset, const std::string &op, std::vector<Dim> dims, std::vector<std::string> outputs,
                 llvm::function_ref<void(NodeBuilder &)> fill) {
  ModelBuilder model(opset);
  model.input("x", std::move(dims));
  NodeBuilder node = model.node(op, {"x"}, outputs);
  fill(node);
  for (const std::string &output : outputs)
    model.output(output);
  return importBytes(model.bytes());
}

void expectAll(const Imported &imported, std::vector<std::string> texts) {
  ASSERT_TRUE(imported.module) << imported.report();
  for (const std::string &text : texts)
    EXPECT_NE(imported.text().find(text), std::string::npos) << text << "\n" << imported.text();
}

TEST(Versions, MoveAxesToAnInput) {
  expectAll(oneNode(11, "Squeeze", {1, 4}, {"y"}, [](NodeBuilder &n) { n.integers("axes", {0}); }),
            {"dense<0> : tensor<1xi64>", "\"onnx.Squeeze\"(%arg0, %0)", "tensor<4xf32>"});
  expectAll(oneNode(11, "Unsqueeze", {4}, {"y"}, [](NodeBuilder &n) { n.integers("axes", {0, -1}); }),
            {"dense<[0, -1]> : tensor<2xi64>", "\"onnx.Unsqueeze\"(%arg0, %0)", "tensor<1x4x1xf32>"});
  for (const char *op :
       {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2", "ReduceSumSquare"})
    expectAll(oneNode(11, op, {2, 4}, {"y"}, [](NodeBuilder &n) { n.integers("axes", {1}).integer("keepdims", 0); }),
              {"dense<1> : tensor<1xi64>", std::string("\"onnx.") + op + "\"(%arg0, %0)", "tensor<2xf32>"});
  // Without axes the input stays absent.
  expectAll(oneNode(11, "ReduceMean", {2, 4}, {"y"}, [](NodeBuilder &n) {}),
            {"\"onnx.ReduceMean\"(%arg0)", "tensor<1x1xf32>"});
}

TEST(Versions, MoveBoundsAndSizesToInputs) {
  expectAll(oneNode(10, "Clip", {4}, {"y"}, [](NodeBuilder &n) { n.real("min", 0).real("max", 6); }),
            {"dense<0.000000e+00> : tensor<f32>", "dense<6.000000e+00> : tensor<f32>", "\"onnx.Clip\"(%arg0, %0, %1)"});
  expectAll(oneNode(10, "Clip", {4}, {"y"}, [](NodeBuilder &n) { n.real("max", 6); }), {"array<i32: 1, 0, 1>"});
  expectAll(oneNode(9, "Slice", {8}, {"y"},
                    [](NodeBuilder &n) { n.integers("starts", {1}).integers("ends", {3}).integers("axes", {0}); }),
            {"\"onnx.Slice\"(%arg0, %0, %1, %2)", "array<i32: 1, 1, 1, 1, 0>", "tensor<2xf32>"});
  expectAll(
      oneNode(10, "Pad", {4}, {"y"}, [](NodeBuilder &n) { n.integers("pads", {1, 2}).real("value", 5); }),
      {"dense<[1, 2]> : tensor<2xi64>", "dense<5.000000e+00> : tensor<f32>", "mode = \"constant\"", "tensor<7xf32>"});
  expectAll(oneNode(11, "Split", {8}, {"y", "z"}, [](NodeBuilder &n) { n.integers("split", {3, 5}); }),
            {"dense<[3, 5]> : tensor<2xi64>", "tensor<3xf32>, tensor<5xf32>"});
  expectAll(oneNode(11, "Split", {8}, {"y", "z"}, [](NodeBuilder &n) {}),
            {"num_outputs = 2", "tensor<4xf32>, tensor<4xf32>"});
}

TEST(Versions, SoftmaxOverAMatrix) {
  for (const char *op : {"Softmax", "LogSoftmax"}) {
    std::string quoted = std::string("\"onnx.") + op + "\"";
    // The default axis was 1.
    expectAll(oneNode(12, op, {2, 3, 4}, {"y"}, [](NodeBuilder &n) {}),
              {"\"onnx.Shape\"(%arg0)", "\"onnx.Flatten\"(%arg0) <{axis = 1 : i64}>", "tensor<2x12xf32>",
               quoted + "(%1) <{axis = -1 : i64}>", "\"onnx.Reshape\"(%2, %0)", "tensor<2x3x4xf32> {rheobase.name"});
    Imported last = oneNode(12, op, {2, 3, 4}, {"y"}, [](NodeBuilder &n) { n.integer("axis", 2); });
    std::string text = last.text();
    EXPECT_EQ(text.find("onnx.Reshape"), std::string::npos);
    expectAll(last, {quoted + "(%arg0) <{axis = -1 : i64}>"});
    // A newer node keeps its axis.
    expectAll(oneNode(13, op, {2, 3, 4}, {"y"}, [](NodeBuilder &n) { n.integer("axis", 1); }),
              {quoted + "(%arg0) <{axis = 1 : i64}>"});
    EXPECT_FAILS(oneNode(12, op, {2, 3}, {"y"}, [](NodeBuilder &n) { n.integer("axis", 3); }),
                 "attribute 'axis' is 3, -2 to 2 was expected");
  }
}

TEST(Versions, DropoutLosesItsRatio) {
  expectAll(oneNode(11, "Dropout", {4}, {"y"}, [](NodeBuilder &n) { n.real("ratio", 0.5f); }),
            {"\"onnx.Dropout\"(%arg0)"});
  expectAll(oneNode(11, "Dropout", {4}, {"y", "mask"}, [](NodeBuilder &n) {}), {"tensor<4xf32>, tensor<4xi1>"});
  EXPECT_FAILS(oneNode(9, "Dropout", {4}, {"y", "mask"}, [](NodeBuilder &n) {}),
               "output 1 ('mask') is a mask of numbers");
}

Imported batchNorm(int64_t opset, std::vector<std::string> outputs, llvm::function_ref<void(NodeBuilder &)> fill) {
  ModelBuilder model(opset);
  model.input("x", {1, 3, 4});
  for (const char *name : {"scale", "bias", "mean", "var"})
    model.floats(name, {3}, {1, 1, 1});
  NodeBuilder node = model.node("BatchNormalization", {"x", "scale", "bias", "mean", "var"}, std::move(outputs));
  fill(node);
  model.output("y");
  return importBytes(model.bytes());
}

TEST(Versions, BatchNormalizationLosesItsTrainingOutputs) {
  expectAll(batchNorm(8, {"y"}, [](NodeBuilder &n) { n.integer("spatial", 1).real("epsilon", 0.5f); }),
            {"epsilon = 5.000000e-01"});
  expectAll(batchNorm(13, {"y", "", "", "", ""}, [](NodeBuilder &n) {}), {"onnx.BatchNormalization"});
  expectAll(batchNorm(15, {"y"}, [](NodeBuilder &n) {}), {"onnx.BatchNormalization"});
  EXPECT_FAILS(batchNorm(8, {"y"}, [](NodeBuilder &n) { n.integer("spatial", 0); }),
               "attribute 'spatial' is 0, 1 was expected");
  EXPECT_FAILS(batchNorm(13, {"y", "m"}, [](NodeBuilder &n) {}), "output 1 ('m') exists only in training");
}

TEST(Versions, NewerFormsComeDown) {
  expectAll(
      oneNode(25, "Cast", {4}, {"y"}, [](NodeBuilder &n) { n.integer("to", Proto::INT32).text("round_mode", "down"); }),
      {"\"onnx.Cast\"(%arg0) <{round_mode = \"down\", saturate = 1 : i64, to = 6 : i64}>"});
  EXPECT_FAILS(oneNode(25, "Cast", {4}, {"y"},
                       [](NodeBuilder &n) { n.integer("to", Proto::FLOAT8E8M0).text("round_mode", "even"); }),
               "attribute 'round_mode' is 'even', one of up, down, nearest was expected");
  expectAll(oneNode(26, "Transpose", {2, 3}, {"y"}, [](NodeBuilder &n) {}), {"onnx.Transpose", "tensor<3x2xf32>"});
  auto mod = [](int type, int64_t fmod) {
    ModelBuilder model(28);
    model.input("x", {4}, type);
    model.node("Mod", {"x", "x"}, {"y"}).integer("fmod", fmod);
    model.output("y");
    return importBytes(model.bytes());
  };
  EXPECT_TRUE(mod(Proto::INT32, 0).module);
  EXPECT_TRUE(mod(Proto::FLOAT, 1).module);
  EXPECT_TRUE(mod(Proto::FLOAT, 0).module);
  auto range = [](int type) {
    ModelBuilder model(27);
    for (const char *name : {"a", "b", "c"})
      model.tensor(name, {}, type)
          .set_raw_data(std::string(type == Proto::FLOAT ? "\0\0\x80\x3f" : "\0\x3c", type == Proto::FLOAT ? 4 : 2));
    model.node("Range", {"a", "b", "c"}, {"y"}).integer("stash_type", 1);
    model.output("y");
    return importBytes(model.bytes());
  };
  EXPECT_TRUE(range(Proto::FLOAT).module) << range(Proto::FLOAT).report();
  EXPECT_TRUE(range(Proto::FLOAT16).module) << range(Proto::FLOAT16).report();
}

TEST(Versions, OldNodesMustBeValidInTheirOwnForm) {
  EXPECT_FAILS(oneNode(13, "Squeeze", {1, 4}, {"y"}, [](NodeBuilder &n) { n.integers("axes", {0}); }),
               "attribute 'axes' is not one of the operator's");
  EXPECT_FAILS(oneNode(11, "Squeeze", {1, 4}, {"y"}, [](NodeBuilder &n) { n.node.add_input("x"); }),
               "has 2 inputs, at most 1 were expected");
}

} // namespace
