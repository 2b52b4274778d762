//===- SliceColumns.cpp - the rt-slice-columns pass -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ColumnChain.h"
#include "lib/Codegen/TileGroups.h"
#include "rheobase/Codegen/Passes.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"

#include <cstring>

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTSLICECOLUMNS
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Columns of a slice from which on a product of its own keeps the multipliers busy.
static constexpr int64_t kFewestColumns = 64;

namespace {

/// Makes a product of its own for each slice of a product's columns.
class ColumnSlicer {
public:
  ColumnSlicer(const ColumnChain &chain, tensor::ExtractSliceOp slice)
      : chain(chain), begin(slice.getStaticOffsets().back()), width(slice.getStaticSizes().back()) {}

  /// What the slice takes of `value`, the chain's last.
  Value rewrite(IRRewriter &rewriter, Value value);

private:
  Value sliceOf(IRRewriter &rewriter, Location loc, Value value, unsigned position);
  void slice(IRRewriter &rewriter, linalg::GenericOp op, unsigned loop);

  const ColumnChain &chain;
  int64_t begin, width;
  IRMapping sliced;
};

} // namespace

/// All rows of a stretch of columns.
static bool takesColumns(tensor::ExtractSliceOp op) {
  ArrayRef<int64_t> offsets = op.getStaticOffsets(), sizes = op.getStaticSizes();
  RankedTensorType source = op.getSourceType();
  return source.hasStaticShape() && source.getRank() > 0 && op.getType().getRank() == source.getRank() &&
         op.hasUnitStride() && !llvm::is_contained(offsets, ShapedType::kDynamic) &&
         !llvm::is_contained(sizes, ShapedType::kDynamic) && sizes.drop_back() == source.getShape().drop_back() &&
         sizes.back() >= kFewestColumns;
}

/// The slices that are all that is read of `value`; empty where something else is.
static SmallVector<tensor::ExtractSliceOp> slicesOf(Value value) {
  SmallVector<tensor::ExtractSliceOp> slices;
  for (Operation *user : value.getUsers()) {
    auto slice = dyn_cast<tensor::ExtractSliceOp>(user);
    if (!slice || !takesColumns(slice))
      return {};
    slices.push_back(slice);
  }
  llvm::sort(slices, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return slices;
}

/// Whether nothing outside the chain reads a value inside it.
static bool isClosed(const ColumnChain &chain, Value last) {
  std::function<bool(Value)> staysInside = [&](Value value) {
    return value == last || llvm::all_of(value.getUsers(), [&](Operation *user) {
             if (user->getNumResults() == 1 && viewRoot(user->getResult(0)) != user->getResult(0))
               return staysInside(user->getResult(0));
             auto generic = dyn_cast<linalg::GenericOp>(user);
             return generic && chain.ops().contains(generic);
           });
  };
  return llvm::all_of(chain.ops(), [&](auto &entry) { return staysInside(entry.first->getResult(0)); });
}

/// The columns [begin, begin + width) of a constant, which are its dimension `position`; null where it is none.
static Value sliceConstant(IRRewriter &rewriter, Location loc, Value value, unsigned position, int64_t begin,
                           int64_t width) {
  auto data = ConstantData::of(value);
  if (!data)
    return nullptr;
  ArrayRef<int64_t> shape = data->getType().getShape();
  int64_t columns = shape[position], before = 1, behind = 1;
  for (auto [i, size] : llvm::enumerate(shape))
    (i < position ? before : behind) *= i == position ? 1 : size;
  SmallVector<int64_t> newShape(shape);
  newShape[position] = width;
  ConstantBuilder result(data->getType().clone(newShape));
  int64_t next = 0;
  for (int64_t row = 0; row < before; ++row)
    for (int64_t i = 0; i < width * behind; ++i)
      memcpy(result.element(next++), data->element((row * columns + begin) * behind + i), data->elementBytes());
  return arith::ConstantOp::create(rewriter, loc, cast<TypedAttr>(result.finish()));
}

Value ColumnSlicer::sliceOf(IRRewriter &rewriter, Location loc, Value value, unsigned position) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[position] = width;
  if (Value known = sliced.lookupOrNull(viewRoot(value)))
    return viewAs(rewriter, loc, known, type.clone(shape));
  if (Value constant = sliceConstant(rewriter, loc, value, position, begin, width))
    return constant;
  SmallVector<OpFoldResult> offsets(shape.size(), rewriter.getIndexAttr(0)),
      ones(shape.size(), rewriter.getIndexAttr(1));
  offsets[position] = rewriter.getIndexAttr(begin);
  return tensor::ExtractSliceOp::create(rewriter, loc, value, offsets,
                                        getAsIndexOpFoldResult(rewriter.getContext(), shape), ones);
}

void ColumnSlicer::slice(IRRewriter &rewriter, linalg::GenericOp op, unsigned loop) {
  rewriter.setInsertionPoint(op);
  // By operand, not by value: one that is read twice may have columns in one place only.
  SmallVector<Value> operands(op->getOperands());
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    auto position = map.getResultPosition(getAffineDimExpr(loop, op.getContext()));
    if (!position)
      continue;
    Value value = operand.get();
    SmallVector<int64_t> shape(cast<RankedTensorType>(value.getType()).getShape());
    shape[*position] = width;
    auto type = cast<RankedTensorType>(value.getType()).clone(shape);
    operands[operand.getOperandNumber()] = op.isDpsInit(&operand)
                                               ? initLike(rewriter, op.getLoc(), value, cast<RankedTensorType>(type))
                                               : sliceOf(rewriter, op.getLoc(), value, *position);
  }
  Operation *copy = rewriter.clone(*op);
  copy->setOperands(operands);
  copy->getResult(0).setType(operands.back().getType());
  sliced.map(op->getResult(0), copy->getResult(0));
}

Value ColumnSlicer::rewrite(IRRewriter &rewriter, Value value) {
  for (auto [op, loop] : chain.ops())
    slice(rewriter, op, loop);
  return sliced.lookup(value);
}

namespace {

struct SliceColumns : codegen::impl::RtSliceColumnsBase<SliceColumns> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op->getNumResults() == 1)
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : ops) {
      Value value = op->getResult(0);
      SmallVector<tensor::ExtractSliceOp> slices = slicesOf(value);
      ColumnChain chain;
      if (slices.empty() || !chain.collect(value, cast<RankedTensorType>(value.getType()).getRank() - 1) ||
          !isClosed(chain, value))
        continue;
      for (tensor::ExtractSliceOp slice : slices)
        rewriter.replaceOp(slice, ColumnSlicer(chain, slice).rewrite(rewriter, value));
    }
    (void)runRegionDCE(rewriter, getOperation()->getRegions());
  }
};

} // namespace
