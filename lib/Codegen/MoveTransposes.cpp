//===- MoveTransposes.cpp - the rt-move-transposes pass -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Contraction.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTMOVETRANSPOSES
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// The op that makes `value` by moving dimensions, and nothing else; else null.
linalg::GenericOp transposeBehind(Value value) {
  auto op = value.getDefiningOp<linalg::GenericOp>();
  bool moves = op && op.getNumDpsInputs() == 1 && op->getNumResults() == 1 && llvm::hasSingleElement(*op.getBody()) &&
               op.getBody()->getTerminator()->getOperand(0) == op.getBody()->getArgument(0);
  SmallVector<AffineMap> maps = moves ? op.getIndexingMapsArray() : SmallVector<AffineMap>();
  return moves && maps[0].isPermutation() && !maps[0].isIdentity() && maps[1].isIdentity() ? op : linalg::GenericOp();
}

/// A tensor like the fill or empty tensor `init`, of these sizes; null where `init` is something else.
Value initLike(Value init, ArrayRef<OpFoldResult> sizes, PatternRewriter &rewriter) {
  Type element = cast<RankedTensorType>(init.getType()).getElementType();
  auto fill = init.getDefiningOp<linalg::FillOp>();
  if (!fill && !init.getDefiningOp<tensor::EmptyOp>())
    return nullptr;
  Value empty = tensor::EmptyOp::create(rewriter, init.getLoc(), sizes, element);
  return fill ? linalg::FillOp::create(rewriter, init.getLoc(), fill.getInputs().front(), empty).getResult(0) : empty;
}

/// insert(T(x), fill) = T(insert(x, fill)): padding is put around what is moved afterwards.
struct PadFirst : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::InsertSliceOp op, PatternRewriter &rewriter) const override {
    linalg::GenericOp transpose = transposeBehind(op.getSource());
    auto fill = op.getDest().getDefiningOp<linalg::FillOp>();
    auto empty = fill ? fill.getOutputs().front().getDefiningOp<tensor::EmptyOp>() : tensor::EmptyOp();
    if (!transpose || !empty || op.getSourceType().getRank() != op.getDestType().getRank())
      return failure();
    AffineMap before = transpose.getIndexingMapsArray().front();
    auto moved = [&](ArrayRef<OpFoldResult> list) { return applyPermutationMap(before, list); };
    Value dest = initLike(op.getDest(), moved(empty.getMixedSizes()), rewriter);
    Value padded = tensor::InsertSliceOp::create(rewriter, op.getLoc(), transpose->getOperand(0), dest,
                                                 moved(op.getMixedOffsets()), moved(op.getMixedSizes()),
                                                 moved(op.getMixedStrides()));
    Value target =
        tensor::EmptyOp::create(rewriter, op.getLoc(), empty.getMixedSizes(), op.getDestType().getElementType());
    auto late = linalg::GenericOp::create(rewriter, op.getLoc(), op.getDestType(), padded, target,
                                          transpose.getIndexingMapsArray(), transpose.getIteratorTypesArray());
    rewriter.cloneRegionBefore(transpose.getRegion(), late.getRegion(), late.getRegion().begin());
    rewriter.replaceOp(op, late);
    return success();
  }
};

/// T(reduce(T'(x))): the reduction writes where the transpose would.
struct ReduceInto : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    linalg::GenericOp transpose = op->getNumResults() == 1 ? transposeBehind(op->getResult(0)) : linalg::GenericOp();
    auto reduction = transpose ? transpose->getOperand(0).getDefiningOp<linalg::GenericOp>() : linalg::GenericOp();
    bool reads = reduction && reduction->getNumResults() == 1 && reduction->hasOneUse() &&
                 reduction.getNumReductionLoops() > 0 && !matchContraction(reduction) &&
                 llvm::any_of(reduction.getInputs(), [](Value input) { return transposeBehind(input) != nullptr; });
    auto empty = op.getOutputs().front().getDefiningOp<tensor::EmptyOp>();
    if (!reads || !empty)
      return failure();
    Value init = initLike(reduction.getOutputs().front(), empty.getMixedSizes(), rewriter);
    if (!init)
      return failure();
    SmallVector<AffineMap> maps = reduction.getIndexingMapsArray();
    maps.back() = inversePermutation(transpose.getIndexingMapsArray().front()).compose(maps.back());
    auto moved = linalg::GenericOp::create(rewriter, op.getLoc(), op->getResultTypes(), reduction.getInputs(), init,
                                           maps, reduction.getIteratorTypesArray());
    rewriter.cloneRegionBefore(reduction.getRegion(), moved.getRegion(), moved.getRegion().begin());
    moved->setLoc(reduction.getLoc());
    rewriter.replaceOp(op, moved);
    return success();
  }
};

/// Whether an operand of an elementwise op reads an element for each of its loops in order.
bool readsAll(AffineMap map) {
  return map.isIdentity();
}

/// Whether it reads one element for all, or one for each channel.
bool readsChannels(AffineMap map) {
  return llvm::all_of(map.getResults(), [&](AffineExpr expr) {
    return isa<AffineConstantExpr>(expr) || expr == getAffineDimExpr(map.getNumDims() - 1, map.getContext());
  });
}

/// f(reshape(rows)) = reshape(f(rows)) where the reshape parts rows into several dimensions: a convolution's
/// elementwise ops run on the rows of its product.
struct JoinPlaces : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    tensor::ReshapeOp parted = partedRows(op);
    if (!parted || !isElementwise(op))
      return failure();
    Location loc = op.getLoc();
    Value first = asMatrix(rowsBehind(parted.getSource()), rewriter, loc);
    RankedTensorType rows = cast<RankedTensorType>(first.getType());
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, first);
    MLIRContext *context = getContext();
    unsigned last = op.getNumLoops() - 1;
    SmallVector<Value> inputs, outs;
    SmallVector<AffineMap> maps;
    SmallVector<Type> types;
    for (OpOperand *input : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(input);
      if (readsAll(map)) {
        inputs.push_back(asRows(input->get(), rows, rewriter, loc));
        maps.push_back(AffineMap::getMultiDimIdentityMap(2, context));
        continue;
      }
      inputs.push_back(input->get());
      SmallVector<AffineExpr> dims(last + 1, getAffineDimExpr(0, context));
      dims[last] = getAffineDimExpr(1, context);
      maps.push_back(map.replaceDimsAndSymbols(dims, {}, 2, 0));
    }
    for (Value result : op->getResults()) {
      Type element = cast<RankedTensorType>(result.getType()).getElementType();
      outs.push_back(tensor::EmptyOp::create(rewriter, loc, sizes, element));
      types.push_back(outs.back().getType());
      maps.push_back(AffineMap::getMultiDimIdentityMap(2, context));
    }
    SmallVector<utils::IteratorType> parallel(2, utils::IteratorType::parallel);
    auto joined = linalg::GenericOp::create(rewriter, loc, types, inputs, outs, maps, parallel);
    rewriter.cloneRegionBefore(op.getRegion(), joined.getRegion(), joined.getRegion().begin());
    SmallVector<Value> results;
    for (auto [from, to] : llvm::zip_equal(joined->getResults(), op->getResultTypes()))
      results.push_back(tensor::ReshapeOp::create(rewriter, loc, to, from, parted.getShape()));
    rewriter.replaceOp(op, results);
    return success();
  }

private:
  /// How many of the dimensions in front of the last are not 1.
  static int64_t manyOf(RankedTensorType type) {
    return llvm::count_if(type.getShape().drop_back(), [](int64_t size) { return size != 1; });
  }

  /// The tensor of one row after the other that `value` is a reshape of, or null.
  static Value rowsBehind(Value value) {
    while (value) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (type && type.getRank() >= 2 && manyOf(type) <= 1)
        return value;
      Operation *op = value.getDefiningOp();
      value = isa_and_nonnull<tensor::ReshapeOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op) ? op->getOperand(0)
                                                                                                     : Value();
    }
    return {};
  }

  static Value asMatrix(Value value, PatternRewriter &rewriter, Location loc) {
    auto type = cast<RankedTensorType>(value.getType());
    if (type.getRank() == 2)
      return value;
    SmallVector<ReassociationIndices> groups(2);
    for (int64_t i = 0; i + 1 < type.getRank(); ++i)
      groups[0].push_back(i);
    groups[1].push_back(type.getRank() - 1);
    return tensor::CollapseShapeOp::create(rewriter, loc, value, groups);
  }

  /// An operand that parts a matrix' rows into at least two dimensions that are not 1.
  static tensor::ReshapeOp partedRows(linalg::GenericOp op) {
    for (OpOperand *input : op.getDpsInputOperands()) {
      auto reshape = input->get().getDefiningOp<tensor::ReshapeOp>();
      if (!reshape || !readsAll(op.getMatchingIndexingMap(input)))
        continue;
      auto type = dyn_cast<RankedTensorType>(reshape.getType());
      Value rows = type && type.getRank() > 2 && manyOf(type) > 1 ? rowsBehind(reshape.getSource()) : Value();
      if (rows && !type.isDynamicDim(type.getRank() - 1) &&
          cast<RankedTensorType>(rows.getType()).getShape().back() == type.getShape().back())
        return reshape;
    }
    return nullptr;
  }

  static bool isElementwise(linalg::GenericOp op) {
    bool plain = op.getNumParallelLoops() == op.getNumLoops() && !op.hasIndexSemantics() && op.hasPureTensorSemantics();
    for (OpOperand *input : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(input);
      plain &= readsAll(map) || readsChannels(map);
    }
    for (OpOperand &init : op.getDpsInitsMutable())
      plain &= readsAll(op.getMatchingIndexingMap(&init)) && op.getMatchingBlockArgument(&init).use_empty();
    // What a body takes from outside may be gathered by the op's own loops.
    return plain && llvm::none_of(*op.getBody(), [](Operation &nested) { return isa<tensor::ExtractOp>(nested); });
  }

  static Value asRows(Value value, RankedTensorType rows, PatternRewriter &rewriter, Location loc) {
    Value behind = rowsBehind(value);
    bool fits = behind && cast<RankedTensorType>(behind.getType()).getShape().back() == rows.getShape().back();
    return asMatrix(fits ? behind : value, rewriter, loc);
  }
};

struct MoveTransposes : codegen::impl::RtMoveTransposesBase<MoveTransposes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<PadFirst, ReduceInto, JoinPlaces>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
