//===- FuzzTest.cpp - damaged models end in errors, not in crashes ------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <random>
#include <sys/resource.h>

using namespace rheobase;
using namespace rheobase::test;

namespace {

/// RHEOBASE_FUZZ_ROUNDS asks for more.
int rounds() {
  const char *text = std::getenv("RHEOBASE_FUZZ_ROUNDS");
  return std::max(2000, text ? static_cast<int>(std::strtol(text, nullptr, 10)) : 0);
}

/// An attention block with what real exports are made of: weights in raw and typed fields, shape arithmetic, old forms.
std::string realModel() {
  ModelBuilder model(12);
  model.input("x", {"batch", "seq", 8});
  std::vector<float> weights(64);
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = 0.01f * float(i);
  std::vector<float> wide(128, 0.5f);
  for (const char *name : {"wq", "wk", "wv"})
    model.floats(name, {8, 8}, weights);
  model.floats("up", {8, 16}, wide);
  ::onnx::TensorProto &bias = model.tensor("bias", {16}, ::onnx::TensorProto::FLOAT);
  for (int i = 0; i < 16; ++i)
    bias.add_float_data(0.25f);
  model.longs("two", {1}, {2});
  ::onnx::TensorProto &heads = model.tensor("heads", {1}, ::onnx::TensorProto::INT64);
  heads.add_int64_data(4);
  for (const char *name : {"q", "k", "v"})
    model.node("MatMul", {"x", std::string("w") + name}, {name}, std::string("/attention/") + name);
  model.node("Transpose", {"k"}, {"kt"}, "/attention/Transpose").integers("perm", {0, 2, 1});
  model.node("MatMul", {"q", "kt"}, {"scores"}, "/attention/MatMul");
  model.node("Softmax", {"scores"}, {"p"}, "/attention/Softmax").integer("axis", -1);
  model.node("MatMul", {"p", "v"}, {"mixed"}, "/attention/MatMul_1");
  model.node("Shape", {"mixed"}, {"shape"}, "/Shape");
  model.node("Slice", {"shape", "zero", "two"}, {"leading"}, "/Slice");
  model.longs("zero", {1}, {0});
  model.node("Concat", {"leading", "two", "heads"}, {"target"}, "/Concat").integer("axis", 0);
  model.node("Reshape", {"mixed", "target"}, {"split"}, "/Reshape");
  model.node("ReduceMean", {"split"}, {"mean"}, "/ReduceMean").integers("axes", {2, -1}).integer("keepdims", 0);
  model.node("Unsqueeze", {"mean"}, {"column"}, "/Unsqueeze").integers("axes", {2});
  model.node("Sub", {"mixed", "column"}, {"centred"}, "/Sub");
  model.node("MatMul", {"centred", "up"}, {"hidden"}, "/mlp/MatMul");
  model.node("Add", {"hidden", "bias"}, {"biased"}, "/mlp/Add");
  model.node("Erf", {"biased"}, {"erf"}, "/mlp/Erf");
  model.node("Clip", {"erf"}, {"clipped"}, "/mlp/Clip");
  model.node("Cast", {"clipped"}, {"y"}, "/Cast").integer("to", ::onnx::TensorProto::DOUBLE);
  model.output("y");
  return model.bytes();
}

/// Imports whatever it is; the result may be a module or errors.
void importAny(const std::string &bytes) {
  Imported imported = importBytes(bytes);
  EXPECT_NE(bool(imported.module), !imported.errors.empty());
}

void flipBits(std::string &bytes, std::mt19937 &random) {
  for (unsigned flips = 1 + random() % 4; flips; --flips)
    bytes[random() % bytes.size()] ^= char(1 << random() % 8);
}

TEST(Fuzz, TheModelItselfImports) {
  Imported imported = importBytes(realModel());
  ASSERT_TRUE(imported.module) << imported.report();
  EXPECT_GT(realModel().size(), 2000u);
}

TEST(Fuzz, Truncations) {
  std::string model = realModel();
  for (int i = 0, count = rounds(); i < count; ++i) {
    Imported imported = importBytes(model.substr(0, model.size() * i / count));
    EXPECT_FALSE(imported.module) << i;
  }
}

TEST(Fuzz, BitFlips) {
  std::string model = realModel();
  std::mt19937 random(1);
  for (int i = 0, count = rounds(); i < count; ++i) {
    std::string damaged = model;
    flipBits(damaged, random);
    importAny(damaged);
  }
}

TEST(Fuzz, RandomBytes) {
  std::mt19937 random(2);
  for (int i = 0, count = rounds(); i < count; ++i) {
    std::string bytes(random() % 512, '\0');
    for (char &byte : bytes)
      byte = char(random());
    importAny(bytes);
  }
}

/// Random bytes in the place of a piece of the model get deeper than random bytes alone.
TEST(Fuzz, Splices) {
  std::string model = realModel();
  std::mt19937 random(3);
  for (int i = 0, count = rounds(); i < count; ++i) {
    std::string damaged = model;
    size_t begin = random() % damaged.size();
    size_t length = std::min<size_t>(random() % 16, damaged.size() - begin);
    for (size_t j = begin; j < begin + length; ++j)
      damaged[j] = char(random());
    if (i % 2)
      damaged.erase(random() % damaged.size(), random() % 8);
    importAny(damaged);
  }
}

TEST(Fuzz, AnExportedModel) {
  const char *folder = std::getenv("RHEOBASE_GRAPHS");
  std::string path =
      std::string(folder ? folder : RHEOBASE_SOURCE_DIR "/../shared/models/graphs") + "/bert.optimum.onnx";
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    GTEST_SKIP() << "no " << path;
  std::string model = (*file)->getBuffer().str();
  ASSERT_TRUE(importBytes(model).module);
  std::mt19937 random(4);
  for (int i = 0, count = rounds() / 20; i < count; ++i) {
    importAny(model.substr(0, random() % model.size()));
    std::string damaged = model;
    flipBits(damaged, random);
    importAny(damaged);
  }
}

/// A small file must not make the importer use much memory, whatever it claims.
TEST(Fuzz, MemoryStaysBounded) {
  rusage usage;
  ASSERT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
#if RHEOBASE_SANITIZE
  GTEST_SKIP() << "the sanitizer keeps what was freed";
#endif
  EXPECT_LT(usage.ru_maxrss, 1024 * 1024) << "KiB";
}

} // namespace
