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

/// What storage adds to a weight whose group does not say.
static int64_t addedByDefault(rt::GroupMatmulOp op) {
  return op.getHasOffsets() ? 0 : middleOf(op.getBits());
}

LogicalResult ProgramFormer::visitGroupMatmul(rt::GroupMatmulOp op) {
  ElementsAttr weights = constantElements(op.getWeights()), scales = constantElements(op.getScales()),
               zeros = op.getZeros() ? constantElements(op.getZeros()) : ElementsAttr(),
               codebook = op.getCodebook() ? constantElements(op.getCodebook()) : ElementsAttr();
  if (!weights || !scales || (op.getZeros() && !zeros) || (op.getCodebook() && !codebook))
    return op.emitError()
           << "the weights, codebook, scales or zeros of groups are computed when running, expected constants";
  auto lhs = viewOf(op.getLhs()), rowSums = viewOf(op.getRowSums());
  if (failed(lhs) || failed(rowSums))
    return failure();
  int64_t columns = cast<RankedTensorType>(op.getWeights().getType()).getDimSize(1), lanes = byteLanes(columns);
  Location loc = op.getWeights().getLoc();
  StoredCodes stored{static_cast<unsigned>(op.getBits()), addedByDefault(op), op.getOdd()};
  auto pack = [&] {
    if (rt::isSparse(op.getKept()))
      return packSparse(weights, stored.bits, static_cast<int64_t>(op.getKept()), lanes);
    return codebook ? packIndices(weights, stored.bits, lanes) : packBits(weights, zeros, stored, lanes);
  };
  BufferView packed = constantView(pack(), loc), scaleRows = constantView(paddedRows(scales, lanes), loc),
             out = allocate(op.getSums());

  bool tables = codebook && op.getBits() == rt::kNibbleBits && !op.getIsUnsigned() && hasSmallVectors(codebook);
  KernelBuilder kernel(builder, table);
  Value left = add(kernel, *lhs), right = add(kernel, packed), scale = add(kernel, scaleRows);
  Value book = codebook ? add(kernel, constantView(codebookWords(codebook), loc)) : Value();
  Value zero = zeros ? add(kernel, constantView(paddedRows(zeros, lanes), loc)) : Value();
  Value sums = add(kernel, *rowSums), result = add(kernel, out, /*written=*/true);
  rt::PackedMatmulOp::create(kernel.body, builder.getUnknownLoc(), left, right, book, scale, zero, sums, result,
                             op.getBits(), op.getOdd(), tables, op.getIsUnsigned(), op.getHasOffsets(), op.getKept());
  Value grid = sizes.mul(sizes.ceilDiv(sizes.dim(op.getSums(), 0), kMatmulRows),
                         sizes.constant(llvm::divideCeil(columns, lanes * (tables ? kTableGroups : 1))));
  kernel.finish("packed_matmul", grid, op.getLoc(), counting);
  return success();
}
