//===- Normalization.cpp - LayerNormalization, BatchNormalization ---------===//
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

/// The sum of squared distances from the row's mean.
static SymTensor squaredDistances(LoweringContext &ctx, const SymTensor &x, const SymTensor &mean, AffineMap perRow) {
  AffineMap identity = AffineMap::getMultiDimIdentityMap(x.rank(), ctx.builder.getContext());
  return fold(ctx, {{x, identity}, {mean, perRow}}, perRow, mean.dims, numberAttr(mean.elementType(), 0),
              [&](ImplicitLocOpBuilder &b, ValueRange v) {
                ScalarBuilder s(b);
                Value centred = s.sub(ScalarBuilder::convert(b, v[0], v[0].getType(), mean.elementType()), v[1]);
                return s.add(v[2], s.mul(centred, centred));
              });
}

static LogicalResult lowerLayerNormalization(LayerNormalizationOp op, LoweringContext &ctx) {
  MLIRContext *context = ctx.builder.getContext();
  Type element = elementOf(op.getX()), compute = computeType(element);
  if (!isa<FloatType>(element))
    return ctx.unsupported(op, "integer elements", "a float type", "cast the operand first");
  SymTensor x = ctx.operand(op.getX());
  int64_t first = fromFront(op.getAxis(), x.rank());
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(first, x.rank()));
  SymExpr count = ctx.shapes.product(ArrayRef<SymExpr>(x.dims).drop_front(first));
  AffineMap perRow = dropAxes(context, x.rank(), axes);

  SymTensor sum =
      reduce(ctx, x, axes, /*keepdims=*/false, numberAttr(compute, 0), [&](ImplicitLocOpBuilder &b, ValueRange v) {
        return ScalarBuilder(b).add(v[1], ScalarBuilder::convert(b, v[0], element, compute));
      });
  SymTensor mean = mapElements(ctx, sum, compute, [&](ImplicitLocOpBuilder &b, ValueRange v) {
    return ScalarBuilder(b).div(v[0], countAs(ctx, b, count, compute));
  });
  SymTensor squares = squaredDistances(ctx, x, mean, perRow);
  SymTensor inverse = mapElements(ctx, squares, compute, [&](ImplicitLocOpBuilder &b, ValueRange v) {
    ScalarBuilder s(b);
    Value variance = s.div(v[0], countAs(ctx, b, count, compute));
    return s.div(s.number(v[0], 1), s.sqrt(s.add(variance, s.number(v[0], op.getEpsilon().convertToFloat()))));
  });

  SmallVector<Mapped> inputs = {
      {x, AffineMap::getMultiDimIdentityMap(x.rank(), context)}, {mean, perRow}, {inverse, perRow}};
  for (Value parameter : {op.getScale(), op.getB()}) {
    if (!parameter)
      continue;
    FailureOr<AffineMap> map = broadcastMap(ctx, ctx.dimsOf(parameter), x.dims);
    if (failed(map))
      return failure();
    inputs.push_back({ctx.operand(parameter), *map});
  }
  SymTensor made = generic(ctx, inputs, x.dims, element, [&](ImplicitLocOpBuilder &b, ValueRange args) {
    ScalarBuilder s(b);
    SmallVector<Value> v;
    for (Value arg : args)
      v.push_back(ScalarBuilder::convert(b, arg, arg.getType(), compute));
    Value scaled = s.mul(s.mul(s.sub(v[0], v[1]), v[2]), v[3]);
    return ScalarBuilder::convert(b, v.size() > 4 ? s.add(scaled, v[4]) : scaled, compute, element);
  });
  ctx.replace(op.getY(), made);
  for (const auto &[result, rows] : {std::pair(op.getMean(), mean), std::pair(op.getInvStdDev(), inverse)})
    if (result)
      ctx.replace(result, reshape(ctx, convert(ctx, rows, compute, elementOf(result)), ctx.dimsOf(result)));
  return success();
}

/// Per channel: factor = scale / sqrt(variance + epsilon), then x * factor + (bias - mean * factor).
static LogicalResult lowerBatchNormalization(BatchNormalizationOp op, LoweringContext &ctx) {
  Type element = elementOf(op.getX()), compute = computeType(element);
  if (!isa<FloatType>(element))
    return ctx.unsupported(op, "integer elements", "a float type", "cast the operand first");
  SymTensor x = ctx.operand(op.getX());
  auto channels = [&](Value operand) { return convert(ctx, ctx.operand(operand), elementOf(operand), compute); };
  SymTensor scale = channels(op.getScale()), bias = channels(op.getB());
  SymTensor mean = channels(op.getInputMean()), variance = channels(op.getInputVar());
  FailureOr<SymTensor> factor =
      elementwise(ctx, {scale, variance}, scale.dims, compute, [&](ImplicitLocOpBuilder &b, ValueRange v) {
        ScalarBuilder s(b);
        return s.div(v[0], s.sqrt(s.add(v[1], s.number(v[1], op.getEpsilon().convertToFloat()))));
      });
  if (failed(factor))
    return failure();
  FailureOr<SymTensor> shift =
      elementwise(ctx, {bias, mean, *factor}, scale.dims, compute, [](ImplicitLocOpBuilder &b, ValueRange v) {
        ScalarBuilder s(b);
        return s.sub(v[0], s.mul(v[1], v[2]));
      });
  if (failed(shift))
    return failure();
  Dims perChannel(x.rank() - 1, ctx.constant(1));
  perChannel[0] = scale.dims[0];
  FailureOr<SymTensor> made =
      elementwise(ctx, {x, reshape(ctx, *factor, perChannel), reshape(ctx, *shift, perChannel)}, x.dims, element,
                  [&](ImplicitLocOpBuilder &b, ValueRange v) {
                    ScalarBuilder s(b);
                    Value value = s.add(s.mul(ScalarBuilder::convert(b, v[0], element, compute), v[1]), v[2]);
                    return ScalarBuilder::convert(b, value, compute, element);
                  });
  if (failed(made))
    return failure();
  ctx.replace(op.getY(), *made);
  return success();
}

void lower::addNormalizationLowerings(LoweringInterface &table) {
  table.add<LayerNormalizationOp>(lowerLayerNormalization);
  table.add<BatchNormalizationOp>(lowerBatchNormalization);
}
