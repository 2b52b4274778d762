//===- Boundaries.cpp - encode, decode and what goes with them ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"
#include "dialects/onnx/Onnx.h"

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

/// lsb = max |x| / code.max over the axes; what is not finite does not count.
LogicalResult lowerRowStep(spk::RowStepOp op, LoweringContext &ctx) {
  Type f32 = ctx.builder.getF32Type();
  auto largest = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value size = math::AbsFOp::create(b, args[0]);
    Value most = arith::ConstantOp::create(b, b.getF32FloatAttr(kLargestFinite));
    // Ordered comparisons: NaN is neither finite nor larger.
    Value finite = arith::CmpFOp::create(b, arith::CmpFPredicate::OLE, size, most);
    Value larger = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, size, args[1]);
    Value better = arith::AndIOp::create(b, finite, larger);
    return arith::SelectOp::create(b, better, size, args[1]);
  };
  SymTensor reach =
      reduce(ctx, ctx.operand(op.getInput()), op.getAxes(), /*keepdims=*/true, numberAttr(f32, 0), largest);
  SymTensor lsb = mapElements(ctx, reach, f32, [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    Value most = arith::ConstantOp::create(b, b.getF32FloatAttr(static_cast<float>(op.getCode().getMax())));
    return arith::DivFOp::create(b, args[0], most);
  });
  ctx.replace(op.getLsb(), lsb);
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

void countEncoding(LoweringContext &ctx, spk::EncodeOp op, const SymTensor &x, const SymTensor &inverse) {
  spk::CodeInterface code = codeOf(op.getTrain());
  Type i32 = ctx.builder.getI32Type();
  SymExpr one = ctx.constant(1);
  count(ctx, spikeCounts(ctx, op.getTrain()), one, "spikes");
  SymTensor unit{arith::ConstantOp::create(ctx.builder, DenseElementsAttr::get(RankedTensorType::get({1}, i32), 1)),
                 {one}};
  count(ctx, unit, ctx.shapes.product(x.dims), "activations");
  auto clipped = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return arith::ExtUIOp::create(b, i32, code.emitClipped(b, b.getLoc(), args[0], args[1]));
  };
  if (auto flags = elementwise(ctx, {x, inverse}, x.dims, i32, clipped); succeeded(flags))
    count(ctx, *flags, one, "clipped");
}

LogicalResult lowerEncode(spk::EncodeOp op, LoweringContext &ctx) {
  spk::CodeInterface code = codeOf(op.getTrain());
  Type f32 = ctx.builder.getF32Type();
  SymTensor x = ctx.operand(op.getInput());
  SymTensor inverse =
      mapElements(ctx, ctx.operand(op.getLsb()), f32, [](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        Value one = arith::ConstantOp::create(b, b.getF32FloatAttr(1));
        return arith::DivFOp::create(b, one, args[0]);
      });
  auto encode = [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return code.emitEncode(b, b.getLoc(), args[0], args[1]);
  };
  FailureOr<SymTensor> codes = elementwise(ctx, {x, inverse}, x.dims, code.getStorageType(), encode);
  if (failed(codes))
    return failure();
  Value kept = isInPlanes(op.getTrain()) ? planesOf(ctx, *codes, code).value : codes->value;
  ctx.replace(op.getTrain(), kept);
  countEncoding(ctx, op, x, inverse);
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
  auto x = scaled(ctx, codes(ctx, op.getTrain()), ctx.operand(op.getLsb()), codeOf(op.getTrain()).isUnsigned());
  if (failed(x))
    return failure();
  ctx.replace(op.getOutput(), *x);
  return success();
}

LogicalResult lowerUnpack(spk::UnpackOp op, LoweringContext &ctx) {
  auto weights = scaled(ctx, ctx.operand(op.getCodes()), ctx.operand(op.getScale()), /*isUnsigned=*/false);
  if (failed(weights))
    return failure();
  ctx.replace(op.getWeights(), *weights);
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

} // namespace

void lower::addBoundaryLowerings(LoweringInterface &table) {
  table.add<spk::ObserveOp>(lowerObserve);
  table.add<spk::RowStepOp>(lowerRowStep);
  table.add<spk::EncodeOp>(lowerEncode);
  table.add<spk::DecodeOp>(lowerDecode);
  table.add<spk::UnpackOp>(lowerUnpack);
  table.add<spk::CodesOp>(lowerCodes);
  table.add<spk::FromCodesOp>(lowerFromCodes);
}
