//===- FormCopies.cpp - slices, concatenation, padding, scatters to kernels and dispatches ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ProgramFormer.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

linalg::GenericOp codegen::buildCopy(OpBuilder &builder, Value source, Value target, AffineMap permutation) {
  unsigned rank = cast<MemRefType>(target.getType()).getRank();
  AffineMap identity = builder.getMultiDimIdentityMap(rank);
  SmallVector<utils::IteratorType> parallel(rank, utils::IteratorType::parallel);
  auto yieldInput = [](OpBuilder &body, Location loc, ValueRange arguments) {
    linalg::YieldOp::create(body, loc, arguments[0]);
  };
  return linalg::GenericOp::create(builder, builder.getUnknownLoc(), TypeRange(), source, target,
                                   ArrayRef<AffineMap>{permutation ? permutation : identity, identity}, parallel,
                                   yieldInput);
}

OpFoldResult ProgramFormer::programIndex(OpFoldResult value) {
  if (auto number = getConstantIntValue(value))
    return builder.getIndexAttr(*number);
  return sizes.index(value);
}

/// The part of a memref that a region names, without the dimensions that `shape` drops.
Value ProgramFormer::part(KernelBuilder &kernel, Value memref, const Region *region, ArrayRef<int64_t> shape) {
  if (!region)
    return memref;
  auto toKernel = [&](OpFoldResult value) -> OpFoldResult {
    if (auto number = getConstantIntValue(value))
      return builder.getIndexAttr(*number);
    return kernel.addIndex(cast<Value>(value));
  };
  auto offsets = llvm::map_to_vector(region->offsets, toKernel);
  auto sizes = llvm::map_to_vector(region->sizes, toKernel);
  auto strides = llvm::map_to_vector(region->strides, toKernel);
  MemRefType type =
      memref::SubViewOp::inferRankReducedResultType(shape, cast<MemRefType>(memref.getType()), offsets, sizes, strides);
  return memref::SubViewOp::create(kernel.body, builder.getUnknownLoc(), type, memref, offsets, sizes, strides);
}

Value ProgramFormer::strided(KernelBuilder &kernel, Value memref, const StridedPlaces &places, Value openSize) {
  SmallVector<OpFoldResult> shape = getAsIndexOpFoldResult(builder.getContext(), places.shape);
  if (ShapedType::isDynamic(places.shape.front()))
    shape.front() = kernel.addIndex(openSize);
  auto layout = StridedLayoutAttr::get(builder.getContext(), 0, places.strides);
  auto type = MemRefType::get(places.shape, cast<MemRefType>(memref.getType()).getElementType(), layout);
  return memref::ReinterpretCastOp::create(kernel.body, builder.getUnknownLoc(), type, memref, builder.getIndexAttr(0),
                                           shape, getAsIndexOpFoldResult(builder.getContext(), places.strides));
}

LogicalResult ProgramFormer::visitStridedCopy(linalg::GenericOp op, const StridedPlaces &places) {
  auto source = viewOf(op->getOperand(0));
  if (failed(source))
    return failure();
  Value elements = sizes.constant(1);
  for (Value dim : sizes.dims(op->getResult(0)))
    elements = sizes.mul(elements, dim);
  int64_t inFirst = 1;
  for (int64_t size : ArrayRef(places.shape).drop_front())
    inFirst *= size;
  Value first = sizes.ceilDiv(elements, inFirst);
  BufferView target = allocate(op->getResult(0));
  target.type = MemRefType::get(places.shape, target.type.getElementType());
  target.openDims = ShapedType::isDynamic(places.shape.front()) ? SmallVector<Value>{first} : SmallVector<Value>();
  KernelBuilder kernel(builder, table);
  Value input = strided(kernel, add(kernel, *source), places, first);
  linalg::GenericOp generic = buildCopy(kernel.body, input, add(kernel, target, /*written=*/true), {});
  finish(
      kernel, generic, [&](unsigned loop) { return loop == 0 ? first : sizes.constant(places.shape[loop]); },
      op.getLoc());
  return success();
}

void ProgramFormer::copy(const BufferView &source, const Region *from, const BufferView &target, const Region *to,
                         ArrayRef<int64_t> shape, ArrayRef<Value> dims, Location loc, AffineMap permutation) {
  KernelBuilder kernel(builder, table);
  Value input = add(kernel, source);
  Value output = add(kernel, target, /*written=*/true);
  linalg::GenericOp generic =
      buildCopy(kernel.body, part(kernel, input, from, shape), part(kernel, output, to, shape), permutation);
  finish(kernel, generic, [&](unsigned loop) { return dims[loop]; }, loc);
}

void ProgramFormer::fill(const BufferView &target, TypedAttr value, ArrayRef<Value> dims, Location loc) {
  KernelBuilder kernel(builder, table);
  Value output = add(kernel, target, /*written=*/true);
  unsigned rank = target.type.getRank();
  SmallVector<utils::IteratorType> parallel(rank, utils::IteratorType::parallel);
  auto yieldConstant = [&](OpBuilder &body, Location loc, ValueRange) {
    Value scalar = arith::ConstantOp::create(body, loc, value);
    if (scalar.getType().isInteger(1))
      scalar = arith::ExtUIOp::create(body, loc, body.getI8Type(), scalar);
    linalg::YieldOp::create(body, loc, scalar);
  };
  auto generic = linalg::GenericOp::create(kernel.body, builder.getUnknownLoc(), TypeRange(), ValueRange(), output,
                                           builder.getMultiDimIdentityMap(rank), parallel, yieldConstant);
  finish(kernel, generic, [&](unsigned loop) { return dims[loop]; }, loc);
}

/// Gives `target` the value of the tensor `value` before something else is written over parts of it.
LogicalResult ProgramFormer::initialize(const BufferView &target, Value value, ArrayRef<Value> dims, Location loc) {
  if (value.getDefiningOp<tensor::EmptyOp>())
    return success();
  if (auto fillOp = value.getDefiningOp<linalg::FillOp>()) {
    Attribute constant;
    if (!matchPattern(fillOp.getInputs().front(), m_Constant(&constant)))
      return fillOp.emitError("the value of a fill must be a constant");
    fill(target, cast<TypedAttr>(constant), dims, loc);
    return success();
  }
  auto source = viewOf(value);
  if (failed(source))
    return failure();
  copy(*source, nullptr, target, nullptr, source->type.getShape(), dims, loc);
  return success();
}

LogicalResult ProgramFormer::visitExtractSlice(tensor::ExtractSliceOp op) {
  auto source = viewOf(op.getSource());
  if (failed(source))
    return failure();
  auto carry = [&](OpFoldResult value) { return programIndex(value); };
  Region from{llvm::map_to_vector(op.getMixedOffsets(), carry), llvm::map_to_vector(op.getMixedSizes(), carry),
              llvm::map_to_vector(op.getMixedStrides(), carry)};
  BufferView target = allocate(op.getResult());
  copy(*source, &from, target, nullptr, target.type.getShape(), sizes.dims(op.getResult()), op.getLoc());
  return success();
}

LogicalResult ProgramFormer::visitInsertSlice(tensor::InsertSliceOp op) {
  if (standing.contains(op))
    return success();
  auto source = viewOf(op.getSource());
  if (failed(source))
    return failure();
  auto carry = [&](OpFoldResult value) { return programIndex(value); };
  Region to{llvm::map_to_vector(op.getMixedOffsets(), carry), llvm::map_to_vector(op.getMixedSizes(), carry),
            llvm::map_to_vector(op.getMixedStrides(), carry)};
  BufferView target = allocate(op.getResult());
  if (!growing.contains(op.getResult()) &&
      failed(initialize(target, op.getDest(), sizes.dims(op.getDest()), op.getLoc())))
    return failure();
  copy(*source, nullptr, target, &to, source->type.getShape(), sizes.dims(op.getSource()), op.getLoc());
  return success();
}

LogicalResult ProgramFormer::visitConcat(tensor::ConcatOp op) {
  BufferView target = allocate(op.getResult());
  int64_t rank = target.type.getRank();
  Value offset = sizes.constant(0);
  for (Value input : op.getInputs()) {
    auto source = viewOf(input);
    if (failed(source))
      return failure();
    SmallVector<Value> dims = sizes.dims(input);
    Region to{SmallVector<OpFoldResult>(rank, builder.getIndexAttr(0)),
              llvm::map_to_vector(dims, [](Value dim) { return OpFoldResult(dim); }),
              SmallVector<OpFoldResult>(rank, builder.getIndexAttr(1))};
    to.offsets[op.getDim()] = getAsOpFoldResult(offset);
    copy(*source, nullptr, target, &to, source->type.getShape(), dims, op.getLoc());
    offset = sizes.add(offset, dims[op.getDim()]);
  }
  return success();
}

LogicalResult ProgramFormer::visitPad(tensor::PadOp op) {
  Attribute value;
  Value padding = op.getConstantPaddingValue();
  if (!padding || !matchPattern(padding, m_Constant(&value)))
    return op.emitError("tensor.pad must pad with a constant");
  auto source = viewOf(op.getSource());
  if (failed(source))
    return failure();
  BufferView target = allocate(op.getResult());
  fill(target, cast<TypedAttr>(value), sizes.dims(op.getResult()), op.getLoc());

  SmallVector<Value> dims = sizes.dims(op.getSource());
  auto carry = [&](OpFoldResult offset) { return programIndex(offset); };
  Region to{llvm::map_to_vector(op.getMixedLowPad(), carry),
            llvm::map_to_vector(dims, [](Value dim) { return OpFoldResult(dim); }),
            SmallVector<OpFoldResult>(dims.size(), builder.getIndexAttr(1))};
  copy(*source, nullptr, target, &to, source->type.getShape(), dims, op.getLoc());
  return success();
}

/// One work item: later updates meet what earlier ones left.
LogicalResult ProgramFormer::visitScatter(rt::ScatterOp op) {
  auto updates = viewOf(op.getUpdates()), indices = viewOf(op.getIndices());
  if (failed(updates) || failed(indices))
    return failure();
  BufferView target = allocate(op.getResult());
  if (failed(initialize(target, op.getTarget(), sizes.dims(op.getTarget()), op.getLoc())))
    return failure();
  KernelBuilder kernel(builder, table);
  Value from = add(kernel, *updates), to = add(kernel, target, /*written=*/true), at = add(kernel, *indices);
  rt::ScatterOp::create(kernel.body, builder.getUnknownLoc(), TypeRange(), op.getCombine(), from, to, at,
                        op.getIsUnsigned());
  kernel.finish("scatter", sizes.constant(1), op.getLoc(), counting);
  return success();
}
