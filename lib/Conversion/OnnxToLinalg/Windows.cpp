//===- Windows.cpp - Conv, pooling ----------------------------------------===//
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

/// The padding that auto_pad asks for along one dimension: what the last position lacks, cut in two halves.
static LogicalResult addSamePadding(Operation *op, LoweringContext &ctx, SymExpr size, SymExpr positions,
                                    int64_t extent, int64_t stride, bool upper, Window &window) {
  const SymbolicShapes &shapes = ctx.shapes;
  SymExpr reach =
      sym::add(sym::mul(sym::sub(positions, shapes.constant(1)), shapes.constant(stride)), shapes.constant(extent));
  SymExpr lacking = sym::sub(reach, size), zero = shapes.constant(0);
  if (shapes.provablyAtMost(lacking, zero))
    lacking = zero;
  if (!shapes.provablyAtMost(zero, lacking))
    return ctx.unsupported(op, "auto_pad over a dimension of size " + shapes.print(size),
                           "one whose padding does not depend on its size", "fix the dimension with --dim");
  SymExpr half = sym::floorDiv(lacking, shapes.constant(2)), rest = sym::sub(lacking, half);
  window.low.push_back(upper ? half : rest);
  window.high.push_back(upper ? rest : half);
  return success();
}

/// The window that the attributes of a convolution or pooling describe, over spatial dimensions of the sizes `from`.
/// The shape functions have checked the attributes.
template <typename OpTy>
static FailureOr<Window> windowOf(OpTy op, LoweringContext &ctx, ArrayRef<int64_t> kernel, ArrayRef<SymExpr> from,
                                  ArrayRef<SymExpr> to, bool ceil) {
  size_t rank = kernel.size();
  auto listOr = [&](std::optional<ArrayRef<int64_t>> list, int64_t number, size_t size) {
    return list ? SmallVector<int64_t>(*list) : SmallVector<int64_t>(size, number);
  };
  Window window;
  window.kernel.assign(kernel.begin(), kernel.end());
  window.strides = listOr(op.getStrides(), 1, rank);
  window.dilations = listOr(op.getDilations(), 1, rank);
  window.positions.assign(to.begin(), to.end());
  SmallVector<int64_t> pads = listOr(op.getAutoPad() == "NOTSET" ? op.getPads() : std::nullopt, 0, 2 * rank);
  for (size_t i = 0; i < rank; ++i) {
    if (op.getAutoPad().starts_with("SAME")) {
      int64_t extent = (kernel[i] - 1) * window.dilations[i] + 1;
      if (failed(addSamePadding(op, ctx, from[i], to[i], extent, window.strides[i], op.getAutoPad() == "SAME_UPPER",
                                window)))
        return failure();
      continue;
    }
    window.low.push_back(ctx.constant(pads[i]));
    // The last position of a rounded-up count may reach beyond the padding, by less than a stride.
    window.high.push_back(ctx.constant(pads[rank + i] + (ceil ? window.strides[i] - 1 : 0)));
  }
  return window;
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// [batch, group, positions, channels] to [batch, group, channels, positions], with the bias of the channel added.
static SymTensor channelsFirst(LoweringContext &ctx, const SymTensor &sum, const SymTensor *bias, Type element) {
  MLIRContext *context = ctx.builder.getContext();
  AffineExpr n, g, c, p;
  bindDims(context, n, g, c, p);
  SmallVector<Mapped> inputs = {{sum, AffineMap::get(4, 0, {n, g, p, c}, context)}};
  if (bias)
    inputs.push_back({*bias, AffineMap::get(4, 0, {g, c}, context)});
  Type compute = sum.elementType();
  return generic(ctx, inputs, {sum.dims[0], sum.dims[1], sum.dims[3], sum.dims[2]}, element,
                 [&](ImplicitLocOpBuilder &b, ValueRange v) {
                   ScalarBuilder s(b);
                   Value value = v.size() > 1 ? s.add(v[0], ScalarBuilder::convert(b, v[1], element, compute)) : v[0];
                   return ScalarBuilder::convert(b, value, compute, element);
                 });
}

/// Patches of the input times the filters, one product per group: what Conv and ConvInteger share.
template <typename OpTy>
static LogicalResult convolve(OpTy op, LoweringContext &ctx, const SymTensor &x, const SymTensor &filters,
                              std::optional<SymTensor> bias) {
  Type element = x.elementType();
  Dims dims = ctx.dimsOf(op->getResult(0));
  SmallVector<int64_t> kernel;
  for (SymExpr size : ArrayRef<SymExpr>(filters.dims).drop_front(2))
    kernel.push_back(*sym::asConstant(size));
  ArrayRef<SymExpr> from = ArrayRef<SymExpr>(x.dims).drop_front(2), to = ArrayRef<SymExpr>(dims).drop_front(2);
  FailureOr<Window> window = windowOf(op, ctx, kernel, from, to, /*ceil=*/false);
  if (failed(window))
    return failure();

  // Channels are split by group: [batch, group, channels of a group, spatial...].
  SymExpr groups = ctx.constant(op.getGroup()), channels = filters.dims[1], batch = x.dims[0];
  SymExpr outputs = sym::floorDiv(filters.dims[0], groups);
  Dims split = {batch, groups, channels};
  split.append(from.begin(), from.end());
  SymTensor columns = patches(ctx, reshape(ctx, x, split), *window, /*outer=*/2, numberAttr(element, 0));
  SymExpr positions = ctx.shapes.product(to);
  SymExpr depth = ctx.shapes.product(ArrayRef<SymExpr>(filters.dims).drop_front(1));
  FailureOr<SymTensor> sum = matmul(ctx, reshape(ctx, columns, {batch, groups, positions, depth}),
                                    reshape(ctx, filters, {groups, outputs, depth}), {computeType(element)},
                                    /*transposedRhs=*/true);
  if (failed(sum))
    return failure();
  if (bias)
    bias = reshape(ctx, *bias, {groups, outputs});
  SymTensor made = channelsFirst(ctx, *sum, bias ? &*bias : nullptr, element);
  ctx.replace(op->getResult(0), reshape(ctx, made, dims));
  return success();
}

static LogicalResult lowerConv(ConvOp op, LoweringContext &ctx) {
  if (!isa<FloatType>(elementOf(op.getX())))
    return ctx.unsupported(op, "integer elements", "a float type", "cast the operands first");
  std::optional<SymTensor> bias;
  if (op.getB())
    bias = ctx.operand(op.getB());
  return convolve(op, ctx, ctx.operand(op.getX()), ctx.operand(op.getW()), bias);
}

/// An operand in 32 bits without its zero point: one number, or one per filter.
static FailureOr<SymTensor> withoutZeroPoint(LoweringContext &ctx, Value operand, Value zeroPoint) {
  Type wide = ctx.builder.getI32Type();
  SymTensor x = convert(ctx, ctx.operand(operand), elementOf(operand), wide);
  if (!zeroPoint)
    return x;
  SymTensor zero = convert(ctx, ctx.operand(zeroPoint), elementOf(zeroPoint), wide);
  Dims aligned(x.rank(), ctx.constant(1));
  aligned.front() = ctx.shapes.product(zero.dims);
  return elementwise(ctx, {x, reshape(ctx, zero, aligned)}, x.dims, wide,
                     [](ImplicitLocOpBuilder &b, ValueRange v) { return ScalarBuilder(b).sub(v[0], v[1]); });
}

static LogicalResult lowerConvInteger(ConvIntegerOp op, LoweringContext &ctx) {
  FailureOr<SymTensor> x = withoutZeroPoint(ctx, op.getX(), op.getXZeroPoint());
  FailureOr<SymTensor> filters = withoutZeroPoint(ctx, op.getW(), op.getWZeroPoint());
  if (failed(x) || failed(filters))
    return failure();
  return convolve(op, ctx, *x, *filters, std::nullopt);
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

static LogicalResult lowerMaxPool(MaxPoolOp op, LoweringContext &ctx) {
  if (op.getIndices())
    return ctx.unsupported(op, "the output Indices", "Y alone", "remove the output where nothing reads it");
  SymTensor x = ctx.operand(op.getX());
  Dims dims = ctx.dimsOf(op.getY());
  FailureOr<Window> window = windowOf(op, ctx, op.getKernelShape(), ArrayRef<SymExpr>(x.dims).drop_front(2),
                                      ArrayRef<SymExpr>(dims).drop_front(2), op.getCeilMode());
  if (failed(window))
    return failure();
  bool fromZero = isUnsigned(op.getX());
  SymTensor made =
      foldWindows(ctx, x, *window, lowestAttr(x.elementType(), fromZero), [&](ImplicitLocOpBuilder &b, ValueRange v) {
        return ScalarBuilder(b, fromZero).maximum(v[0], v[1]);
      });
  ctx.replace(op.getY(), made);
  return success();
}

/// How many of the kernel's elements at position `loop` lie in [begin, end) of dimension i, as an index.
static Value countInside(ImplicitLocOpBuilder &b, Value position, const Window &window, size_t i, Value low,
                         Value begin, Value end) {
  auto number = [&](int64_t value) { return arith::ConstantIndexOp::create(b, value); };
  Value dilation = number(window.dilations[i]), kernel = number(window.kernel[i]), zero = number(0);
  Value start = arith::SubIOp::create(b, arith::MulIOp::create(b, position, number(window.strides[i])), low);
  Value before = arith::MaxSIOp::create(b, zero, arith::SubIOp::create(b, begin, start));
  Value upTo = arith::MaxSIOp::create(b, zero, arith::SubIOp::create(b, end, start));
  Value first = arith::CeilDivUIOp::create(b, before, dilation);
  Value last = arith::MinSIOp::create(b, kernel, arith::CeilDivUIOp::create(b, upTo, dilation));
  return arith::MaxSIOp::create(b, zero, arith::SubIOp::create(b, last, first));
}

/// The number of elements that the average at the current place is over.
static Value averagedOver(ImplicitLocOpBuilder &b, AveragePoolOp op, LoweringContext &ctx, const Window &window,
                          ArrayRef<SymExpr> sizes, int64_t leading) {
  Value count = arith::ConstantIndexOp::create(b, 1);
  for (size_t i = 0; i < window.kernel.size(); ++i) {
    SymExpr begin = ctx.constant(0), end = sizes[i];
    if (op.getCountIncludePad()) {
      begin = sym::sub(begin, window.low[i]);
      // What a rounded-up count reaches beyond the padding is not counted.
      int64_t beyond = op.getCeilMode() && !op.getAutoPad().starts_with("SAME") ? window.strides[i] - 1 : 0;
      end = sym::sub(sym::add(end, window.high[i]), ctx.constant(beyond));
    }
    Value inside = countInside(b, linalg::IndexOp::create(b, leading + i), window, i, ctx.sizes.value(window.low[i]),
                               ctx.sizes.value(begin), ctx.sizes.value(end));
    count = arith::MulIOp::create(b, count, inside);
  }
  return count;
}

static LogicalResult lowerAveragePool(AveragePoolOp op, LoweringContext &ctx) {
  Type element = elementOf(op.getX()), compute = computeType(element);
  if (!isa<FloatType>(element))
    return ctx.unsupported(op, "integer elements", "a float type", "cast the operand first");
  SymTensor x = ctx.operand(op.getX());
  Dims dims = ctx.dimsOf(op.getY());
  ArrayRef<SymExpr> sizes = ArrayRef<SymExpr>(x.dims).drop_front(2);
  FailureOr<Window> window =
      windowOf(op, ctx, op.getKernelShape(), sizes, ArrayRef<SymExpr>(dims).drop_front(2), op.getCeilMode());
  if (failed(window))
    return failure();
  SymTensor sum = foldWindows(ctx, x, *window, numberAttr(compute, 0), [&](ImplicitLocOpBuilder &b, ValueRange v) {
    return ScalarBuilder(b).add(v[1], ScalarBuilder::convert(b, v[0], element, compute));
  });
  SymTensor made = mapElements(ctx, sum, element, [&](ImplicitLocOpBuilder &b, ValueRange v) {
    Value count = arith::IndexCastOp::create(b, b.getI64Type(), averagedOver(b, op, ctx, *window, sizes, 2));
    Value divisor = ScalarBuilder::convert(b, count, count.getType(), compute);
    return ScalarBuilder::convert(b, ScalarBuilder(b).div(v[0], divisor), compute, element);
  });
  ctx.replace(op.getY(), made);
  return success();
}

template <typename OpTy> static LogicalResult lowerGlobalPool(OpTy op, LoweringContext &ctx) {
  constexpr bool isMax = std::is_same_v<OpTy, GlobalMaxPoolOp>;
  Type element = elementOf(op.getX()), compute = computeType(element);
  if (!isa<FloatType>(element))
    return ctx.unsupported(op, "integer elements", "a float type", "cast the operand first");
  SymTensor x = ctx.operand(op.getX());
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(2, x.rank()));
  SymExpr count = ctx.shapes.product(ArrayRef<SymExpr>(x.dims).drop_front(2));
  SymTensor folded =
      reduce(ctx, x, axes, /*keepdims=*/true, isMax ? lowestAttr(compute, false) : numberAttr(compute, 0),
             [&](ImplicitLocOpBuilder &b, ValueRange v) {
               ScalarBuilder s(b);
               Value value = ScalarBuilder::convert(b, v[0], element, compute);
               return isMax ? s.maximum(value, v[1]) : s.add(v[1], value);
             });
  SymTensor made = mapElements(ctx, folded, element, [&](ImplicitLocOpBuilder &b, ValueRange v) {
    Value value = isMax ? v[0] : ScalarBuilder(b).div(v[0], countAs(ctx, b, count, compute));
    return ScalarBuilder::convert(b, value, compute, element);
  });
  ctx.replace(op.getY(), made);
  return success();
}

void lower::addWindowLowerings(LoweringInterface &table) {
  table.add<ConvOp>(lowerConv);
  table.add<ConvIntegerOp>(lowerConvInteger);
  table.add<MaxPoolOp>(lowerMaxPool);
  table.add<AveragePoolOp>(lowerAveragePool);
  table.add<GlobalAveragePoolOp>(lowerGlobalPool);
  table.add<GlobalMaxPoolOp>(lowerGlobalPool);
}
