//===- SplitColumns.cpp - the rt-split-columns pass -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Contraction.h"
#include "lib/Codegen/TileGroups.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

#include "llvm/ADT/SetVector.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTSPLITCOLUMNS
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// The loop of an op that becomes two.
using SplitLoops = llvm::MapVector<linalg::GenericOp, unsigned>;

/// Splits the columns of one product, and of the elementwise ops behind it, as a reshape behind those does.
class ColumnSplitter {
public:
  ColumnSplitter(int64_t groups, int64_t width) : groups(groups), width(width) {}

  /// Finds what makes the dimension `position` of `value`, back to a product; false where something does not split.
  bool collect(Value value, unsigned position);
  /// Adds what has been split to `results`.
  void rewrite(IRRewriter &rewriter, llvm::DenseSet<Value> &results);

private:
  bool collectOperands(linalg::GenericOp op, unsigned loop);
  bool isSplittable(linalg::GenericOp op, unsigned loop) const;
  Value split(IRRewriter &rewriter, linalg::GenericOp op, unsigned loop);
  RankedTensorType splitType(RankedTensorType type, unsigned position) const;

  int64_t groups, width;
  SplitLoops loops;
};

} // namespace

/// The last dimension of a reshape's source that the result has as two, and those two; all sizes are known.
static std::optional<std::pair<int64_t, int64_t>> matchSplit(tensor::ReshapeOp op) {
  auto from = dyn_cast<RankedTensorType>(op.getSource().getType()), to = dyn_cast<RankedTensorType>(op.getType());
  if (!from || !to || !from.hasStaticShape() || !to.hasStaticShape() || from.getRank() == 0)
    return std::nullopt;
  auto significant = [](ArrayRef<int64_t> shape) {
    return llvm::to_vector(llvm::make_filter_range(shape, [](int64_t size) { return size != 1; }));
  };
  SmallVector<int64_t> a = significant(from.getShape()), b = significant(to.getShape());
  if (a.empty() || b.size() != a.size() + 1 || from.getShape().back() != a.back() || to.getShape().back() != b.back() ||
      !std::equal(a.begin(), a.end() - 1, b.begin()))
    return std::nullopt;
  return std::make_pair(b[b.size() - 2], b.back());
}

/// Columns that fill a packed operand's column groups, few enough for a tile to hold them all.
static bool isGoodWidth(int64_t width) {
  return width % 16 == 0 && width <= kTileColumns;
}

static bool isLinear(linalg::GenericOp op, unsigned loop) {
  auto contraction = matchContraction(op);
  return contraction && contraction->n == loop &&
         matchPattern(viewRoot(op->getOperand(contraction->rhs)), m_Constant());
}

/// Nothing but whole operands is read, and what the loop runs over is a plain dimension of each.
bool ColumnSplitter::isSplittable(linalg::GenericOp op, unsigned loop) const {
  if (op.hasIndexSemantics() || !op.hasPureTensorSemantics() || op->getNumResults() != 1 ||
      op.getIteratorTypesArray()[loop] != utils::IteratorType::parallel)
    return false;
  Value init = op.getDpsInitOperand(0)->get();
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    init = fill.getOutputs().front();
  if (!init.getDefiningOp<tensor::EmptyOp>())
    return false;
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    auto type = dyn_cast<RankedTensorType>(operand.get().getType());
    if (!type)
      return true;
    return type.hasStaticShape() &&
           llvm::all_of(op.getMatchingIndexingMap(&operand).getResults(),
                        [&](AffineExpr expr) { return isa<AffineDimExpr>(expr) || !expr.isFunctionOfDim(loop); });
  });
}

bool ColumnSplitter::collectOperands(linalg::GenericOp op, unsigned loop) {
  bool reaches = false;
  AffineExpr dim = getAffineDimExpr(loop, op.getContext());
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto position = op.getMatchingIndexingMap(input).getResultPosition(dim);
    if (!position || !viewRoot(input->get()).getDefiningOp<linalg::GenericOp>())
      continue;
    if (!collect(input->get(), *position))
      return false;
    reaches = true;
  }
  return reaches;
}

bool ColumnSplitter::collect(Value value, unsigned position) {
  Value root = viewRoot(value);
  auto op = root.getDefiningOp<linalg::GenericOp>();
  auto inRoot = positionsInRoot(value, root, {position});
  if (!op || !inRoot || op->getNumResults() != 1)
    return false;
  AffineMap written = op.getIndexingMapMatchingResult(cast<OpResult>(root));
  auto dim = dyn_cast<AffineDimExpr>(written.getResult(inRoot->front()));
  if (!dim)
    return false;
  unsigned loop = dim.getPosition();
  if (auto known = loops.find(op); known != loops.end())
    return known->second == loop;
  if (!isSplittable(op, loop) || (!isLinear(op, loop) && (op.getNumReductionLoops() > 0 || !collectOperands(op, loop))))
    return false;
  loops[op] = loop;
  return true;
}

RankedTensorType ColumnSplitter::splitType(RankedTensorType type, unsigned position) const {
  SmallVector<int64_t> shape(type.getShape());
  shape[position] = groups;
  shape.insert(shape.begin() + position + 1, width);
  return type.clone(shape);
}

/// The elements of `value` as `type`, from as far up as views go.
static Value viewAs(IRRewriter &rewriter, Location loc, Value value, RankedTensorType type) {
  for (;; value = value.getDefiningOp()->getOperand(0)) {
    if (value.getType() == type)
      return value;
    if (!value.getDefiningOp<tensor::ReshapeOp>())
      break;
  }
  SmallVector<Value> sizes = llvm::map_to_vector(
      type.getShape(), [&](int64_t size) -> Value { return arith::ConstantIndexOp::create(rewriter, loc, size); });
  return tensor::ReshapeOp::create(rewriter, loc, type, value, tensor::FromElementsOp::create(rewriter, loc, sizes));
}

Value ColumnSplitter::split(IRRewriter &rewriter, linalg::GenericOp op, unsigned loop) {
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  MLIRContext *context = op.getContext();
  SmallVector<AffineExpr> moved;
  for (unsigned i = 0; i < op.getNumLoops(); ++i)
    moved.push_back(getAffineDimExpr(i + (i > loop), context));
  AffineExpr inner = getAffineDimExpr(loop + 1, context);

  SmallVector<AffineMap> maps;
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    auto position = map.getResultPosition(getAffineDimExpr(loop, context));
    SmallVector<AffineExpr> results =
        llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) { return expr.replaceDimsAndSymbols(moved, {}); });
    Value value = operand.get();
    if (position) {
      results.insert(results.begin() + *position + 1, inner);
      RankedTensorType type = splitType(cast<RankedTensorType>(value.getType()), *position);
      auto fill = value.getDefiningOp<linalg::FillOp>();
      bool isInit = op.isDpsInit(&operand);
      value = isInit ? tensor::EmptyOp::create(rewriter, loc, type.getShape(), type.getElementType()).getResult()
                     : viewAs(rewriter, loc, value, type);
      if (isInit && fill)
        value = linalg::FillOp::create(rewriter, loc, fill.getInputs(), value).getResult(0);
    }
    operands.push_back(value);
    maps.push_back(AffineMap::get(op.getNumLoops() + 1, 0, results, context));
  }
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  iterators.insert(iterators.begin() + loop, utils::IteratorType::parallel);
  Value init = operands.pop_back_val();
  auto result = linalg::GenericOp::create(rewriter, loc, init.getType(), operands, init, maps, iterators);
  rewriter.inlineRegionBefore(op.getRegion(), result.getRegion(), result.getRegion().begin());
  rewriter.replaceOp(op, viewAs(rewriter, loc, result->getResult(0), cast<RankedTensorType>(op.getType(0))));
  return result->getResult(0);
}

void ColumnSplitter::rewrite(IRRewriter &rewriter, llvm::DenseSet<Value> &results) {
  for (auto [op, loop] : loops)
    results.insert(split(rewriter, op, loop));
}

namespace {

struct SplitColumns : codegen::impl::RtSplitColumnsBase<SplitColumns> {
  void runOnOperation() override {
    SmallVector<tensor::ReshapeOp> reshapes;
    getOperation().walk([&](tensor::ReshapeOp op) { reshapes.push_back(op); });
    IRRewriter rewriter(&getContext());
    llvm::DenseSet<Value> results;
    for (tensor::ReshapeOp op : reshapes) {
      auto split = matchSplit(op);
      if (!split || !isGoodWidth(split->second))
        continue;
      ColumnSplitter splitter(split->first, split->second);
      if (splitter.collect(op.getSource(), cast<RankedTensorType>(op.getSource().getType()).getRank() - 1))
        splitter.rewrite(rewriter, results);
    }
    // Reshapes look past the one that joins the groups again.
    for (tensor::ReshapeOp op : reshapes) {
      if (!results.contains(viewRoot(op)) || !op.getType().hasStaticShape())
        continue;
      rewriter.setInsertionPoint(op);
      rewriter.replaceOp(op, viewAs(rewriter, op.getLoc(), op.getSource(), cast<RankedTensorType>(op.getType())));
    }
    (void)runRegionDCE(rewriter, getOperation()->getRegions());
  }
};

} // namespace
