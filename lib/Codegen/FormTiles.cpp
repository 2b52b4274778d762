//===- FormTiles.cpp - groups of ops to one kernel over tiles -------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ProgramFormer.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Bytes of scratch on the stack of a thread; what does not fit goes through the arena.
static constexpr int64_t kMaxScratch = 192 * 1024;
/// Alignment of each value in scratch: a cache line.
static constexpr int64_t kLine = 64;

namespace rheobase::codegen {

/// Builds the kernel of one group. Results that nobody else reads live in scratch, of the size of a tile; all others
/// are parts of buffers.
class TilesFormer {
public:
  TilesFormer(ProgramFormer &former, ArrayRef<linalg::GenericOp> members)
      : former(former), members(members), steps(tileMembership(members.front())->steps),
        kernel(former.builder, former.table), isMember(members.begin(), members.end()) {}

  LogicalResult run();

private:
  struct Operand {
    Value memref;
    /// The dimensions of the tile that each dimension of the memref is cut along; -1: none.
    SmallVector<int64_t> tiles;
    bool isScratch = false;
  };
  using Cut = SmallVector<int64_t>;

  LogicalResult prepare(linalg::GenericOp op);
  LogicalResult prepareContraction(linalg::GenericOp op, const Contraction &contraction);
  FailureOr<Value> argument(Value tensor);
  FailureOr<Value> whole(const BufferView &view, bool written);
  bool isHidden(OpResult value);
  Cut cutOf(linalg::GenericOp op, AffineMap map);
  std::optional<SmallVector<int64_t>> tileShape(RankedTensorType type, const Cut &cut);
  void chooseHidden();
  int64_t planScratch();

  void build(linalg::GenericOp op);
  void buildGeneric(linalg::GenericOp op);
  void buildEither(linalg::GenericOp op, const Contraction &contraction);
  void buildContraction(linalg::GenericOp op, const Contraction &contraction);
  Value operandOf(linalg::GenericOp op, Value tensor, AffineMap map);
  Value resultOf(linalg::GenericOp op, OpResult value);
  Value scratchView(Value root, RankedTensorType type, const Cut &cut);
  Value part(Value memref, const Cut &cut, ArrayRef<int64_t> units = {}, bool reachFull = false);

  OpBuilder &b() { return kernel.body; }
  Location loc() { return kernel.body.getUnknownLoc(); }

  ProgramFormer &former;
  ArrayRef<linalg::GenericOp> members;
  SmallVector<int64_t> steps;
  KernelBuilder kernel;
  llvm::DenseSet<Operation *> isMember;
  /// Kernel arguments by tensor of @main, and by buffer and type.
  llvm::DenseMap<Value, Value> arguments;
  llvm::DenseMap<std::pair<Value, Type>, Value> byBuffer;
  struct Prepared {
    AffineMap lhsMap;
    Value lhs, rhs, sums;
    /// The left operand is not cut by rows, which are several of its dimensions.
    bool isWindows = false;
    /// 1 in calls where the product has a single row and its right operand is not packed; null where it always is.
    Value single;
  };
  llvm::DenseMap<Operation *, Prepared> prepared;
  llvm::DenseMap<Operation *, std::unique_ptr<IRMapping>> scalars;
  /// Bytes and place of hidden results.
  llvm::MapVector<Value, int64_t> hidden;
  llvm::DenseMap<Value, int64_t> places;
  Value scratch;
  SmallVector<Value> begins, extents;
  SmallVector<StringAttr> names;
};

} // namespace rheobase::codegen

/// Which dimension of the tile each dimension of an operand follows.
TilesFormer::Cut TilesFormer::cutOf(linalg::GenericOp op, AffineMap map) {
  ArrayRef<int64_t> loops = tileMembership(op)->loops;
  Cut cut(map.getNumResults(), -1);
  for (auto [i, loop] : llvm::enumerate(loops))
    if (auto position = map.getResultPosition(getAffineDimExpr(loop, op.getContext())))
      cut[*position] = i;
  return cut;
}

/// The shape of a tile of a tensor of `type`; nullopt where it is not known when compiling.
std::optional<SmallVector<int64_t>> TilesFormer::tileShape(RankedTensorType type, const Cut &cut) {
  SmallVector<int64_t> shape;
  for (auto [size, tile] : llvm::zip_equal(type.getShape(), cut)) {
    if (tile < 0 && ShapedType::isDynamic(size))
      return std::nullopt;
    shape.push_back(tile < 0 ? size : steps[tile]);
  }
  return shape;
}

/// Read inside the group alone.
bool TilesFormer::isHidden(OpResult value) {
  if (former.claimed.contains(value))
    return false;
  std::function<bool(Value)> staysInside = [&](Value tensor) {
    return llvm::all_of(tensor.getUsers(), [&](Operation *user) {
      if (user->getNumResults() == 1 && viewRoot(user->getResult(0)) != user->getResult(0))
        return staysInside(user->getResult(0));
      return isMember.contains(user);
    });
  };
  return staysInside(value);
}

FailureOr<Value> TilesFormer::whole(const BufferView &view, bool written) {
  Value &known = byBuffer[{view.buffer, view.type}];
  if (!known)
    known = former.add(kernel, view, written);
  return known;
}

/// The kernel's argument for a tensor that is not hidden.
FailureOr<Value> TilesFormer::argument(Value tensor) {
  if (Value known = arguments.lookup(tensor))
    return known;
  auto view = former.viewOf(tensor);
  if (failed(view))
    return failure();
  return arguments[tensor] = *whole(*view, /*written=*/false);
}

LogicalResult TilesFormer::prepareContraction(linalg::GenericOp op, const Contraction &contraction) {
  rt::PackAttr attr = choosePacking(op, contraction);
  Prepared &result = prepared[op];
  result.lhsMap = contraction.lhsMap;
  Value lhs = op->getOperand(contraction.lhs);
  if (auto windows = former.windowsOf(op, contraction, attr.getDepth())) {
    auto source = argument(windows->source);
    if (failed(source))
      return failure();
    result.lhs = former.addWindows(kernel, op, contraction, *windows, *source);
    result.lhsMap = windows->map;
    result.isWindows = !windows->map.isProjectedPermutation();
  } else if (!hidden.contains(viewRoot(lhs))) {
    auto view = attr.getDepth() > 1 && !isMember.contains(viewRoot(lhs).getDefiningOp())
                    ? former.contiguousLeft(op, contraction, result.lhsMap)
                    : former.viewOf(lhs);
    if (failed(view))
      return failure();
    result.lhs = *whole(*view, /*written=*/false);
  }
  Value single = result.isWindows ? Value() : former.isSingleRow(op, contraction), several;
  if (single) {
    several = former.sizes.add(former.sizes.constant(1), former.sizes.mul(single, former.sizes.constant(-1)));
    result.single = kernel.addIndex(single);
    scalars[op] = std::make_unique<IRMapping>();
    if (failed(argument(op->getOperand(contraction.rhs))) || (result.lhs && failed(argument(lhs))))
      return failure();
  }
  auto packed = former.pack(op, contraction, attr, needsSums(attr, contraction), several);
  if (failed(packed))
    return failure();
  result.rhs = *whole(packed->matrix, /*written=*/false);
  if (packed->sums)
    result.sums = *whole(*packed->sums, /*written=*/false);
  return success();
}

/// Makes the kernel's arguments for an op's operands and results.
LogicalResult TilesFormer::prepare(linalg::GenericOp op) {
  auto contraction = matchContraction(op);
  if (contraction) {
    if (failed(prepareContraction(op, *contraction)))
      return failure();
  } else {
    if (failed(checkBody(op)))
      return failure();
    auto &mapping = scalars[op] = std::make_unique<IRMapping>();
    for (OpOperand *input : op.getDpsInputOperands()) {
      if (isa<RankedTensorType>(input->get().getType())) {
        if (!hidden.contains(viewRoot(input->get())) && failed(argument(input->get())))
          return failure();
        continue;
      }
      auto scalar = former.addScalar(kernel, input->get());
      if (failed(scalar))
        return failure();
      mapping->map(op.getMatchingBlockArgument(input), *scalar);
    }
    if (failed(former.addCaptures(kernel, op, *mapping)))
      return failure();
  }
  for (OpResult value : op->getResults()) {
    if (hidden.contains(value))
      continue;
    arguments[value] = *whole(former.allocate(value), /*written=*/true);
    names.push_back(ProgramFormer::locationName(op.getLoc()));
  }
  return success();
}

/// Finds the results that stay in scratch: all that nobody outside reads, less the largest where they are too many.
void TilesFormer::chooseHidden() {
  for (linalg::GenericOp op : members) {
    for (OpResult value : op->getResults()) {
      auto type = cast<RankedTensorType>(value.getType());
      auto shape = tileShape(type, cutOf(op, op.getIndexingMapMatchingResult(value)));
      if (!shape || !isHidden(value))
        continue;
      unsigned bits = memrefTypeOf(type).getElementTypeBitWidth();
      hidden[value] = llvm::alignTo(ShapedType::getNumElements(*shape) * llvm::divideCeil(bits, 8), kLine);
    }
  }
  while (planScratch() > kMaxScratch)
    hidden.erase(std::max_element(hidden.begin(), hidden.end(), llvm::less_second())->first);
}

/// Gives each hidden result a place, first fit among those that live at the same time, and says how far they reach.
int64_t TilesFormer::planScratch() {
  llvm::DenseMap<Value, std::pair<size_t, size_t>> lives;
  for (auto [number, op] : llvm::enumerate(members)) {
    for (Value operand : op->getOperands())
      if (auto life = lives.find(viewRoot(operand)); life != lives.end())
        life->second.second = number;
    for (Value value : op->getResults())
      if (hidden.contains(value))
        lives[value] = {number, number};
  }
  places.clear();
  int64_t total = 0;
  for (auto &[value, bytes] : hidden) {
    SmallVector<std::pair<int64_t, int64_t>> taken;
    for (auto &[other, place] : places)
      if (lives[other].first <= lives[value].second && lives[value].first <= lives[other].second)
        taken.push_back({place, place + hidden[other]});
    llvm::sort(taken);
    int64_t place = 0;
    for (auto [from, to] : taken)
      if (place + bytes > from)
        place = std::max(place, to);
    places[value] = place;
    total = std::max(total, place + bytes);
  }
  return total;
}

/// The part of `memref` in this tile. Where `units` is not 1, a step of the memref's dimension is so many of the
/// tile's. With `reachFull` a tile is seen as whole even at the end.
Value TilesFormer::part(Value memref, const Cut &cut, ArrayRef<int64_t> units, bool reachFull) {
  auto type = cast<MemRefType>(memref.getType());
  if (llvm::all_of(cut, [](int64_t tile) { return tile < 0; }))
    return memref;
  SmallVector<OpFoldResult> offsets, sizes, ones(type.getRank(), b().getIndexAttr(1));
  for (auto [i, tile] : llvm::enumerate(cut)) {
    if (tile < 0) {
      offsets.push_back(b().getIndexAttr(0));
      sizes.push_back(memref::getMixedSize(b(), loc(), memref, i));
      continue;
    }
    int64_t unit = units.empty() ? 1 : units[i];
    Value begin = begins[tile];
    if (unit > 1)
      begin = arith::DivUIOp::create(b(), loc(), begin, arith::ConstantIndexOp::create(b(), loc(), unit));
    offsets.push_back(begin);
    bool isStatic = reachFull || unit > 1 || steps[tile] == 1;
    sizes.push_back(isStatic ? OpFoldResult(b().getIndexAttr(std::max<int64_t>(1, steps[tile] / unit)))
                             : OpFoldResult(extents[tile]));
  }
  return memref::SubViewOp::create(b(), loc(), memref, offsets, sizes, ones);
}

/// A hidden result as an operand of `type` sees it: the whole place, then as far as this tile reaches.
Value TilesFormer::scratchView(Value root, RankedTensorType type, const Cut &cut) {
  SmallVector<int64_t> shape = *tileShape(type, cut);
  auto viewType = MemRefType::get(shape, memrefTypeOf(type).getElementType());
  Value place = arith::ConstantIndexOp::create(b(), loc(), places[root]);
  Value view = memref::ViewOp::create(b(), loc(), viewType, scratch, place, ValueRange());
  bool isWhole = llvm::all_of(cut, [&](int64_t tile) { return tile < 0 || steps[tile] == 1; });
  if (isWhole)
    return view;
  SmallVector<OpFoldResult> offsets(shape.size(), b().getIndexAttr(0)), ones(shape.size(), b().getIndexAttr(1)), sizes;
  for (auto [size, tile] : llvm::zip_equal(shape, cut))
    sizes.push_back(tile < 0 || steps[tile] == 1 ? OpFoldResult(b().getIndexAttr(size)) : OpFoldResult(extents[tile]));
  return memref::SubViewOp::create(b(), loc(), view, offsets, sizes, ones);
}

Value TilesFormer::operandOf(linalg::GenericOp op, Value tensor, AffineMap map) {
  Cut cut = cutOf(op, map);
  Value root = viewRoot(tensor);
  if (hidden.contains(root))
    return scratchView(root, cast<RankedTensorType>(tensor.getType()), cut);
  return part(arguments.lookup(tensor), cut);
}

Value TilesFormer::resultOf(linalg::GenericOp op, OpResult value) {
  return operandOf(op, value, op.getIndexingMapMatchingResult(value));
}

void TilesFormer::buildContraction(linalg::GenericOp op, const Contraction &contraction) {
  const Prepared &ready = prepared[op];
  rt::PackAttr attr = choosePacking(op, contraction);
  ArrayRef<int64_t> loops = tileMembership(op)->loops;
  // The tile's dimensions in the loops of the matmul: batches, m, n, k.
  SmallVector<unsigned> order(contraction.batch);
  order.append({contraction.m, contraction.n, contraction.k});
  auto tileOf = [&](unsigned dim) -> int64_t {
    auto found = llvm::find(loops, static_cast<int64_t>(order[dim]));
    return found == loops.end() ? -1 : found - loops.begin();
  };
  auto cut = [&](AffineMap map) {
    return llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) -> int64_t {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      return dim ? tileOf(dim.getPosition()) : -1;
    });
  };
  unsigned numBatch = contraction.numBatch();
  Cut matrix, sums;
  for (unsigned i = 0; i < numBatch; ++i)
    if (contraction.rhsMap.isFunctionOfDim(i))
      matrix.push_back(tileOf(i));
  sums = matrix;
  SmallVector<int64_t> units(matrix.size(), 1);
  matrix.append({tileOf(numBatch + 1), -1, -1}), sums.push_back(tileOf(numBatch + 1));
  units.append({attr.getLanes(), 1, 1});

  Value lhsTensor = op->getOperand(contraction.lhs), lhsRoot = viewRoot(lhsTensor);
  Value lhs = hidden.contains(lhsRoot)
                  ? scratchView(lhsRoot, cast<RankedTensorType>(lhsTensor.getType()), cut(ready.lhsMap))
                  : part(ready.lhs, cut(ready.lhsMap));
  Value rhs = part(ready.rhs, matrix, units);
  Value columnSums = ready.sums ? part(ready.sums, sums, {}, /*reachFull=*/true) : Value();
  SmallVector<Value> operands{lhs, rhs, columnSums, resultOf(op, op->getResult(0))};
  AffineExpr m = getAffineDimExpr(numBatch, op.getContext());
  if (int64_t tile = tileOf(numBatch); tile >= 0 && ready.isWindows && !ready.lhsMap.getResultPosition(m))
    operands.push_back(begins[tile]);
  former.buildMatmul(kernel, contraction, attr, ready.lhsMap, operands, /*accumulate=*/false);
}

/// A single row does without the packed operand.
void TilesFormer::buildEither(linalg::GenericOp op, const Contraction &contraction) {
  Value single = prepared[op].single;
  if (!single)
    return buildContraction(op, contraction);
  Value none = arith::ConstantIndexOp::create(b(), loc(), 0);
  Value isSingle = arith::CmpIOp::create(b(), loc(), arith::CmpIPredicate::ne, single, none);
  auto either = scf::IfOp::create(b(), loc(), isSingle, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b());
  b().setInsertionPoint(either.thenYield());
  buildGeneric(op);
  b().setInsertionPoint(either.elseYield());
  buildContraction(op, contraction);
}

void TilesFormer::build(linalg::GenericOp op) {
  if (auto contraction = matchContraction(op))
    return buildEither(op, *contraction);
  buildGeneric(op);
}

void TilesFormer::buildGeneric(linalg::GenericOp op) {
  SmallVector<Value> inputs, outs;
  for (OpOperand *input : op.getDpsInputOperands())
    if (isa<RankedTensorType>(input->get().getType()))
      inputs.push_back(operandOf(op, input->get(), op.getMatchingIndexingMap(input)));
  for (auto [number, value] : llvm::enumerate(op->getResults())) {
    outs.push_back(resultOf(op, value));
    OpOperand *init = op.getDpsInitOperand(number);
    if (op.getMatchingBlockArgument(init).use_empty())
      continue;
    Attribute start;
    matchPattern(init->get().getDefiningOp<linalg::FillOp>().getInputs().front(), m_Constant(&start));
    Value scalar = arith::ConstantOp::create(b(), loc(), cast<TypedAttr>(start));
    linalg::FillOp::create(b(), loc(), scalar, outs.back());
  }
  former.buildGeneric(kernel, op, *scalars[op], inputs, outs);
}

LogicalResult TilesFormer::run() {
  chooseHidden();
  for (linalg::GenericOp op : members)
    if (failed(prepare(op)))
      return failure();
  if (int64_t bytes = planScratch())
    scratch =
        memref::AllocaOp::create(b(), loc(), MemRefType::get({bytes}, b().getI8Type()), b().getI64IntegerAttr(kLine));
  Value grid = former.sizes.constant(1);
  SmallVector<Value> sizes;
  linalg::GenericOp first = members.front();
  ArrayRef<int64_t> loops = tileMembership(first)->loops;
  for (auto [loop, step] : llvm::zip_equal(loops, steps)) {
    Value size = former.rangeOf(first, loop);
    grid = former.sizes.mul(grid, former.sizes.ceilDiv(size, step));
    sizes.push_back(kernel.addIndex(size));
  }
  auto tiles = rt::TilesOp::create(b(), loc(), sizes, steps);
  Block &body = tiles.getBody().emplaceBlock();
  for (SmallVector<Value> *values : {&begins, &extents})
    for (size_t i = 0; i < steps.size(); ++i)
      values->push_back(body.addArgument(b().getIndexType(), loc()));
  {
    OpBuilder::InsertionGuard guard(b());
    b().setInsertionPointToStart(&body);
    for (linalg::GenericOp op : members)
      build(op);
  }
  unsigned numProducts = 0, numComputed = 0;
  for (linalg::GenericOp op : members)
    if (auto contraction = matchContraction(op)) {
      ++numProducts;
      numComputed += !matchPattern(viewRoot(op->getOperand(contraction->rhs)), m_Constant());
    }
  linalg::GenericOp last = members.back();
  StringRef family = numProducts == 0 ? "rows" : numComputed > 1 ? "attention" : "matmul";
  rt::DispatchOp dispatch = kernel.finish(family, grid, last.getLoc(), former.counting);
  former.writtenNames[dispatch] = names;
  return success();
}

LogicalResult ProgramFormer::visitTiles(linalg::GenericOp op, const TileMembership &membership) {
  auto &members = groups[membership.group];
  members.push_back(op);
  if (members.size() < groupSizes[membership.group])
    return success();
  return TilesFormer(*this, members).run();
}
