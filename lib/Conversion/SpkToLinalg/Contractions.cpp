//===- Contractions.cpp - products in value form and in time form --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;

namespace {

Type accumulatorOf(Value acc) {
  return cast<RankedTensorType>(acc.getType()).getElementType();
}

/// [.., m, k] times [k, n] as one product of [all rows, k], which `product` makes.
FailureOr<SymTensor> overAllRows(LoweringContext &ctx, const SymTensor &lhs, const SymTensor &rhs,
                                 llvm::function_ref<FailureOr<SymTensor>(const SymTensor &)> product) {
  SmallVector<SymExpr> rows(ArrayRef<SymExpr>(lhs.dims).drop_back());
  FailureOr<SymTensor> acc = product(reshape(ctx, lhs, {ctx.shapes.product(rows), lhs.dims.back()}));
  if (failed(acc))
    return failure();
  rows.push_back(rhs.dims.back());
  return reshape(ctx, *acc, rows);
}

/// More rows at once for the same weights.
FailureOr<SymTensor> contract(LoweringContext &ctx, const SymTensor &lhs, const SymTensor &rhs,
                              const ProductKind &kind) {
  if (rhs.rank() != 2 || lhs.rank() <= 2)
    return matmul(ctx, lhs, rhs, kind);
  return overAllRows(ctx, lhs, rhs, [&](const SymTensor &rows) { return matmul(ctx, rows, rhs, kind); });
}

Value trainOf(Value codes) {
  auto op = codes.getDefiningOp<spk::CodesOp>();
  return op ? op.getTrain() : Value();
}

LogicalResult lowerMatmul(spk::MatmulOp op, LoweringContext &ctx) {
  SymTensor lhs = ctx.operand(op.getLhs()), rhs = ctx.operand(op.getRhs());
  ProductKind kind{accumulatorOf(op.getAcc()), op.getLhsUnsigned(), op.getRhsUnsigned()};
  FailureOr<SymTensor> acc = contract(ctx, lhs, rhs, kind);
  if (failed(acc))
    return failure();
  ctx.replace(op.getAcc(), *acc);
  Value left = trainOf(op.getLhs()), right = trainOf(op.getRhs());
  if (left && right)
    return countProduct(ctx, left, right);
  if (left)
    countSynapse(ctx, left, rhs.dims.back());
  else if (right)
    countSynapse(ctx, right, lhs.dims[lhs.rank() - 2]);
  return success();
}

/// The same integers in a wider type.
SymTensor widened(LoweringContext &ctx, const SymTensor &x, Type type) {
  if (x.elementType() == type)
    return x;
  return mapElements(ctx, x, type, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return isa<FloatType>(type) ? arith::SIToFPOp::create(b, type, args[0]).getResult()
                                : arith::ExtSIOp::create(b, type, args[0]).getResult();
  });
}

/// The spikes of each row as integers, the planes of an input together, so that its row of weights is added once.
LogicalResult lowerEvents(spk::SynapseOp op, LoweringContext &ctx) {
  SymTensor codes = lower::codes(ctx, op.getTrain()), weights = ctx.operand(op.getWeights());
  weights = reshape(ctx, weights, ArrayRef<SymExpr>(weights.dims).take_back(2));
  auto acc = overAllRows(ctx, codes, weights, [&](const SymTensor &rows) -> FailureOr<SymTensor> {
    Dims dims{rows.dims.front(), weights.dims.back()};
    Value sums = rt::EventMatmulOp::create(ctx.builder, tensorType(dims, accumulatorOf(op.getAcc())), rows.value,
                                           weights.value, codeOf(op.getTrain()).isUnsigned());
    return SymTensor{sums, dims};
  });
  if (failed(acc))
    return failure();
  ctx.replace(op.getAcc(), reshape(ctx, *acc, ctx.dimsOf(op.getAcc())));
  countSynapse(ctx, op.getTrain(), weights.dims.back());
  return success();
}

LogicalResult lowerSynapse(spk::SynapseOp op, LoweringContext &ctx) {
  if (op.getEvents())
    return lowerEvents(op, ctx);
  Type accumulator = accumulatorOf(op.getAcc());
  bool numbers = isa<FloatType>(accumulator);
  // One plane's sum of int8 weights fits 32 bits whatever the whole sum needs.
  Type partial = numbers ? accumulator : ctx.builder.getI32Type();
  SymTensor planes = keptPlanes(ctx, op.getTrain()), weights = ctx.operand(op.getWeights());
  if (numbers)
    planes = widened(ctx, planes, accumulator);
  FailureOr<SymTensor> parts = contract(ctx, planes, weights, {partial});
  if (failed(parts))
    return failure();
  SymTensor weightsOfPlanes = planeWeights(ctx, codeOf(op.getTrain()), accumulator);
  ctx.replace(op.getAcc(), sumOverPlanes(ctx, widened(ctx, *parts, accumulator), weightsOfPlanes));
  countSynapse(ctx, op.getTrain(), weights.dims.back());
  return success();
}

/// All pairs of planes at once: [left planes, 1, ..] times [1, right planes, ..].
LogicalResult lowerProduct(spk::ProductOp op, LoweringContext &ctx) {
  SymTensor lhs = keptPlanes(ctx, op.getLhs()), rhs = keptPlanes(ctx, op.getRhs());
  SmallVector<SymExpr> left(lhs.dims), right(rhs.dims);
  // Batch dimensions align from the right, so the shorter side is filled up before the plane axes are put in front.
  size_t rank = std::max(left.size(), right.size());
  left.insert(left.begin() + 1, 1 + rank - left.size(), ctx.constant(1));
  right.insert(right.begin() + 1, rank - right.size(), ctx.constant(1));
  right.insert(right.begin(), ctx.constant(1));
  FailureOr<SymTensor> pairs =
      matmul(ctx, reshape(ctx, lhs, left), reshape(ctx, rhs, right), {ctx.builder.getI32Type()});
  if (failed(pairs))
    return failure();
  Type accumulator = accumulatorOf(op.getAcc());
  SymTensor wide = widened(ctx, *pairs, accumulator);
  SymTensor overRight =
      sumOverPlanes(ctx, sumOverPlanes(ctx, wide, planeWeights(ctx, codeOf(op.getLhs()), accumulator)),
                    planeWeights(ctx, codeOf(op.getRhs()), accumulator));
  ctx.replace(op.getAcc(), overRight);
  return countProduct(ctx, op.getLhs(), op.getRhs());
}

} // namespace

void lower::addContractionLowerings(LoweringInterface &table) {
  table.add<spk::MatmulOp>(lowerMatmul);
  table.add<spk::SynapseOp>(lowerSynapse);
  table.add<spk::ProductOp>(lowerProduct);
}
