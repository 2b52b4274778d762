//===- Scatters.cpp - ScatterND -------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "dialects/rt/Rt.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;
using namespace rheobase::onnx;

/// Has the program check every component of the tuples in `indices`, [count][components], against its dimension.
static void checkTuples(LoweringContext &ctx, const SymTensor &indices, ArrayRef<SymExpr> sizes) {
  for (auto [component, size] : llvm::enumerate(sizes)) {
    Dims offsets{ctx.constant(0), ctx.constant(component)}, column{indices.dims[0], ctx.constant(1)};
    SymTensor part = slice(ctx, indices, offsets, column, {1, 1});
    rt::CheckIndicesOp::create(ctx.builder, part.value, ctx.sizes.value(size));
  }
}

static LogicalResult lowerScatterND(ScatterNDOp op, LoweringContext &ctx) {
  std::optional<rt::Combine> combine =
      op.getReduction() == "none" ? rt::Combine::Replace : rt::symbolizeCombine(op.getReduction());
  if (!combine)
    return ctx.unsupported(op, "attribute 'reduction' of '" + op.getReduction() + "'", "none, add, mul, max or min",
                           "export the model with one of these");
  SymTensor data = ctx.operand(op.getData()), indices = ctx.operand(op.getIndices());
  int64_t components = *sym::asConstant(indices.dims.back());
  SymExpr count = ctx.shapes.product(ArrayRef(indices.dims).drop_back());
  SymExpr width = ctx.shapes.product(ArrayRef(data.dims).drop_front(components));
  if (!count || !width)
    return ctx.unsupported(op, "sizes too large to multiply", "a product within 63 bits", "bound the dimensions");
  Dims rows(ArrayRef(data.dims).take_front(components));
  rows.push_back(width);
  SymTensor tuples = reshape(ctx, indices, {count, ctx.constant(components)});
  SymTensor updates = reshape(ctx, ctx.operand(op.getUpdates()), {count, width});
  SymTensor target = reshape(ctx, data, rows);
  checkTuples(ctx, tuples, ArrayRef(rows).drop_back());
  Value made = rt::ScatterOp::create(ctx.builder, target.value.getType(), *combine, updates.value, target.value,
                                     tuples.value, isUnsigned(op.getData()))
                   .getResult();
  ctx.replace(op.getOutput(), reshape(ctx, {made, rows}, data.dims));
  return success();
}

void lower::addScatterLowerings(LoweringInterface &table) {
  table.add<ScatterNDOp>(lowerScatterND);
}
