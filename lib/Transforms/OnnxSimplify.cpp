//===- OnnxSimplify.cpp - onnx-simplify ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Transforms/Passes.h"
#include "rheobase/Transforms/Pipelines.h"

#include "mlir/IR/OperationSupport.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace rheobase {
#define GEN_PASS_DEF_ONNXSIMPLIFY
#include "rheobase/Transforms/Passes.h.inc"
} // namespace rheobase

using namespace rheobase;

namespace {
struct OnnxSimplify : rheobase::impl::OnnxSimplifyBase<OnnxSimplify> {
  using OnnxSimplifyBase::OnnxSimplifyBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    OpPassManager round(func::FuncOp::getOperationName());
    round.addPass(createOnnxInferShapes());
    round.addPass(createOnnxFoldConstants());
    round.addPass(createOnnxSimplifyShapes());
    round.addPass(createOnnxDecomposeLinear());
    round.addPass(createOnnxDecomposeQuantization());
    round.addPass(createCSEPass());
    if (raise)
      round.addPass(createOnnxRaise());
    for (unsigned i = 0; i < maxRounds; ++i) {
      OperationFingerPrint before(func);
      if (failed(runPipeline(round, func)))
        return signalPassFailure();
      if (OperationFingerPrint(func) == before)
        return;
    }
  }
};
} // namespace

void rheobase::buildSimplifyPipeline(OpPassManager &pm, const SimplifyOptions &options) {
  OnnxSimplifyOptions simplify;
  simplify.raise = options.raise;
  pm.addNestedPass<func::FuncOp>(createOnnxSimplify(simplify));
}
