//===- MigrationTest.cpp - how much of a site's channels to move ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/Migration.h"
#include "rheobase/Driver/Driver.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace rheobase;

namespace {

constexpr unsigned kSteps = 6, kOutlierSteps = 10;
constexpr spk::LinearCoding kCoding{kSteps, kOutlierSteps, /*outliers=*/0, /*rowThresholds=*/true, /*usual=*/0};

class MigrationTest : public testing::Test {
protected:
  MigrationTest() {
    DialectRegistry registry;
    registerCompilerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// The exponent for a site of four channels with these peaks and weights, on rows.
  std::optional<double> best(const std::string &peaks, const std::string &weights, ArrayRef<float> rows,
                             const std::string &role = "linear") {
    module = parseSourceString<ModuleOp>(
        "func.func @main(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {\n"
        "  %w = \"onnx.Constant\"() <{value = dense<" +
            weights + "> : tensor<4x2xf32>}> : () -> tensor<4x2xf32>\n  %0 = spk.observe %x {peaks = array<f32: " +
            peaks + ">, range = array<f32: -100.0, 100.0>, role = \"" + role +
            "\", site = \"a\", squares = array<f32: 1.0, 1.0, 1.0, 1.0>} : tensor<?x4xf32>\n"
            "  %1 = \"onnx.MatMul\"(%0, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>\n"
            "  return %1 : tensor<?x2xf32>\n}",
        ParserConfig(&context));
    spk::ObserveOp site;
    module->walk([&](spk::ObserveOp op) { site = op; });
    return spk::bestMigration(site, rows, kCoding);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(MigrationTest, EvenChannelsStay) {
  EXPECT_EQ(best("1.0, 1.0, 1.0, 1.0", "1.0", {1, 0.3F, -0.7F, 0.1F, 0.2F, -1, 1, 0.9F}), 0);
}

TEST_F(MigrationTest, AFarChannelMoves) {
  std::optional<double> exponent = best("100.0, 1.0, 1.0, 1.0", "1.0", {100, 0.3F, -0.7F, 1, -80, 0.77F, 1, -0.9F});
  ASSERT_TRUE(exponent);
  EXPECT_GE(*exponent, 0.3);
}

TEST_F(MigrationTest, WeightsThatWouldBecomeCoarserHoldItBack) {
  SmallVector<float> rows = {100, 0.3F, -0.7F, 1, -80, 0.77F, 1, -0.9F};
  // The far channel has the large weights already.
  std::optional<double> even = best("100.0, 1.0, 1.0, 1.0", "[[0.01, 0.01], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]", rows);
  std::optional<double> coarse =
      best("100.0, 1.0, 1.0, 1.0", "[[10.0, 10.0], [0.1, 0.1], [0.1, 0.1], [0.1, 0.1]]", rows);
  ASSERT_TRUE(even && coarse);
  EXPECT_LE(*coarse, *even);
}

TEST_F(MigrationTest, WithoutRowsOrWeightsThereIsNothingToChoose) {
  EXPECT_EQ(best("100.0, 1.0, 1.0, 1.0", "1.0", {}), std::nullopt);
  EXPECT_EQ(best("100.0, 1.0, 1.0, 1.0", "1.0", {1, 2, 3, 4}, "query"), std::nullopt);
}

} // namespace
