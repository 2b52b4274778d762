//===- Register.cpp - what the compiler knows ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Driver/Driver.h"

#include "dialects/onnx/Onnx.h"
#include "dialects/rt/Rt.h"
#include "dialects/spk/Spk.h"
#include "rheobase/Codegen/Codegen.h"
#include "rheobase/Codegen/Passes.h"
#include "rheobase/Conversion/OnnxToLinalg/Lowering.h"
#include "rheobase/Conversion/OnnxToLinalg/Passes.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Conversion/SpkToLinalg/SpkToLinalg.h"
#include "rheobase/Transforms/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

using namespace mlir;

void rheobase::registerCompilerDialects(DialectRegistry &registry) {
  registry.insert<onnx::OnnxDialect, spk::SpkDialect, rt::RtDialect>();
  onnx::registerShapeModels(registry);
  spk::registerShapeModels(registry);
  registerOnnxLowerings(registry);
  registerSpkLowerings(registry);
  codegen::registerCodegenDialects(registry);
}

void rheobase::registerEveryDialect(DialectRegistry &registry) {
  registerCompilerDialects(registry);
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
}

void rheobase::registerEveryPass() {
  mlir::registerAllPasses();
  registerTransformsPasses();
  registerOnnxToLinalgPasses();
  spk::registerSpkPasses();
  codegen::registerCodegenPasses();
}
