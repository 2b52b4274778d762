//===- FuseElementwise.cpp - the rt-fuse-elementwise pass -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Contraction.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTFUSEELEMENTWISE
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// The body only passes an element on.
static bool movesDataOnly(linalg::GenericOp op) {
  return llvm::hasSingleElement(*op.getBody());
}

/// Cheap enough to be computed again for each use.
static bool isCheap(linalg::GenericOp op) {
  return llvm::all_of(*op.getBody(), [](Operation &nested) {
    return isa<linalg::YieldOp, arith::ExtSIOp, arith::ExtUIOp, arith::ExtFOp, arith::TruncFOp, arith::TruncIOp,
               arith::SIToFPOp, arith::UIToFPOp, arith::ConstantOp>(nested);
  });
}

/// Whether an input of either says how far each reduction of the consumer goes once they are one. Else fusion would
/// keep the producer's result to say it, which has then an element for every step of a reduction.
static bool boundsReductions(OpOperand *operand, linalg::GenericOp producer, linalg::GenericOp consumer) {
  AffineMap read = consumer.getMatchingIndexingMap(operand);
  AffineMap written = producer.getIndexingMapMatchingResult(cast<OpResult>(operand->get()));
  // What is one number everywhere becomes a number of the body.
  auto isOneNumber = [](Value value) {
    return value.getDefiningOp<linalg::FillOp>() || matchPattern(value, m_Constant());
  };
  auto isBounded = [&](linalg::GenericOp op, unsigned loop, OpOperand *but) {
    return llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
      return input != but && op.getMatchingIndexingMap(input).isFunctionOfDim(loop) && !isOneNumber(input->get());
    });
  };
  SmallVector<unsigned> reductions;
  consumer.getReductionDims(reductions);
  return llvm::all_of(reductions, [&](unsigned loop) {
    if (isBounded(consumer, loop, operand))
      return true;
    std::optional<unsigned> position = read.getResultPosition(getAffineDimExpr(loop, read.getContext()));
    if (!position)
      return false;
    auto inside = dyn_cast<AffineDimExpr>(written.getResult(*position));
    return inside && isBounded(producer, inside.getPosition(), nullptr);
  });
}

/// Fuse where no expensive element is computed twice: the consumer is the only one and reads each element once, or the
/// body is cheap.
static bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer)
    return false;
  if (matchContraction(consumer))
    return movesDataOnly(producer) && consumer.getMatchingIndexingMap(operand).isProjectedPermutation() &&
           producer.getIndexingMapsArray().front().isProjectedPermutation();
  if (!boundsReductions(operand, producer, consumer))
    return false;
  bool readOnce = consumer.getMatchingIndexingMap(operand).isPermutation();
  bool onlyUse = operand->get().hasOneUse() && producer->getNumResults() == 1;
  return (readOnce && onlyUse) || isCheap(producer);
}

namespace {

struct FuseElementwise : codegen::impl::RtFuseElementwiseBase<FuseElementwise> {
  void runOnOperation() override {
    generalize();
    RewritePatternSet fusion(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(fusion, shouldFuse);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(fusion);
    if (failed(applyPatternsGreedily(getOperation(), std::move(fusion))))
      signalPassFailure();
  }

  /// Named ops become generic ones; fills stay what they are, so that initial values are recognised.
  void generalize() {
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](linalg::LinalgOp op) {
      if (isa<linalg::GenericOp, linalg::FillOp>(op.getOperation()))
        return;
      rewriter.setInsertionPoint(op);
      (void)linalg::generalizeNamedOp(rewriter, op);
    });
  }
};

} // namespace
