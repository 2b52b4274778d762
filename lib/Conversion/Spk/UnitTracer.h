//===- UnitTracer.h - where units of a network are --------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_UNITTRACER_H
#define RHEOBASE_LIB_CONVERSION_SPK_UNITTRACER_H

#include "rheobase/Conversion/Spk/UnitLayers.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/ADT/SetVector.h"

namespace rheobase::spk {

/// Follows the units of one value's axis, up to the constant weights that make them and down to those that read them,
/// through every op that keeps them apart.
class UnitTracer {
public:
  /// `shapes`, where it is known, says which open sizes are the same.
  explicit UnitTracer(const SymbolicShapes *shapes) : shapes(shapes) {}

  /// Nothing where the units mix, or somebody outside sees them.
  std::optional<UnitLayer> trace(mlir::Value seed, UnitAxis units, UnitKind kind);

private:
  /// The axis of an operand that an axis of the result is, and nothing where that axis mixes.
  using AxisMap = llvm::function_ref<std::optional<int64_t>(int64_t)>;

  bool tag(mlir::Value value, UnitAxis units);
  bool tag(mlir::OpOperand &operand, const UnitAxis &units);
  const UnitAxis *find(mlir::Value value) const;
  bool visit(mlir::Operation *op);
  bool visitProduct(onnx::MatMulOp op);
  bool visitResult(onnx::MatMulOp op, const UnitAxis &units);
  bool visitLeft(onnx::MatMulOp op, const UnitAxis &units);
  bool visitRight(onnx::MatMulOp op, const UnitAxis &units);
  bool visitElementwise(mlir::Operation *op);
  bool visitShape(mlir::Operation *op);
  bool visitPatches(PatchesOp op);
  bool visitConcat(onnx::ConcatOp op);
  bool visitParts(mlir::Operation *op);
  bool through(mlir::OpOperand &operand, mlir::Value result, AxisMap map);
  bool joinParts(mlir::Value whole);
  std::optional<std::vector<SymExpr>> dimsOf(mlir::Value value) const;
  std::optional<UnitAxis> reshaped(const UnitAxis &units, mlir::Value from, mlir::Value to) const;
  bool finish(UnitKind kind);

  const SymbolicShapes *shapes;
  UnitLayer layer;
  llvm::SetVector<mlir::Operation *> todo;
  /// Of which parts have units, and it has none yet.
  llvm::SetVector<mlir::Value> wholes;
  llvm::SetVector<mlir::Operation *> producers, readers;
};

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_UNITTRACER_H
