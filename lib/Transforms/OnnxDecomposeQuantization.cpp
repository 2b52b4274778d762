//===- OnnxDecomposeQuantization.cpp - onnx-decompose-quantization -------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriting.h"

#include "dialects/onnx/shapes/ElementTypes.h"
#include "rheobase/Transforms/Passes.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace rheobase {
#define GEN_PASS_DEF_ONNXDECOMPOSEQUANTIZATION
#include "rheobase/Transforms/Passes.h.inc"
} // namespace rheobase

using namespace rheobase;
using namespace rheobase::onnx;

/// A softmax from integers to integers. ONNX Runtime, with which such models are made and measured, runs it as one
/// kernel that multiplies by the whole part of 1 / scale (254, not 255, for the float nearest to 1/255): without that,
/// every sixteenth attention weight is another integer.
static bool isFusedSoftmax(QuantizeLinearOp op) {
  auto softmax = op.getX().getDefiningOp<SoftmaxOp>();
  return softmax && softmax.getOutput().hasOneUse() && softmax.getInput().getDefiningOp<DequantizeLinearOp>();
}

namespace {
class Decomposer {
public:
  Decomposer(Operation *op, SymbolicShapes &shapes) : builder(op, shapes), shapes(shapes) {}

  /// clamp(round(x / scale) + zero point); floats are rounded last.
  Value decompose(QuantizeLinearOp op, bool fusedSoftmax) {
    Value data = op.getX();
    Value scale = alongData(op.getYScale(), data, op.getAxis(), op.getBlockSize());
    std::optional<double> number = fusedSoftmax ? uniformConstant(op.getYScale()) : std::nullopt;
    float steps = number && *number > 0 ? std::floor(1.0f / float(*number)) : 0.0f;
    Type precision = op.getPrecision() ? elementTypeOfNumber(op.getPrecision(), op.getContext()) : f32();
    Value scaled = std::isfinite(steps) && steps >= 1
                       ? builder.create<MulOp>(cast(data, f32()), builder.scalar(steps, f32()))
                       : cast(builder.create<DivOp>(cast(data, precision), cast(scale, precision)), f32());
    if (isa<FloatType>(shapes.elementTypeOf(op.getY())))
      return toFloat(op, scaled);
    Value rounded = builder.create<RoundOp>(scaled);
    if (hasZeroPoint(op.getYZeroPoint()))
      rounded = builder.create<AddOp>(
          rounded, cast(alongData(op.getYZeroPoint(), data, op.getAxis(), op.getBlockSize()), f32()));
    auto type = llvm::cast<IntegerType>(shapes.elementTypeOf(op.getY()));
    bool isUnsigned = type.isUnsigned();
    double levels = double(uint64_t(1) << type.getWidth());
    Value least = builder.scalar(isUnsigned ? 0 : -levels / 2, f32());
    Value most = builder.scalar((isUnsigned ? levels : levels / 2) - 1, f32());
    Value above = builder.create<MaxOp>(ValueRange{rounded, least});
    return cast(builder.create<MinOp>(ValueRange{above, most}), type);
  }

  /// (x - zero point) * scale, the difference of integers in integers
  Value decompose(DequantizeLinearOp op) {
    Value data = op.getX();
    Value scale = alongData(op.getXScale(), data, op.getAxis(), op.getBlockSize());
    Type exact = isa<FloatType>(shapes.elementTypeOf(data)) ? f32() : builder.getBuilder().getI32Type();
    Value difference = data;
    if (hasZeroPoint(op.getXZeroPoint()))
      difference = builder.create<SubOp>(
          cast(data, exact), cast(alongData(op.getXZeroPoint(), data, op.getAxis(), op.getBlockSize()), exact));
    Value product = builder.create<MulOp>(cast(difference, f32()), cast(scale, f32()));
    return cast(product, shapes.elementTypeOf(op.getY()));
  }

private:
  /// x / scale plus the zero point as a float of 4 or 8 bits.
  Value toFloat(QuantizeLinearOp op, Value scaled) {
    Type type = shapes.elementTypeOf(op.getY());
    bool signedZero = type.getIntOrFloatBitWidth() == 8;
    if (Value point = op.getYZeroPoint(); signedZero ? hasZeroPoint(point) : bool(point)) {
      Value offset = cast(alongData(point, op.getX(), op.getAxis(), op.getBlockSize()), f32());
      // The reference adds nothing to floats of 8 bits; -0 is what changes no number, not even -0.
      if (signedZero)
        offset = builder.create<WhereOp>(builder.create<EqualOp>(offset, builder.scalar(0.0, f32())),
                                         builder.scalar(-0.0, f32()), offset);
      scaled = builder.create<AddOp>(scaled, offset);
    }
    return builder.create<CastOp>(scaled, "up", op.getSaturate(), numberOfElementType(type));
  }

  Type f32() { return builder.getBuilder().getF32Type(); }

  Value cast(Value value, Type type) {
    if (shapes.elementTypeOf(value) == type)
      return value;
    return builder.create<CastOp>(value, "up", /*saturate=*/1, numberOfElementType(type));
  }

  static bool hasZeroPoint(Value zeroPoint) { return zeroPoint && uniformConstant(zeroPoint) != 0.0; }

  /// A scale or zero point in a shape that broadcasts to the data.
  Value alongData(Value parameter, Value data, int64_t axis, int64_t blockSize) {
    SmallVector<SymExpr> dims(shapes.shapeOf(parameter)), of(shapes.shapeOf(data));
    int64_t rank = of.size(), along = axis < 0 ? axis + rank : axis;
    auto isOpen = [](SymExpr dim) { return !sym::asConstant(dim); };
    if (blockSize > 0)
      return llvm::any_of(dims, isOpen) || isOpen(of[along]) ? gatherBlocks(parameter, data, along, blockSize)
                                                             : repeatBlocks(parameter, of, along, blockSize);
    if (dims.empty() || sym::asConstant(dims[0]) == 1)
      return builder.reshape(parameter, {});
    dims.resize(rank - along, shapes.constant(1));
    return builder.reshape(parameter, dims);
  }

  /// Repeats every element along the axis, as often as a block is long, and cuts what the last block lacks.
  Value repeatBlocks(Value parameter, ArrayRef<SymExpr> of, int64_t along, int64_t blockSize) {
    SmallVector<SymExpr> dims(shapes.shapeOf(parameter)), split = dims, joined = dims;
    SymExpr block = shapes.constant(blockSize);
    split.insert(split.begin() + along + 1, shapes.constant(1));
    joined[along] = sym::mul(dims[along], block);
    SmallVector<int64_t> repeated = llvm::map_to_vector(split, [](SymExpr dim) { return *sym::asConstant(dim); });
    repeated[along + 1] = blockSize;
    Value spread = builder.create<ExpandOp>(builder.reshape(parameter, split), builder.constant(repeated));
    Value all = builder.reshape(spread, joined);
    if (joined[along] == of[along])
      return all;
    return builder.create<SliceOp>(all, builder.constant(ArrayRef<int64_t>{0}),
                                   builder.constant(*sym::asConstant(of[along])), builder.constant(along), Value());
  }

  /// The same where sizes are open: element i of the axis is that of block i / blockSize.
  Value gatherBlocks(Value parameter, Value data, int64_t along, int64_t blockSize) {
    OpBuilder &attributes = builder.getBuilder();
    Type i64 = attributes.getI64Type();
    Value size =
        builder.create<ShapeOp>(data, attributes.getI64IntegerAttr(along + 1), attributes.getI64IntegerAttr(along));
    Value places = builder.create<RangeOp>(builder.scalar(0, i64), builder.reshape(size, {}), builder.scalar(1, i64));
    return builder.create<GatherOp>(parameter, builder.create<DivOp>(places, builder.scalar(blockSize, i64)), along);
  }

  OnnxBuilder builder;
  SymbolicShapes &shapes;
};

struct OnnxDecomposeQuantization : rheobase::impl::OnnxDecomposeQuantizationBase<OnnxDecomposeQuantization> {
  void runOnOperation() override {
    llvm::SmallPtrSet<Operation *, 8> softmaxes;
    getOperation().walk([&](QuantizeLinearOp op) {
      if (isFusedSoftmax(op))
        softmaxes.insert(op);
    });
    auto rewrite = [&](Operation *op, SymbolicShapes &known) {
      return llvm::TypeSwitch<Operation *, Value>(op)
          .Case([&](QuantizeLinearOp q) { return Decomposer(op, known).decompose(q, softmaxes.contains(op)); })
          .Case([&](DequantizeLinearOp d) { return Decomposer(op, known).decompose(d); })
          .Default(Value());
    };
    if (failed(rewriteOps(getOperation(), rewrite)))
      signalPassFailure();
  }
};
} // namespace
