//===- OnnxRaise.cpp - onnx-raise ----------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompositePatterns.h"

#include "rheobase/Transforms/Passes.h"

using namespace mlir;

namespace rheobase {
#define GEN_PASS_DEF_ONNXRAISE
#include "rheobase/Transforms/Passes.h.inc"
} // namespace rheobase

using namespace rheobase;

namespace {
struct OnnxRaise : rheobase::impl::OnnxRaiseBase<OnnxRaise> {
  void runOnOperation() override {
    auto rewrite = [](Operation *op, SymbolicShapes &known) {
      Value raised = raiseGelu(op, known);
      return raised ? raised : raiseLayerNormalization(op, known);
    };
    if (failed(rewriteOps(getOperation(), rewrite)))
      signalPassFailure();
  }
};
} // namespace
