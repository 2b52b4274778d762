//===- Softmax.cpp - Softmax and LogSoftmax ------------------------------------===//
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

/// One number per row beside the rows: result = body(element, number of its row).
static SymTensor withRows(LoweringContext &ctx, const SymTensor &x, const SymTensor &rows, AffineMap perRow,
                          Type element, BodyBuilder body) {
  AffineMap identity = AffineMap::getMultiDimIdentityMap(x.rank(), ctx.builder.getContext());
  return generic(ctx, {{x, identity}, {rows, perRow}}, x.dims, element, body);
}

template <typename OpTy> static LogicalResult lowerSoftmax(OpTy op, LoweringContext &ctx) {
  constexpr bool isLog = std::is_same_v<OpTy, LogSoftmaxOp>;
  Type element = elementOf(op.getInput());
  if (!isa<FloatType>(element))
    return ctx.unsupported(op, "integer elements", "a float type", "cast the operand first");
  Type compute = computeType(element);
  SymTensor x = convert(ctx, ctx.operand(op.getInput()), element, compute);
  int64_t axis = fromFront(op.getAxis(), x.rank());
  AffineMap perRow = dropAxes(ctx.builder.getContext(), x.rank(), axis);
  SymTensor max = reduce(ctx, x, axis, /*keepdims=*/false, lowestAttr(compute, false),
                         [](ImplicitLocOpBuilder &b, ValueRange v) { return ScalarBuilder(b).maximum(v[0], v[1]); });
  SymTensor powers = withRows(ctx, x, max, perRow, compute, [](ImplicitLocOpBuilder &b, ValueRange v) {
    ScalarBuilder s(b);
    Value shifted = s.sub(v[0], v[1]);
    return isLog ? shifted : s.exp(shifted);
  });
  SymTensor sum =
      reduce(ctx, powers, axis, /*keepdims=*/false, numberAttr(compute, 0), [](ImplicitLocOpBuilder &b, ValueRange v) {
        ScalarBuilder s(b);
        return s.add(v[1], isLog ? s.exp(v[0]) : v[0]);
      });
  SymTensor made = withRows(ctx, powers, sum, perRow, element, [&](ImplicitLocOpBuilder &b, ValueRange v) {
    ScalarBuilder s(b);
    return ScalarBuilder::convert(b, isLog ? s.sub(v[0], s.log(v[1])) : s.div(v[0], v[1]), compute, element);
  });
  ctx.replace(op.getOutput(), made);
  return success();
}

void lower::addSoftmaxLowerings(LoweringInterface &table) {
  table.add<SoftmaxOp>(lowerSoftmax);
  table.add<LogSoftmaxOp>(lowerSoftmax);
}
