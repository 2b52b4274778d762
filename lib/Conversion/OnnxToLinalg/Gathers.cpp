//===- Gathers.cpp - Gather and its kin, TopK ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;
using namespace rheobase::onnx;

/// Has the program check `indices` against an axis of size `size`, unless they are known to be inside.
static void checkIndices(LoweringContext &ctx, Value original, const SymTensor &indices, SymExpr size) {
  std::optional<ArrayRef<SymExpr>> known = original ? ctx.shapes.contentOf(original) : std::nullopt;
  SymExpr one = ctx.constant(1);
  bool inside = known && llvm::all_of(*known, [&](SymExpr index) {
                  return ctx.shapes.provablyAtMost(sym::sub(ctx.constant(0), size), index) &&
                         ctx.shapes.provablyAtMost(sym::add(index, one), size);
                });
  if (!inside)
    rt::CheckIndicesOp::create(ctx.builder, indices.value, ctx.sizes.value(size));
}

/// An index that counts from the end where it is negative, clamped so that no read is ever outside.
static Value placeOf(ImplicitLocOpBuilder &b, Value index, Value size) {
  Value place = arith::IndexCastOp::create(b, b.getIndexType(), index);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, place, zero);
  place = arith::SelectOp::create(b, negative, arith::AddIOp::create(b, place, size), place);
  Value last = arith::SubIOp::create(b, size, arith::ConstantIndexOp::create(b, 1));
  return arith::MaxSIOp::create(b, arith::MinSIOp::create(b, place, last), zero);
}

/// One constant index: a part of the data, not a copy.
static std::optional<SymTensor> pickOne(LoweringContext &ctx, const SymTensor &data, Value indices, int64_t axis,
                                        ArrayRef<SymExpr> dims) {
  std::optional<SmallVector<int64_t>> known = ctx.shapes.constantContentOf(indices);
  if (!known || known->size() != 1)
    return std::nullopt;
  SymExpr index = ctx.constant(known->front()), size = data.dims[axis];
  if (known->front() < 0)
    index = sym::add(index, size);
  if (!ctx.shapes.provablyAtMost(ctx.constant(0), index) ||
      !ctx.shapes.provablyAtMost(sym::add(index, ctx.constant(1)), size))
    return std::nullopt;
  Dims offsets(data.rank(), ctx.constant(0)), part = data.dims;
  offsets[axis] = index;
  part[axis] = ctx.constant(1);
  return reshape(ctx, slice(ctx, data, offsets, part, SmallVector<int64_t>(data.rank(), 1)), dims);
}

static LogicalResult lowerGather(GatherOp op, LoweringContext &ctx) {
  SymTensor data = ctx.operand(op.getData()), indices = ctx.operand(op.getIndices());
  int64_t axis = fromFront(op.getAxis(), data.rank());
  Dims dims = ctx.dimsOf(op.getOutput());
  if (std::optional<SymTensor> part = pickOne(ctx, data, op.getIndices(), axis, dims)) {
    ctx.replace(op.getOutput(), *part);
    return success();
  }
  checkIndices(ctx, op.getIndices(), indices, data.dims[axis]);
  int64_t rank = dims.size(), indexRank = indices.rank();
  AffineMap map = AffineMap::getMultiDimIdentityMap(rank, ctx.builder.getContext()).getSliceMap(axis, indexRank);
  SymTensor made =
      generic(ctx, Mapped{indices, map}, dims, data.elementType(), [&](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
        SmallVector<Value> place;
        for (int64_t i = 0; i < data.rank(); ++i) {
          int64_t loop = i < axis ? i : i + indexRank - 1;
          place.push_back(i == axis ? placeOf(b, v[0], ctx.sizes.value(data.dims[i]))
                                    : linalg::IndexOp::create(b, loop).getResult());
        }
        return tensor::ExtractOp::create(b, data.value, place);
      });
  ctx.replace(op.getOutput(), made);
  return success();
}

static LogicalResult lowerGatherElements(GatherElementsOp op, LoweringContext &ctx) {
  SymTensor data = ctx.operand(op.getData()), indices = ctx.operand(op.getIndices());
  int64_t axis = fromFront(op.getAxis(), data.rank());
  checkIndices(ctx, op.getIndices(), indices, data.dims[axis]);
  SymTensor made = mapElements(ctx, indices, data.elementType(), [&](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
    SmallVector<Value> place;
    for (int64_t i = 0; i < data.rank(); ++i)
      place.push_back(i == axis ? placeOf(b, v[0], ctx.sizes.value(data.dims[i]))
                                : linalg::IndexOp::create(b, i).getResult());
    return tensor::ExtractOp::create(b, data.value, place);
  });
  ctx.replace(op.getOutput(), made);
  return success();
}

/// The last dimension of the indices holds tuples; component j is an index into dimension batch_dims + j of the data.
static LogicalResult lowerGatherND(GatherNDOp op, LoweringContext &ctx) {
  SymTensor data = ctx.operand(op.getData()), indices = ctx.operand(op.getIndices());
  int64_t tuple = *sym::asConstant(indices.dims.back()), batch = op.getBatchDims(), leading = indices.rank() - 1;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(ctx.dimsOf(op.getOutput()).size(), ctx.builder.getContext());
  SmallVector<Mapped> components;
  for (int64_t j = 0; j < tuple; ++j) {
    Dims offsets(indices.rank(), ctx.constant(0)), dims = indices.dims;
    offsets.back() = ctx.constant(j);
    dims.back() = ctx.constant(1);
    SymTensor column = slice(ctx, indices, offsets, dims, SmallVector<int64_t>(indices.rank(), 1));
    checkIndices(ctx, Value(), column, data.dims[batch + j]);
    components.push_back({reshape(ctx, column, ArrayRef<SymExpr>(dims).drop_back()), identity.getSliceMap(0, leading)});
  }
  SymTensor made = generic(ctx, components, ctx.dimsOf(op.getOutput()), data.elementType(),
                           [&](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
                             SmallVector<Value> place;
                             for (int64_t i = 0; i < data.rank(); ++i) {
                               int64_t component = i - batch, loop = i < batch ? i : leading + component - tuple;
                               bool picked = component >= 0 && component < tuple;
                               place.push_back(picked ? placeOf(b, v[component], ctx.sizes.value(data.dims[i]))
                                                      : linalg::IndexOp::create(b, loop).getResult());
                             }
                             return tensor::ExtractOp::create(b, data.value, place);
                           });
  ctx.replace(op.getOutput(), made);
  return success();
}

/// Every element's place in the order of its row (how many stand before it, equal ones by index) makes the K first ones
/// a lookup. Work is the square of the row's length, without a branch.
static LogicalResult lowerTopK(TopKOp op, LoweringContext &ctx) {
  MLIRContext *context = ctx.builder.getContext();
  SymTensor x = ctx.operand(op.getX());
  int64_t rank = x.rank(), axis = fromFront(op.getAxis(), rank);
  bool fromZero = isUnsigned(op.getX());
  Type i64 = ctx.builder.getI64Type();
  AffineMap own = AffineMap::getMultiDimIdentityMap(rank + 1, context).getSliceMap(0, rank);
  SmallVector<AffineExpr> places(own.getResults());
  places[axis] = getAffineDimExpr(rank, context);
  AffineMap other = AffineMap::get(rank + 1, 0, places, context);
  SymTensor ranks =
      fold(ctx, {{x, own}, {x, other}}, own, x.dims, numberAttr(i64, 0), [&](ImplicitLocOpBuilder &b, ValueRange v) {
        ScalarBuilder s(b, fromZero), count(b);
        Value before = s.compare(op.getLargest() ? Comparison::Greater : Comparison::Less, v[1], v[0]);
        Value earlier = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, linalg::IndexOp::create(b, rank),
                                              linalg::IndexOp::create(b, axis));
        Value tied = count.bitAnd(s.compare(Comparison::Equal, v[1], v[0]), earlier);
        return count.add(v[2], arith::ExtUIOp::create(b, i64, count.bitOr(before, tied)));
      });
  // The loop behind the result's own is over the elements of the row.
  SymTensor indices = fold(ctx, Mapped{ranks, other}, own, ctx.dimsOf(op.getIndices()), numberAttr(i64, 0),
                           [&](ImplicitLocOpBuilder &b, ValueRange v) {
                             ScalarBuilder s(b);
                             auto loop = [&](int64_t i) -> Value {
                               return arith::IndexCastOp::create(b, i64, linalg::IndexOp::create(b, i));
                             };
                             return s.select(s.compare(Comparison::Equal, v[0], loop(axis)), loop(rank), v[1]);
                           });
  SymTensor values = mapElements(ctx, indices, x.elementType(), [&](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
    SmallVector<Value> place;
    for (int64_t i = 0; i < rank; ++i)
      place.push_back(i == axis ? placeOf(b, v[0], ctx.sizes.value(x.dims[i]))
                                : linalg::IndexOp::create(b, i).getResult());
    return tensor::ExtractOp::create(b, x.value, place);
  });
  ctx.replace(op.getValues(), values);
  ctx.replace(op.getIndices(), indices);
  return success();
}

void lower::addGatherLowerings(LoweringInterface &table) {
  table.add<GatherOp>(lowerGather);
  table.add<GatherElementsOp>(lowerGatherElements);
  table.add<GatherNDOp>(lowerGatherND);
  table.add<TopKOp>(lowerTopK);
}
