//===- Copies.cpp - Expand, Tile, Pad, CumSum, CumProd --------------------===//
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

static Value firstArgument(ImplicitLocOpBuilder &, ValueRange args) {
  return args.front();
}

static LogicalResult lowerExpand(ExpandOp op, LoweringContext &ctx) {
  SymTensor x = ctx.operand(op.getInput());
  Dims dims = ctx.dimsOf(op.getOutput());
  if (sameSizes(ctx, x.dims, dims)) {
    ctx.replace(op.getOutput(), x);
    return success();
  }
  FailureOr<SymTensor> made = elementwise(ctx, x, dims, x.elementType(), firstArgument);
  if (failed(made))
    return failure();
  ctx.replace(op.getOutput(), *made);
  return success();
}

/// A dimension d repeated r times is [r, d], broadcast along r.
static LogicalResult lowerTile(TileOp op, LoweringContext &ctx) {
  SymTensor x = ctx.operand(op.getInput());
  Dims repeats = ctx.contentOf(op.getRepeats());
  Dims dims;
  SmallVector<AffineExpr> places;
  for (auto [repeat, size] : llvm::zip(repeats, x.dims)) {
    if (sym::asConstant(repeat) != 1)
      dims.push_back(repeat);
    places.push_back(ctx.builder.getAffineDimExpr(dims.size()));
    dims.push_back(size);
  }
  AffineMap map = AffineMap::get(dims.size(), 0, places, ctx.builder.getContext());
  SymTensor copies = generic(ctx, Mapped{x, map}, dims, x.elementType(), firstArgument);
  ctx.replace(op.getOutput(), reshape(ctx, copies, ctx.dimsOf(op.getOutput())));
  return success();
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

/// The sizes of the padding per dimension, negative where elements are cut off.
static void findPads(PadOp op, LoweringContext &ctx, Dims &low, Dims &high) {
  int64_t rank = ctx.dimsOf(op.getData()).size();
  Dims pads = ctx.contentOf(op.getPads());
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (op.getAxes())
    axes = ctx.constantsOf(op.getAxes());
  low.assign(rank, ctx.constant(0));
  high = low;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    low[fromFront(axis, rank)] = pads[i];
    high[fromFront(axis, rank)] = pads[axes.size() + i];
  }
}

/// Where element `i` of a padded dimension is read; `size` is that of the input.
static Value sourceIndex(ImplicitLocOpBuilder &b, StringRef mode, Value i, Value size) {
  Value zero = arith::ConstantIndexOp::create(b, 0), one = arith::ConstantIndexOp::create(b, 1);
  Value last = arith::SubIOp::create(b, size, one);
  if (mode == "wrap") {
    Value rest = arith::RemSIOp::create(b, i, arith::MaxSIOp::create(b, size, one));
    Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, rest, zero);
    i = arith::SelectOp::create(b, negative, arith::AddIOp::create(b, rest, size), rest);
  } else if (mode == "reflect") {
    i = arith::MaxSIOp::create(b, i, arith::SubIOp::create(b, zero, i));
    i = arith::MinSIOp::create(b, i, arith::SubIOp::create(b, arith::AddIOp::create(b, last, last), i));
  }
  return arith::MaxSIOp::create(b, arith::MinSIOp::create(b, i, last), zero);
}

static bool isConstantMode(StringRef mode) {
  return mode == "constant";
}

/// Every element is read, or in constant mode, where it is outside of the input, is the constant.
static LogicalResult lowerPadByElement(PadOp op, LoweringContext &ctx, ArrayRef<SymExpr> low) {
  SymTensor x = ctx.operand(op.getData());
  Dims dims = ctx.dimsOf(op.getOutput());
  SmallVector<Mapped> inputs;
  if (op.getConstantValue())
    inputs.push_back({reshape(ctx, ctx.operand(op.getConstantValue()), {}),
                      AffineMap::get(dims.size(), 0, ctx.builder.getContext())});
  SymTensor made = generic(ctx, inputs, dims, x.elementType(), [&](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
    SmallVector<Value> place;
    Value outside = arith::ConstantOp::create(b, b.getBoolAttr(false));
    for (int64_t axis = 0; axis < x.rank(); ++axis) {
      Value size = ctx.sizes.value(x.dims[axis]);
      Value i = arith::SubIOp::create(b, linalg::IndexOp::create(b, axis), ctx.sizes.value(low[axis]));
      place.push_back(sourceIndex(b, op.getMode(), i, size));
      // As an unsigned number a negative index is larger than any size.
      Value beyond = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, i, size);
      outside = arith::OrIOp::create(b, outside, beyond);
    }
    Value element = tensor::ExtractOp::create(b, x.value, place);
    if (!isConstantMode(op.getMode()))
      return element;
    Value number = v.empty() ? ScalarBuilder(b).number(element, 0) : v.front();
    return arith::SelectOp::create(b, outside, number, element);
  });
  ctx.replace(op.getOutput(), made);
  return success();
}

static LogicalResult lowerPad(PadOp op, LoweringContext &ctx) {
  Dims low, high;
  findPads(op, ctx, low, high);
  SymTensor x = ctx.operand(op.getData());
  TypedAttr number = numberAttr(x.elementType(), 0);
  if (op.getConstantValue())
    number = splatOf(ctx.lookup(op.getConstantValue()));
  bool grows = llvm::all_of(llvm::concat<SymExpr>(low, high),
                            [&](SymExpr pad) { return ctx.shapes.provablyAtMost(ctx.constant(0), pad); });
  if (!isConstantMode(op.getMode()) || !grows || !number)
    return lowerPadByElement(op, ctx, low);
  ctx.replace(op.getOutput(), pad(ctx, x, low, high, number));
  return success();
}

//===----------------------------------------------------------------------===//
// CumSum, CumProd
//===----------------------------------------------------------------------===//

/// Element i is the sum (or product) of the elements j that stand before it: a fold over j with the others left out.
template <typename OpTy> static LogicalResult lowerCumulative(OpTy op, LoweringContext &ctx) {
  constexpr bool isSum = std::is_same_v<OpTy, CumSumOp>;
  constexpr int64_t neutral = isSum ? 0 : 1;
  SymTensor x = ctx.operand(op->getOperand(0));
  std::optional<SmallVector<int64_t>> named = ctx.shapes.constantContentOf(op.getAxis());
  if (!named)
    return ctx.unsupported(op, "an axis computed from data", "a constant axis", "fold the axis when exporting");
  int64_t axis = fromFront(named->front(), x.rank());
  Type compute = computeType(x.elementType());
  int64_t rank = x.rank();
  AffineMap all = AffineMap::getMultiDimIdentityMap(rank + 1, ctx.builder.getContext());
  SmallVector<AffineExpr> read(all.getResults().drop_back());
  read[axis] = ctx.builder.getAffineDimExpr(rank);
  Mapped input{x, AffineMap::get(rank + 1, 0, read, ctx.builder.getContext())};
  auto body = [&](ImplicitLocOpBuilder &b, ValueRange v) {
    using P = arith::CmpIPredicate;
    P keeps = op.getReverse() ? (op.getExclusive() ? P::ugt : P::uge) : (op.getExclusive() ? P::ult : P::ule);
    Value keep = arith::CmpIOp::create(b, keeps, linalg::IndexOp::create(b, rank), linalg::IndexOp::create(b, axis));
    ScalarBuilder s(b);
    Value value = ScalarBuilder::convert(b, v[0], x.elementType(), compute);
    Value kept = s.select(keep, value, s.number(value, neutral));
    return isSum ? s.add(v[1], kept) : s.mul(v[1], kept);
  };
  SymTensor folded = fold(ctx, input, all.getSliceMap(0, rank), x.dims, numberAttr(compute, neutral), body);
  ctx.replace(op.getY(), isa<FloatType>(compute) ? convert(ctx, folded, compute, x.elementType()) : folded);
  return success();
}

void lower::addCopyLowerings(LoweringInterface &table) {
  table.add<ExpandOp>(lowerExpand);
  table.add<TileOp>(lowerTile);
  table.add<PadOp>(lowerPad);
  table.add<CumProdOp>(lowerCumulative);
  table.add<CumSumOp>(lowerCumulative);
}
