//===- Normalization.cpp - shapes of operators along one axis ------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeModels.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

/// Softmax and its kin: the input's shape, and an axis that must exist.
template <typename OpT> static LogicalResult inferAlongAxis(OpT op, SymbolicShapes &shapes) {
  Value input = op.getInput();
  if (failed(normalizeAxis(op, op.getAxis(), shapes.shapeOf(input).size())))
    return failure();
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(input), shapes.shapeOf(input));
  return success();
}

/// CumSum and CumProd.
template <typename OpT> static LogicalResult inferCumulative(OpT op, SymbolicShapes &shapes) {
  Value x = op->getOperand(0);
  int64_t rank = shapes.shapeOf(x).size();
  if (std::optional<SmallVector<int64_t>> axis = shapes.constantContentOf(op.getAxis()))
    if (axis->size() != 1 || failed(normalizeAxis(op, axis->front(), rank)))
      return axis->size() == 1 ? failure()
                               : LogicalResult(emitNodeError(op) << axis->size() << " axes found, expected one");
  shapes.setResult(op.getY(), shapes.elementTypeOf(x), shapes.shapeOf(x));
  return success();
}

/// A parameter must broadcast to the dimensions it is applied to, without growing them.
static LogicalResult expectBroadcastsTo(Operation *op, Value parameter, StringRef name, ArrayRef<SymExpr> dims,
                                        SymbolicShapes &shapes) {
  FailureOr<Dims> common = broadcast(op, {Dims(dims), Dims(shapes.shapeOf(parameter))}, shapes);
  if (failed(common))
    return failure();
  if (*common == Dims(dims))
    return success();
  return emitNodeError(op) << "operand '" << name << "' has shape " << shapes.print(shapes.shapeOf(parameter))
                           << ", expected one that broadcasts to " << shapes.print(dims);
}

static LogicalResult inferLayerNormalization(LayerNormalizationOp op, SymbolicShapes &shapes) {
  Dims dims(shapes.shapeOf(op.getX()));
  FailureOr<int64_t> axis = normalizeAxis(op, op.getAxis(), dims.size());
  if (failed(axis) || failed(expectBroadcastsTo(op, op.getScale(), "Scale", dims, shapes)) ||
      (op.getB() && failed(expectBroadcastsTo(op, op.getB(), "B", dims, shapes))))
    return failure();
  shapes.setResult(op.getY(), shapes.elementTypeOf(op.getX()), dims);
  std::fill(dims.begin() + *axis, dims.end(), shapes.constant(1));
  for (Value statistic : {op.getMean(), op.getInvStdDev()})
    if (statistic)
      shapes.setResult(statistic, Float32Type::get(op.getContext()), dims);
  return success();
}

static LogicalResult inferBatchNormalization(BatchNormalizationOp op, SymbolicShapes &shapes) {
  if (op.getTrainingMode())
    return emitNodeError(op)
           << "training_mode is set, expected an inference model; export the model in evaluation mode";
  if (failed(expectRank(op, op.getX(), "X", 2, INT64_MAX, shapes)))
    return failure();
  Dims dims(shapes.shapeOf(op.getX()));
  for (auto [name, parameter] : std::initializer_list<std::pair<StringRef, Value>>{{"scale", op.getScale()},
                                                                                   {"B", op.getB()},
                                                                                   {"input_mean", op.getInputMean()},
                                                                                   {"input_var", op.getInputVar()}}) {
    if (failed(expectRank(op, parameter, name, 1, 1, shapes)))
      return failure();
    FailureOr<SymExpr> channels = expectEqual(op, dims[1], "the number of channels", shapes.shapeOf(parameter)[0],
                                              "the size of '" + name + "'", shapes);
    if (failed(channels))
      return failure();
    dims[1] = *channels;
  }
  shapes.setResult(op.getY(), shapes.elementTypeOf(op.getX()), dims);
  for (Value statistic : {op.getRunningMean(), op.getRunningVar()})
    if (statistic)
      shapes.setResult(statistic, shapes.elementTypeOf(op.getInputMean()), dims[1]);
  return success();
}

void rheobase::onnx::attachNormalizationModels(MLIRContext *context) {
  attach<SoftmaxOp, inferAlongAxis<SoftmaxOp>>(context);
  attach<LogSoftmaxOp, inferAlongAxis<LogSoftmaxOp>>(context);
  attach<CumProdOp, inferCumulative<CumProdOp>>(context);
  attach<CumSumOp, inferCumulative<CumSumOp>>(context);
  attach<LayerNormalizationOp, inferLayerNormalization>(context);
  attach<BatchNormalizationOp, inferBatchNormalization>(context);
}
