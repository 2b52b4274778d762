//===- Slices.cpp - Slice, Split, Concat ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;
using namespace rheobase::onnx;

/// Exporters write "from the start" and "to the end" with the ends of the integers of 32 or 64 bits.
static constexpr int64_t kFar = INT32_MAX;

/// The first index that a slice reads along a dimension of size `size`: counted from the front and kept inside, as the
/// shape function of Slice sees it. What that assumed about open sizes, the program checks.
static SymExpr firstIndex(const SymbolicShapes &shapes, SymExpr start, SymExpr size, int64_t step) {
  SymExpr zero = shapes.constant(0), last = step > 0 ? size : sym::sub(size, shapes.constant(1));
  std::optional<int64_t> number = sym::asConstant(start);
  if (number && *number >= kFar)
    return last;
  if (number && *number <= -kFar)
    return zero;
  SymExpr place = shapes.maxOf(start).value_or(0) < 0 ? sym::add(start, size) : start;
  if (shapes.provablyAtMost(place, zero))
    return zero;
  return shapes.provablyAtMost(last, place) ? last : place;
}

/// A slice that walks backwards along some dimensions reads element by element.
static SymTensor stridedCopy(LoweringContext &ctx, const SymTensor &x, ArrayRef<SymExpr> starts,
                             ArrayRef<int64_t> steps, ArrayRef<SymExpr> dims) {
  return generic(ctx, {}, dims, x.elementType(), [&](ImplicitLocOpBuilder &b, ValueRange) -> Value {
    SmallVector<Value> place;
    for (auto [i, start] : llvm::enumerate(starts)) {
      Value step = arith::ConstantIndexOp::create(b, steps[i]);
      Value offset = arith::MulIOp::create(b, linalg::IndexOp::create(b, i), step);
      place.push_back(arith::AddIOp::create(b, ctx.sizes.value(start), offset));
    }
    return tensor::ExtractOp::create(b, x.value, place);
  });
}

static LogicalResult lowerSlice(SliceOp op, LoweringContext &ctx) {
  SymTensor x = ctx.operand(op.getData());
  Dims starts = ctx.contentOf(op.getStarts());
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, starts.size())), steps(starts.size(), 1);
  if (op.getAxes())
    axes = ctx.constantsOf(op.getAxes());
  if (op.getSteps())
    steps = ctx.constantsOf(op.getSteps());
  Dims offsets(x.rank(), ctx.constant(0)), dims = ctx.dimsOf(op.getOutput());
  SmallVector<int64_t> strides(x.rank(), 1);
  for (auto [i, start] : llvm::enumerate(starts)) {
    int64_t axis = fromFront(axes[i], x.rank());
    offsets[axis] = firstIndex(ctx.shapes, start, x.dims[axis], steps[i]);
    strides[axis] = steps[i];
  }
  if (sameSizes(ctx, dims, x.dims) && llvm::all_equal(strides) && (strides.empty() || strides[0] == 1))
    ctx.replace(op.getOutput(), x);
  else if (llvm::any_of(strides, [](int64_t step) { return step < 0; }))
    ctx.replace(op.getOutput(), stridedCopy(ctx, x, offsets, strides, dims));
  else
    ctx.replace(op.getOutput(), slice(ctx, x, offsets, dims, strides));
  return success();
}

static LogicalResult lowerSplit(SplitOp op, LoweringContext &ctx) {
  SymTensor x = ctx.operand(op.getInput());
  int64_t axis = fromFront(op.getAxis(), x.rank());
  Dims offsets(x.rank(), ctx.constant(0));
  SmallVector<int64_t> ones(x.rank(), 1);
  for (Value part : op.getOutputs()) {
    Dims dims = ctx.dimsOf(part);
    ctx.replace(part, slice(ctx, x, offsets, dims, ones));
    offsets[axis] = sym::add(offsets[axis], dims[axis]);
  }
  return success();
}

static LogicalResult lowerConcat(ConcatOp op, LoweringContext &ctx) {
  Dims dims = ctx.dimsOf(op.getConcatResult());
  int64_t axis = fromFront(op.getAxis(), dims.size());
  SymTensor made = emptyTensor(ctx, dims, storedType(elementOf(op.getConcatResult())));
  Dims offsets(dims.size(), ctx.constant(0));
  for (Value operand : op.getInputs()) {
    SymTensor part = ctx.operand(operand);
    made = insert(ctx, part, made, offsets);
    offsets[axis] = sym::add(offsets[axis], part.dims[axis]);
  }
  ctx.replace(op.getConcatResult(), made);
  return success();
}

void lower::addSliceLowerings(LoweringInterface &table) {
  table.add<SliceOp>(lowerSlice);
  table.add<SplitOp>(lowerSplit);
  table.add<ConcatOp>(lowerConcat);
}
