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

BufferView ProgramFormer::packedView(Attribute key, Location loc, llvm::function_ref<ElementsAttr()> pack) {
  ElementsAttr &packed = packedConstants[key];
  if (!packed)
    packed = pack();
  return constantView(packed, loc);
}

/// What storage adds to a weight whose group does not say.
static int64_t addedByDefault(rt::GroupMatmulOp op) {
  return op.getHasOffsets() ? 0 : middleOf(op.getBits());
}

void ProgramFormer::describeWeights(rt::GroupMatmulOp op, const BufferView &packed, const BufferView &scales,
                                    const std::optional<BufferView> &codebook, const std::optional<BufferView> &zeros) {
  if (counting || !describedWeights.insert(packed.buffer).second)
    return;
  auto bufferOf = [](const std::optional<BufferView> &view) { return view ? view->buffer : Value(); };
  int64_t length = op.getCodebook() ? cast<ShapedType>(op.getCodebook().getType()).getDimSize(1) : 1,
          rows = scales.type.getDimSize(1) / (op.getHasOffsets() ? 2 : 1);
  auto stored = cast<ShapedType>(op.getWeights().getType());
  rt::WeightsOp::create(builder, op.getLoc(), nodeNameAt(op.getLoc()), stored.getDimSize(0) * length,
                        stored.getDimSize(1), op.getBits(), packed.buffer, bufferOf(codebook), length, scales.buffer,
                        TypeAttr::get(scales.type.getElementType()), rows,
                        scales.type.getDimSize(0) * scales.type.getDimSize(2), bufferOf(zeros), op.getHasOffsets(),
                        static_cast<int64_t>(op.getKept()));
}

LogicalResult ProgramFormer::visitGroupMatmul(rt::GroupMatmulOp op) {
  ElementsAttr weights = constantElements(op.getWeights()), scales = constantElements(op.getScales()),
               zeros = op.getZeros() ? constantElements(op.getZeros()) : ElementsAttr(),
               codebook = op.getCodebook() ? constantElements(op.getCodebook()) : ElementsAttr();
  if (!weights || !scales || (op.getZeros() && !zeros) || (op.getCodebook() && !codebook))
    return op.emitError()
           << "the weights, codebook, scales or zeros of groups are computed when running, expected constants";
  auto lhs = viewOf(op.getLhs()), rowSums = viewOf(op.getRowSums());
  FailureOr<BufferView> steps = op.getSteps() ? viewOf(op.getSteps()) : lhs;
  if (failed(lhs) || failed(rowSums) || failed(steps))
    return failure();
  int64_t columns = cast<RankedTensorType>(op.getWeights().getType()).getDimSize(1), lanes = byteLanes(columns);
  Location loc = op.getWeights().getLoc();
  StoredCodes stored{static_cast<unsigned>(op.getBits()), addedByDefault(op)};
  bool windows = codebook && rt::holdsWindows(codebook.getShapedType());
  if (windows)
    stored.added = 0;
  // The steps of a network read the same constants.
  Attribute key =
      builder.getArrayAttr({weights, zeros ? zeros : Attribute(builder.getUnitAttr()),
                            builder.getI64ArrayAttr({stored.bits, stored.added, lanes, windows, codebook != nullptr,
                                                     static_cast<int64_t>(op.getKept())})});
  BufferView packed = packedView(key, loc,
                                 [&] {
                                   if (rt::isSparse(op.getKept()))
                                     return packSparse(weights, stored.bits, static_cast<int64_t>(op.getKept()), lanes);
                                   return codebook && !windows ? packIndices(weights, stored.bits, lanes)
                                                               : packBits(weights, zeros, stored, lanes);
                                 }),
             scaleRows = packedView(builder.getArrayAttr({scales, builder.getI64IntegerAttr(lanes)}), loc,
                                    [&] { return rowsOfColumnGroups(scales, lanes); }),
             out = allocate(op.getSums());

  std::optional<BufferView> book, zeroRows;
  if (codebook)
    book = packedView(builder.getArrayAttr({codebook, builder.getBoolAttr(windows)}), loc,
                      [&] { return windows ? codebookTables(codebook) : codebookWords(codebook); });
  if (zeros)
    zeroRows = constantView(rowsOfColumnGroups(zeros, lanes), loc);
  describeWeights(op, packed, scaleRows, book, zeroRows);
  bool tables =
      codebook && !windows && op.getBits() == rt::kNibbleBits && !op.getIsUnsigned() && hasSmallVectors(codebook);
  KernelBuilder kernel(builder, table);
  Value left = add(kernel, *lhs), right = add(kernel, packed), scale = add(kernel, scaleRows);
  Value words = book ? add(kernel, *book) : Value(), zero = zeroRows ? add(kernel, *zeroRows) : Value();
  Value sums = add(kernel, *rowSums), stepRows = op.getSteps() ? add(kernel, *steps) : Value(),
        result = add(kernel, out, /*written=*/true);
  rt::PackedMatmulOp::create(kernel.body, builder.getUnknownLoc(), left, right, words, scale, zero, sums, stepRows,
                             result, op.getBits(), op.getOdd(), tables, op.getIsUnsigned(), op.getHasOffsets(),
                             op.getKept());
  Value grid = sizes.mul(sizes.ceilDiv(sizes.dim(op.getSums(), 0), kMatmulRows),
                         sizes.constant(llvm::divideCeil(columns, lanes * (tables ? kTableGroups : 1))));
  kernel.finish("packed_matmul", grid, op.getLoc(), counting);
  return success();
}
