//===- Lowerings.h - the lowerings of the onnx dialect -----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_ONNXTOLINALG_LOWERINGS_H
#define RHEOBASE_LIB_CONVERSION_ONNXTOLINALG_LOWERINGS_H

#include "rheobase/Conversion/OnnxToLinalg/Lowering.h"
#include "rheobase/Conversion/OnnxToLinalg/ScalarBuilder.h"
#include "rheobase/Conversion/OnnxToLinalg/TensorBuilders.h"

#include "dialects/onnx/Onnx.h"

namespace rheobase::lower {

// One function per file adds the file's lowerings to the table.
void addCopyLowerings(LoweringInterface &table);
void addElementwiseLowerings(LoweringInterface &table);
void addFillLowerings(LoweringInterface &table);
void addGatherLowerings(LoweringInterface &table);
void addMatMulLowerings(LoweringInterface &table);
void addMeasureLowering(LoweringInterface &table);
void addNormalizationLowerings(LoweringInterface &table);
void addReductionLowerings(LoweringInterface &table);
void addScatterLowerings(LoweringInterface &table);
void addSliceLowerings(LoweringInterface &table);
void addSoftmaxLowerings(LoweringInterface &table);
void addViewLowerings(LoweringInterface &table);
void addWindowLowerings(LoweringInterface &table);

/// The element type of a value of the original program, unsigned integers written so.
inline mlir::Type elementOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getElementType();
}
inline bool isUnsigned(mlir::Value value) {
  return elementOf(value).isUnsignedInteger();
}

/// The type that numbers of `element` are added and multiplied in: f32 for the narrow floats, itself for others.
mlir::Type computeType(mlir::Type element);

/// `tensor` with its elements converted from `from` to `to` (both may be unsigned).
SymTensor convert(LoweringContext &ctx, const SymTensor &tensor, mlir::Type from, mlir::Type to,
                  const Narrowing &narrowing = {});

/// The number `count` as a scalar of `type`, inside of a body.
mlir::Value countAs(LoweringContext &ctx, mlir::ImplicitLocOpBuilder &b, SymExpr count, mlir::Type type);

} // namespace rheobase::lower

#endif // RHEOBASE_LIB_CONVERSION_ONNXTOLINALG_LOWERINGS_H
