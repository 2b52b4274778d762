//===- Boundaries.cpp - encode, decode and what goes with them ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"
#include "dialects/onnx/Onnx.h"
#include "dialects/spk/WeightFormats.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;

namespace {

constexpr double kLargestFinite = 0x1.fffffep127;

LogicalResult lowerObserve(spk::ObserveOp op, LoweringContext &ctx) {
  ctx.replace(op.getOutput(), ctx.lookup(op.getInput()));
  return success();
}

/// [.., n] as [.., groups, n / groups].
SymTensor inGroups(LoweringContext &ctx, const SymTensor &x, int64_t groups) {
  SmallVector<SymExpr> dims(x.dims);
  int64_t size = *SymbolicShapes::asConstant(dims.pop_back_val());
  dims.append({ctx.constant(groups), ctx.constant(size / groups)});
  return reshape(ctx, x, dims);
}

/// Elements, steps and codes of 0 of a boundary, so that the latter broadcast into the former: where groups of the last
/// axis have steps of their own, that axis is two.
class Boundary {
public:
  template <typename OpTy>
  Boundary(OpTy op, ArrayRef<int64_t> shape, LoweringContext &ctx)
      : ctx(ctx), lsb(op.getLsb().getType().getShape()), isGrouped(spk::isInGroups(lsb, shape)) {}

  SymTensor elements(const SymTensor &x) const { return isGrouped ? inGroups(ctx, x, lsb.back()) : x; }
  SymTensor steps(const SymTensor &x) const {
    if (!isGrouped)
      return x;
    SmallVector<SymExpr> dims(x.dims);
    dims.push_back(ctx.constant(1));
    return reshape(ctx, x, dims);
  }

private:
  LoweringContext &ctx;
  ArrayRef<int64_t> lsb;
  bool isGrouped;
};

/// The fold of the input over the axes, which stay with size 1, or over the elements of each group.
SymTensor reduced(spk::RowStepOp op, LoweringContext &ctx, TypedAttr init, BodyBuilder body) {
  SymTensor x = ctx.operand(op.getInput());
  if (!op.getGroup())
    return reduce(ctx, x, op.getAxes(), /*keepdims=*/true, init, body);
  auto groups = op.getLsb().getType().getShape().back();
  return reduce(ctx, inGroups(ctx, x, groups), {op.getInput().getType().getRank()}, /*keepdims=*/false, init, body);
}

/// How far a row's finite elements reach: to either side, or, by `side`, to one.
enum class Side { Both, Above, Below };

SymTensor reachOf(spk::RowStepOp op, LoweringContext &ctx, Side side) {
  Type f32 = ctx.builder.getF32Type(), i32 = ctx.builder.getI32Type();
  // Numbers that are not negative are ordered as their bits are, and those of all others are negative integers: so one
  // integer maximum does, in any order.
  auto farthest = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value size = math::AbsFOp::create(b, args[0]), reach = size;
    if (side != Side::Both)
      reach = side == Side::Above ? args[0] : arith::NegFOp::create(b, args[0]).getResult();
    Value most = arith::ConstantOp::create(b, b.getF32FloatAttr(kLargestFinite));
    // An ordered comparison: NaN is not finite.
    Value finite = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, size, most);
    Value bits = arith::BitcastOp::create(b, i32, reach);
    Value none = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
    return arith::MaxSIOp::create(b, arith::SelectOp::create(b, finite, bits, none), args[1]);
  };
  SymTensor bits = reduced(op, ctx, numberAttr(i32, 0), farthest);
  return mapElements(ctx, bits, f32, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return arith::BitcastOp::create(b, f32, args[0]);
  });
}

Value overLargestCode(ImplicitLocOpBuilder &b, Value reach, spk::CodeInterface code) {
  Value most = arith::ConstantOp::create(b, b.getF32FloatAttr(static_cast<float>(code.getMax())));
  return arith::DivFOp::create(b, reach, most);
}

Value reciprocal(ImplicitLocOpBuilder &b, Value x) {
  return arith::DivFOp::create(b, arith::ConstantOp::create(b, b.getF32FloatAttr(1)), x);
}

/// lsb = max |x| / code.max over the axes; what is not finite does not count.
LogicalResult lowerRowStep(spk::RowStepOp op, LoweringContext &ctx) {
  spk::CodeInterface code = op.getCode();
  Type f32 = ctx.builder.getF32Type();
  if (!op.getZero()) {
    SymTensor reach = reachOf(op, ctx, Side::Both);
    ctx.replace(op.getLsb(), mapElements(ctx, reach, f32, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
                  return overLargestCode(b, args[0], code);
                }));
    return success();
  }
  SymTensor above = reachOf(op, ctx, Side::Above), below = reachOf(op, ctx, Side::Below);
  // Divided before they are added: the sum of the two may be beyond the largest number.
  auto lsb = elementwise(ctx, {above, below}, above.dims, f32, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return arith::AddFOp::create(b, overLargestCode(b, args[0], code), overLargestCode(b, args[1], code));
  });
  if (failed(lsb))
    return failure();
  auto zeroOf = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value q = code.emitEncode(b, b.getLoc(), args[0], reciprocal(b, args[1]), Value());
    return arith::ExtUIOp::create(b, b.getI32Type(), q);
  };
  auto zero = elementwise(ctx, {below, *lsb}, above.dims, ctx.builder.getI32Type(), zeroOf);
  if (failed(zero))
    return failure();
  ctx.replace(op.getLsb(), *lsb);
  ctx.replace(op.getZero(), *zero);
  return success();
}

/// The spikes of integers, plane by plane: [planes, dims].
SymTensor planesOf(LoweringContext &ctx, const SymTensor &codes, spk::CodeInterface code) {
  MLIRContext *context = ctx.builder.getContext();
  SmallVector<SymExpr> dims(codes.dims);
  dims.insert(dims.begin(), ctx.constant(code.getPlaneCount()));
  Mapped input{codes, AffineMap::getMultiDimIdentityMap(dims.size(), context).dropResult(0)};
  return generic(ctx, {input}, dims, ctx.builder.getI8Type(), [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value plane = arith::IndexCastOp::create(b, b.getI32Type(), linalg::IndexOp::create(b, 0));
    return code.emitSpike(b, b.getLoc(), args[0], plane);
  });
}

/// What an encoding reads: the numbers, the reciprocal steps and, where there is one, the code of 0.
SmallVector<SymTensor> encodingInputs(LoweringContext &ctx, spk::EncodeOp op, const Boundary &boundary) {
  Type f32 = ctx.builder.getF32Type();
  auto inverse = [](ImplicitLocOpBuilder &b, ValueRange args) { return reciprocal(b, args[0]); };
  SmallVector<SymTensor> inputs{boundary.elements(ctx.operand(op.getInput())),
                                mapElements(ctx, boundary.steps(ctx.operand(op.getLsb())), f32, inverse)};
  if (op.getZero())
    inputs.push_back(mapElements(
        ctx, boundary.steps(ctx.operand(op.getZero())), f32,
        [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value { return arith::SIToFPOp::create(b, f32, args[0]); }));
  return inputs;
}

/// The third of encodingInputs, or null.
Value zeroAmong(spk::EncodeOp op, ValueRange args) {
  return op.getZero() ? args[2] : Value();
}

void countEncoding(LoweringContext &ctx, spk::EncodeOp op, ArrayRef<SymTensor> inputs) {
  spk::CodeInterface code = codeOf(op.getTrain());
  Type i32 = ctx.builder.getI32Type();
  SymExpr one = ctx.constant(1);
  count(ctx, spikeCounts(ctx, op.getTrain()), one, "spikes");
  SymTensor unit{arith::ConstantOp::create(ctx.builder, DenseElementsAttr::get(RankedTensorType::get({1}, i32), 1)),
                 {one}};
  count(ctx, unit, ctx.shapes.product(inputs.front().dims), "activations");
  auto clipped = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return arith::ExtUIOp::create(b, i32, code.emitClipped(b, b.getLoc(), args[0], args[1], zeroAmong(op, args)));
  };
  if (auto flags = elementwise(ctx, inputs, inputs.front().dims, i32, clipped); succeeded(flags))
    count(ctx, *flags, one, "clipped");
}

LogicalResult lowerEncode(spk::EncodeOp op, LoweringContext &ctx) {
  spk::CodeInterface code = codeOf(op.getTrain());
  SmallVector<SymTensor> inputs = encodingInputs(ctx, op, Boundary(op, op.getTrain().getType().getShape(), ctx));
  auto encode = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return code.emitEncode(b, b.getLoc(), args[0], args[1], zeroAmong(op, args));
  };
  FailureOr<SymTensor> elements = elementwise(ctx, inputs, inputs.front().dims, code.getStorageType(), encode);
  if (failed(elements))
    return failure();
  SymTensor codes = reshape(ctx, *elements, ctx.dimsOf(op.getInput()));
  Value kept = isInPlanes(op.getTrain()) ? planesOf(ctx, codes, code).value : codes.value;
  ctx.replace(op.getTrain(), kept);
  countEncoding(ctx, op, inputs);
  return success();
}

/// float(integers) * step, under broadcasting.
FailureOr<SymTensor> scaled(LoweringContext &ctx, const SymTensor &integers, const SymTensor &step, bool isUnsigned) {
  Type f32 = ctx.builder.getF32Type();
  return elementwise(ctx, {integers, step}, integers.dims, f32, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value number = isUnsigned ? arith::UIToFPOp::create(b, f32, args[0]).getResult()
                              : arith::SIToFPOp::create(b, f32, args[0]).getResult();
    return arith::MulFOp::create(b, number, args[1]);
  });
}

/// Spikes that meet weights as numbers add rows of them all the same; an integer form counts for itself.
void countFloatSynapses(LoweringContext &ctx, spk::DecodeOp op) {
  Location here = ctx.builder.getLoc();
  for (OpOperand &use : op.getOutput().getUses()) {
    auto product = dyn_cast<onnx::MatMulOp>(use.getOwner());
    if (!product)
      continue;
    bool isLeft = use.getOperandNumber() == 0;
    Value other = product->getOperand(isLeft ? 1 : 0);
    Dims dims = ctx.dimsOf(other);
    if (dims.size() < 2 || other.getDefiningOp<spk::DecodeOp>())
      continue;
    ctx.builder.setLoc(product.getLoc());
    countSynapse(ctx, op.getTrain(), isLeft ? dims.back() : dims[dims.size() - 2]);
  }
  ctx.builder.setLoc(here);
}

LogicalResult lowerDecode(spk::DecodeOp op, LoweringContext &ctx) {
  countFloatSynapses(ctx, op);
  bool isUnsigned = codeOf(op.getTrain()).isUnsigned();
  Boundary boundary(op, op.getTrain().getType().getShape(), ctx);
  FailureOr<SymTensor> integers = boundary.elements(codes(ctx, op.getTrain()));
  if (op.getZero()) {
    Type i32 = ctx.builder.getI32Type();
    auto centred = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
      return arith::SubIOp::create(b, arith::ExtUIOp::create(b, i32, args[0]), args[1]);
    };
    integers = elementwise(ctx, {*integers, boundary.steps(ctx.operand(op.getZero()))}, integers->dims, i32, centred);
    isUnsigned = false;
  }
  if (failed(integers))
    return failure();
  auto x = scaled(ctx, *integers, boundary.steps(ctx.operand(op.getLsb())), isUnsigned);
  if (failed(x))
    return failure();
  ctx.replace(op.getOutput(), reshape(ctx, *x, ctx.dimsOf(op.getOutput())));
  return success();
}

/// f16 as f32, f32 as it is.
SymTensor toFloat(LoweringContext &ctx, const SymTensor &x) {
  Type f32 = ctx.builder.getF32Type();
  if (x.elementType() == f32)
    return x;
  return mapElements(ctx, x, f32, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return arith::ExtFOp::create(b, f32, args[0]);
  });
}

/// The integers 2 q + 1 of codes q.
SymTensor oddIntegers(LoweringContext &ctx, const SymTensor &codes) {
  Type i32 = ctx.builder.getI32Type();
  return mapElements(ctx, codes, i32, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value wide = arith::ExtSIOp::create(b, i32, args[0]);
    return arith::AddIOp::create(b, arith::AddIOp::create(b, wide, wide), arith::ConstantIntOp::create(b, i32, 1));
  });
}

/// What reads it takes the codebook, or asks for the integers.
LogicalResult lowerLookup(spk::LookupOp op, LoweringContext &ctx) {
  if (!spk::KnownWeights::of(op.getCodes()))
    return ctx.unsupported(op, "a codebook or indices that are computed", "constants", "store them as onnx.Constant");
  ctx.replace(op.getCodes(), op.getCodes());
  return success();
}

LogicalResult lowerUnpack(spk::UnpackOp op, LoweringContext &ctx) {
  SymTensor codes = integerWeights(ctx, op.getCodes()), scale = ctx.operand(op.getScale());
  SmallVector<SymExpr> dims(codes.dims);
  std::optional<SymTensor> offset;
  if (op.getFormat()) {
    // [groups, length, outputs] beside [groups, 1, outputs].
    int64_t inputs = cast<ShapedType>(op.getCodes().getType()).getDimSize(0),
            length = op.getFormat()->getGroupLength(inputs);
    SymExpr groups = ctx.constant(inputs / length), one = ctx.constant(1);
    codes = reshape(ctx, codes, {groups, ctx.constant(length), dims.back()});
    if (op.getFormat()->isOdd())
      codes = oddIntegers(ctx, codes);
    GroupScales rows = groupScales(ctx, *op.getFormat(), scale);
    scale = toFloat(ctx, reshape(ctx, rows.scales, {groups, one, dims.back()}));
    if (rows.offsets)
      offset = toFloat(ctx, reshape(ctx, *rows.offsets, {groups, one, dims.back()}));
  }
  auto weights = scaled(ctx, codes, scale, /*isUnsigned=*/false);
  if (succeeded(weights) && offset)
    weights = elementwise(
        ctx, {*weights, *offset}, weights->dims, ctx.builder.getF32Type(),
        [](ImplicitLocOpBuilder &b, ValueRange args) -> Value { return arith::AddFOp::create(b, args[0], args[1]); });
  if (failed(weights))
    return failure();
  ctx.replace(op.getWeights(), reshape(ctx, *weights, dims));
  return success();
}

LogicalResult lowerCodes(spk::CodesOp op, LoweringContext &ctx) {
  ctx.replace(op.getCodes(), codes(ctx, op.getTrain()));
  return success();
}

LogicalResult lowerFromCodes(spk::FromCodesOp op, LoweringContext &ctx) {
  SymTensor kept = ctx.operand(op.getCodes());
  ctx.replace(op.getTrain(), isInPlanes(op.getTrain()) ? planesOf(ctx, kept, codeOf(op.getTrain())).value : kept.value);
  return success();
}

LogicalResult lowerPlanes(spk::PlanesOp op, LoweringContext &ctx) {
  SymTensor kept{ctx.lookup(op.getTrain()), ctx.dimsOf(op.getTrain())};
  ctx.replace(op.getSpikes(),
              isInPlanes(op.getTrain()) ? kept.value : planesOf(ctx, kept, codeOf(op.getTrain())).value);
  return success();
}

} // namespace

SymTensor lower::integerWeights(LoweringContext &ctx, Value weights) {
  if (!weights.getDefiningOp<spk::LookupOp>())
    return ctx.operand(weights);
  ElementsAttr expanded = spk::KnownWeights::of(weights)->expanded();
  return {onnx::ConstantOp::create(ctx.builder, expanded), ctx.dimsOf(weights)};
}

void lower::addBoundaryLowerings(LoweringInterface &table) {
  table.add<spk::ObserveOp>(lowerObserve);
  table.add<spk::RowStepOp>(lowerRowStep);
  table.add<spk::EncodeOp>(lowerEncode);
  table.add<spk::DecodeOp>(lowerDecode);
  table.add<spk::LookupOp>(lowerLookup);
  table.add<spk::UnpackOp>(lowerUnpack);
  table.add<spk::CodesOp>(lowerCodes);
  table.add<spk::FromCodesOp>(lowerFromCodes);
  table.add<spk::PlanesOp>(lowerPlanes);
}
