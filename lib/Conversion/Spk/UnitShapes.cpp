//===- UnitShapes.cpp - what shape operators do to an axis of units -------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UnitShapes.h"

#include "TensorBuilder.h"
#include "rheobase/Interfaces/ConstantData.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// Axes of one tensor that hold the same elements as those of another, both without gaps.
struct Segment {
  int64_t from, fromEnd, to, toEnd;
};

/// Elements of some axes; nothing where a size is open.
std::optional<int64_t> count(ArrayRef<SymExpr> dims) {
  int64_t all = 1;
  for (SymExpr dim : dims) {
    std::optional<int64_t> size = sym::asConstant(dim);
    if (!size || *size <= 0)
      return std::nullopt;
    all *= *size;
  }
  return all;
}

/// The last segment of what is left of both.
Segment lastSegment(ArrayRef<SymExpr> from, ArrayRef<SymExpr> to) {
  int64_t i = static_cast<int64_t>(from.size()), j = static_cast<int64_t>(to.size()), fromEnd = i, toEnd = j;
  if (i > 0 && j > 0 && from.back() == to.back())
    return {i - 1, fromEnd, j - 1, toEnd};
  while (i > 0 || j > 0) {
    std::optional<int64_t> a = count(from.drop_front(i)), b = count(to.drop_front(j));
    if (!a || !b)
      break;
    if (a == b && (i < fromEnd || j < toEnd))
      return {i, fromEnd, j, toEnd};
    if ((*a <= *b && i > 0) || j == 0)
      --i;
    else
      --j;
  }
  return {0, fromEnd, 0, toEnd};
}

} // namespace

/// The one axis of a segment that tells units apart; `flat` has the unit of each element of the segment.
static std::optional<UnitAxis> axisOf(ArrayRef<int64_t> flat, ArrayRef<SymExpr> dims, int64_t first, int64_t end) {
  int64_t inner = 1;
  for (int64_t axis = end - 1; axis >= first; --axis) {
    int64_t size = *sym::asConstant(dims[axis]);
    UnitAxis found{axis, std::vector<int64_t>(size)};
    bool isIt = size > 1;
    for (int64_t i = 0; i < size; ++i)
      found.units[i] = flat[i * inner];
    for (int64_t i = 0; isIt && i < static_cast<int64_t>(flat.size()); ++i)
      isIt = flat[i] == found.units[i / inner % size];
    if (isIt)
      return found;
    inner *= size;
  }
  return std::nullopt;
}

std::optional<UnitAxis> rheobase::spk::reshapedUnits(const UnitAxis &units, ArrayRef<SymExpr> from,
                                                     ArrayRef<SymExpr> to) {
  Segment s{static_cast<int64_t>(from.size()), 0, static_cast<int64_t>(to.size()), 0};
  while (s.from > units.axis)
    s = lastSegment(from.take_front(s.from), to.take_front(s.to));
  std::optional<int64_t> all = count(from.slice(s.from, s.fromEnd - s.from));
  if (!all || all != count(to.slice(s.to, s.toEnd - s.to)))
    return std::nullopt;
  int64_t inner = *count(from.slice(units.axis + 1, s.fromEnd - units.axis - 1)),
          size = static_cast<int64_t>(units.units.size());
  std::vector<int64_t> flat(*all);
  for (int64_t i = 0; i < *all; ++i)
    flat[i] = units.units[i / inner % size];
  return axisOf(flat, to, s.to, s.toEnd);
}

static std::optional<SmallVector<int64_t>> integersOf(Value value) {
  std::optional<ConstantData> data = ConstantData::of(value);
  if (!data || !data->getElementType().isInteger())
    return std::nullopt;
  SmallVector<int64_t> numbers;
  for (int64_t i = 0; i < data->size(); ++i)
    numbers.push_back(data->integer(i).value_or(0));
  return numbers;
}

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t fromFront(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

static std::optional<AxisPart> partOfSplit(onnx::SplitOp op, OpResult result) {
  int64_t axis = fromFront(op.getAxis(), typeOf(op.getInput()).getRank()), begin = 0;
  // Sizes that are computed are not ours to change.
  if (op.getSplit() && !integersOf(op.getSplit()))
    return std::nullopt;
  for (OpResult each : op->getResults()) {
    int64_t size = typeOf(each).getDimSize(axis);
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    if (each == result)
      return AxisPart{axis, begin, begin + size};
    begin += size;
  }
  return std::nullopt;
}

namespace {

/// Which entry of a Slice's bounds is about the axis that it cuts.
struct SliceBounds {
  int64_t entry;
  SmallVector<int64_t> starts, ends;
};

} // namespace

static std::optional<std::pair<AxisPart, SliceBounds>> partOfSlice(onnx::SliceOp op) {
  std::optional<SmallVector<int64_t>> starts = integersOf(op.getStarts()), ends = integersOf(op.getEnds()), axes, steps;
  if (!starts || !ends || starts->size() != ends->size())
    return std::nullopt;
  axes = op.getAxes() ? integersOf(op.getAxes()) : llvm::to_vector(llvm::seq<int64_t>(0, starts->size()));
  steps = op.getSteps() ? integersOf(op.getSteps()) : SmallVector<int64_t>(starts->size(), 1);
  if (!axes || !steps)
    return std::nullopt;
  RankedTensorType from = typeOf(op.getData()), to = typeOf(op.getOutput());
  std::optional<std::pair<AxisPart, SliceBounds>> found;
  for (auto [entry, start] : llvm::enumerate(*starts)) {
    int64_t axis = fromFront((*axes)[entry], from.getRank()), size = from.getDimSize(axis);
    if (!ShapedType::isDynamic(size) && size == to.getDimSize(axis) && (*steps)[entry] == 1)
      continue;
    if (found || ShapedType::isDynamic(size) || (*steps)[entry] != 1)
      return std::nullopt;
    auto bound = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + size : at, 0, size); };
    found = {AxisPart{axis, bound(start), bound((*ends)[entry])},
             SliceBounds{static_cast<int64_t>(entry), *starts, *ends}};
  }
  return found;
}

std::optional<AxisPart> rheobase::spk::partOf(OpResult result) {
  if (auto split = dyn_cast<onnx::SplitOp>(result.getOwner()))
    return partOfSplit(split, result);
  auto part = partOfSlice(cast<onnx::SliceOp>(result.getOwner()));
  return part ? std::optional(part->first) : std::nullopt;
}

void rheobase::spk::shrinkParts(Operation *op, ArrayRef<bool> stays) {
  OpBuilder b(op);
  TensorBuilder tensors(b, op->getLoc());
  auto staying = [&](int64_t begin, int64_t end) { return llvm::count(stays.slice(begin, end - begin), true); };
  if (auto slice = dyn_cast<onnx::SliceOp>(op)) {
    auto [part, bounds] = *partOfSlice(slice);
    bounds.starts[bounds.entry] = staying(0, part.begin);
    bounds.ends[bounds.entry] = staying(0, part.end);
    slice.getStartsMutable().assign(tensors.vector(bounds.starts));
    slice.getEndsMutable().assign(tensors.vector(bounds.ends));
    return;
  }
  auto split = cast<onnx::SplitOp>(op);
  SmallVector<int64_t> sizes;
  for (OpResult result : split->getResults()) {
    AxisPart part = *partOfSplit(split, result);
    sizes.push_back(staying(part.begin, part.end));
  }
  split.getSplitMutable().assign(tensors.vector(sizes));
  split.removeNumOutputsAttr();
}

std::optional<SmallVector<int64_t>> rheobase::spk::axesLeft(Operation *reduction) {
  int64_t rank = typeOf(reduction->getOperand(0)).getRank();
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (reduction->getNumOperands() > 1) {
    std::optional<SmallVector<int64_t>> given = integersOf(reduction->getOperand(1));
    if (!given || given->empty())
      return std::nullopt;
    axes = *given;
  }
  for (int64_t &axis : axes)
    axis = fromFront(axis, rank);
  bool keeps = typeOf(reduction->getResult(0)).getRank() == rank;
  SmallVector<int64_t> left;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(axes, axis))
      left.push_back(axis);
    else if (keeps)
      left.push_back(-1);
  return left;
}

bool rheobase::spk::isUnpadded(onnx::PadOp op, int64_t axis) {
  std::optional<SmallVector<int64_t>> pads = integersOf(op.getPads());
  int64_t rank = typeOf(op.getData()).getRank();
  return pads && !op.getAxes() && (*pads)[axis] == 0 && (*pads)[axis + rank] == 0;
}

/// The piece of a shape that has the entry, and where in it.
static std::optional<std::pair<unsigned, int64_t>> pieceOf(onnx::ConcatOp op, int64_t entry) {
  for (auto [piece, value] : llvm::enumerate(op.getInputs())) {
    int64_t size = typeOf(value).getRank() == 1 ? typeOf(value).getDimSize(0) : ShapedType::kDynamic;
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    if (entry < size)
      return std::pair(static_cast<unsigned>(piece), entry);
    entry -= size;
  }
  return std::nullopt;
}

bool rheobase::spk::hasShapeEntry(Value shape, int64_t entry) {
  if (integersOf(shape))
    return true;
  auto pieces = shape.getDefiningOp<onnx::ConcatOp>();
  auto piece = pieces ? pieceOf(pieces, entry) : std::nullopt;
  return piece && hasShapeEntry(pieces.getInputs()[piece->first], piece->second);
}

void rheobase::spk::setShapeEntry(OpOperand &shape, int64_t entry, int64_t size) {
  OpBuilder b(shape.getOwner());
  if (std::optional<SmallVector<int64_t>> numbers = integersOf(shape.get())) {
    // What is copied or worked out stays so.
    if ((*numbers)[entry] <= 0)
      return;
    (*numbers)[entry] = size;
    shape.set(TensorBuilder(b, shape.getOwner()->getLoc()).vector(*numbers));
    return;
  }
  auto pieces = shape.get().getDefiningOp<onnx::ConcatOp>();
  auto [piece, at] = *pieceOf(pieces, entry);
  // Others may be told the same shape.
  auto own = cast<onnx::ConcatOp>(b.clone(*pieces));
  shape.set(own.getConcatResult());
  setShapeEntry(own->getOpOperand(piece), at, size);
}
