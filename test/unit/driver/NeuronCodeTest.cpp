//===- NeuronCodeTest.cpp - generated neurons are the library's, bit for bit -===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Driver/Driver.h"
#include "rheobase/Neurons/Composite.h"
#include "rheobase/Neurons/Neuron.h"
#include "rheobase/runtime.hpp"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>

using namespace rheobase;

namespace {

/// An operator, and the function its neuron stands for. Beside its neuron it has exact parts at most.
struct Operator {
  const char *text, *function;
};
constexpr Operator kOperators[] = {
    {"\"onnx.Gelu\"(%x) {approximate = \"none\"}", "gelu"},
    {"\"onnx.Gelu\"(%x) {approximate = \"tanh\"}", "gelu_tanh"},
    {"\"onnx.Tanh\"(%x)", "tanh"},
    {"\"onnx.Sigmoid\"(%x)", "sigmoid"},
    {"\"onnx.Exp\"(%x)", "exp"},
    {"\"onnx.Reciprocal\"(%x)", "reciprocal"},
};

std::vector<float> inputs() {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> x = {std::numeric_limits<float>::quiet_NaN(),
                          infinity,
                          -infinity,
                          0.0f,
                          -0.0f,
                          1e30f,
                          -1e30f,
                          0x1p-126f,
                          0x1p-130f,
                          0x1p125f,
                          0x1p126f};
  for (int i = -3000; i <= 3000; ++i)
    x.push_back(static_cast<float>(i) * 0.00713f);
  return x;
}

/// Compiles a network of one operator into `path`.
bool compileOperator(const Operator &op, size_t count, std::string_view kind, const char *form,
                     const std::string &path) {
  std::string dims = std::to_string(count), type = "tensor<" + dims + "xf32>";
  std::ofstream(path + ".mlir") << "module {\n  func.func @main(%x: " << type
                                << " {rheobase.name = \"x\", rheobase.dims = [\"" << dims << "\"]}) -> (" << type
                                << " {rheobase.name = \"y\"}) attributes {rheobase.symbols = []} {\n    %y = "
                                << op.text << " : (" << type << ") -> " << type << "\n    return %y : " << type
                                << "\n  }\n}\n";
  CompileOptions options;
  options.input = path + ".mlir";
  options.output = path;
  options.from = Phase::Simplify;
  options.steps = 7;
  options.neuron = std::string(kind);
  options.form = form;
  options.targets = {"native"};
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  return succeeded(compile(options, context));
}

struct Outcome {
  std::vector<float> y;
  uint64_t spikes = 0;
};

void runArtifact(const std::string &path, std::vector<float> &x, Outcome &run) {
  rhb::Artifact artifact;
  rhb::Session session;
  ASSERT_TRUE(rhb::Artifact::open(path.c_str(), artifact).ok());
  rhb_session_options options = RHB_SESSION_OPTIONS_INIT;
  options.counting = 1;
  ASSERT_TRUE(rhb::Session::create(artifact, session, &options).ok());
  auto count = static_cast<int64_t>(x.size());
  run.y.resize(x.size());
  rhb::Status status = session.run({{x.data(), x.size() * sizeof(float), RHB_F32, 1, &count}},
                                   {{run.y.data(), x.size() * sizeof(float), RHB_F32, 1, &count}});
  ASSERT_TRUE(status.ok()) << status.message();
  for (size_t i = 0; i < artifact.info().counter_count; ++i)
    run.spikes += session.counters()[i];
}

/// Zeros and NaN are their own.
float signOf(float x) {
  return x > 0 ? 1 : x < 0 ? -1 : x;
}

uint32_t bitsOf(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  return bits;
}

} // namespace

TEST(NeuronCode, IsTheLibrarysBitForBit) {
  std::vector<float> x = inputs();
  std::string path = testing::TempDir() + "neuron_code.rheo";
  for (const neurons::Neuron *kind : neurons::kinds())
    for (const Operator &op : kOperators) {
      neurons::FitRequest request;
      request.kind = kind->name();
      request.function = op.function;
      request.steps = 7;
      neurons::Result<neurons::Composite> composite = neurons::compositeFor(request);
      ASSERT_TRUE(composite) << composite.error();
      for (const char *form : {"value", "time"}) {
        ASSERT_TRUE(compileOperator(op, x.size(), kind->name(), form, path)) << kind->name() << ' ' << op.function;
        Outcome run;
        ASSERT_NO_FATAL_FAILURE(runArtifact(path, x, run));
        uint64_t spikes = 0;
        for (size_t i = 0; i < x.size(); ++i) {
          // The neuron of 1/x is for positive numbers: the operator takes the sign off and puts it back.
          bool isOdd = std::string_view(op.function) == "reciprocal";
          float seen = isOdd ? std::fabs(x[i]) : x[i], y = composite->evaluate(seen);
          y = isOdd ? y * signOf(x[i]) : y;
          ASSERT_EQ(bitsOf(run.y[i]), bitsOf(y)) << kind->name() << ' ' << op.function << ' ' << x[i] << ' ' << form;
          spikes += static_cast<uint64_t>(composite->spikes(seen));
        }
        EXPECT_EQ(run.spikes, spikes) << kind->name() << ' ' << op.function << ' ' << form;
      }
    }
  std::remove(path.c_str());
  std::remove((path + ".mlir").c_str());
}
