//===- Selection.cpp - shapes of operators that pick elements ------------===//
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

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {
/// One dimension's part of a Slice: `count` elements from `start` on, every `step`-th.
struct Range1D {
  SymExpr start, count;
  int64_t step;
};
} // namespace

/// Exporters write "to the end" as the largest number of 32 or 64 bits.
static constexpr int64_t kToTheEnd = INT32_MAX;

/// Up to these, dimensions are taken to be longer than a bound that is a number.
static constexpr int64_t kSmallBound = 64;

/// A bound of a slice with positive step, counted from the front and cut to [0, size]; null, with a diagnostic, where
/// the symbols' ranges leave it open.
static FailureOr<SymExpr> sliceBound(SliceOp op, SymExpr bound, SymExpr size, StringRef name, SymbolicShapes &shapes) {
  std::optional<int64_t> number = sym::asConstant(bound);
  SymExpr zero = shapes.constant(0);
  if (number && *number >= kToTheEnd)
    return sym::asConstant(size) && *sym::asConstant(size) > *number ? bound : size;
  if (number && *number <= -kToTheEnd)
    return zero;
  bool fromEnd = shapes.maxOf(bound).value_or(0) < 0;
  SymExpr position = fromEnd ? sym::add(bound, size) : bound;
  if (!position)
    return dataDependent(op, "operand '" + name + "'");
  if (shapes.provablyAtMost(position, zero))
    return zero;
  if (shapes.provablyAtMost(size, position))
    return size;
  bool atLeast = shapes.provablyAtMost(zero, position), atMost = shapes.provablyAtMost(position, size);
  if (atLeast && atMost)
    return position;
  // A number is cut where the dimension is shorter, which no size says; a small one is taken to lie within it.
  if (number && (*number > kSmallBound || *number < -kSmallBound))
    return emitNodeError(op) << "bound " << *number << " of a dimension of size " << shapes.print(size)
                             << " found, expected one whose place does not depend on the size; try --dim NAME=VALUE";
  // A computed bound is taken to lie within the dimension; the program checks it.
  if (failed(shapes.requireAtMost(zero, position, op)) || failed(shapes.requireAtMost(position, size, op)))
    return emitNodeError(op) << "bound " << shapes.print(bound) << " found, expected one within a dimension of "
                             << shapes.print(size);
  return position;
}

/// A slice that runs backwards. Its bounds must be numbers, for their signs decide where they count from.
static FailureOr<Range1D> sliceBackwards(SliceOp op, SymExpr start, SymExpr end, int64_t step, SymExpr size,
                                         SymbolicShapes &shapes) {
  std::optional<int64_t> from = sym::asConstant(start), to = sym::asConstant(end), length = sym::asConstant(size);
  if (from && to && length) {
    auto place = [&](int64_t bound, int64_t most) {
      return std::clamp<int64_t>(bound < 0 ? bound + *length : bound, -1, most);
    };
    int64_t first = place(*from, *length - 1), last = *to <= -*length - 1 ? -1 : place(*to, *length - 1);
    int64_t count = first > last ? (first - last - 1) / -step + 1 : 0;
    return Range1D{shapes.constant(std::max<int64_t>(first, 0)), shapes.constant(count), step};
  }
  bool whole = from && to && (*from == -1 || *from >= kToTheEnd) && *to <= -kToTheEnd;
  if (!whole)
    return emitNodeError(op) << "a slice backwards from " << shapes.print(start) << " to " << shapes.print(end)
                             << " of a dimension of " << shapes.print(size) << " found, expected constants";
  return Range1D{sym::sub(size, shapes.constant(1)), sym::ceilDiv(size, shapes.constant(-step)), step};
}

static FailureOr<Range1D> sliceDimension(SliceOp op, SymExpr start, SymExpr end, int64_t step, SymExpr size,
                                         SymbolicShapes &shapes) {
  if (step < 0)
    return sliceBackwards(op, start, end, step, size, shapes);
  FailureOr<SymExpr> first = sliceBound(op, start, size, "starts", shapes);
  FailureOr<SymExpr> last = failed(first) ? FailureOr<SymExpr>(failure()) : sliceBound(op, end, size, "ends", shapes);
  if (failed(last))
    return failure();
  SymExpr zero = shapes.constant(0), room = sym::sub(*last, *first);
  if (!room)
    return dataDependent(op, "the size of the result");
  if (shapes.provablyAtMost(room, zero))
    return Range1D{*first, zero, step};
  if (failed(shapes.requireAtMost(*first, *last, op)))
    return Range1D{*first, zero, step};
  return Range1D{*first, sym::ceilDiv(room, shapes.constant(step)), step};
}

static LogicalResult inferSlice(SliceOp op, SymbolicShapes &shapes) {
  Value data = op.getData();
  Dims dims(shapes.shapeOf(data));
  FailureOr<Dims> starts = contentOperand(op, op.getStarts(), "starts", shapes);
  FailureOr<Dims> ends = contentOperand(op, op.getEnds(), "ends", shapes);
  if (failed(starts) || failed(ends))
    return failure();
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, starts->size())), steps(starts->size(), 1);
  for (auto [operand, name, list] : {std::make_tuple(op.getAxes(), StringRef("axes"), &axes),
                                     std::make_tuple(op.getSteps(), StringRef("steps"), &steps)}) {
    if (!operand)
      continue;
    FailureOr<SmallVector<int64_t>> given = constantOperand(op, operand, name, shapes);
    if (failed(given))
      return failure();
    *list = *given;
  }
  if (ends->size() != starts->size() || axes.size() != starts->size() || steps.size() != starts->size())
    return emitNodeError(op) << starts->size() << " starts, " << ends->size() << " ends, " << axes.size()
                             << " axes and " << steps.size() << " steps found, expected the same number of each";
  if (failed(normalizeAxes(op, axes, dims.size())))
    return failure();
  SmallVector<std::pair<Dims::value_type, int64_t>> offsets(dims.size(), {shapes.constant(0), 1});
  for (auto [axis, start, end, step] : llvm::zip_equal(axes, *starts, *ends, steps)) {
    axis = axis < 0 ? axis + int64_t(dims.size()) : axis;
    if (step == 0 || step == INT64_MIN)
      return emitNodeError(op) << "step " << step << " found, expected one that is not 0";
    FailureOr<Range1D> range = sliceDimension(op, start, end, step, dims[axis], shapes);
    if (failed(range))
      return failure();
    dims[axis] = range->count;
    offsets[axis] = {range->start, step};
  }
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(data), dims);
  if (llvm::all_of(offsets, [](auto &offset) { return sym::asConstant(offset.first).has_value(); }))
    gatherContent(op.getOutput(), data, shapes, [&](ArrayRef<int64_t> index, MutableArrayRef<int64_t> source) {
      for (auto [i, own, offset] : llvm::zip_equal(index, source, offsets))
        own = *sym::asConstant(offset.first) + i * offset.second;
    });
  return success();
}

//===----------------------------------------------------------------------===//
// Gather and its kin, Trilu
//===----------------------------------------------------------------------===//

/// Indices that are known when compiling must be in range; the program checks the others.
static LogicalResult checkIndices(Operation *op, Value indices, SymExpr size, const SymbolicShapes &shapes) {
  std::optional<SmallVector<int64_t>> numbers = shapes.constantContentOf(indices);
  std::optional<int64_t> limit = sym::asConstant(size);
  if (!numbers || !limit)
    return success();
  for (int64_t index : *numbers)
    if (index < -*limit || index >= *limit)
      return emitNodeError(op) << "index " << index << " found, expected one in [" << -*limit << ", " << *limit - 1
                               << "]";
  return success();
}

static LogicalResult expectIntegers(Operation *op, Value indices, const SymbolicShapes &shapes) {
  Type type = shapes.elementTypeOf(indices);
  if (type.isInteger(32) || type.isInteger(64))
    return success();
  return emitNodeError(op) << "indices of element type " << type << " found, expected i32 or i64";
}

static LogicalResult inferGather(GatherOp op, SymbolicShapes &shapes) {
  Value data = op.getData(), indices = op.getIndices();
  Dims from(shapes.shapeOf(data));
  ArrayRef<SymExpr> indexDims = shapes.shapeOf(indices);
  FailureOr<int64_t> axis = normalizeAxis(op, op.getAxis(), from.size());
  if (failed(axis) || failed(expectIntegers(op, indices, shapes)) ||
      failed(checkIndices(op, indices, from[*axis], shapes)))
    return failure();
  Dims dims(ArrayRef<SymExpr>(from).take_front(*axis));
  size_t indexRank = indexDims.size();
  llvm::append_range(dims, indexDims);
  llvm::append_range(dims, ArrayRef(from).drop_front(*axis + 1));
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(data), dims);

  std::optional<SmallVector<int64_t>> numbers = shapes.constantContentOf(indices);
  std::optional<int64_t> size = sym::asConstant(from[*axis]);
  std::optional<SmallVector<int64_t>> indexSizes = contentSizes(shapes.shapeOf(indices));
  if (numbers && size && indexSizes)
    gatherContent(op.getOutput(), data, shapes, [&](ArrayRef<int64_t> index, MutableArrayRef<int64_t> source) {
      int64_t picked = (*numbers)[linearIndex(index.slice(*axis, indexRank), *indexSizes)];
      llvm::copy(index.take_front(*axis), source.begin());
      source[*axis] = picked < 0 ? picked + *size : picked;
      llvm::copy(index.drop_front(*axis + indexRank), source.begin() + *axis + 1);
    });
  return success();
}

static LogicalResult inferGatherElements(GatherElementsOp op, SymbolicShapes &shapes) {
  ArrayRef<SymExpr> from = shapes.shapeOf(op.getData());
  FailureOr<int64_t> axis = normalizeAxis(op, op.getAxis(), from.size());
  if (failed(axis) || failed(expectIntegers(op, op.getIndices(), shapes)) ||
      failed(expectRank(op, op.getIndices(), "indices", from.size(), from.size(), shapes)) ||
      failed(checkIndices(op, op.getIndices(), from[*axis], shapes)))
    return failure();
  for (auto [i, dim, size] : llvm::enumerate(shapes.shapeOf(op.getIndices()), from))
    if (int64_t(i) != *axis && failed(shapes.requireAtMost(dim, size, op)))
      return emitNodeError(op) << "dimension " << i << " of the indices is " << shapes.print(dim)
                               << ", expected at most " << shapes.print(size);
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(op.getData()), shapes.shapeOf(op.getIndices()));
  return success();
}

static LogicalResult inferGatherND(GatherNDOp op, SymbolicShapes &shapes) {
  Dims from(shapes.shapeOf(op.getData())), indexDims(shapes.shapeOf(op.getIndices()));
  int64_t batch = op.getBatchDims();
  if (failed(expectIntegers(op, op.getIndices(), shapes)) ||
      failed(expectRank(op, op.getIndices(), "indices", 1, INT64_MAX, shapes)))
    return failure();
  std::optional<int64_t> tuple = sym::asConstant(indexDims.back());
  int64_t rank = from.size(), most = std::min<int64_t>(rank, indexDims.size());
  if (batch < 0 || batch >= most)
    return emitNodeError(op) << "found " << batch << " batch dimensions, expected 0 to " << most - 1
                             << " for data of shape " << shapes.print(from) << " and indices of shape "
                             << shapes.print(indexDims);
  if (!tuple || *tuple < 1 || *tuple > rank - batch)
    return emitNodeError(op) << "indices of shape " << shapes.print(indexDims) << " with " << batch
                             << " batch dimensions found, expected tuples of 1 to " << rank - batch
                             << " for data of shape " << shapes.print(from);
  Dims dims(ArrayRef<SymExpr>(indexDims).drop_back());
  for (int64_t i = 0; i < batch; ++i) {
    FailureOr<SymExpr> common = expectEqual(op, from[i], "batch dimension " + Twine(i) + " of the data", indexDims[i],
                                            "that of the indices", shapes);
    if (failed(common))
      return failure();
    dims[i] = *common;
  }
  llvm::append_range(dims, ArrayRef(from).drop_front(batch + *tuple));
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(op.getData()), dims);
  return success();
}

static LogicalResult inferTrilu(TriluOp op, SymbolicShapes &shapes) {
  if (failed(expectRank(op, op.getInput(), "input", 2, INT64_MAX, shapes)))
    return failure();
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(op.getInput()), shapes.shapeOf(op.getInput()));
  return success();
}

/// The K largest or smallest along an axis, of which there must be as many.
static LogicalResult inferTopK(TopKOp op, SymbolicShapes &shapes) {
  Dims dims(shapes.shapeOf(op.getX()));
  FailureOr<int64_t> axis = normalizeAxis(op, op.getAxis(), dims.size());
  FailureOr<Dims> count = contentOperand(op, op.getK(), "K", shapes);
  if (failed(axis) || failed(count))
    return failure();
  if (count->size() != 1)
    return emitNodeError(op) << count->size() << " numbers in operand 'K' found, expected one";
  SymExpr k = count->front();
  if (!k)
    return dataDependent(op, "the number of elements");
  if (sym::asConstant(k).value_or(0) < 0 || failed(shapes.requireAtMost(k, dims[*axis], op)))
    return emitNodeError(op) << "the first " << shapes.print(k) << " of " << shapes.print(dims[*axis])
                             << " elements found, expected at most as many as there are";
  dims[*axis] = k;
  shapes.setResult(op.getValues(), shapes.elementTypeOf(op.getX()), dims);
  shapes.setResult(op.getIndices(), IntegerType::get(op.getContext(), 64), dims);
  return success();
}

void rheobase::onnx::attachSelectionModels(MLIRContext *context) {
  attach<SliceOp, inferSlice>(context);
  attach<GatherOp, inferGather>(context);
  attach<GatherElementsOp, inferGatherElements>(context);
  attach<GatherNDOp, inferGatherND>(context);
  attach<TriluOp, inferTrilu>(context);
  attach<TopKOp, inferTopK>(context);
}
