//===- OnnxToLinalg.cpp - the pass, the table of the onnx dialect ---------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "rheobase/Conversion/OnnxToLinalg/Passes.h"

namespace rheobase {
#define GEN_PASS_DEF_CONVERTONNXTOLINALG
#include "rheobase/Conversion/OnnxToLinalg/Passes.h.inc"
} // namespace rheobase

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;
using namespace rheobase::onnx;

void rheobase::registerOnnxLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, OnnxDialect *dialect) {
    auto &table = dialect->addInterface<LoweringInterface>();
    addCopyLowerings(table);
    addElementwiseLowerings(table);
    addFillLowerings(table);
    addGatherLowerings(table);
    addMatMulLowerings(table);
    addNormalizationLowerings(table);
    addReductionLowerings(table);
    addScatterLowerings(table);
    addSliceLowerings(table);
    addSoftmaxLowerings(table);
    addViewLowerings(table);
    addWindowLowerings(table);
    table.takeNarrow<BitCastOp, CastOp, ConcatOp, ConstantOp, ConstantOfShapeOp, DropoutOp, ExpandOp, FlattenOp,
                     GatherOp, IdentityOp, IsInfOp, IsNaNOp, PadOp, ReshapeOp, ShapeOp, SizeOp, SliceOp, SplitOp,
                     SqueezeOp, TransposeOp, UnsqueezeOp, WhereOp>();
  });
  registry.addExtension(
      +[](MLIRContext *, rt::RtDialect *dialect) { addMeasureLowering(dialect->addInterface<LoweringInterface>()); });
}

namespace {

struct ConvertOnnxToLinalg : rheobase::impl::ConvertOnnxToLinalgBase<ConvertOnnxToLinalg> {
  void runOnOperation() override {
    if (failed(lowerToLinalg(getOperation())))
      signalPassFailure();
  }
};

} // namespace
