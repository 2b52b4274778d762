//===- Fills.cpp - tensors made of sizes and numbers ----------------------===//
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

/// An operand of one element, under any dimensions, read in every loop.
static FailureOr<Mapped> scalarOperand(Operation *op, LoweringContext &ctx, Value operand, int64_t loops) {
  SymExpr count = ctx.shapes.product(ctx.dimsOf(operand));
  if (sym::asConstant(count) != 1)
    return ctx.unsupported(op, "an operand of " + ctx.shapes.print(count) + " elements", "one element",
                           "select one of them first");
  return Mapped{reshape(ctx, ctx.operand(operand), {}), AffineMap::get(loops, 0, ctx.builder.getContext())};
}

static LogicalResult lowerConstantOfShape(ConstantOfShapeOp op, LoweringContext &ctx) {
  Type element = storedType(elementOf(op.getOutput()));
  TypedAttr number = numberAttr(element, 0);
  if (std::optional<ElementsAttr> value = op.getValue())
    number = numberOf(*ConstantData::get(*value));
  ctx.replace(op.getOutput(), filled(ctx, ctx.dimsOf(op.getOutput()), number));
  return success();
}

/// Element i is start + i * delta.
static LogicalResult lowerRange(RangeOp op, LoweringContext &ctx) {
  Type element = elementOf(op.getOutput());
  FailureOr<Mapped> start = scalarOperand(op, ctx, op.getStart(), 1), delta = scalarOperand(op, ctx, op.getDelta(), 1);
  if (failed(start) || failed(delta))
    return failure();
  SymTensor made =
      generic(ctx, {*start, *delta}, ctx.dimsOf(op.getOutput()), storedType(element),
              [&](ImplicitLocOpBuilder &b, ValueRange v) {
                ScalarBuilder s(b);
                Value i = arith::IndexCastOp::create(b, b.getI64Type(), linalg::IndexOp::create(b, 0));
                Type compute = computeType(element);
                auto wide = [&](Value x, Type from) { return ScalarBuilder::convert(b, x, from, compute); };
                Value offset = s.mul(wide(i, i.getType()), wide(v[1], storedType(element)));
                Value sum = s.add(wide(v[0], storedType(element)), offset);
                return ScalarBuilder::convert(b, sum, compute, storedType(element));
              });
  ctx.replace(op.getOutput(), made);
  return success();
}

/// Reached only where the shape functions do not follow the contents, which they do for small tensors.
static LogicalResult lowerSizes(Operation *op, LoweringContext &ctx, ArrayRef<SymExpr> sizes) {
  Value result = op->getResult(0);
  auto type = RankedTensorType::get({static_cast<int64_t>(sizes.size())}, storedType(elementOf(result)));
  SymTensor made{ctx.sizes.tensor(sizes, type), {ctx.constant(sizes.size())}};
  ctx.replace(result, reshape(ctx, made, ctx.dimsOf(result)));
  return success();
}

static LogicalResult lowerShape(ShapeOp op, LoweringContext &ctx) {
  Dims dims = ctx.dimsOf(op.getData());
  int64_t rank = dims.size();
  auto clamped = [&](int64_t end) { return std::clamp<int64_t>(end < 0 ? end + rank : end, 0, rank); };
  int64_t start = clamped(op.getStart()), end = clamped(op.getEnd().value_or(rank));
  return lowerSizes(op, ctx, ArrayRef<SymExpr>(dims).slice(start, std::max<int64_t>(end - start, 0)));
}

static LogicalResult lowerSize(SizeOp op, LoweringContext &ctx) {
  return lowerSizes(op, ctx, ctx.shapes.product(ctx.dimsOf(op.getData())));
}

/// Keeps what is on or above (below) diagonal k of the last two dimensions, zero elsewhere.
static LogicalResult lowerTrilu(TriluOp op, LoweringContext &ctx) {
  SymTensor x = ctx.operand(op.getInput());
  MLIRContext *context = ctx.builder.getContext();
  SmallVector<Mapped> inputs = {{x, AffineMap::getMultiDimIdentityMap(x.rank(), context)}};
  if (op.getK()) {
    FailureOr<Mapped> k = scalarOperand(op, ctx, op.getK(), x.rank());
    if (failed(k))
      return failure();
    inputs.push_back(*k);
  }
  SymTensor made = generic(ctx, inputs, x.dims, x.elementType(), [&](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
    ScalarBuilder s(b);
    auto index = [&](int64_t loop) -> Value {
      return arith::IndexCastOp::create(b, b.getI64Type(), linalg::IndexOp::create(b, loop));
    };
    Value distance = s.sub(index(x.rank() - 1), index(x.rank() - 2));
    Value diagonal = v.size() > 1 ? v[1] : s.integer(distance, 0);
    Value keep = s.compare(op.getUpper() ? Comparison::GreaterOrEqual : Comparison::LessOrEqual, distance, diagonal);
    return s.select(keep, v[0], s.number(v[0], 0));
  });
  ctx.replace(op.getOutput(), made);
  return success();
}

void lower::addFillLowerings(LoweringInterface &table) {
  table.add<ConstantOfShapeOp>(lowerConstantOfShape);
  table.add<RangeOp>(lowerRange);
  table.add<ShapeOp>(lowerShape);
  table.add<SizeOp>(lowerSize);
  table.add<TriluOp>(lowerTrilu);
}
