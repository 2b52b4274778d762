//===- Partition.cpp - how a kernel's loops become work items and lanes ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Partition.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Work items to aim for: enough for the threads of one machine to share evenly.
static constexpr int64_t kWantedItems = 64;
/// Where an item sums at most so many elements, it is not worth its call: then fewer items of many sums each.
static constexpr int64_t kShortSum = 256, kWantedLongItems = 8;
/// Sums side by side, where there are as many: an addition waits for the one before it, so several vectors of them take
/// no longer than one, and what they add up is read once.
static constexpr int64_t kSums = 4 * kLanes;
/// Elements of a vector loop that make a work item worth its call.
static constexpr int64_t kChunk = 1024;

std::optional<int64_t> codegen::factorOf(AffineExpr expr, unsigned loop) {
  if (!expr.isFunctionOfDim(loop))
    return 0;
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return 1;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  auto a = factorOf(binary.getLHS(), loop), b = factorOf(binary.getRHS(), loop);
  if (!a || !b)
    return std::nullopt;
  if (binary.getKind() == AffineExprKind::Add)
    return *a + *b;
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (binary.getKind() == AffineExprKind::Mul && constant)
    return *a * constant.getValue();
  return std::nullopt;
}

static bool hasUnitInnermostStride(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || memref.getRank() == 0)
    return false;
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(memref.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

Access codegen::accessAlong(AffineMap map, Type type, unsigned loop) {
  if (!map.isFunctionOfDim(loop))
    return Access::Uniform;
  for (AffineExpr expr : map.getResults().drop_back())
    if (expr.isFunctionOfDim(loop))
      return Access::Strided;
  bool unit = factorOf(map.getResults().back(), loop) == 1 && hasUnitInnermostStride(type);
  return unit ? Access::Contiguous : Access::Strided;
}

Operation *codegen::matchCombiner(linalg::GenericOp op, unsigned number) {
  SmallVector<Operation *> combiners;
  SmallVector<BlockArgument> accumulators(op.getRegionOutputArgs());
  if (!mlir::matchReduction(accumulators, number, combiners) || combiners.size() != 1)
    return nullptr;
  return arith::getNeutralElement(combiners.front()) ? combiners.front() : nullptr;
}

/// What it costs to run `loop` in lanes: strided accesses are done one element at a time.
static std::optional<int64_t> costOf(linalg::GenericOp op, unsigned loop, int64_t lanes) {
  int64_t cost = 0;
  for (OpOperand &operand : op->getOpOperands()) {
    Access access = accessAlong(op.getMatchingIndexingMap(&operand), operand.get().getType(), loop);
    cost += access == Access::Strided ? 2 * kLanes : access == Access::Contiguous ? kLanes / lanes : 0;
  }
  return cost + kLanes / lanes;
}

/// Whether every op of the body has a vector form.
static bool hasVectorForm(linalg::GenericOp op) {
  return llvm::all_of(op.getBody()->without_terminator(), [](Operation &nested) {
    return OpTrait::hasElementwiseMappableTraits(&nested) ||
           isa<linalg::IndexOp, memref::LoadOp, memref::DimOp, arith::ConstantOp>(nested);
  });
}

static bool canReduceInLanes(linalg::GenericOp op) {
  for (unsigned i = 0, e = op.getNumDpsInits(); i < e; ++i)
    if (!matchCombiner(op, i))
      return false;
  return true;
}

static void chooseVectorLoop(linalg::GenericOp op, ArrayRef<unsigned> parallel, ArrayRef<int64_t> ranges,
                             Partition &result) {
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  SmallVector<unsigned> candidates(llvm::reverse(parallel));
  if (canReduceInLanes(op))
    candidates.append(reductions.rbegin(), reductions.rend());
  if (!hasVectorForm(op))
    candidates.clear();
  std::optional<int64_t> best;
  for (unsigned loop : candidates) {
    bool reduction = llvm::is_contained(reductions, loop);
    int64_t lanes = ShapedType::isDynamic(ranges[loop])
                        ? kLanes
                        : std::min<int64_t>(kLanes, llvm::bit_floor<uint64_t>(ranges[loop]));
    // The tree of a sum has 16 leaves, or it is not a tree: the size alone decides.
    if (lanes < 4 || (reduction && lanes < kLanes))
      continue;
    auto cost = costOf(op, loop, lanes);
    if (cost && (!best || *cost < *best)) {
      best = cost;
      result.vector = loop, result.lanes = lanes, result.vectorIsReduction = reduction;
    }
  }
}

/// Parallel loops in the order of the first result's dimensions, so that stores advance through memory.
static SmallVector<unsigned> orderParallelLoops(linalg::GenericOp op) {
  SmallVector<unsigned> loops, ordered;
  op.getParallelDims(loops);
  for (AffineExpr expr : op.getIndexingMapsArray()[op.getNumDpsInputs()].getResults())
    for (unsigned loop : loops)
      if (expr.isFunctionOfDim(loop) && !llvm::is_contained(ordered, loop))
        ordered.push_back(loop);
  for (unsigned loop : loops)
    if (!llvm::is_contained(ordered, loop))
      ordered.push_back(loop);
  return ordered;
}

Partition codegen::choosePartition(linalg::GenericOp op) {
  Partition result;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  SmallVector<unsigned> parallel = orderParallelLoops(op);
  chooseVectorLoop(op, parallel, ranges, result);
  op.getReductionDims(result.reductions);
  if (result.vectorIsReduction)
    llvm::erase(result.reductions, *result.vector);
  else if (result.vector && !result.reductions.empty() && !ShapedType::isDynamic(ranges[*result.vector]) &&
           ranges[*result.vector] % kSums == 0)
    result.lanes = kSums;

  bool shortSums = result.vectorIsReduction && result.reductions.empty() &&
                   !ShapedType::isDynamic(ranges[*result.vector]) && ranges[*result.vector] <= kShortSum;
  int64_t items = 1, wanted = shortSums ? kWantedLongItems : kWantedItems;
  for (unsigned loop : parallel) {
    if (loop == result.vector)
      continue;
    if (items >= wanted) {
      result.inner.push_back(loop);
      continue;
    }
    result.items.push_back(loop);
    items *= ShapedType::isDynamic(ranges[loop]) ? 1 : std::min(ranges[loop], kWantedItems);
  }
  if (result.vector && !result.vectorIsReduction && items < kWantedItems) {
    int64_t range = ranges[*result.vector];
    if (ShapedType::isDynamic(range) || range >= 2 * kChunk)
      result.chunk = kChunk;
  }
  return result;
}
