//===- Reductions.cpp - Reduce*, ArgMax, ArgMin ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;
using namespace rheobase::onnx;

namespace {

/// A reduction: acc = combine(x, acc) from `init` on, then finish(acc, number of elements folded).
struct Reduction {
  enum class Init { Zero, One, Lowest, Highest };
  Init init;
  Value (*combine)(ScalarBuilder &, Value x, Value acc);
  Value (*finish)(ScalarBuilder &, Value acc, Value count) = nullptr;
  /// Whether it is one of bools too.
  bool ofBools = false;
};

} // namespace

static TypedAttr initOf(Reduction::Init init, Type type, bool isUnsigned) {
  switch (init) {
  case Reduction::Init::Lowest:
    return lowestAttr(type, isUnsigned);
  case Reduction::Init::Highest:
    return highestAttr(type, isUnsigned);
  case Reduction::Init::Zero:
  case Reduction::Init::One:
    break;
  }
  return numberAttr(type, init == Reduction::Init::One);
}

Value lower::countAs(LoweringContext &ctx, ImplicitLocOpBuilder &b, SymExpr count, Type type) {
  if (std::optional<int64_t> number = SymbolicShapes::asConstant(count))
    return arith::ConstantOp::create(b, numberAttr(type, *number));
  Value whole = arith::IndexCastOp::create(b, b.getI64Type(), ctx.sizes.value(count));
  return ScalarBuilder::convert(b, whole, b.getI64Type(), type);
}

/// The axes of a reduction, sorted and from the front; all where the operator names none (unless that means none).
template <typename OpTy> static SmallVector<int64_t> axesOf(OpTy op, LoweringContext &ctx, int64_t rank) {
  SmallVector<int64_t> axes;
  if (op.getAxes())
    axes = ctx.constantsOf(op.getAxes());
  if (axes.empty() && !op.getNoopWithEmptyAxes())
    return llvm::to_vector(llvm::seq<int64_t>(0, rank));
  for (int64_t &axis : axes)
    axis = fromFront(axis, rank);
  llvm::sort(axes);
  return axes;
}

template <typename OpTy>
static LogicalResult lowerReduction(OpTy op, LoweringContext &ctx, const Reduction &reduction) {
  Type element = elementOf(op.getData()), compute = computeType(element);
  bool fromZero = element.isUnsignedInteger() || element.isInteger(1);
  if (element.isInteger(1) && !reduction.ofBools)
    return ctx.unsupported(op, "elements of type bool", "a float or integer type", "cast the operand first");
  SmallVector<int64_t> axes = axesOf(op, ctx, ctx.dimsOf(op.getData()).size());
  SymTensor x = ctx.operand(op.getData());
  SmallVector<SymExpr> folded;
  for (int64_t axis : axes)
    folded.push_back(x.dims[axis]);
  SymTensor made = reduce(ctx, x, axes, op.getKeepdims(), initOf(reduction.init, compute, fromZero),
                          [&](ImplicitLocOpBuilder &b, ValueRange v) {
                            ScalarBuilder s(b, fromZero);
                            return reduction.combine(s, ScalarBuilder::convert(b, v[0], v[0].getType(), compute), v[1]);
                          });
  if (reduction.finish || compute != storedType(element))
    made = mapElements(ctx, made, storedType(element), [&](ImplicitLocOpBuilder &b, ValueRange v) {
      ScalarBuilder s(b, fromZero);
      Value count = countAs(ctx, b, ctx.shapes.product(folded), compute);
      Value value = reduction.finish ? reduction.finish(s, v[0], count) : v[0];
      return ScalarBuilder::convert(b, value, compute, storedType(element));
    });
  ctx.replace(op.getReduced(), made);
  return success();
}

template <typename OpTy> static void add(LoweringInterface &table, Reduction reduction) {
  table.add(OpTy::getOperationName(), [reduction](Operation *op, LoweringContext &ctx) {
    return lowerReduction(cast<OpTy>(op), ctx, reduction);
  });
}

/// log(sum(exp(x))), where the maximum is taken out so that no power overflows; an infinite one is left in.
static LogicalResult lowerLogSumExp(ReduceLogSumExpOp op, LoweringContext &ctx) {
  Type element = elementOf(op.getData()), compute = computeType(element);
  if (!isa<FloatType>(element))
    return ctx.unsupported(op, "integer elements", "a float type", "cast the operand first");
  SymTensor x = convert(ctx, ctx.operand(op.getData()), element, compute);
  SmallVector<int64_t> axes = axesOf(op, ctx, x.rank());
  SymTensor max = reduce(ctx, x, axes, /*keepdims=*/false, lowestAttr(compute, false),
                         [](ImplicitLocOpBuilder &b, ValueRange v) { return ScalarBuilder(b).maximum(v[0], v[1]); });
  SymTensor shift = mapElements(ctx, max, compute, [](ImplicitLocOpBuilder &b, ValueRange v) {
    ScalarBuilder s(b);
    Value infinity = s.number(v[0], std::numeric_limits<double>::infinity());
    return s.select(s.compare(Comparison::Equal, s.abs(v[0]), infinity), s.number(v[0], 0), v[0]);
  });
  AffineMap identity = AffineMap::getMultiDimIdentityMap(x.rank(), ctx.builder.getContext());
  AffineMap perRow = dropAxes(ctx.builder.getContext(), x.rank(), axes);
  SymTensor sum = fold(ctx, {{x, identity}, {shift, perRow}}, perRow, max.dims, numberAttr(compute, 0),
                       [](ImplicitLocOpBuilder &b, ValueRange v) {
                         ScalarBuilder s(b);
                         return s.add(v[2], s.exp(s.sub(v[0], v[1])));
                       });
  FailureOr<SymTensor> made =
      elementwise(ctx, {sum, shift}, max.dims, element, [&](ImplicitLocOpBuilder &b, ValueRange v) {
        ScalarBuilder s(b);
        return ScalarBuilder::convert(b, s.add(s.log(v[0]), v[1]), compute, element);
      });
  if (failed(made))
    return failure();
  ctx.replace(op.getReduced(), reshape(ctx, *made, ctx.dimsOf(op.getReduced())));
  return success();
}

/// The index of the first (or last) element that equals its row's maximum (or minimum); NaN counts as one.
template <typename OpTy> static LogicalResult lowerArgExtreme(OpTy op, LoweringContext &ctx) {
  constexpr bool isMax = std::is_same_v<OpTy, ArgMaxOp>;
  MLIRContext *context = ctx.builder.getContext();
  SymTensor x = ctx.operand(op.getData());
  bool fromZero = isUnsigned(op.getData()), last = op.getSelectLastIndex();
  int64_t axis = fromFront(op.getAxis(), x.rank());
  TypedAttr init = isMax ? lowestAttr(x.elementType(), fromZero) : highestAttr(x.elementType(), fromZero);
  SymTensor extreme = reduce(ctx, x, axis, /*keepdims=*/false, init, [&](ImplicitLocOpBuilder &b, ValueRange v) {
    ScalarBuilder s(b, fromZero);
    return isMax ? s.maximum(v[0], v[1]) : s.minimum(v[0], v[1]);
  });
  AffineMap perRow = dropAxes(context, x.rank(), axis);
  AffineMap identity = AffineMap::getMultiDimIdentityMap(x.rank(), context);
  auto index = [&](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
    ScalarBuilder s(b, fromZero);
    Value hit = s.compare(Comparison::Equal, v[0], v[1]);
    if (ScalarBuilder::isFloat(v[0]))
      hit = arith::OrIOp::create(b, hit, s.isNaN(v[0]));
    Value here = arith::IndexCastOp::create(b, b.getI64Type(), linalg::IndexOp::create(b, axis));
    ScalarBuilder indices(b);
    return s.select(hit, last ? indices.maximum(v[2], here) : indices.minimum(v[2], here), v[2]);
  };
  Type i64 = ctx.builder.getI64Type();
  SymTensor made = fold(ctx, {{x, identity}, {extreme, perRow}}, perRow, extreme.dims,
                        last ? lowestAttr(i64, false) : highestAttr(i64, false), index);
  ctx.replace(op.getReduced(), reshape(ctx, made, ctx.dimsOf(op.getReduced())));
  return success();
}

void lower::addReductionLowerings(LoweringInterface &table) {
  using Init = Reduction::Init;
  auto sum = [](ScalarBuilder &s, Value x, Value acc) { return s.add(acc, x); };
  auto squares = [](ScalarBuilder &s, Value x, Value acc) { return s.add(acc, s.mul(x, x)); };
  add<ReduceSumOp>(table, {Init::Zero, sum});
  add<ReduceMeanOp>(table,
                    {Init::Zero, sum, [](ScalarBuilder &s, Value acc, Value count) { return s.div(acc, count); }});
  add<ReduceSumSquareOp>(table, {Init::Zero, squares});
  add<ReduceL2Op>(table, {Init::Zero, squares, [](ScalarBuilder &s, Value acc, Value) { return s.sqrt(acc); }});
  add<ReduceProdOp>(table, {Init::One, [](ScalarBuilder &s, Value x, Value acc) { return s.mul(acc, x); }});
  add<ReduceMaxOp>(table, {Init::Lowest, [](ScalarBuilder &s, Value x, Value acc) { return s.maximum(x, acc); },
                           nullptr, /*ofBools=*/true});
  add<ReduceMinOp>(table, {Init::Highest, [](ScalarBuilder &s, Value x, Value acc) { return s.minimum(x, acc); },
                           nullptr, /*ofBools=*/true});
  add<ReduceL1Op>(table, {Init::Zero, [](ScalarBuilder &s, Value x, Value acc) { return s.add(acc, s.abs(x)); }});
  add<ReduceLogSumOp>(table, {Init::Zero, sum, [](ScalarBuilder &s, Value acc, Value) { return s.log(acc); }});
  table.add<ReduceLogSumExpOp>(lowerLogSumExp);
  table.add<ArgMaxOp>(lowerArgExtreme);
  table.add<ArgMinOp>(lowerArgExtreme);
}
