//===- Quantization.cpp - shapes of QuantizeLinear and DequantizeLinear --------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementTypes.h"
#include "ShapeModels.h"

#include "rheobase/Interfaces/NarrowTypes.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

/// Scales of blocks have the shape of the data, but for the axis that the blocks divide.
static LogicalResult checkBlocks(Operation *op, ArrayRef<SymExpr> data, ArrayRef<SymExpr> scale, int64_t axis,
                                 int64_t blockSize, SymbolicShapes &shapes) {
  for (auto [i, size, scales] : llvm::enumerate(data, scale)) {
    SymExpr expected = int64_t(i) == axis ? sym::ceilDiv(size, shapes.constant(blockSize)) : SymExpr(size);
    if (failed(expectEqual(op, scales, "dimension " + Twine(i) + " of the scales", expected,
                           "the number of blocks in that of the data", shapes)))
      return failure();
  }
  return success();
}

static bool isSingle(ArrayRef<SymExpr> dims) {
  return dims.empty() || (dims.size() == 1 && sym::asConstant(dims[0]) == 1);
}

/// One scale for all, one per element of the axis, or one per block; the zero point has the shape of the scale.
static LogicalResult checkParameters(Operation *op, Value x, Value scale, Value zeroPoint, int64_t axis,
                                     int64_t blockSize, SymbolicShapes &shapes) {
  Dims data(shapes.shapeOf(x)), scales(shapes.shapeOf(scale));
  bool single = isSingle(scales);
  Dims points(zeroPoint ? shapes.shapeOf(zeroPoint) : ArrayRef<SymExpr>(scales));
  bool agree = points.size() == scales.size();
  for (auto [scale, point] : llvm::zip(scales, points))
    agree = agree && shapes.unify(scale, point, op);
  if (!agree && !(single && isSingle(points)))
    return emitNodeError(op) << "zero points of shape " << shapes.print(points)
                             << " found, expected the shape of the scales, " << shapes.print(scales);
  if (single && blockSize == 0)
    return success();
  FailureOr<int64_t> along = normalizeAxis(op, axis, data.size());
  if (failed(along))
    return failure();
  if (blockSize < 0 || (blockSize == 0 ? scales.size() != 1 : scales.size() != data.size()))
    return emitNodeError(op) << "scales of shape " << shapes.print(scales) << " with block size " << blockSize
                             << " found, expected one, a vector along axis " << *along
                             << ", or the rank of the data with a positive block size";
  if (blockSize > 0)
    return checkBlocks(op, data, scales, *along, blockSize, shapes);
  return success(succeeded(expectEqual(op, scales[0], "the number of scales", data[*along],
                                       "dimension " + Twine(*along) + " of the data", shapes)));
}

/// The element type that an attribute states by number; null where it states none.
static FailureOr<Type> statedType(Operation *op, int64_t number, StringRef attribute) {
  if (number == 0)
    return Type();
  if (Type type = elementTypeOfNumber(number, op->getContext()))
    return type;
  return emitNodeError(op) << "attribute '" << attribute << "' is " << number
                           << ", expected the number of an element type that is supported";
}

/// Whether quantised numbers may be of the type; E8M0 is one of scales.
static bool isQuantized(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return isNarrow(type) || llvm::is_contained({8u, 16u, 32u}, integer.getWidth());
  return isNarrow(type) && smallFloatOf(type);
}

static bool isWideFloat(Type type) {
  return isa<Float32Type, Float16Type, BFloat16Type>(type);
}

static LogicalResult inferQuantizeLinear(QuantizeLinearOp op, SymbolicShapes &shapes) {
  Value zeroPoint = op.getYZeroPoint();
  if (failed(checkParameters(op, op.getX(), op.getYScale(), zeroPoint, op.getAxis(), op.getBlockSize(), shapes)))
    return failure();
  FailureOr<Type> stated = statedType(op, op.getOutputDtype(), "output_dtype");
  if (failed(stated))
    return failure();
  Type given = zeroPoint ? shapes.elementTypeOf(zeroPoint) : *stated;
  if (!given)
    given = IntegerType::get(op.getContext(), 8, IntegerType::Unsigned);
  if (*stated && *stated != given)
    return emitNodeError(op) << "attribute 'output_dtype' says " << *stated << ", expected the zero point's type, "
                             << given;
  if (!isQuantized(given) || given.isInteger(32))
    return emitNodeError(op) << "result of element type " << given
                             << " found, expected an integer of 2 to 16 bits or a float of 4 or 8 bits";
  FailureOr<Type> precision = statedType(op, op.getPrecision(), "precision");
  if (failed(precision))
    return failure();
  if (*precision && !isWideFloat(*precision))
    return emitNodeError(op) << "attribute 'precision' says " << *precision << ", expected f32, f16 or bf16";
  shapes.setResult(op.getY(), given, shapes.shapeOf(op.getX()));
  return success();
}

static LogicalResult inferDequantizeLinear(DequantizeLinearOp op, SymbolicShapes &shapes) {
  Value zeroPoint = op.getXZeroPoint();
  if (failed(checkParameters(op, op.getX(), op.getXScale(), zeroPoint, op.getAxis(), op.getBlockSize(), shapes)))
    return failure();
  if (zeroPoint && failed(expectSameElementType(op, {op.getX(), zeroPoint}, shapes)))
    return failure();
  FailureOr<Type> stated = statedType(op, op.getOutputDtype(), "output_dtype");
  if (failed(stated))
    return failure();
  Type elementType = *stated ? *stated : shapes.elementTypeOf(op.getXScale());
  if (!isWideFloat(elementType) || !isQuantized(shapes.elementTypeOf(op.getX())))
    return emitNodeError(op)
           << "element types " << shapes.elementTypeOf(op.getX()) << " and " << elementType
           << " found, expected integers of 2 to 32 bits or floats of 4 or 8 bits to be made f32, f16 "
              "or bf16";
  shapes.setResult(op.getY(), elementType, shapes.shapeOf(op.getX()));
  return success();
}

void rheobase::onnx::attachQuantizationModels(MLIRContext *context) {
  attach<QuantizeLinearOp, inferQuantizeLinear>(context);
  attach<DequantizeLinearOp, inferDequantizeLinear>(context);
}
