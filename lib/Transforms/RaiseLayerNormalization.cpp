//===- RaiseLayerNormalization.cpp - LayerNormalization from its parts ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompositePatterns.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

namespace {

/// What is multiplied and what is divided by, where `value` is a tree of Mul, Div and Reciprocal.
struct Factors {
  SmallVector<Value> over, under;
};

} // namespace

static void collectFactors(Value value, bool over, unsigned depth, Factors &factors) {
  Operation *op = value.getDefiningOp();
  constexpr unsigned kMaxDepth = 4;
  if (op && depth < kMaxDepth && isa<MulOp, DivOp>(op)) {
    collectFactors(op->getOperand(0), over, depth + 1, factors);
    collectFactors(op->getOperand(1), isa<DivOp>(op) ? !over : over, depth + 1, factors);
  } else if (op && depth < kMaxDepth && isa<ReciprocalOp>(op)) {
    collectFactors(op->getOperand(0), !over, depth + 1, factors);
  } else if (uniformConstant(value) != 1.0) {
    (over ? factors.over : factors.under).push_back(value);
  }
}

/// The first of the normalised axes, where the mean runs over all axes from there to the last and keeps them.
static std::optional<int64_t> trailingAxes(ReduceMeanOp mean, const SymbolicShapes &shapes) {
  int64_t rank = shapes.shapeOf(mean.getData()).size();
  std::optional<SmallVector<int64_t>> axes;
  if (mean.getAxes())
    axes = shapes.constantContentOf(mean.getAxes());
  if (!mean.getKeepdims() || !axes || axes->empty())
    return std::nullopt;
  for (int64_t &axis : *axes)
    axis = axis < 0 ? axis + rank : axis;
  llvm::sort(*axes);
  if (!llvm::equal(*axes, llvm::seq<int64_t>(rank - int64_t(axes->size()), rank)))
    return std::nullopt;
  return axes->front();
}

/// x where `value` is x minus its mean.
static Value centredInput(Value value, const SymbolicShapes &shapes, int64_t &axis) {
  auto difference = value.getDefiningOp<SubOp>();
  auto mean = difference ? difference.getB().getDefiningOp<ReduceMeanOp>() : ReduceMeanOp();
  if (!mean || mean.getData() != difference.getA())
    return nullptr;
  std::optional<int64_t> first = trailingAxes(mean, shapes);
  if (!first)
    return nullptr;
  axis = *first;
  return difference.getA();
}

/// d where `value` is d*d.
static Value squaredInput(Value value) {
  if (auto power = value.getDefiningOp<PowOp>(); power && uniformConstant(power.getY()) == 2.0)
    return power.getX();
  if (auto product = value.getDefiningOp<MulOp>(); product && product.getA() == product.getB())
    return product.getA();
  return nullptr;
}

/// The epsilon where `value` is mean(d*d) + epsilon over the axes from `axis` on, of the same centred x.
static std::optional<double> matchVariance(Value value, Value x, int64_t axis, const SymbolicShapes &shapes) {
  auto sum = value.getDefiningOp<AddOp>();
  if (!sum)
    return std::nullopt;
  for (auto [left, right] : {std::pair(sum.getA(), sum.getB()), std::pair(sum.getB(), sum.getA())}) {
    std::optional<double> epsilon = uniformConstant(right);
    auto mean = left.getDefiningOp<ReduceMeanOp>();
    Value centred = mean ? squaredInput(mean.getData()) : Value();
    int64_t own = -1;
    if (epsilon && centred && trailingAxes(mean, shapes) == axis && centredInput(centred, shapes, own) == x &&
        own == axis)
      return epsilon;
  }
  return std::nullopt;
}

/// The variance with epsilon where `value` is its square root (or, `inverse`, one over it).
static Value squareRootInput(Value value, bool inverse) {
  if (auto root = value.getDefiningOp<SqrtOp>(); root && !inverse)
    return root.getX();
  if (auto power = value.getDefiningOp<PowOp>(); power && uniformConstant(power.getY()) == (inverse ? -0.5 : 0.5))
    return power.getX();
  return nullptr;
}

static std::optional<double> matchDeviation(const Factors &factors, Value x, int64_t axis,
                                            const SymbolicShapes &shapes) {
  Value variance;
  if (factors.under.size() == 1)
    variance = squareRootInput(factors.under.front(), /*inverse=*/false);
  for (Value factor : factors.over)
    if (!variance && factors.under.empty())
      variance = squareRootInput(factor, /*inverse=*/true);
  return variance ? matchVariance(variance, x, axis, shapes) : std::nullopt;
}

static Value makeLayerNormalization(OnnxBuilder &builder, Value x, Value scale, Value bias, int64_t axis,
                                    double epsilon) {
  OpBuilder &attributes = builder.getBuilder();
  return builder.create<LayerNormalizationOp>(Type(), Type(), x, scale, bias, attributes.getI64IntegerAttr(axis),
                                              attributes.getF32FloatAttr(float(epsilon)),
                                              attributes.getI64IntegerAttr(1));
}

/// (x - mean) / sqrt(variance + epsilon): without scale and bias, which `op`'s users may add.
static Value matchCore(Operation *op, SymbolicShapes &shapes) {
  Factors factors;
  collectFactors(op->getResult(0), /*over=*/true, 0, factors);
  if (factors.over.size() + factors.under.size() != 2)
    return nullptr;
  for (Value factor : factors.over) {
    int64_t axis = -1;
    Value x = centredInput(factor, shapes, axis);
    std::optional<double> epsilon = x ? matchDeviation(factors, x, axis, shapes) : std::nullopt;
    if (!epsilon || x.getType() != op->getResult(0).getType())
      continue;
    auto type = cast<RankedTensorType>(x.getType());
    SmallVector<int64_t> sizes(type.getShape().drop_front(axis));
    if (llvm::is_contained(sizes, ShapedType::kDynamic))
      continue;
    OnnxBuilder builder(op, shapes);
    return makeLayerNormalization(builder, x, builder.splat(sizes, 1, type.getElementType()), Value(), axis, *epsilon);
  }
  return nullptr;
}

/// A constant that holds one number per normalised element, or per element of the last dimensions of these, in the
/// shape the operator takes; null where it is none.
static Value parameterOf(Value value, LayerNormalizationOp norm, OnnxBuilder &builder) {
  SymbolicShapes &shapes = builder.getShapes();
  if (!value.getDefiningOp<ConstantOp>() || shapes.elementTypeOf(value) != shapes.elementTypeOf(norm.getX()))
    return nullptr;
  SmallVector<SymExpr> dims(shapes.shapeOf(value));
  size_t normalised = shapes.shapeOf(norm.getX()).size() - size_t(norm.getAxis());
  while (dims.size() > normalised && sym::asConstant(dims.front()) == 1)
    dims.erase(dims.begin());
  return dims.size() <= normalised ? builder.reshape(value, dims) : Value();
}

/// Mul by the scale, or Add of the bias, of a normalisation that has none yet.
static Value matchAffine(Operation *op, SymbolicShapes &shapes) {
  for (unsigned i : {0u, 1u}) {
    auto norm = op->getOperand(i).getDefiningOp<LayerNormalizationOp>();
    if (!norm || norm.getB() || norm->getNumResults() != 1 || !norm.getY().hasOneUse() ||
        norm.getY().getType() != op->getResult(0).getType())
      continue;
    OnnxBuilder builder(op, shapes);
    Value parameter = parameterOf(op->getOperand(1 - i), norm, builder);
    if (!parameter || (isa<MulOp>(op) && uniformConstant(norm.getScale()) != 1.0))
      continue;
    Value scale = isa<MulOp>(op) ? parameter : norm.getScale();
    return makeLayerNormalization(builder, norm.getX(), scale, isa<AddOp>(op) ? parameter : Value(), norm.getAxis(),
                                  norm.getEpsilon().convertToDouble());
  }
  return nullptr;
}

Value rheobase::raiseLayerNormalization(Operation *op, SymbolicShapes &shapes) {
  if (isa<MulOp, AddOp>(op))
    if (Value affine = matchAffine(op, shapes))
      return affine;
  return isa<MulOp, DivOp>(op) ? matchCore(op, shapes) : Value();
}
