//===- UnitShapes.h - what shape operators do to an axis of units ---*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_UNITSHAPES_H
#define RHEOBASE_LIB_CONVERSION_SPK_UNITSHAPES_H

#include "rheobase/Conversion/Spk/UnitLayers.h"
#include "rheobase/Interfaces/SymbolicAlgebra.h"

namespace rheobase::spk {

/// The axis of a reshaped tensor that the units of `from`'s axis are on; nothing where they are on several, or where
/// open sizes leave it unknown.
std::optional<UnitAxis> reshapedUnits(const UnitAxis &units, llvm::ArrayRef<SymExpr> from, llvm::ArrayRef<SymExpr> to);

/// The part of its operand's axis that a result of Split or Slice is.
struct AxisPart {
  int64_t axis, begin, end;
};
/// Nothing where the result is no stretch of one axis with known bounds.
std::optional<AxisPart> partOf(mlir::OpResult result);
/// Tells Split or Slice that its operand's axis has what `stays` of it alone.
void shrinkParts(mlir::Operation *op, llvm::ArrayRef<bool> stays);

/// Of each axis of a reduction's result the axis of its operand, -1 for those that were reduced; nothing where the axes
/// are not known.
std::optional<llvm::SmallVector<int64_t>> axesLeft(mlir::Operation *reduction);

/// Whether an axis is known to stay as it is.
bool isUnpadded(onnx::PadOp op, int64_t axis);

/// Whether the entry of a shape that an op is told is constant, and sets it.
bool hasShapeEntry(mlir::Value shape, int64_t entry);
void setShapeEntry(mlir::OpOperand &shape, int64_t entry, int64_t size);

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_UNITSHAPES_H
