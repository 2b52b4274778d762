//===- TileGroups.cpp - ops that are computed tile by tile, as one --------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/TileGroups.h"

#include "dialects/rt/Rt.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

std::optional<TileMembership> codegen::tileMembership(Operation *op) {
  auto group = op->getAttrOfType<IntegerAttr>(kGroupAttr);
  auto loops = op->getAttrOfType<DenseI64ArrayAttr>(kTileLoopsAttr);
  auto steps = op->getAttrOfType<DenseI64ArrayAttr>(kTileStepsAttr);
  if (!group || !loops || !steps)
    return std::nullopt;
  return TileMembership{group.getInt(), loops.asArrayRef(), steps.asArrayRef()};
}

Value codegen::viewRoot(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ReshapeOp, tensor::CastOp, tensor::BitcastOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// The dimension of `type` that stands for all of `group`: the only one that is not 1.
static std::optional<unsigned> onlyDim(RankedTensorType type, ArrayRef<int64_t> group) {
  std::optional<unsigned> found;
  for (int64_t dim : group) {
    if (type.getDimSize(dim) == 1)
      continue;
    if (found)
      return std::nullopt;
    found = dim;
  }
  return found ? found : std::optional<unsigned>(group.front());
}

static std::optional<unsigned> groupOf(ArrayRef<ReassociationIndices> groups, unsigned dim) {
  for (auto [number, group] : llvm::enumerate(groups))
    if (llvm::is_contained(group, static_cast<int64_t>(dim)))
      return number;
  return std::nullopt;
}

/// From the many dimensions of a reassociation to the few.
static std::optional<unsigned> towardFew(RankedTensorType many, ArrayRef<ReassociationIndices> groups, unsigned dim) {
  auto number = groupOf(groups, dim);
  if (!number || onlyDim(many, groups[*number]) != dim)
    return std::nullopt;
  return number;
}

static std::optional<unsigned> towardMany(RankedTensorType many, ArrayRef<ReassociationIndices> groups, unsigned dim) {
  return groups[dim].empty() ? std::nullopt : onlyDim(many, groups[dim]);
}

/// The sizes of a tensor as numbers and index values; empty where they cannot be told. Equal values are equal sizes.
static SmallVector<OpFoldResult> sizesOf(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(tensor.getContext(), type.getShape());
  if (type.hasStaticShape())
    return sizes;
  Operation *def = tensor.getDefiningOp();
  SmallVector<Value> open;
  if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(def))
    open.assign(empty.getDynamicSizes().begin(), empty.getDynamicSizes().end());
  else if (auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(def))
    return sizesOf(linalgOp.getDpsInits()[cast<OpResult>(tensor).getResultNumber()]);
  else if (auto reshape = dyn_cast_or_null<tensor::ReshapeOp>(def))
    if (auto shape = reshape.getShape().getDefiningOp<tensor::FromElementsOp>())
      for (auto [size, element] : llvm::zip_equal(type.getShape(), shape.getElements()))
        if (ShapedType::isDynamic(size)) {
          auto cast = element.getDefiningOp<arith::IndexCastOp>();
          open.push_back(cast ? cast.getIn() : element);
        }
  if (static_cast<size_t>(type.getNumDynamicDims()) != open.size())
    return {};
  size_t next = 0;
  for (auto [i, size] : llvm::enumerate(type.getShape()))
    if (ShapedType::isDynamic(size))
      sizes[i] = open[next++];
  return sizes;
}

/// Pairs the dimensions of a reshape that stay what they are: those before and behind the part that changes, and in
/// that part those with as many elements before them on both sides.
static SmallVector<std::pair<unsigned, unsigned>> matchDims(ArrayRef<OpFoldResult> from, ArrayRef<OpFoldResult> to) {
  auto positions = [](ArrayRef<OpFoldResult> sizes) {
    SmallVector<unsigned> result;
    for (unsigned i = 0; i < sizes.size(); ++i)
      if (getConstantIntValue(sizes[i]) != 1)
        result.push_back(i);
    return result;
  };
  SmallVector<unsigned> a = positions(from), b = positions(to);
  SmallVector<std::pair<unsigned, unsigned>> pairs;
  size_t first = 0, lastA = a.size(), lastB = b.size();
  for (; first < std::min(lastA, lastB) && from[a[first]] == to[b[first]]; ++first)
    pairs.push_back({a[first], b[first]});
  for (; lastA > first && lastB > first && from[a[lastA - 1]] == to[b[lastB - 1]]; --lastA, --lastB)
    pairs.push_back({a[lastA - 1], b[lastB - 1]});
  int64_t before = 1, beforeOther = 1;
  for (size_t i = first, j = first; i < lastA && j < lastB;) {
    auto size = getConstantIntValue(from[a[i]]), other = getConstantIntValue(to[b[j]]);
    if (!size || !other)
      break;
    if (before == beforeOther && size == other)
      pairs.push_back({a[i], b[j]});
    bool takesFrom = before * *size <= beforeOther * *other, takesTo = before * *size >= beforeOther * *other;
    if (takesFrom)
      before *= *size, ++i;
    if (takesTo)
      beforeOther *= *other, ++j;
  }
  return pairs;
}

static std::optional<unsigned> throughReshape(tensor::ReshapeOp reshape, bool toSource, unsigned dim) {
  SmallVector<OpFoldResult> from = sizesOf(reshape.getSource()), to = sizesOf(reshape.getResult());
  for (auto [a, b] : matchDims(from, to)) {
    if (!toSource && a == dim)
      return b;
    if (toSource && b == dim)
      return a;
  }
  return std::nullopt;
}

/// One step between a view and its source, in either direction.
static std::optional<unsigned> step(Operation *view, bool toSource, unsigned dim) {
  if (isa<tensor::CastOp, tensor::BitcastOp>(view))
    return dim;
  auto type = [](Value value) { return cast<RankedTensorType>(value.getType()); };
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(view)) {
    auto groups = collapse.getReassociationIndices();
    return toSource ? towardMany(type(collapse.getSrc()), groups, dim)
                    : towardFew(type(collapse.getSrc()), groups, dim);
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(view)) {
    auto groups = expand.getReassociationIndices();
    return toSource ? towardFew(type(expand.getResult()), groups, dim)
                    : towardMany(type(expand.getResult()), groups, dim);
  }
  if (auto reshape = dyn_cast<tensor::ReshapeOp>(view))
    return throughReshape(reshape, toSource, dim);
  return std::nullopt;
}

static bool moveAll(Operation *view, bool toSource, Positions &positions) {
  for (unsigned &position : positions) {
    auto moved = step(view, toSource, position);
    if (!moved)
      return false;
    position = *moved;
  }
  return true;
}

std::optional<Positions> codegen::positionsInView(Value view, Value root, Positions positions) {
  SmallVector<Operation *> path;
  for (; view != root; view = path.back()->getOperand(0))
    path.push_back(view.getDefiningOp());
  for (Operation *op : llvm::reverse(path))
    if (!moveAll(op, /*toSource=*/false, positions))
      return std::nullopt;
  return positions;
}

std::optional<Positions> codegen::positionsInRoot(Value view, Value root, Positions positions) {
  for (; view != root; view = view.getDefiningOp()->getOperand(0))
    if (!moveAll(view.getDefiningOp(), /*toSource=*/true, positions))
      return std::nullopt;
  return positions;
}

std::optional<Positions> codegen::positionsOfLoops(AffineMap map, ArrayRef<int64_t> loops) {
  Positions result;
  for (int64_t loop : loops) {
    auto position = map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
    if (!position)
      return std::nullopt;
    result.push_back(*position);
  }
  return result;
}

/// Values an op reads, in its regions too.
static void forEachOperand(Operation *op, llvm::function_ref<void(Value)> visit) {
  op->walk([&](Operation *nested) { llvm::for_each(nested->getOperands(), visit); });
}

static void addProducers(Operation *op, llvm::DenseSet<Operation *> &set) {
  forEachOperand(op, [&](Value operand) {
    if (Operation *def = operand.getDefiningOp())
      set.insert(def);
  });
}

llvm::DenseSet<Operation *> codegen::findCountingOps(func::FuncOp main) {
  llvm::DenseSet<Operation *> needed, counting;
  for (Operation &op : llvm::reverse(main.getBody().front())) {
    if (isa<func::ReturnOp, rt::CheckIndicesOp, rt::MeasureOp>(op) || needed.contains(&op))
      addProducers(&op, needed);
    else
      counting.insert(&op);
  }
  return counting;
}

llvm::DenseSet<Operation *> codegen::findPrelude(func::FuncOp main) {
  llvm::DenseSet<Operation *> prelude;
  bool isBeforeMeasure = false;
  for (Operation &op : llvm::reverse(main.getBody().front())) {
    isBeforeMeasure |= isa<rt::MeasureOp>(op);
    bool root = isa<rt::MeasureOp>(op) || (isBeforeMeasure && isa<rt::CheckIndicesOp>(op));
    if (!root && !prelude.contains(&op))
      continue;
    prelude.insert(&op);
    addProducers(&op, prelude);
  }
  return prelude;
}
