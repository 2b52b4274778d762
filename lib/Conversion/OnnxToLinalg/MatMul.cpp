//===- MatMul.cpp - MatMul and Gemm --------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;
using namespace rheobase::onnx;

/// The product in the type that sums are kept in, then in the element type of `result`.
static FailureOr<SymTensor> product(LoweringContext &ctx, SymTensor lhs, SymTensor rhs, Value like,
                                    bool transposedRhs) {
  Type compute = computeType(elementOf(like));
  FailureOr<SymTensor> sum = matmul(ctx, lhs, rhs, {compute}, transposedRhs);
  if (failed(sum))
    return failure();
  return isa<FloatType>(compute) ? convert(ctx, *sum, compute, elementOf(like)) : *sum;
}

static LogicalResult expectNumbers(Operation *op, LoweringContext &ctx) {
  if (!elementOf(op->getResult(0)).isInteger(1))
    return success();
  return ctx.unsupported(op, "elements of type bool", "a float or integer type", "cast the operands first");
}

static LogicalResult lowerMatMul(MatMulOp op, LoweringContext &ctx) {
  SymTensor lhs = ctx.operand(op.getA()), rhs = ctx.operand(op.getB());
  if (failed(expectNumbers(op, ctx)))
    return failure();
  // A vector is a row on the left and a column on the right; the result has no such dimension.
  if (lhs.rank() == 1)
    lhs = reshape(ctx, lhs, {ctx.constant(1), lhs.dims[0]});
  if (rhs.rank() == 1)
    rhs = reshape(ctx, rhs, {rhs.dims[0], ctx.constant(1)});
  FailureOr<SymTensor> made = product(ctx, lhs, rhs, op.getY(), /*transposedRhs=*/false);
  if (failed(made))
    return failure();
  ctx.replace(op.getY(), reshape(ctx, *made, ctx.dimsOf(op.getY())));
  return success();
}

static LogicalResult lowerGemm(GemmOp op, LoweringContext &ctx) {
  SymTensor lhs = ctx.operand(op.getA()), rhs = ctx.operand(op.getB());
  if (failed(expectNumbers(op, ctx)))
    return failure();
  Type element = elementOf(op.getY()), compute = computeType(element);
  if (!isa<FloatType>(element) && (!op.getAlpha().isExactlyValue(1) || !op.getBeta().isExactlyValue(1)))
    return ctx.unsupported(op, "factors of integers", "alpha = beta = 1", "scale after a Cast");
  if (op.getTransA())
    lhs = transpose(ctx, lhs, {1, 0});
  FailureOr<SymTensor> sum = matmul(ctx, lhs, rhs, {compute}, op.getTransB());
  if (failed(sum))
    return failure();

  SmallVector<SymTensor> inputs = {*sum};
  if (op.getC())
    inputs.push_back(ctx.operand(op.getC()));
  auto scaled = [](ScalarBuilder &s, Value x, const llvm::APFloat &factor) {
    return factor.isExactlyValue(1) ? x : s.mul(s.number(x, factor.convertToFloat()), x);
  };
  auto body = [&](ImplicitLocOpBuilder &b, ValueRange x) {
    ScalarBuilder s(b);
    Value value = scaled(s, x[0], op.getAlpha());
    if (x.size() > 1)
      value = s.add(value, scaled(s, ScalarBuilder::convert(b, x[1], x[1].getType(), compute), op.getBeta()));
    return ScalarBuilder::convert(b, value, value.getType(), storedType(element));
  };
  FailureOr<SymTensor> made = elementwise(ctx, inputs, sum->dims, storedType(element), body);
  if (failed(made))
    return failure();
  ctx.replace(op.getY(), *made);
  return success();
}

void lower::addMatMulLowerings(LoweringInterface &table) {
  table.add<MatMulOp>(lowerMatMul);
  table.add<GemmOp>(lowerGemm);
}
