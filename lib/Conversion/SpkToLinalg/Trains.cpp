//===- Trains.cpp - trains as integers, as planes and as counts ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;

namespace {

/// The map of a tensor of `rank` dimensions that are all loops, without the first.
AffineMap withoutFirst(MLIRContext *context, int64_t rank) {
  return AffineMap::getMultiDimIdentityMap(rank, context).dropResult(0);
}

/// Sum of `counts` along `axis`, as i64.
SymTensor sumAlong(LoweringContext &ctx, const SymTensor &counts, int64_t axis) {
  Type i64 = ctx.builder.getI64Type();
  return reduce(ctx, counts, {axis}, /*keepdims=*/false, numberAttr(i64, 0),
                [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                  return arith::AddIOp::create(b, args[1], arith::ExtUIOp::create(b, i64, args[0]));
                });
}

} // namespace

bool lower::isInPlanes(Value train) {
  return llvm::any_of(train.getUsers(), [](Operation *user) {
    if (auto patches = dyn_cast<spk::PatchesOp>(user))
      return isInPlanes(patches.getOutput());
    // Events are listed from integers: the planes of an input together.
    auto synapse = dyn_cast<spk::SynapseOp>(user);
    return (synapse && !synapse.getEvents()) || isa<spk::ProductOp, spk::ScaledSynapseOp>(user);
  });
}

SymTensor lower::keptPlanes(LoweringContext &ctx, Value train) {
  SymTensor planes{ctx.lookup(train), ctx.dimsOf(train)};
  planes.dims.insert(planes.dims.begin(), ctx.constant(codeOf(train).getPlaneCount()));
  return planes;
}

SymTensor lower::planeWeights(LoweringContext &ctx, spk::CodeInterface code, Type type) {
  int64_t planes = code.getPlaneCount();
  SmallVector<Attribute> weights;
  for (int64_t p = 0; p < planes; ++p)
    weights.push_back(numberAttr(type, static_cast<double>(code.getPlaneWeight(p))));
  auto attr = DenseElementsAttr::get(RankedTensorType::get({planes}, type), weights);
  return {arith::ConstantOp::create(ctx.builder, attr), {ctx.constant(planes)}};
}

SymTensor lower::sumOverPlanes(LoweringContext &ctx, const SymTensor &x, const SymTensor &weights) {
  MLIRContext *context = ctx.builder.getContext();
  int64_t rank = x.rank();
  Type element = x.elementType();
  AffineMap ofWeights = AffineMap::get(rank, 0, {getAffineDimExpr(0, context)}, context);
  SmallVector<SymExpr> dims(ArrayRef<SymExpr>(x.dims).drop_front());
  auto body = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    if (isa<FloatType>(element))
      return arith::AddFOp::create(b, args[2], arith::MulFOp::create(b, args[0], args[1]));
    return arith::AddIOp::create(b, args[2], arith::MulIOp::create(b, args[0], args[1]));
  };
  Mapped inputs[] = {{x, AffineMap::getMultiDimIdentityMap(rank, context)}, {weights, ofWeights}};
  return fold(ctx, inputs, withoutFirst(context, rank), dims, numberAttr(element, 0), body);
}

SymTensor lower::codes(LoweringContext &ctx, Value train) {
  Value kept = ctx.lookup(train);
  SymTensor tensor{kept, ctx.dimsOf(train)};
  if (!isInPlanes(train))
    return tensor;
  spk::CodeInterface code = codeOf(train);
  tensor.dims.insert(tensor.dims.begin(), ctx.constant(code.getPlaneCount()));
  Type wide = ctx.builder.getI32Type();
  SymTensor spikes = mapElements(ctx, tensor, wide, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return arith::ExtSIOp::create(b, wide, args[0]);
  });
  SymTensor sum = sumOverPlanes(ctx, spikes, planeWeights(ctx, code, wide));
  return mapElements(ctx, sum, code.getStorageType(), [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return arith::TruncIOp::create(b, code.getStorageType(), args[0]);
  });
}

SymTensor lower::spikeCounts(LoweringContext &ctx, Value train) {
  spk::CodeInterface code = codeOf(train);
  Type i32 = ctx.builder.getI32Type();
  SymTensor tensor{ctx.lookup(train), ctx.dimsOf(train)};
  if (!isInPlanes(train))
    return mapElements(ctx, tensor, i32, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
      return code.emitSpikeCount(b, b.getLoc(), args[0]);
    });
  MLIRContext *context = ctx.builder.getContext();
  SmallVector<SymExpr> dims(tensor.dims);
  tensor.dims.insert(tensor.dims.begin(), ctx.constant(code.getPlaneCount()));
  Mapped planes{tensor, AffineMap::getMultiDimIdentityMap(tensor.rank(), context)};
  return fold(ctx, {planes}, withoutFirst(context, tensor.rank()), dims, numberAttr(i32, 0),
              [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                Value size = math::AbsIOp::create(b, arith::ExtSIOp::create(b, i32, args[0]));
                return arith::AddIOp::create(b, args[1], size);
              });
}

void lower::count(LoweringContext &ctx, const SymTensor &values, SymExpr factor, StringRef quantity) {
  StringRef site = "unnamed";
  if (auto name = ctx.builder.getLoc()->findInstanceOf<NameLoc>())
    site = name.getName();
  rt::CountOp::create(ctx.builder, values.value, ctx.sizes.value(factor), site, quantity);
}

LogicalResult lower::countProduct(LoweringContext &ctx, Value lhs, Value rhs) {
  SymTensor left = spikeCounts(ctx, lhs), right = spikeCounts(ctx, rhs);
  SymTensor columns = sumAlong(ctx, left, left.rank() - 2), rows = sumAlong(ctx, right, right.rank() - 1);
  FailureOr<Dims> dims = broadcastDims(ctx, columns.dims, rows.dims);
  if (failed(dims))
    return failure();
  auto pairs = elementwise(
      ctx, {columns, rows}, *dims, ctx.builder.getI64Type(),
      [](ImplicitLocOpBuilder &b, ValueRange args) -> Value { return arith::MulIOp::create(b, args[0], args[1]); });
  if (failed(pairs))
    return failure();
  count(ctx, *pairs, ctx.constant(1), "product_synops");
  return success();
}

void lower::countSynapse(LoweringContext &ctx, Value train, SymExpr outputs) {
  count(ctx, spikeCounts(ctx, train), outputs, "synops");
}
