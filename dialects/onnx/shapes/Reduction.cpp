//===- Reduction.cpp - shapes of reductions ------------------------------===//
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

/// The shape without the axes, or with ones in their place.
static Dims reduceDims(ArrayRef<SymExpr> dims, ArrayRef<int64_t> axes, bool keep, SymExpr one) {
  Dims result;
  for (auto [i, dim] : llvm::enumerate(dims)) {
    if (!llvm::is_contained(axes, int64_t(i)))
      result.push_back(dim);
    else if (keep)
      result.push_back(one);
  }
  return result;
}

/// The axes of a reduction: all where none are given.
template <typename OpT> static FailureOr<SmallVector<int64_t>> reductionAxes(OpT op, const SymbolicShapes &shapes) {
  int64_t rank = shapes.shapeOf(op.getData()).size();
  SmallVector<int64_t> axes;
  if (op.getAxes()) {
    FailureOr<SmallVector<int64_t>> given = constantOperand(op, op.getAxes(), "axes", shapes);
    if (failed(given))
      return failure();
    axes = *given;
  }
  if (axes.empty() && !op.getNoopWithEmptyAxes())
    llvm::append_range(axes, llvm::seq<int64_t>(0, rank));
  return normalizeAxes(op, axes, rank);
}

/// The product of all elements, where sizes are multiplied up.
static void followContent(ReduceProdOp op, SymbolicShapes &shapes) {
  std::optional<ArrayRef<SymExpr>> content = shapes.partialContentOf(op.getData());
  std::optional<SmallVector<int64_t>> sizes = contentSizes(shapes.shapeOf(op.getReduced()));
  if (content && sizes && llvm::all_of(*sizes, [](int64_t size) { return size == 1; }))
    shapes.setContent(op.getReduced(), shapes.product(*content));
}
template <typename OpT> static void followContent(OpT, SymbolicShapes &) {}

template <typename OpT> static LogicalResult inferReduction(OpT op, SymbolicShapes &shapes) {
  FailureOr<SmallVector<int64_t>> axes = reductionAxes(op, shapes);
  if (failed(axes))
    return failure();
  shapes.setResult(op.getReduced(), shapes.elementTypeOf(op.getData()),
                   reduceDims(shapes.shapeOf(op.getData()), *axes, op.getKeepdims(), shapes.constant(1)));
  followContent(op, shapes);
  return success();
}

template <typename OpT> static LogicalResult inferArgExtreme(OpT op, SymbolicShapes &shapes) {
  ArrayRef<SymExpr> dims = shapes.shapeOf(op.getData());
  FailureOr<int64_t> axis = normalizeAxis(op, op.getAxis(), dims.size());
  if (failed(axis))
    return failure();
  shapes.setResult(op.getReduced(), IntegerType::get(op.getContext(), 64),
                   reduceDims(dims, *axis, op.getKeepdims(), shapes.constant(1)));
  return success();
}

template <typename... Ops> static void attachAll(MLIRContext *context) {
  (attach<Ops, inferReduction<Ops>>(context), ...);
}

void rheobase::onnx::attachReductionModels(MLIRContext *context) {
  attachAll<ReduceL1Op, ReduceL2Op, ReduceLogSumOp, ReduceLogSumExpOp, ReduceMaxOp, ReduceMeanOp, ReduceMinOp,
            ReduceProdOp, ReduceSumOp, ReduceSumSquareOp>(context);
  attach<ArgMaxOp, inferArgExtreme<ArgMaxOp>>(context);
  attach<ArgMinOp, inferArgExtreme<ArgMinOp>>(context);
}
