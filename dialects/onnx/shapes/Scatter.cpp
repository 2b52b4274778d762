//===- Scatter.cpp - shapes of operators that replace elements -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeModels.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

/// The last dimension of the indices holds tuples; each names a part of the data, which an update replaces.
static LogicalResult inferScatterND(ScatterNDOp op, SymbolicShapes &shapes) {
  Dims data(shapes.shapeOf(op.getData())), indices(shapes.shapeOf(op.getIndices()));
  if (failed(expectRank(op, op.getData(), "data", 1, INT64_MAX, shapes)) ||
      failed(expectRank(op, op.getIndices(), "indices", 1, INT64_MAX, shapes)) ||
      failed(expectSameElementType(op, {op.getData(), op.getUpdates()}, shapes)))
    return failure();
  if (!shapes.elementTypeOf(op.getIndices()).isInteger(64))
    return emitNodeError(op) << "indices of element type " << shapes.elementTypeOf(op.getIndices())
                             << " found, expected i64";
  std::optional<int64_t> tuple = sym::asConstant(indices.back());
  if (!tuple || *tuple < 1 || *tuple > int64_t(data.size()))
    return emitNodeError(op) << "indices of shape " << shapes.print(indices) << " found, expected tuples of 1 to "
                             << data.size() << " for data of shape " << shapes.print(data);
  Dims updates(ArrayRef<SymExpr>(indices).drop_back());
  updates.append(data.begin() + *tuple, data.end());
  if (failed(expectRank(op, op.getUpdates(), "updates", updates.size(), updates.size(), shapes)))
    return failure();
  for (auto [i, found, expected] : llvm::enumerate(Dims(shapes.shapeOf(op.getUpdates())), updates))
    if (failed(expectEqual(op, found, "dimension " + Twine(i) + " of the updates", expected,
                           "what the indices and the data make of it", shapes)))
      return failure();
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(op.getData()), data);
  return success();
}

void rheobase::onnx::attachScatterModels(MLIRContext *context) {
  attach<ScatterNDOp, inferScatterND>(context);
}
