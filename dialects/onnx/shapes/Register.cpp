//===- Register.cpp - attaches the shape functions -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeModels.h"

using namespace mlir;
using namespace rheobase::onnx;

void rheobase::onnx::registerShapeModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, OnnxDialect *) {
    attachElementwiseModels(context);
    attachReductionModels(context);
    attachNormalizationModels(context);
    attachLayoutModels(context);
    attachSelectionModels(context);
    attachScatterModels(context);
    attachQuantizationModels(context);
    attachContractionModels(context);
    attachPoolingModels(context);
    attachShapeOpModels(context);
  });
}
