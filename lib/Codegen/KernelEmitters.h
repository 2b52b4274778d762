//===- KernelEmitters.h - one emitter per family of kernels -----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_KERNELEMITTERS_H
#define RHEOBASE_LIB_CODEGEN_KERNELEMITTERS_H

#include "dialects/rt/Rt.h"
#include "lib/Codegen/Target.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/MapVector.h"

namespace rheobase::codegen {

/// Initial values of memrefs that a kernel fills before it accumulates into them.
using Fills = llvm::DenseMap<mlir::Value, mlir::Value>;

/// Each emits, at the builder's insertion point, loops over the work items [begin, end) of an op that stands before it.
void emitGeneric(mlir::OpBuilder &builder, mlir::linalg::GenericOp op, const Fills &fills, mlir::Value begin,
                 mlir::Value end);
void emitMatmul(mlir::OpBuilder &builder, rt::MatmulOp op, const Target &target, mlir::Value begin, mlir::Value end);
void emitPackedMatmul(mlir::OpBuilder &builder, rt::PackedMatmulOp op, const Target &target, mlir::Value begin,
                      mlir::Value end);
void emitPack(mlir::OpBuilder &builder, rt::PackOp op, mlir::Value begin, mlir::Value end);
void emitListEvents(mlir::OpBuilder &builder, rt::ListEventsOp op, mlir::Value begin, mlir::Value end);
void emitAddRows(mlir::OpBuilder &builder, rt::AddRowsOp op, const Target &target, mlir::Value begin, mlir::Value end);
void emitAddCount(mlir::OpBuilder &builder, rt::AddCountOp op, mlir::Value begin, mlir::Value end);
void emitScatter(mlir::OpBuilder &builder, rt::ScatterOp op, mlir::Value begin, mlir::Value end);
/// The same for all work items of an op inside a tile.
void emitWholeGeneric(mlir::OpBuilder &builder, mlir::linalg::GenericOp op, const Fills &fills);
/// `followers` stand behind it in the tile, and may be none.
void emitWholeMatmul(mlir::OpBuilder &builder, rt::MatmulOp op, const Target &target,
                     llvm::ArrayRef<mlir::Operation *> followers);
void emitTiles(mlir::OpBuilder &builder, rt::TilesOp op, const Target &target, mlir::Value begin, mlir::Value end);
/// Gives 1 (i64) where an index is out of range, else 0.
mlir::Value emitCheckIndices(mlir::OpBuilder &builder, rt::CheckIndicesOp op, mlir::Value begin, mlir::Value end);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_KERNELEMITTERS_H
