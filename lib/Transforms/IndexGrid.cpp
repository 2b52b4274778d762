//===- IndexGrid.cpp - tensors of indices that name every place in order -------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriting.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

/// The axes that are not one element long for every value of the symbols.
static SmallVector<int64_t> longAxes(ArrayRef<SymExpr> dims) {
  SmallVector<int64_t> axes;
  for (auto [axis, dim] : llvm::enumerate(dims))
    if (sym::asConstant(dim) != 1)
      axes.push_back(axis);
  return axes;
}

/// The axis of a reshape's operand that becomes `axis`, where the reshape only adds and removes dimensions of 1.
static std::optional<int64_t> axisBefore(ReshapeOp op, int64_t axis, const SymbolicShapes &shapes) {
  ArrayRef<SymExpr> from = shapes.shapeOf(op.getData()), to = shapes.shapeOf(op.getReshaped());
  SmallVector<int64_t> before = longAxes(from), after = longAxes(to);
  if (before.size() != after.size())
    return std::nullopt;
  std::optional<int64_t> found;
  for (auto [a, b] : llvm::zip_equal(before, after)) {
    if (from[a] != to[b])
      return std::nullopt;
    if (b == axis)
      found = a;
  }
  return found;
}

static bool isZero(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<ReshapeOp, ExpandOp>(op))
      break;
    value = op->getOperand(0);
  }
  return uniformConstant(value) == 0.0;
}

/// True where every element of `value` is its own index along `axis`.
static bool countsAlong(Value value, int64_t axis, const SymbolicShapes &shapes) {
  ArrayRef<SymExpr> dims = shapes.shapeOf(value);
  if (axis < 0 || axis >= int64_t(dims.size()))
    return false;
  if (sym::asConstant(dims[axis]) == 1)
    return isZero(value);
  Operation *op = value.getDefiningOp();
  return op && llvm::TypeSwitch<Operation *, bool>(op)
                   .Case([&](RangeOp range) {
                     auto is = [&](Value operand, int64_t number) {
                       std::optional<SmallVector<int64_t>> content = shapes.constantContentOf(operand);
                       return content && content->size() == 1 && content->front() == number;
                     };
                     return is(range.getStart(), 0) && is(range.getDelta(), 1);
                   })
                   .Case([&](ReshapeOp reshape) {
                     std::optional<int64_t> before = axisBefore(reshape, axis, shapes);
                     return before && countsAlong(reshape.getData(), *before, shapes);
                   })
                   .Case([&](ExpandOp expand) {
                     ArrayRef<SymExpr> from = shapes.shapeOf(expand.getInput());
                     int64_t before = axis - int64_t(dims.size() - from.size());
                     return before >= 0 && from[before] == dims[axis] && countsAlong(expand.getInput(), before, shapes);
                   })
                   .Case([&](CastOp cast) {
                     return isa<IntegerType>(shapes.elementTypeOf(cast.getInput())) &&
                            shapes.elementTypeOf(value).isInteger(64) && countsAlong(cast.getInput(), axis, shapes);
                   })
                   .Default(false);
}

/// The constant's tuples are the indices of all places, in order.
static bool isConstantGrid(Value indices, const SymbolicShapes &shapes) {
  std::optional<ConstantData> data = ConstantData::of(indices);
  if (!data || data->size() == 0)
    return false;
  ArrayRef<int64_t> sizes = data->getType().getShape().drop_back();
  SmallVector<int64_t> place(sizes.size(), 0);
  for (int64_t i = 0; i < data->size(); i += place.size()) {
    for (auto [k, index] : llvm::enumerate(place))
      if (data->integer(i + k) != index)
        return false;
    for (size_t axis = place.size(); axis-- > 0 && ++place[axis] == sizes[axis];)
      place[axis] = 0;
  }
  return true;
}

bool rheobase::isIndexGrid(Value indices, const SymbolicShapes &shapes) {
  ArrayRef<SymExpr> dims = shapes.shapeOf(indices);
  if (dims.empty() || sym::asConstant(dims.back()) != int64_t(dims.size()) - 1)
    return false;
  if (isConstantGrid(indices, shapes))
    return true;
  auto concat = indices.getDefiningOp<ConcatOp>();
  int64_t axis = concat ? int64_t(concat.getAxis()) : 0, last = int64_t(dims.size()) - 1;
  bool joinsComponents = concat && int64_t(concat.getInputs().size()) == last && (axis == -1 || axis == last);
  return joinsComponents && llvm::all_of(llvm::enumerate(concat.getInputs()), [&](auto component) {
           ArrayRef<SymExpr> own = shapes.shapeOf(component.value());
           return own.drop_back() == dims.drop_back() && countsAlong(component.value(), component.index(), shapes);
         });
}
