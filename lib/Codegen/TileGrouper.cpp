//===- TileGrouper.cpp - choose what is computed tile by tile -------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/TileGrouper.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Rows of a tile of a product: a multiple of every target's register tile, few enough that a tile's results stay in
/// the first-level cache until the ops behind the product have read them.
static constexpr int64_t kProductRows = 24;
/// Rows of a tile of attention: their scores stay in the cache.
static constexpr int64_t kAttentionRows = 12;
/// Elements that make a tile of rows worth its overhead, and the most rows it has.
static constexpr int64_t kRowElements = 1024, kMaxRows = 16;

TileGrouper::TileGrouper(func::FuncOp main) : main(main), counting(findCountingOps(main)) {
  llvm::DenseSet<Operation *> prelude = findPrelude(main);
  for (Operation &op : main.getBody().front())
    if (!counting.contains(&op) && !prelude.contains(&op) && isCandidate(op)) {
      candidates.push_back(cast<linalg::GenericOp>(op));
      isFree.insert(&op);
    }
}

void TileGrouper::run() {
  fuseAttention();
  fuseEpilogues();
  fuseRows();
}

const std::optional<Contraction> &TileGrouper::contractionOf(linalg::GenericOp op) {
  auto [known, isNew] = contractions.try_emplace(op);
  if (isNew)
    known->second = matchContraction(op);
  return known->second;
}

static bool isFilled(Value init) {
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.getInputs().front(), m_Constant());
}

/// The body reads nothing but its arguments, and every output starts from a constant or from nothing.
bool TileGrouper::isCandidate(Operation &op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic || generic.hasIndexSemantics() || !generic.hasPureTensorSemantics() || generic.getNumLoops() == 0)
    return false;
  for (Operation &nested : *generic.getBody())
    if (isa<tensor::ExtractOp, tensor::DimOp>(nested) || !llvm::all_of(nested.getOperands(), [&](Value operand) {
          return operand.getParentBlock() == generic.getBody() || matchPattern(operand, m_Constant());
        }))
      return false;
  return llvm::all_of(generic.getDpsInitsMutable(), [&](OpOperand &init) {
    bool isBool = getElementTypeOrSelf(init.get().getType()).isInteger(1);
    return generic.getMatchingBlockArgument(&init).use_empty() || (isFilled(init.get()) && !isBool);
  });
}

linalg::GenericOp TileGrouper::memberOf(const Group &group, Value root) {
  Operation *def = root.getDefiningOp();
  return def && group.members.contains(def) ? cast<linalg::GenericOp>(def) : linalg::GenericOp();
}

/// Calls `visit` with every operand, and the map it is read through, that reaches `op` from another generic op.
static void forEachRead(linalg::GenericOp op, llvm::function_ref<void(Value, AffineMap)> visit) {
  for (OpOperand *input : op.getDpsInputOperands())
    if (isa<RankedTensorType>(input->get().getType()))
      visit(input->get(), op.getMatchingIndexingMap(input));
}

/// Uses of a value by generic ops, through views: the op, the operand and the map.
static void forEachUse(Value value, llvm::function_ref<void(linalg::GenericOp, OpOperand &)> visit) {
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (auto generic = dyn_cast<linalg::GenericOp>(user))
      visit(generic, use);
    else if (user->getNumResults() == 1 && viewRoot(user->getResult(0)) != user->getResult(0))
      forEachUse(user->getResult(0), visit);
  }
}

/// The loops at these positions of a tensor read or written through `map`.
static std::optional<TileGrouper::Loops> loopsAt(AffineMap map, const Positions &positions) {
  TileGrouper::Loops loops;
  for (unsigned position : positions) {
    auto dim = dyn_cast<AffineDimExpr>(map.getResult(position));
    if (!dim)
      return std::nullopt;
    loops.push_back(dim.getPosition());
  }
  return loops;
}

/// The loops of `op` over the tile's dimensions, from every member it reads or is read by; nullopt where they differ.
std::optional<TileGrouper::Loops> TileGrouper::loopsOf(const Group &group, linalg::GenericOp op) {
  std::optional<Loops> result;
  bool agree = true;
  auto take = [&](std::optional<Loops> loops) {
    agree &= loops && (!result || *result == *loops);
    result = loops;
  };
  forEachRead(op, [&](Value value, AffineMap map) {
    Value root = viewRoot(value);
    linalg::GenericOp producer = memberOf(group, root);
    if (!producer || !agree)
      return;
    AffineMap written = producer.getIndexingMapMatchingResult(cast<OpResult>(root));
    auto inRoot = positionsOfLoops(written, group.members.find(producer)->second);
    auto inView = inRoot ? positionsInView(value, root, *inRoot) : std::nullopt;
    take(inView ? loopsAt(map, *inView) : std::nullopt);
  });
  for (OpResult value : op->getResults()) {
    forEachUse(value, [&](linalg::GenericOp user, OpOperand &use) {
      auto member = group.members.find(user);
      if (member == group.members.end() || !agree)
        return;
      auto inView = positionsOfLoops(user.getMatchingIndexingMap(&use), member->second);
      auto inRoot = inView ? positionsInRoot(use.get(), value, *inView) : std::nullopt;
      take(inRoot ? loopsAt(op.getIndexingMapMatchingResult(value), *inRoot) : std::nullopt);
    });
  }
  return agree ? result : std::nullopt;
}

/// Every result has the tile's loops as plain dimensions, and so has every operand those it depends on; what comes
/// from the group is read in the same tile.
bool TileGrouper::takesOperands(const Group &group, linalg::GenericOp op, const Loops &loops) {
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  for (int64_t loop : loops)
    if (iterators[loop] != utils::IteratorType::parallel || llvm::count(loops, loop) != 1)
      return false;
  for (OpResult value : op->getResults())
    if (!positionsOfLoops(op.getIndexingMapMatchingResult(value), loops))
      return false;
  bool plain = true;
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  forEachRead(op, [&](Value, AffineMap map) {
    for (auto [position, expr] : llvm::enumerate(map.getResults())) {
      for (int64_t loop : loops)
        plain &= isa<AffineDimExpr>(expr) || !expr.isFunctionOfDim(loop);
      // A sum along contiguous elements has the same order in a tile as outside, others might not.
      bool isLast = position + 1 == map.getNumResults();
      for (unsigned loop : reductions)
        plain &= isLast || contractionOf(op) || !expr.isFunctionOfDim(loop);
    }
  });
  return plain;
}

/// The right operand is packed before; the left one may come from the tile, with k innermost.
bool TileGrouper::takesContraction(const Group &group, linalg::GenericOp op, const Loops &loops) {
  const Contraction &contraction = *contractionOf(op);
  if (!startsFromZero(op.getDpsInitOperand(0)->get()) || memberOf(group, viewRoot(op->getOperand(contraction.rhs))))
    return false;
  for (auto [dim, loop] : llvm::enumerate(loops)) {
    bool isColumns = static_cast<unsigned>(loop) == contraction.n;
    if (isColumns != (group.columns == dim) ||
        (isColumns && group.steps[dim] != choosePacking(op, contraction).getLanes()))
      return false;
  }
  if (!memberOf(group, viewRoot(op->getOperand(contraction.lhs))))
    return true;
  AffineMap map = op.getIndexingMapsArray()[contraction.lhs];
  return map.getResults().back() == getAffineDimExpr(contraction.k, op.getContext());
}

bool TileGrouper::tryJoin(Group &group, linalg::GenericOp op) {
  auto loops = loopsOf(group, op);
  if (!loops || !takesOperands(group, op, *loops) || (contractionOf(op) && !takesContraction(group, op, *loops)))
    return false;
  group.members[op] = *loops;
  if (isAcyclic(group))
    return true;
  group.members.pop_back();
  return false;
}

/// Whether nothing outside the group lies between two of its ops. Groups are done as a whole.
bool TileGrouper::isAcyclic(const Group &group) {
  SmallVector<Operation *> stack;
  llvm::DenseSet<Operation *> seen;
  auto pushProducers = [&](Operation *op) {
    op->walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        if (Operation *def = viewRoot(operand).getDefiningOp(); def && seen.insert(def).second)
          stack.push_back(def);
    });
  };
  for (auto &[member, loops] : group.members)
    seen.insert(member);
  for (auto &[member, loops] : group.members)
    pushProducers(member);
  // From here on a member that is reached again closes a cycle.
  for (auto &[member, loops] : group.members)
    seen.erase(member);
  while (!stack.empty()) {
    Operation *op = stack.pop_back_val();
    if (group.members.contains(op))
      return false;
    Group *other = groupOf.lookup(op);
    if (!other) {
      pushProducers(op);
      continue;
    }
    for (auto &[member, loops] : other->members) {
      seen.insert(member);
      pushProducers(member);
    }
  }
  return true;
}

/// Takes in free neighbours of the members, and theirs, for as long as there are some that fit.
void TileGrouper::grow(Group &group, bool backward, llvm::function_ref<bool(linalg::GenericOp)> wanted) {
  SmallVector<Operation *> work = llvm::map_to_vector(group.members, [](auto &member) { return member.first; });
  auto consider = [&](linalg::GenericOp op) {
    if (isFree.contains(op) && !group.members.contains(op) && wanted(op) && tryJoin(group, op))
      work.push_back(op);
  };
  for (size_t next = 0; next < work.size(); ++next) {
    auto member = cast<linalg::GenericOp>(work[next]);
    if (backward)
      forEachRead(member, [&](Value value, AffineMap) {
        if (auto producer = viewRoot(value).getDefiningOp<linalg::GenericOp>())
          consider(producer);
      });
    for (Value value : member->getResults())
      forEachUse(value, [&](linalg::GenericOp user, OpOperand &) { consider(user); });
  }
}

void TileGrouper::commit(std::unique_ptr<Group> group) {
  if (group->members.size() < 2)
    return;
  for (auto &[member, loops] : group->members) {
    isFree.erase(member);
    groupOf[member] = group.get();
  }
  groups.push_back(std::move(group));
}

/// The rows of scores go through a softmax into the second product without ever being stored.
void TileGrouper::fuseAttention() {
  for (linalg::GenericOp op : candidates) {
    const auto &product = contractionOf(op);
    if (!isFree.contains(op) || !product || product->numBatch() == 0 ||
        !startsFromZero(op.getDpsInitOperand(0)->get()) ||
        matchPattern(viewRoot(op->getOperand(product->rhs)), m_Constant()))
      continue;
    auto group = std::make_unique<Group>();
    Loops loops;
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    for (unsigned loop : product->batch)
      if (ranges[loop] != 1)
        loops.push_back(loop), group->steps.push_back(1);
    loops.push_back(product->m), group->steps.push_back(kAttentionRows);
    if (!takesOperands(*group, op, loops))
      continue;
    group->members[op] = loops;
    // Weights would be read again for every few rows.
    auto isLinear = [&](linalg::GenericOp other) {
      const auto &contraction = contractionOf(other);
      return contraction && matchPattern(viewRoot(other->getOperand(contraction->rhs)), m_Constant());
    };
    grow(*group, /*backward=*/false, [&](linalg::GenericOp other) { return !isLinear(other); });
    auto isSecond = [&](const auto &member) {
      return member.first != op && contractionOf(cast<linalg::GenericOp>(member.first));
    };
    if (llvm::any_of(group->members, isSecond))
      commit(std::move(group));
  }
}

/// Columns outside, rows inside, so that the columns' weights stay in the cache for all rows.
void TileGrouper::fuseEpilogues() {
  for (linalg::GenericOp op : candidates) {
    const auto &product = contractionOf(op);
    if (!isFree.contains(op) || !product || !startsFromZero(op.getDpsInitOperand(0)->get()))
      continue;
    auto group = std::make_unique<Group>();
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    Loops loops;
    auto add = [&](unsigned loop, int64_t step) { loops.push_back(loop), group->steps.push_back(step); };
    auto addBatches = [&](bool ofRight) {
      for (auto [i, loop] : llvm::enumerate(product->batch))
        if (ranges[loop] != 1 && product->rhsMap.isFunctionOfDim(i) == ofRight)
          add(loop, 1);
    };
    addBatches(/*ofRight=*/true);
    // What reduces the columns is computed in the tile too, where it has all of them: those of a group, as the right
    // operand's batches are.
    int64_t lanes = choosePacking(op, *product).getLanes(), columns = ranges[product->n];
    bool isWhole = !ShapedType::isDynamic(columns) && columns <= (loops.empty() ? lanes : kTileColumns);
    if (!isWhole) {
      group->columns = loops.size();
      add(product->n, lanes);
    }
    addBatches(/*ofRight=*/false);
    add(product->m, ranges[product->m] == 1 ? 1 : kProductRows);
    if (!takesOperands(*group, op, loops))
      continue;
    group->members[op] = loops;
    // The layers before this one and behind it are groups of their own: what lies between can be observed.
    auto isOtherLayer = [&](linalg::GenericOp other) {
      bool feeds = false;
      forEachUse(other->getResult(0), [&](linalg::GenericOp user, OpOperand &) {
        feeds |= group->members.contains(user) && contractionOf(user);
      });
      return feeds || memberOf(*group, viewRoot(other->getOperand(contractionOf(other)->lhs)));
    };
    grow(*group, /*backward=*/true, [&](linalg::GenericOp other) {
      if (contractionOf(other))
        return !isOtherLayer(other);
      return other.getNumReductionLoops() == 0 || (isWhole && op->isBeforeInBlock(other));
    });
    commit(std::move(group));
  }
}

/// Rows of a tile for a reduction over `elements` elements.
static int64_t rowsFor(int64_t elements) {
  if (ShapedType::isDynamic(elements))
    return 1;
  return std::clamp<int64_t>(kRowElements / std::max<int64_t>(elements, 1), 1, kMaxRows);
}

/// A reduction along rows, with the ops before and behind it that go along the same rows.
void TileGrouper::fuseRows() {
  for (linalg::GenericOp op : candidates) {
    if (!isFree.contains(op) || contractionOf(op) || op.getNumReductionLoops() != 1)
      continue;
    auto group = std::make_unique<Group>();
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    SmallVector<unsigned> reductions;
    op.getReductionDims(reductions);
    Loops loops;
    for (AffineExpr expr : op.getIndexingMapsArray()[op.getNumDpsInputs()].getResults())
      if (auto dim = dyn_cast<AffineDimExpr>(expr); dim && ranges[dim.getPosition()] != 1)
        loops.push_back(dim.getPosition());
    if (loops.empty())
      continue;
    group->steps.assign(loops.size(), 1);
    group->steps.back() = rowsFor(ranges[reductions.front()]);
    if (!takesOperands(*group, op, loops))
      continue;
    group->members[op] = loops;
    grow(*group, /*backward=*/true, [&](linalg::GenericOp other) { return !contractionOf(other); });
    commit(std::move(group));
  }
}
