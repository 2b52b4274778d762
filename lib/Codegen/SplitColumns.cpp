//===- SplitColumns.cpp - the rt-split-columns pass -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ColumnChain.h"
#include "lib/Codegen/TileGroups.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTSPLITCOLUMNS
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// Splits the columns of one product, and of the elementwise ops behind it, as a reshape behind those does.
class ColumnSplitter {
public:
  ColumnSplitter(int64_t groups, int64_t width) : groups(groups), width(width) {}

  /// Adds what has been split to `results`.
  void rewrite(IRRewriter &rewriter, const ColumnChain &chain, llvm::DenseSet<Value> &results);

private:
  Value split(IRRewriter &rewriter, linalg::GenericOp op, unsigned loop);
  RankedTensorType splitType(RankedTensorType type, unsigned position) const;

  int64_t groups, width;
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

/// Columns that fill a packed operand's widest column groups (narrower ones load the left operand more often), few
/// enough for a tile to hold them all.
static bool isGoodWidth(int64_t width) {
  return width > 0 && width % 64 == 0 && width <= kTileColumns;
}

RankedTensorType ColumnSplitter::splitType(RankedTensorType type, unsigned position) const {
  SmallVector<int64_t> shape(type.getShape());
  shape[position] = groups;
  shape.insert(shape.begin() + position + 1, width);
  return type.clone(shape);
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
      value = op.isDpsInit(&operand) ? initLike(rewriter, loc, value, type) : viewAs(rewriter, loc, value, type);
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

void ColumnSplitter::rewrite(IRRewriter &rewriter, const ColumnChain &chain, llvm::DenseSet<Value> &results) {
  for (auto [op, loop] : chain.ops())
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
      ColumnChain chain;
      if (chain.collect(op.getSource(), cast<RankedTensorType>(op.getSource().getType()).getRank() - 1))
        ColumnSplitter(split->first, split->second).rewrite(rewriter, chain, results);
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
