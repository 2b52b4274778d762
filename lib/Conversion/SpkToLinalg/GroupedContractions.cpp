//===- GroupedContractions.cpp - products with weights in groups ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exact sums of groups, each scaled and added in ascending order. What code generation has a kernel for is one op
// (rt.group_matmul); time form, and codes or groups that the kernel does not take, are contractions with the groups as
// a batch dimension and a sum over them: the same numbers in the same order.
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;

namespace {

/// Constant weights [inputs, outputs] and the scales of their groups.
struct Grouped {
  SymTensor weights, scale;

  int64_t inputs() const { return cast<RankedTensorType>(weights.value.getType()).getDimSize(0); }
  int64_t groups() const { return cast<RankedTensorType>(scale.value.getType()).getDimSize(0); }
  int64_t length() const { return inputs() / groups(); }
  SymExpr outputs() const { return weights.dims.back(); }
};

template <typename OpTy> Grouped groupedOf(OpTy op, LoweringContext &ctx) {
  return {ctx.operand(op.getWeights()), ctx.operand(op.getScale())};
}

AffineMap mapOf(LoweringContext &ctx, unsigned loops, ArrayRef<unsigned> places) {
  SmallVector<AffineExpr> exprs;
  for (unsigned place : places)
    exprs.push_back(ctx.builder.getAffineDimExpr(place));
  return AffineMap::get(loops, 0, exprs, ctx.builder.getContext());
}

Value widenTo(ImplicitLocOpBuilder &b, Value x, Type type, bool isUnsigned) {
  if (x.getType() == type)
    return x;
  return isUnsigned ? arith::ExtUIOp::create(b, type, x).getResult() : arith::ExtSIOp::create(b, type, x).getResult();
}

/// [.., k] with all but the last dimension as one, k in groups: [rows, groups, length].
SymTensor inGroups(LoweringContext &ctx, const SymTensor &x, const Grouped &by) {
  SymExpr rows = ctx.shapes.product(ArrayRef<SymExpr>(x.dims).drop_back());
  return reshape(ctx, x, {rows, ctx.constant(by.groups()), ctx.constant(by.length())});
}

/// The exact sums of each group: [rows, groups, length] becomes [groups, rows, outputs] of i32.
SymTensor groupSums(LoweringContext &ctx, const SymTensor &lhs, const Grouped &by, bool isUnsigned) {
  enum { group, row, output, input, loops };
  Type i32 = ctx.builder.getI32Type();
  SymTensor rhs = reshape(ctx, by.weights, {ctx.constant(by.groups()), ctx.constant(by.length()), by.outputs()});
  Mapped inputs[] = {{lhs, mapOf(ctx, loops, {row, group, input})}, {rhs, mapOf(ctx, loops, {group, input, output})}};
  return fold(ctx, inputs, mapOf(ctx, loops, {group, row, output}),
              {ctx.constant(by.groups()), lhs.dims.front(), by.outputs()}, numberAttr(i32, 0),
              [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                Value product = arith::MulIOp::create(b, widenTo(b, args[0], i32, isUnsigned),
                                                      widenTo(b, args[1], i32, /*isUnsigned=*/false));
                return arith::AddIOp::create(b, args[2], product);
              });
}

/// [groups, rows, outputs] becomes [rows, outputs]: the one order in which scaled sums are added.
SymTensor sumScaled(LoweringContext &ctx, const SymTensor &sums, const Grouped &by) {
  enum { row, output, group, loops };
  Type f32 = ctx.builder.getF32Type();
  Mapped inputs[] = {{sums, mapOf(ctx, loops, {group, row, output})}, {by.scale, mapOf(ctx, loops, {group, output})}};
  return fold(ctx, inputs, mapOf(ctx, loops, {row, output}), {sums.dims[1], by.outputs()}, numberAttr(f32, 0),
              [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                Value scale = args[1].getType() == f32 ? args[1] : arith::ExtFOp::create(b, f32, args[1]).getResult();
                Value scaled = arith::MulFOp::create(b, arith::SIToFPOp::create(b, f32, args[0]), scale);
                return arith::AddFOp::create(b, args[2], scaled);
              });
}

/// The sums of the rows of each group, [rows, groups] of i32.
SymTensor rowSums(LoweringContext &ctx, const SymTensor &lhs, bool isUnsigned) {
  enum { row, group, input, loops };
  Type i32 = ctx.builder.getI32Type();
  Mapped inputs[] = {{lhs, mapOf(ctx, loops, {row, group, input})}};
  return fold(ctx, inputs, mapOf(ctx, loops, {row, group}), {lhs.dims[0], lhs.dims[1]}, numberAttr(i32, 0),
              [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                return arith::AddIOp::create(b, args[1], widenTo(b, args[0], i32, isUnsigned));
              });
}

/// One op for the kernel that reads packed weights.
SymTensor groupProduct(spk::ScaledMatmulOp op, LoweringContext &ctx, const SymTensor &lhs, const Grouped &by) {
  bool isUnsigned = op.getLhsUnsigned();
  SymTensor sums = rowSums(ctx, lhs, isUnsigned),
            rows = reshape(ctx, lhs, {lhs.dims.front(), ctx.constant(by.inputs())});
  Value zeros = op.getZero() ? ctx.operand(op.getZero()).value : Value();
  Dims dims{lhs.dims.front(), by.outputs()};
  Value product =
      rt::GroupMatmulOp::create(ctx.builder, tensorType(dims, ctx.builder.getF32Type()), rows.value, by.weights.value,
                                by.scale.value, zeros, sums.value, op.getFormat().getCodeBits(), isUnsigned);
  return {product, dims};
}

LogicalResult lowerScaledMatmul(spk::ScaledMatmulOp op, LoweringContext &ctx) {
  Grouped by = groupedOf(op, ctx);
  SymTensor lhs = inGroups(ctx, ctx.operand(op.getLhs()), by);
  bool hasKernel = lhs.elementType().isInteger(8) && by.length() % rt::kGroupUnit == 0;
  SymTensor sum =
      hasKernel ? groupProduct(op, ctx, lhs, by) : sumScaled(ctx, groupSums(ctx, lhs, by, op.getLhsUnsigned()), by);
  ctx.replace(op.getSum(), reshape(ctx, sum, ctx.dimsOf(op.getSum())));
  if (auto codes = op.getLhs().getDefiningOp<spk::CodesOp>())
    countSynapse(ctx, codes.getTrain(), by.outputs());
  return success();
}

/// The planes are rows until their sums of a group are added.
LogicalResult lowerScaledSynapse(spk::ScaledSynapseOp op, LoweringContext &ctx) {
  Grouped by = groupedOf(op, ctx);
  SymTensor planes = keptPlanes(ctx, op.getTrain());
  SymTensor sums = groupSums(ctx, inGroups(ctx, planes, by), by, /*isUnsigned=*/false);
  SymExpr rows = ctx.shapes.product(ArrayRef<SymExpr>(planes.dims).drop_front().drop_back());
  SymTensor parted = reshape(ctx, sums, {ctx.constant(by.groups()), planes.dims.front(), rows, by.outputs()});
  SymTensor weights = planeWeights(ctx, codeOf(op.getTrain()), ctx.builder.getI32Type());
  SymTensor whole = sumOverPlanes(ctx, transpose(ctx, parted, {1, 0, 2, 3}), weights);
  ctx.replace(op.getSum(), reshape(ctx, sumScaled(ctx, whole, by), ctx.dimsOf(op.getSum())));
  countSynapse(ctx, op.getTrain(), by.outputs());
  return success();
}

} // namespace

void lower::addGroupedContractionLowerings(LoweringInterface &table) {
  table.add<spk::ScaledMatmulOp>(lowerScaledMatmul);
  table.add<spk::ScaledSynapseOp>(lowerScaledSynapse);
}
