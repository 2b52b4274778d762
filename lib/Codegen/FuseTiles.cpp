//===- FuseTiles.cpp - the rt-fuse-tiles pass -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/TileGrouper.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTFUSETILES
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// Puts the ops of each group together: operands before, users behind.
class GroupOrder {
public:
  GroupOrder(Block &block, ArrayRef<std::unique_ptr<TileGrouper::Group>> groups) : block(block) {
    for (const auto &group : groups) {
      SmallVector<Operation *> &members = ordered.emplace_back();
      for (auto &[member, loops] : group->members)
        members.push_back(member);
      llvm::sort(members, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
      for (Operation *member : members)
        groupOf[member] = ordered.size() - 1;
    }
  }

  void run() {
    SmallVector<Operation *> before = llvm::map_to_vector(block, [](Operation &op) { return &op; });
    for (Operation *op : before)
      place(op);
    for (Operation *op : order)
      op->moveBefore(&block, block.end());
  }

private:
  void place(Operation *op);
  void placeOperands(Operation *op, std::optional<unsigned> inside);

  Block &block;
  SmallVector<SmallVector<Operation *>> ordered;
  llvm::DenseMap<Operation *, unsigned> groupOf;
  llvm::DenseSet<Operation *> placed;
  SmallVector<Operation *> order;
};

/// Stands in for results that only counters read.
class Shadows {
public:
  Shadows(TileGrouper &grouper, const TileGrouper::Group &group) : grouper(grouper), group(group) {}
  void run();

private:
  bool isCounting(Operation *user);
  void giveCounters(OpResult value);
  Value shadowOf(Value value);

  TileGrouper &grouper;
  const TileGrouper::Group &group;
  IRMapping mapping;
};

} // namespace

void GroupOrder::placeOperands(Operation *op, std::optional<unsigned> inside) {
  op->walk([&](Operation *nested) {
    for (Value operand : nested->getOperands()) {
      Operation *def = operand.getDefiningOp();
      if (!def || def->getBlock() != &block)
        continue;
      // What hangs on the group itself comes with its members.
      Operation *root = viewRoot(operand).getDefiningOp();
      auto group = root ? groupOf.find(root) : groupOf.end();
      if (!inside || group == groupOf.end() || group->second != *inside)
        place(def);
    }
  });
}

void GroupOrder::place(Operation *op) {
  if (placed.contains(op))
    return;
  auto group = groupOf.find(op);
  if (group == groupOf.end()) {
    placeOperands(op, std::nullopt);
    placed.insert(op);
    order.push_back(op);
    return;
  }
  unsigned number = group->second;
  for (Operation *member : ordered[number])
    placeOperands(member, number);
  for (Operation *member : ordered[number]) {
    if (!placed.insert(member).second)
      continue;
    // Views of earlier members.
    placeOperands(member, std::nullopt);
    order.push_back(member);
  }
}

bool Shadows::isCounting(Operation *user) {
  while (user->getParentOp() && !isa<func::FuncOp>(user->getParentOp()))
    user = user->getParentOp();
  return grouper.countingOps().contains(user);
}

/// A copy, outside of the group, of a value inside it.
Value Shadows::shadowOf(Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *def = value.getDefiningOp();
  bool isMember = def && group.members.contains(def);
  bool isView = def && viewRoot(value) != value;
  if (!isMember && !isView)
    return value;
  for (Value operand : def->getOperands())
    mapping.map(operand, shadowOf(operand));
  OpBuilder builder(def->getContext());
  builder.setInsertionPointAfter(def);
  Operation *copy = builder.clone(*def, mapping);
  for (auto [from, to] : llvm::zip_equal(def->getResults(), copy->getResults()))
    mapping.map(from, to);
  return mapping.lookup(value);
}

void Shadows::giveCounters(OpResult value) {
  // Through views, who reads it?
  SmallVector<OpOperand *> counters;
  bool isExposed = false;
  std::function<void(Value)> collect = [&](Value tensor) {
    for (OpOperand &use : tensor.getUses()) {
      Operation *user = use.getOwner();
      if (user->getNumResults() == 1 && viewRoot(user->getResult(0)) != user->getResult(0))
        collect(user->getResult(0));
      else if (isCounting(user))
        counters.push_back(&use);
      else
        isExposed |= !group.members.contains(user);
    }
  };
  collect(value);
  if (isExposed)
    return;
  for (OpOperand *use : counters)
    use->set(shadowOf(use->get()));
}

void Shadows::run() {
  for (auto &[member, loops] : group.members)
    for (OpResult value : member->getResults())
      giveCounters(value);
}

/// The most ops of members that become one: cores hold so many instructions that wait for others, and of a longer chain
/// they have no second element to work on.
static constexpr size_t kMostJoined = 64;

static size_t lengthOf(linalg::GenericOp op) {
  return op.getBody()->getOperations().size();
}

/// The operand through which an elementwise member of the group can be computed inside `op`, its only user.
static OpOperand *operandToJoin(linalg::GenericOp op, int64_t group) {
  if (matchContraction(op))
    return nullptr;
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto producer = input->get().getDefiningOp<linalg::GenericOp>();
    auto membership = producer ? tileMembership(producer) : std::nullopt;
    if (membership && membership->group == group && producer->hasOneUse() && producer->getNumResults() == 1 &&
        lengthOf(producer) + lengthOf(op) <= kMostJoined && op.getMatchingIndexingMap(input).isPermutation() &&
        linalg::areElementwiseOpsFusable(input))
      return input;
  }
  return nullptr;
}

/// Members that counters kept apart, and no longer read, become one.
static void joinMembers(func::FuncOp main) {
  IRRewriter rewriter(main.getContext());
  SmallVector<linalg::GenericOp> work(main.getBody().front().getOps<linalg::GenericOp>());
  while (!work.empty()) {
    linalg::GenericOp op = work.pop_back_val();
    auto membership = tileMembership(op);
    OpOperand *operand = membership ? operandToJoin(op, membership->group) : nullptr;
    if (!operand)
      continue;
    auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
    rewriter.setInsertionPoint(op);
    auto joined = linalg::fuseElementwiseOps(rewriter, operand);
    if (failed(joined))
      continue;
    for (StringRef name : {kGroupAttr, kTileLoopsAttr, kTileStepsAttr})
      joined->fusedOp->setAttr(name, op->getAttr(name));
    for (auto [from, to] : joined->replacements)
      rewriter.replaceAllUsesWith(from, to);
    llvm::erase(work, producer);
    rewriter.eraseOp(op);
    rewriter.eraseOp(producer);
    work.push_back(cast<linalg::GenericOp>(joined->fusedOp));
  }
}

namespace {

struct FuseTiles : codegen::impl::RtFuseTilesBase<FuseTiles> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !llvm::hasSingleElement(main.getBody()))
      return;
    TileGrouper grouper(main);
    grouper.run();
    for (const auto &group : grouper.result())
      Shadows(grouper, *group).run();
    Builder builder(&getContext());
    for (auto [number, group] : llvm::enumerate(grouper.result())) {
      for (auto &[member, loops] : group->members) {
        member->setAttr(kGroupAttr, builder.getI64IntegerAttr(number));
        member->setAttr(kTileLoopsAttr, builder.getDenseI64ArrayAttr(loops));
        member->setAttr(kTileStepsAttr, builder.getDenseI64ArrayAttr(group->steps));
      }
    }
    GroupOrder(main.getBody().front(), grouper.result()).run();
    joinMembers(main);
  }
};

} // namespace
