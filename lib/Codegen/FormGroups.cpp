//===- FormGroups.cpp - products with packed weights in groups ------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Contraction.h"
#include "lib/Codegen/PackedBits.h"
#include "lib/Codegen/Partition.h"
#include "lib/Codegen/ProgramFormer.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// A constant as a buffer of its own.
BufferView ProgramFormer::constantView(ElementsAttr elements, Location loc) {
  auto type = cast<RankedTensorType>(elements.getShapedType());
  Value constant = rt::ConstantOp::create(builder, loc, rt::BufferType::get(builder.getContext()), elements,
                                          rt::PackAttr(), TypeAttr(), /*isUnsigned=*/UnitAttr(), /*sums=*/UnitAttr());
  return {constant, MemRefType::get(type.getShape(), type.getElementType()), {}};
}

LogicalResult ProgramFormer::visitGroupMatmul(rt::GroupMatmulOp op) {
  ElementsAttr weights = constantElements(op.getWeights()), scales = constantElements(op.getScales()),
               zeros = op.getZeros() ? constantElements(op.getZeros()) : ElementsAttr();
  if (!weights || !scales || (op.getZeros() && !zeros))
    return op.emitError() << "the weights, scales or zeros of groups are computed when running, expected constants";
  auto lhs = viewOf(op.getLhs()), rowSums = viewOf(op.getRowSums());
  if (failed(lhs) || failed(rowSums))
    return failure();
  int64_t columns = cast<RankedTensorType>(op.getWeights().getType()).getDimSize(1), lanes = byteLanes(columns);
  Location loc = op.getWeights().getLoc();
  BufferView packed = constantView(packBits(weights, zeros, op.getBits(), lanes), loc),
             scaleRows = constantView(paddedRows(scales, lanes), loc), out = allocate(op.getSums());

  KernelBuilder kernel(builder, table);
  Value left = add(kernel, *lhs), right = add(kernel, packed), scale = add(kernel, scaleRows);
  Value zero = zeros ? add(kernel, constantView(paddedRows(zeros, lanes), loc)) : Value();
  Value sums = add(kernel, *rowSums), result = add(kernel, out, /*written=*/true);
  rt::PackedMatmulOp::create(kernel.body, builder.getUnknownLoc(), left, right, scale, zero, sums, result, op.getBits(),
                             op.getIsUnsigned());
  Value grid = sizes.mul(sizes.ceilDiv(sizes.dim(op.getSums(), 0), kMatmulRows),
                         sizes.constant(static_cast<int64_t>(llvm::divideCeil(columns, lanes))));
  kernel.finish("packed_matmul", grid, op.getLoc(), counting);
  return success();
}
