//===- ShapeOps.cpp - shapes of constants and of shape arithmetic --------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeModels.h"

#include "rheobase/Interfaces/ConstantData.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

static LogicalResult inferConstant(ConstantOp op, SymbolicShapes &shapes) {
  auto type = dyn_cast<RankedTensorType>(op.getValue().getType());
  if (!type || !type.hasStaticShape())
    return emitNodeError(op) << "value of type " << op.getValue().getType()
                             << " found, expected a tensor of known sizes";
  Dims dims;
  for (int64_t size : type.getShape())
    dims.push_back(shapes.constant(size));
  shapes.setResult(op.getOutput(), type.getElementType(), dims);
  if (!isa<IntegerType>(type.getElementType()) || !contentSizes(dims))
    return success();
  std::optional<ConstantData> data = ConstantData::get(op.getValue());
  if (!data)
    return emitNodeError(op) << "a value without its " << type << " found, expected as many bytes as its type says";
  Dims elements;
  for (int64_t i = 0; i < data->size(); ++i) {
    std::optional<int64_t> value = data->integer(i);
    elements.push_back(value ? shapes.constant(*value) : SymExpr());
  }
  shapes.setContent(op.getOutput(), elements);
  return success();
}

/// An index into a shape: counted from the end where negative, and cut to [0, rank].
static int64_t clampToRank(int64_t index, int64_t rank) {
  return std::clamp<int64_t>(index < 0 ? index + rank : index, 0, rank);
}

static LogicalResult inferShape(ShapeOp op, SymbolicShapes &shapes) {
  ArrayRef<SymExpr> dims = shapes.shapeOf(op.getData());
  int64_t rank = dims.size();
  int64_t start = clampToRank(op.getStart(), rank), end = clampToRank(op.getEnd().value_or(rank), rank);
  Dims selected(dims.slice(start, std::max<int64_t>(end - start, 0)));
  shapes.setResult(op.getShape(), IntegerType::get(op.getContext(), 64), shapes.constant(selected.size()));
  shapes.setContent(op.getShape(), selected);
  return success();
}

static LogicalResult inferSize(SizeOp op, SymbolicShapes &shapes) {
  shapes.setResult(op.getSize(), IntegerType::get(op.getContext(), 64), {});
  shapes.setContent(op.getSize(), shapes.product(shapes.shapeOf(op.getData())));
  return success();
}

static LogicalResult inferConstantOfShape(ConstantOfShapeOp op, SymbolicShapes &shapes) {
  FailureOr<Dims> dims = contentOperand(op, op.getInput(), "input", shapes);
  if (failed(dims))
    return failure();
  for (auto [i, dim] : llvm::enumerate(*dims))
    if (!dim)
      return dataDependent(op, "dimension " + Twine(i) + " of the result");
  Type elementType = Float32Type::get(op.getContext());
  std::optional<int64_t> value;
  if (std::optional<ElementsAttr> attribute = op.getValue()) {
    std::optional<ConstantData> data = ConstantData::get(*attribute);
    if (!data || data->size() != 1)
      return emitNodeError(op) << "attribute 'value' of type " << attribute->getType()
                               << " found, expected one element";
    elementType = data->getElementType();
    value = data->integer(0);
  }
  shapes.setResult(op.getOutput(), elementType, *dims);
  if (std::optional<SmallVector<int64_t>> sizes = contentSizes(*dims); sizes && value)
    shapes.setContent(op.getOutput(), Dims(*sym::asConstant(shapes.product(*dims)), shapes.constant(*value)));
  return success();
}

/// The number of elements of a Range over floats, which must be constants.
static std::optional<int64_t> countFloats(RangeOp op) {
  std::optional<ConstantData> start = ConstantData::of(op.getStart()), limit = ConstantData::of(op.getLimit()),
                              delta = ConstantData::of(op.getDelta());
  if (!start || !limit || !delta || start->size() != 1 || limit->size() != 1 || delta->size() != 1)
    return std::nullopt;
  double count = std::ceil((limit->number(0) - start->number(0)) / delta->number(0));
  if (!(count <= double(INT64_C(1) << 40)))
    return std::nullopt;
  return count > 0 ? int64_t(count) : 0;
}

/// The number of elements of a Range over integers; null where it depends on the data.
static SymExpr countIntegers(RangeOp op, SymExpr start, SymExpr limit, SymExpr delta, SymbolicShapes &shapes) {
  std::optional<int64_t> step = sym::asConstant(delta);
  if (!start || !limit || !step || *step == 0 || *step == INT64_MIN)
    return SymExpr();
  SymExpr distance = *step > 0 ? sym::sub(limit, start) : sym::sub(start, limit);
  SymExpr zero = shapes.constant(0);
  if (shapes.provablyAtMost(distance, zero))
    return zero;
  // A range that may be empty or not has no closed form: it is taken as not running backwards.
  if (!distance || failed(shapes.requireAtMost(zero, distance, op)))
    return SymExpr();
  return sym::ceilDiv(distance, shapes.constant(*step > 0 ? *step : -*step));
}

static LogicalResult inferRange(RangeOp op, SymbolicShapes &shapes) {
  if (failed(expectSameElementType(op, op->getOperands(), shapes)))
    return failure();
  Type elementType = shapes.elementTypeOf(op.getStart());
  if (!isa<IntegerType>(elementType)) {
    std::optional<int64_t> count = countFloats(op);
    if (!count)
      return dataDependent(op, "the number of elements");
    shapes.setResult(op.getOutput(), elementType, shapes.constant(*count));
    return success();
  }
  Dims args;
  for (Value operand : op->getOperands()) {
    std::optional<ArrayRef<SymExpr>> content = shapes.partialContentOf(operand);
    args.push_back(content && content->size() == 1 ? content->front() : SymExpr());
  }
  SymExpr count = countIntegers(op, args[0], args[1], args[2], shapes);
  if (!count)
    return dataDependent(op, "the number of elements");
  shapes.setResult(op.getOutput(), elementType, count);
  std::optional<int64_t> known = sym::asConstant(count);
  if (!known || *known > kMaxContent)
    return success();
  Dims elements;
  for (int64_t i = 0; i < *known; ++i)
    elements.push_back(sym::add(args[0], sym::mul(args[2], shapes.constant(i))));
  shapes.setContent(op.getOutput(), elements);
  return success();
}

void rheobase::onnx::attachShapeOpModels(MLIRContext *context) {
  attach<ConstantOp, inferConstant>(context);
  attach<ShapeOp, inferShape>(context);
  attach<SizeOp, inferSize>(context);
  attach<ConstantOfShapeOp, inferConstantOfShape>(context);
  attach<RangeOp, inferRange>(context);
}
