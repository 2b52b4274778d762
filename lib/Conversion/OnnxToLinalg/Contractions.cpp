//===- Contractions.cpp - products and windows ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/OnnxToLinalg/TensorBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;

static Value extended(ImplicitLocOpBuilder &b, Value value, Type type, bool isUnsigned) {
  if (value.getType() == type)
    return value;
  if (isa<FloatType>(type))
    return arith::ExtFOp::create(b, type, value);
  return isUnsigned ? arith::ExtUIOp::create(b, type, value).getResult()
                    : arith::ExtSIOp::create(b, type, value).getResult();
}

static Value multiplyAdd(ImplicitLocOpBuilder &b, ValueRange args, const ProductKind &kind) {
  Value lhs = extended(b, args[0], kind.accumulator, kind.lhsUnsigned);
  Value rhs = extended(b, args[1], kind.accumulator, kind.rhsUnsigned);
  if (isa<FloatType>(kind.accumulator))
    return arith::AddFOp::create(b, args[2], arith::MulFOp::create(b, lhs, rhs));
  return arith::AddIOp::create(b, args[2], arith::MulIOp::create(b, lhs, rhs));
}

static ArrayRef<SymExpr> batchOf(const SymTensor &tensor) {
  return ArrayRef<SymExpr>(tensor.dims).drop_back(2);
}

/// An operand without the batch dimensions that it broadcasts along, and the map that reads it: those of its dimensions
/// that are left, then the two of the matrix.
static Mapped batchOperand(LoweringContext &ctx, const SymTensor &tensor, ArrayRef<SymExpr> dims, AffineExpr first,
                           AffineExpr second) {
  int64_t missing = dims.size() - batchOf(tensor).size();
  Dims kept;
  SmallVector<AffineExpr> places;
  for (auto [i, size] : llvm::enumerate(batchOf(tensor))) {
    if (sym::asConstant(size) == 1 && sym::asConstant(dims[missing + i]) != 1)
      continue;
    kept.push_back(size);
    places.push_back(ctx.builder.getAffineDimExpr(missing + i));
  }
  kept.append(tensor.dims.end() - 2, tensor.dims.end());
  places.append({first, second});
  return {reshape(ctx, tensor, kept), AffineMap::get(dims.size() + 3, 0, places, ctx.builder.getContext())};
}

/// The product where the batch dimensions are `batch`; the result has them in front.
static SymTensor batchedProduct(LoweringContext &ctx, const SymTensor &lhs, const SymTensor &rhs,
                                ArrayRef<SymExpr> batch, const ProductKind &kind, bool transposedRhs) {
  MLIRContext *context = ctx.builder.getContext();
  int64_t batches = batch.size();
  AffineExpr m = getAffineDimExpr(batches, context), n = getAffineDimExpr(batches + 1, context),
             k = getAffineDimExpr(batches + 2, context);
  Mapped inputs[] = {batchOperand(ctx, lhs, batch, m, k),
                     transposedRhs ? batchOperand(ctx, rhs, batch, n, k) : batchOperand(ctx, rhs, batch, k, n)};
  AffineMap result = AffineMap::getMultiDimIdentityMap(batches + 3, context).dropResult(batches + 2);
  Dims dims(batch);
  dims.push_back(lhs.dims[lhs.rank() - 2]);
  dims.push_back(rhs.dims[rhs.rank() - (transposedRhs ? 2 : 1)]);
  return fold(ctx, inputs, result, dims, numberAttr(kind.accumulator, 0),
              [&](ImplicitLocOpBuilder &b, ValueRange args) { return multiplyAdd(b, args, kind); });
}

FailureOr<SymTensor> lower::matmul(LoweringContext &ctx, const SymTensor &lhs, const SymTensor &rhs,
                                   const ProductKind &kind, bool transposedRhs) {
  FailureOr<Dims> batch = broadcastDims(ctx, batchOf(lhs), batchOf(rhs));
  if (failed(batch))
    return failure();
  SymExpr depth = lhs.dims.back(), rhsDepth = rhs.dims[rhs.rank() - (transposedRhs ? 1 : 2)];
  if (!sameSize(ctx, depth, rhsDepth))
    return emitError(ctx.builder.getLoc())
           << "found " << ctx.shapes.print(depth) << " columns times " << ctx.shapes.print(rhsDepth)
           << " rows, expected equal sizes; correct the operands' shapes";
  bool oneRhs = llvm::all_of(batchOf(rhs), [](SymExpr size) { return sym::asConstant(size) == 1; });
  SymExpr rows = ctx.shapes.product(ArrayRef<SymExpr>(lhs.dims).drop_back());
  if (!oneRhs || lhs.rank() == 2 || !rows)
    return batchedProduct(ctx, lhs, rhs, *batch, kind, transposedRhs);
  // One matrix on the right: the rows of all batches are the rows of one product.
  SymTensor flat = batchedProduct(ctx, reshape(ctx, lhs, {rows, depth}),
                                  reshape(ctx, rhs, ArrayRef<SymExpr>(rhs.dims).take_back(2)), {}, kind, transposedRhs);
  batch->append({lhs.dims[lhs.rank() - 2], flat.dims.back()});
  return reshape(ctx, flat, *batch);
}

/// The input with its spatial dimensions padded.
static SymTensor padded(LoweringContext &ctx, const SymTensor &input, const Window &window, TypedAttr number) {
  Dims low(input.rank() - window.kernel.size(), ctx.constant(0)), high = low;
  low.append(window.low);
  high.append(window.high);
  return pad(ctx, input, low, high, number);
}

/// Where spatial dimension i is read: position and kernel element are the loops `position + i` and `kernel + i`.
static void addPlaces(LoweringContext &ctx, const Window &window, int64_t position, int64_t kernel,
                      SmallVectorImpl<AffineExpr> &places) {
  for (size_t i = 0; i < window.kernel.size(); ++i)
    places.push_back(ctx.builder.getAffineDimExpr(position + i) * window.strides[i] +
                     ctx.builder.getAffineDimExpr(kernel + i) * window.dilations[i]);
}

static Dims kernelDims(LoweringContext &ctx, const Window &window) {
  return llvm::map_to_vector(window.kernel, [&](int64_t size) { return ctx.constant(size); });
}

SymTensor lower::patches(LoweringContext &ctx, const SymTensor &input, const Window &window, int64_t outer,
                         TypedAttr padding) {
  int64_t spatial = window.kernel.size(), leading = input.rank() - spatial;
  ArrayRef<SymExpr> sizes = ArrayRef<SymExpr>(input.dims).take_front(leading);
  Dims dims(sizes.take_front(outer));
  dims.append(window.positions);
  dims.append(sizes.drop_front(outer).begin(), sizes.end());
  dims.append(kernelDims(ctx, window));

  SmallVector<AffineExpr> places;
  for (int64_t i = 0; i < leading; ++i)
    places.push_back(ctx.builder.getAffineDimExpr(i < outer ? i : i + spatial));
  addPlaces(ctx, window, outer, leading + spatial, places);
  AffineMap map = AffineMap::get(dims.size(), 0, places, ctx.builder.getContext());
  return generic(ctx, Mapped{padded(ctx, input, window, padding), map}, dims, input.elementType(),
                 [](ImplicitLocOpBuilder &, ValueRange args) { return args.front(); });
}

SymTensor lower::foldWindows(LoweringContext &ctx, const SymTensor &input, const Window &window, TypedAttr init,
                             BodyBuilder body) {
  MLIRContext *context = ctx.builder.getContext();
  int64_t spatial = window.kernel.size(), leading = input.rank() - spatial, loops = leading + 2 * spatial;
  Dims dims(ArrayRef<SymExpr>(input.dims).take_front(leading));
  dims.append(window.positions);
  SmallVector<AffineExpr> places;
  for (int64_t i = 0; i < leading; ++i)
    places.push_back(ctx.builder.getAffineDimExpr(i));
  addPlaces(ctx, window, leading, leading + spatial, places);
  // Nothing is read from the second operand: it gives the loops over the kernel their sizes.
  SymTensor extent = emptyTensor(ctx, kernelDims(ctx, window), input.elementType());
  AffineMap identity = AffineMap::getMultiDimIdentityMap(loops, context);
  Mapped inputs[] = {{padded(ctx, input, window, init), AffineMap::get(loops, 0, places, context)},
                     {extent, identity.getSliceMap(leading + spatial, spatial)}};
  return fold(ctx, inputs, identity.getSliceMap(0, leading + spatial), dims, init,
              [&](ImplicitLocOpBuilder &b, ValueRange v) { return body(b, {v[0], v[2]}); });
}
