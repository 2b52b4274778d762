//===- MergeLoops.cpp - the rt-merge-loops pass ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Contraction.h"
#include "lib/Codegen/TileGroups.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTMERGELOOPS
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Loops that stand together, in order, in every operand that has one of them.
static SmallVector<ReassociationIndices> loopsToMerge(linalg::LinalgOp op) {
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic || tileMembership(generic) || generic.hasIndexSemantics() || !generic.hasPureTensorSemantics())
    return {};
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  // A constant place (a broadcast size 1) has no loop to merge.
  if (!llvm::all_of(maps, [](AffineMap map) { return map.isProjectedPermutation(); }))
    return {};
  SmallVector<utils::IteratorType> iterators = generic.getIteratorTypesArray();
  // Products by one constant, in tiles and outside, take it packed in one way.
  auto contraction = matchContraction(generic);
  bool isLinear = contraction && matchPattern(viewRoot(generic->getOperand(contraction->rhs)), m_Constant());
  auto mergeable = [&](int64_t a, int64_t b) {
    if (isLinear && maps[contraction->rhs].isFunctionOfDim(a) && maps[contraction->rhs].isFunctionOfDim(b))
      return false;
    return iterators[a] == iterators[b] && linalg::areDimSequencesPreserved(maps, {ReassociationIndices{a, b}});
  };
  SmallVector<ReassociationIndices> groups;
  for (int64_t loop = 0; loop + 1 < static_cast<int64_t>(generic.getNumLoops()); ++loop) {
    if (!mergeable(loop, loop + 1))
      continue;
    if (!groups.empty() && groups.back().back() == loop)
      groups.back().push_back(loop + 1);
    else
      groups.push_back({loop, loop + 1});
  }
  return groups;
}

namespace {

struct MergeLoops : codegen::impl::RtMergeLoopsBase<MergeLoops> {
  void runOnOperation() override {
    RewritePatternSet merging(&getContext());
    linalg::populateCollapseDimensions(merging, loopsToMerge);
    tensor::populateReassociativeReshapeFoldingPatterns(merging);
    if (failed(applyPatternsGreedily(getOperation(), std::move(merging))))
      signalPassFailure();
  }
};

} // namespace
