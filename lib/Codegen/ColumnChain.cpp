//===- ColumnChain.cpp - what makes the columns of a product's result -----===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ColumnChain.h"

#include "lib/Codegen/Contraction.h"
#include "lib/Codegen/TileGroups.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

static bool isLinear(linalg::GenericOp op, unsigned loop) {
  auto contraction = matchContraction(op);
  return contraction && contraction->n == loop &&
         matchPattern(viewRoot(op->getOperand(contraction->rhs)), m_Constant());
}

/// Nothing but whole operands is read, and what the loop runs over is a plain dimension of each.
static bool hasPlainColumns(linalg::GenericOp op, unsigned loop) {
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

bool ColumnChain::collectOperands(linalg::GenericOp op, unsigned loop) {
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

bool ColumnChain::collect(Value value, unsigned position) {
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
  if (!hasPlainColumns(op, loop) ||
      (!isLinear(op, loop) && (op.getNumReductionLoops() > 0 || !collectOperands(op, loop))))
    return false;
  loops[op] = loop;
  return true;
}

Value codegen::initLike(OpBuilder &builder, Location loc, Value init, RankedTensorType type) {
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill ? linalg::FillOp::create(builder, loc, fill.getInputs(), empty).getResult(0) : empty;
}

Value codegen::viewAs(OpBuilder &builder, Location loc, Value value, RankedTensorType type) {
  for (;; value = value.getDefiningOp()->getOperand(0)) {
    if (value.getType() == type)
      return value;
    if (!value.getDefiningOp<tensor::ReshapeOp>())
      break;
  }
  SmallVector<Value> sizes = llvm::map_to_vector(
      type.getShape(), [&](int64_t size) -> Value { return arith::ConstantIndexOp::create(builder, loc, size); });
  return tensor::ReshapeOp::create(builder, loc, type, value, tensor::FromElementsOp::create(builder, loc, sizes));
}
