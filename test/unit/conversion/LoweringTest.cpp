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

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace rheobase;
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
