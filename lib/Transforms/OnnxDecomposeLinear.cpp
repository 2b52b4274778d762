//===- OnnxDecomposeLinear.cpp - onnx-decompose-linear -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriting.h"

#include "rheobase/Interfaces/ConstantData.h"
#include "rheobase/Transforms/Passes.h"
#include "rheobase/Weights/Recognition.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace rheobase {
#define GEN_PASS_DEF_ONNXDECOMPOSELINEAR
#include "rheobase/Transforms/Passes.h.inc"
} // namespace rheobase

using namespace rheobase;
using namespace rheobase::onnx;

static bool isConstant(Value value) {
  return value.getDefiningOp<ConstantOp>() != nullptr;
}

//===----------------------------------------------------------------------===//
// Gemm
//===----------------------------------------------------------------------===//

/// The value times a number, where the number is not 1.
static Value scaled(Value value, llvm::APFloat factor, OnnxBuilder &builder) {
  if (factor.isExactlyValue(1.0))
    return value;
  Value number = builder.scalar(factor.convertToDouble(), builder.getShapes().elementTypeOf(value));
  return builder.create<MulOp>(value, number);
}

static Value decompose(GemmOp op, SymbolicShapes &shapes) {
  if (!isa<FloatType>(shapes.elementTypeOf(op.getA())))
    return nullptr;
  OnnxBuilder builder(op, shapes);
  Value a = op.getTransA() ? builder.transpose(op.getA(), {1, 0}) : op.getA();
  Value b = op.getTransB() ? builder.transpose(op.getB(), {1, 0}) : op.getB();
  // The factor goes to the weights, where it is folded.
  bool scaleWeights = isConstant(op.getB());
  if (scaleWeights)
    b = scaled(b, op.getAlpha(), builder);
  Value product = builder.create<MatMulOp>(a, b);
  if (!scaleWeights)
    product = scaled(product, op.getAlpha(), builder);
  if (!op.getC())
    return product;
  return builder.create<AddOp>(product, scaled(op.getC(), op.getBeta(), builder));
}

//===----------------------------------------------------------------------===//
// Joined leading dimensions
//===----------------------------------------------------------------------===//

/// The value before a Reshape that joins leading dimensions and keeps the last one; null where `value` is none.
static Value beforeJoining(Value value, const SymbolicShapes &shapes) {
  auto reshape = value.getDefiningOp<ReshapeOp>();
  if (!reshape)
    return nullptr;
  ArrayRef<SymExpr> from = shapes.shapeOf(reshape.getData()), to = shapes.shapeOf(value);
  bool joins = !to.empty() && from.size() > to.size() && from.back() == to.back() && to.size() == 2;
  return joins ? reshape.getData() : Value();
}

/// A MatMul by a matrix is applied to the tensor before its leading dimensions were joined.
static Value separateDims(MatMulOp op, SymbolicShapes &shapes) {
  Value inner = shapes.shapeOf(op.getB()).size() == 2 ? beforeJoining(op.getA(), shapes) : Value();
  if (!inner)
    return nullptr;
  OnnxBuilder builder(op, shapes);
  SmallVector<SymExpr> dims(shapes.shapeOf(op.getY()));
  return builder.reshape(builder.create<MatMulOp>(inner, op.getB()), dims);
}

/// So is an elementwise op whose other operands have no more than the last dimension.
static Value separateDims(Operation *op, SymbolicShapes &shapes) {
  Value joined, inner;
  for (Value operand : op->getOperands()) {
    Value before = beforeJoining(operand, shapes);
    if (before && joined && operand != joined)
      return nullptr;
    if (before) {
      joined = operand;
      inner = before;
    } else if (shapes.shapeOf(operand).size() > 1) {
      return nullptr;
    }
  }
  if (!joined || op->getNumResults() != 1)
    return nullptr;
  OnnxBuilder builder(op, shapes);
  IRMapping mapping;
  mapping.map(joined, inner);
  SmallVector<SymExpr> dims(shapes.shapeOf(op->getResult(0)));
  Value separated = builder.clone(op, mapping);
  return builder.reshape(separated, dims);
}

//===----------------------------------------------------------------------===//
// BatchNormalization
//===----------------------------------------------------------------------===//

/// Whether the weights of a convolution [outputs, ...] have been rounded to few bits, by training or else. A scale for
/// each output would round them anew.
static bool liesOnGrid(Value value) {
  std::optional<ConstantData> data = ConstantData::of(value);
  if (!data || !data->getElementType().isF32() || data->size() == 0)
    return false;
  int64_t outputs = data->getType().getDimSize(0), inputs = data->size() / outputs;
  std::vector<float> matrix(data->size());
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t i = 0; i < inputs; ++i) {
      auto number = static_cast<float>(data->number(n * inputs + i));
      if (!std::isfinite(number))
        return false;
      matrix[i * outputs + n] = number;
    }
  constexpr unsigned byte = 8;
  static const weights::Hessian nothing;
  return weights::recognise({matrix, inputs, outputs, nothing}, byte, weights::kRoundings).has_value();
}

/// The convolution before a normalisation, where nothing else reads it and its weights are constant.
static ConvOp foldableConv(BatchNormalizationOp op) {
  auto conv = op.getX().getDefiningOp<ConvOp>();
  bool foldable = conv && conv.getY().hasOneUse() && isConstant(conv.getW()) &&
                  (!conv.getB() || isConstant(conv.getB())) && !liesOnGrid(conv.getW());
  return foldable ? conv : ConvOp();
}

static Value decompose(BatchNormalizationOp op, SymbolicShapes &shapes) {
  if (op.getRunningMean() || op.getRunningVar())
    return nullptr;
  Type elementType = shapes.elementTypeOf(op.getX());
  for (Value parameter : op->getOperands())
    if (shapes.elementTypeOf(parameter) != elementType)
      return nullptr;
  OnnxBuilder builder(op, shapes);
  Value epsilon = builder.scalar(op.getEpsilon().convertToDouble(), elementType);
  Value deviation = builder.create<SqrtOp>(builder.create<AddOp>(op.getInputVar(), epsilon));
  Value scale = builder.create<DivOp>(op.getScale(), deviation);
  auto perChannel = [&](Value value, size_t rank) {
    SmallVector<SymExpr> dims(rank, shapes.constant(1));
    dims.front() = shapes.shapeOf(value)[0];
    return builder.reshape(value, dims);
  };
  size_t rank = shapes.shapeOf(op.getX()).size();
  if (ConvOp conv = foldableConv(op)) {
    Value weights = builder.create<MulOp>(conv.getW(), perChannel(scale, rank));
    Value shift =
        conv.getB() ? builder.create<SubOp>(conv.getB(), op.getInputMean()) : builder.create<NegOp>(op.getInputMean());
    Value bias = builder.create<AddOp>(builder.create<MulOp>(shift, scale), op.getB());
    return builder.create<ConvOp>(conv.getX(), weights, bias, conv.getAutoPadAttr(), conv.getDilationsAttr(),
                                  conv.getGroupAttr(), conv.getKernelShapeAttr(), conv.getPadsAttr(),
                                  conv.getStridesAttr());
  }
  Value shift = builder.create<SubOp>(op.getB(), builder.create<MulOp>(op.getInputMean(), scale));
  Value product = builder.create<MulOp>(op.getX(), perChannel(scale, rank - 1));
  return builder.create<AddOp>(product, perChannel(shift, rank - 1));
}

static Value rewrite(Operation *op, SymbolicShapes &shapes) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<GemmOp, BatchNormalizationOp>([&](auto typed) { return decompose(typed, shapes); })
      .Case([&](MatMulOp product) { return separateDims(product, shapes); })
      .Default(
          [&](Operation *other) { return other->hasTrait<Elementwise>() ? separateDims(other, shapes) : Value(); });
}

namespace {
struct OnnxDecomposeLinear : rheobase::impl::OnnxDecomposeLinearBase<OnnxDecomposeLinear> {
  void runOnOperation() override {
    if (failed(rewriteOps(getOperation(), rewrite)))
      signalPassFailure();
  }
};
} // namespace
