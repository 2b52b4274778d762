//===- LoweringTest.cpp - the frame of the lowering ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Execute.h"

#include "dialects/onnx/Onnx.h"
#include "rheobase/Conversion/OnnxToLinalg/Lowering.h"
#include "rheobase/Conversion/OnnxToLinalg/TensorBuilders.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;
using namespace rheobase::test;

TEST(Lowering, KnowsEveryOperatorOfTheDialect) {
  auto context = makeContext();
  for (RegisteredOperationName name : context->getRegisteredOperationsByDialect("onnx")) {
    OperationState state(UnknownLoc::get(context.get()), name);
    Operation *op = Operation::create(state);
    EXPECT_TRUE(isLowerable(op)) << name.getStringRef().str();
    op->destroy();
  }
}

TEST(Lowering, KnowsNoOperatorOfOtherDialects) {
  auto context = makeContext();
  OpBuilder b(context.get());
  Operation *op = tensor::EmptyOp::create(b, b.getUnknownLoc(), ArrayRef<int64_t>({2}), b.getF32Type());
  EXPECT_FALSE(isLowerable(op));
  op->destroy();
}

namespace {

/// A function with two arguments, and the place to build in it.
class Builders : public ::testing::Test {
protected:
  Builders() : context(makeContext()), module(parseSourceString<ModuleOp>(kSource, context.get())) {
    auto func = *module->getOps<func::FuncOp>().begin();
    shapes.emplace(*SymbolicShapes::forArguments(func));
    ctx.emplace(func, *shapes);
    ctx->builder.setInsertionPointToStart(&func.getBody().front());
    for (BlockArgument argument : func.getArguments())
      ctx->replace(argument, argument);
    x = ctx->operand(func.getArgument(0));
    y = ctx->operand(func.getArgument(1));
  }

  /// The error that `build` reports.
  std::string errorOf(llvm::function_ref<LogicalResult()> build) {
    std::string text;
    ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &diagnostic) { text = diagnostic.str(); });
    EXPECT_TRUE(failed(build()));
    return text;
  }

  static constexpr llvm::StringLiteral kSource = R"(
    func.func @main(%x: tensor<2x?xf32> {rheobase.name = "x", rheobase.dims = ["2", "n"]},
                    %y: tensor<3x4xf32> {rheobase.name = "y", rheobase.dims = ["3", "4"]})
        attributes {rheobase.symbols = [{name = "n", min = 1 : i64, max = 0 : i64}]} {
      return
    })";

  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  std::optional<SymbolicShapes> shapes;
  std::optional<LoweringContext> ctx;
  SymTensor x, y;
};

} // namespace

TEST_F(Builders, SizesAreMadeOnce) {
  SymExpr twice = sym::mul(x.dims[1], ctx->constant(2));
  EXPECT_EQ(ctx->sizes.value(twice), ctx->sizes.value(twice));
  EXPECT_NE(ctx->sizes.value(twice), ctx->sizes.value(x.dims[1]));
  EXPECT_EQ(ctx->sizes.dynamic({x.dims[1], ctx->constant(7)}).size(), 1u);
}

TEST_F(Builders, OperandsThatDoNotBroadcastAreReported) {
  EXPECT_EQ(errorOf([&] { return broadcastMap(*ctx, x.dims, y.dims); }),
            "found sizes 2 and 3 in dimension 0 of an operand, expected equal sizes or 1; fix one with --dim");
  EXPECT_EQ(errorOf([&] { return broadcastMap(*ctx, x.dims, ctx->constant(2)); }),
            "found an operand of rank 2, expected at most 1; reshape it first");
  EXPECT_EQ(errorOf([&] { return broadcastDims(*ctx, x.dims, y.dims); }),
            "found sizes 3 and 2 in dimension 0 of an operand, expected equal sizes or 1; fix one with --dim");
}

TEST_F(Builders, ProductsOfOtherDepthsAreReported) {
  EXPECT_EQ(errorOf([&] { return matmul(*ctx, x, y, {ctx->builder.getF32Type()}); }),
            "found n columns times 3 rows, expected equal sizes; correct the operands' shapes");
}

TEST_F(Builders, ReshapeOfTheSameSizesIsTheValue) {
  EXPECT_EQ(reshape(*ctx, x, x.dims).value, x.value);
  SymTensor flat = reshape(*ctx, x, shapes->product(x.dims));
  EXPECT_NE(flat.value, x.value);
  EXPECT_EQ(flat.rank(), 1);
}
