//===- UnitTracer.cpp - where units of a network are ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UnitTracer.h"

#include "Sites.h"
#include "UnitShapes.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

static int64_t rankOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getRank();
}

static int64_t sizeOf(Value value, int64_t axis) {
  return cast<RankedTensorType>(value.getType()).getDimSize(axis);
}

static int64_t fromFront(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

static bool isKnownMatrix(Value value) {
  std::optional<ConstantData> data = ConstantData::of(value);
  return data && data->getElementType().isF32() && data->getType().getRank() == 2;
}

const UnitAxis *UnitTracer::find(Value value) const {
  const auto *found = layer.values.find(value);
  return found == layer.values.end() ? nullptr : &found->second;
}

bool UnitTracer::tag(Value value, UnitAxis units) {
  if (const UnitAxis *known = find(value))
    return *known == units;
  Operation *op = value.getDefiningOp();
  // What is an argument, or a constant of its own, is not ours to change.
  if (!op || isConstant(value) || sizeOf(value, units.axis) != static_cast<int64_t>(units.units.size()))
    return false;
  layer.values.insert({value, std::move(units)});
  todo.insert(op);
  for (Operation *user : value.getUsers())
    todo.insert(user);
  return true;
}

bool UnitTracer::tag(OpOperand &operand, const UnitAxis &units) {
  if (!isConstant(operand.get()))
    return tag(operand.get(), units);
  auto [entry, isNew] = layer.constants.insert({&operand, units});
  return isNew ? ConstantData::of(operand.get()) &&
                     sizeOf(operand.get(), units.axis) == static_cast<int64_t>(units.units.size())
               : entry->second == units;
}

/// Units of the result are those of the operand on another axis, and the other way round.
bool UnitTracer::through(OpOperand &operand, Value result, AxisMap map) {
  if (const UnitAxis *units = find(result)) {
    std::optional<int64_t> axis = map(units->axis);
    return axis && tag(operand, {*axis, units->units});
  }
  const UnitAxis *units = find(operand.get());
  if (!units)
    return true;
  for (int64_t axis = 0; axis < rankOf(result); ++axis)
    if (map(axis) == units->axis)
      return tag(result, {axis, units->units});
  return false;
}

bool UnitTracer::visitElementwise(Operation *op) {
  if (op->getNumResults() != 1)
    return false;
  Value result = op->getResult(0);
  // A result first: what is known of it is then known of all operands.
  for (OpOperand &operand : op->getOpOperands()) {
    int64_t behind = rankOf(result) - rankOf(operand.get());
    const UnitAxis *units = find(operand.get());
    if (units && !tag(result, {units->axis + behind, units->units}))
      return false;
  }
  UnitAxis units = *find(result);
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    int64_t axis = units.axis - rankOf(result) + rankOf(operand.get());
    return axis < 0 || sizeOf(operand.get(), axis) == 1 || tag(operand, {axis, units.units});
  });
}

bool UnitTracer::visitResult(onnx::MatMulOp op, const UnitAxis &units) {
  int64_t rank = rankOf(op.getY());
  OpOperand &a = op->getOpOperand(0), &b = op->getOpOperand(1);
  if (units.axis == rank - 1) {
    if (isKnownMatrix(b.get()))
      producers.insert(op);
    return tag(b, {rankOf(b.get()) - 1, units.units});
  }
  if (units.axis == rank - 2)
    return tag(a, {rankOf(a.get()) - 2, units.units});
  for (OpOperand *operand : {&a, &b}) {
    int64_t axis = units.axis - rank + rankOf(operand->get());
    if (axis >= 0 && sizeOf(operand->get(), axis) != 1 && !tag(*operand, {axis, units.units}))
      return false;
  }
  return true;
}

bool UnitTracer::visitLeft(onnx::MatMulOp op, const UnitAxis &units) {
  int64_t rank = rankOf(op.getA());
  if (units.axis < rank - 1)
    return tag(op.getY(), {units.axis + rankOf(op.getY()) - rank, units.units});
  if (!isKnownMatrix(op.getB()))
    return false;
  readers.insert(op);
  return tag(op->getOpOperand(1), {0, units.units});
}

bool UnitTracer::visitRight(onnx::MatMulOp op, const UnitAxis &units) {
  int64_t rank = rankOf(op.getB());
  // Sums over units that activations weigh.
  if (units.axis == rank - 2)
    return false;
  return tag(op.getY(), {units.axis + rankOf(op.getY()) - rank, units.units});
}

bool UnitTracer::visitProduct(onnx::MatMulOp op) {
  if (rankOf(op.getA()) < 2 || rankOf(op.getB()) < 2)
    return false;
  const UnitAxis *a = find(op.getA()), *b = find(op.getB());
  // Copies: what is found on the way may move what they point to.
  if (a && !visitLeft(op, UnitAxis(*a)))
    return false;
  b = find(op.getB());
  if (b && !visitRight(op, UnitAxis(*b)))
    return false;
  const UnitAxis *y = find(op.getY());
  return !y || visitResult(op, UnitAxis(*y));
}

std::optional<std::vector<SymExpr>> UnitTracer::dimsOf(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  if (shapes && shapes->hasShape(value))
    return shapes->shapeOf(value).vec();
  if (!type.hasStaticShape())
    return std::nullopt;
  std::vector<SymExpr> dims;
  for (int64_t size : type.getShape())
    dims.push_back(getAffineConstantExpr(size, value.getContext()));
  return dims;
}

std::optional<UnitAxis> UnitTracer::reshaped(const UnitAxis &units, Value from, Value to) const {
  std::optional<std::vector<SymExpr>> above = dimsOf(from), below = dimsOf(to);
  return above && below ? reshapedUnits(units, *above, *below) : std::nullopt;
}

/// Reshape and its kin.
bool UnitTracer::visitShape(Operation *op) {
  Value from = op->getOperand(0), to = op->getResult(0);
  const UnitAxis *above = find(from), *below = find(to);
  std::optional<UnitAxis> other = above ? reshaped(*above, from, to) : reshaped(*below, to, from);
  if (!other || !tag(above ? to : from, *other))
    return false;
  auto reshape = dyn_cast<onnx::ReshapeOp>(op);
  return !reshape || hasShapeEntry(reshape.getShape(), find(to)->axis);
}

bool UnitTracer::visitPatches(PatchesOp op) {
  Value from = op.getInput(), to = op.getOutput();
  if (!isa<RankedTensorType>(from.getType()))
    return false;
  const UnitAxis *above = find(from), *below = find(to);
  int64_t last = rankOf(from) - 1, channels = sizeOf(from, last), groups = op.getGroup(), perGroup = channels / groups;
  // [N, group, windows, kernel elements * channels of the group].
  constexpr int64_t groupAxis = 1, tapAxis = 3;
  UnitAxis wanted{last, std::vector<int64_t>(channels)};
  if (above)
    wanted = *above;
  else if (below->axis != (groups == 1 ? tapAxis : groupAxis))
    return false;
  else
    for (int64_t c = 0; c < channels; ++c)
      wanted.units[c] = below->units[groups == 1 ? c : c / perGroup];
  if (wanted.axis != last)
    return false;
  UnitAxis behind{groups == 1 ? tapAxis : groupAxis, {}};
  if (groups == 1)
    for (int64_t tap = 0; tap < sizeOf(to, tapAxis); ++tap)
      behind.units.push_back(wanted.units[tap % channels]);
  for (int64_t c = 0; groups > 1 && c < channels; ++c) {
    if (c % perGroup == 0)
      behind.units.push_back(wanted.units[c]);
    else if (wanted.units[c] != behind.units.back())
      return false;
  }
  return tag(op->getOpOperand(0), wanted) && tag(to, behind);
}

bool UnitTracer::visitConcat(onnx::ConcatOp op) {
  int64_t rank = rankOf(op.getConcatResult()), axis = fromFront(op.getAxis(), rank);
  auto keepsApart = [&](int64_t each) { return each == axis ? std::nullopt : std::optional(each); };
  for (OpOperand &operand : op->getOpOperands())
    if (find(operand.get()) && !through(operand, op.getConcatResult(), keepsApart))
      return false;
  return llvm::all_of(op->getOpOperands(),
                      [&](OpOperand &operand) { return through(operand, op.getConcatResult(), keepsApart); });
}

/// Split and Slice: along the axis of units each result has some of them.
bool UnitTracer::visitParts(Operation *op) {
  Value whole = op->getOperand(0);
  for (OpResult result : op->getResults()) {
    std::optional<AxisPart> part = partOf(result);
    const UnitAxis *above = find(whole), *below = find(result);
    if (!part || (!above && !below))
      continue;
    if ((above ? above : below)->axis != part->axis) {
      if (!through(op->getOpOperand(0), result, [](int64_t axis) { return std::optional(axis); }))
        return false;
      continue;
    }
    if (!above) {
      wholes.insert(whole);
      continue;
    }
    UnitAxis some{part->axis, {above->units.begin() + part->begin, above->units.begin() + part->end}};
    bool hasUnits = llvm::any_of(some.units, [](int64_t unit) { return unit >= 0; });
    if ((hasUnits || below) && !tag(result, some))
      return false;
  }
  // A result of which it is not known what it has.
  return llvm::none_of(op->getResults(),
                       [&](OpResult result) { return !partOf(result) && (find(whole) || find(result)); });
}

/// The units of a value from those of its parts; what no part with units has is of none.
bool UnitTracer::joinParts(Value whole) {
  UnitAxis all{-1, {}};
  for (Operation *user : whole.getUsers())
    for (OpResult result : user->getResults()) {
      std::optional<AxisPart> part = isa<onnx::SplitOp, onnx::SliceOp>(user) ? partOf(result) : std::nullopt;
      const UnitAxis *units = part ? find(result) : nullptr;
      if (!units || units->axis != part->axis)
        continue;
      if (all.axis < 0)
        all = {part->axis, std::vector<int64_t>(sizeOf(whole, part->axis), -1)};
      if (all.axis != part->axis)
        return false;
      llvm::copy(units->units, all.units.begin() + part->begin);
    }
  return tag(whole, all);
}

bool UnitTracer::visit(Operation *op) {
  auto sameAxis = [](int64_t axis) { return std::optional(axis); };
  auto first = [&](AxisMap map) { return through(op->getOpOperand(0), op->getResult(0), map); };
  auto besides = [&](int64_t mixed) {
    int64_t rank = rankOf(op->getResult(0)), axis = fromFront(mixed, rank);
    return first([&](int64_t each) { return each == axis ? std::nullopt : std::optional(each); });
  };
  // Channels of images stay apart.
  auto pooled = [&] {
    bool hasOne = llvm::all_of(op->getResults().drop_front(), [](Value each) { return each.use_empty(); });
    return hasOne && first([](int64_t axis) { return axis < 2 ? std::optional(axis) : std::nullopt; });
  };
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](onnx::MatMulOp each) { return visitProduct(each); })
      .Case([&](PatchesOp each) { return visitPatches(each); })
      .Case([&](onnx::ConcatOp each) { return visitConcat(each); })
      .Case<onnx::SplitOp, onnx::SliceOp>([&](Operation *each) { return visitParts(each); })
      .Case<onnx::ReshapeOp, onnx::SqueezeOp, onnx::UnsqueezeOp, onnx::FlattenOp>(
          [&](Operation *each) { return visitShape(each); })
      .Case([&](onnx::TransposeOp each) {
        std::optional<ArrayRef<int64_t>> order = each.getPerm();
        return order && first([&](int64_t axis) { return std::optional((*order)[axis]); });
      })
      .Case([&](onnx::ExpandOp each) {
        return first(sameAxis) && hasShapeEntry(each.getShape(), find(each.getOutput())->axis) &&
               rankOf(each.getInput()) == rankOf(each.getOutput());
      })
      .Case([&](onnx::GatherOp each) {
        // Of the data's axes those behind the gathered one move up by what the indices have.
        int64_t axis = fromFront(each.getAxis(), rankOf(each.getData()));
        int64_t more = rankOf(each.getIndices());
        return !find(each.getIndices()) && first([&](int64_t to) -> std::optional<int64_t> {
          if (to < axis)
            return to;
          return to < axis + more ? std::nullopt : std::optional(to - more + 1);
        });
      })
      .Case([&](onnx::SoftmaxOp each) { return besides(each.getAxis()); })
      .Case([&](onnx::LayerNormalizationOp each) {
        int64_t axis = fromFront(each.getAxis(), rankOf(each.getX()));
        return each->getNumResults() == 1 &&
               first([&](int64_t to) { return to < axis ? std::optional(to) : std::nullopt; });
      })
      .Case<onnx::MaxPoolOp, onnx::AveragePoolOp, onnx::GlobalAveragePoolOp, onnx::GlobalMaxPoolOp>(
          [&](Operation *) { return pooled(); })
      .Case<onnx::ReduceMeanOp, onnx::ReduceSumOp, onnx::ReduceMaxOp, onnx::ReduceMinOp>([&](Operation *each) {
        std::optional<SmallVector<int64_t>> order = axesLeft(each);
        return order &&
               first([&](int64_t to) { return (*order)[to] < 0 ? std::nullopt : std::optional((*order)[to]); });
      })
      .Case([&](onnx::PadOp each) { return first(sameAxis) && isUnpadded(each, find(each.getOutput())->axis); })
      .Case([&](onnx::ShapeOp each) {
        const UnitAxis *units = find(each.getData());
        int64_t rank = rankOf(each.getData());
        auto start = static_cast<int64_t>(each.getStart()), end = static_cast<int64_t>(each.getEnd().value_or(rank));
        return units && (units->axis < fromFront(start, rank) || units->axis >= fromFront(end, rank));
      })
      .Case([&](ObserveOp) { return first(sameAxis); })
      .Default([&](Operation *each) { return each->hasTrait<onnx::Elementwise>() && visitElementwise(each); });
}

/// Whether a product's rows are windows of an image.
static bool readsWindows(onnx::MatMulOp product) {
  Value from = product.getA();
  if (auto site = from.getDefiningOp<ObserveOp>())
    from = site.getInput();
  return from.getDefiningOp<PatchesOp>() != nullptr;
}

static ObserveOp siteOf(onnx::MatMulOp product) {
  Value from = product.getA();
  if (auto patches = from.getDefiningOp<PatchesOp>())
    from = patches.getInput();
  auto site = from.getDefiningOp<ObserveOp>();
  return site && (site.getRole() == kLinearRole || site.getRole() == "conv") ? site : ObserveOp();
}

/// What is asked of a layer besides that its units stay apart.
bool UnitTracer::finish(UnitKind kind) {
  for (Operation *op : producers)
    layer.producers.push_back(cast<onnx::MatMulOp>(op));
  for (Operation *op : readers) {
    auto product = cast<onnx::MatMulOp>(op);
    ObserveOp site = siteOf(product);
    const UnitAxis *units = site ? find(site.getOutput()) : nullptr;
    if (!units || units->axis != rankOf(site.getOutput()) - 1)
      return false;
    layer.readers.push_back({product, site});
  }
  bool ofImages = llvm::any_of(layer.producers, readsWindows);
  layer.kind = kind == UnitKind::Units && ofImages ? UnitKind::Channels : kind;
  if (layer.producers.empty() || layer.readers.empty())
    return false;
  // A sum of branches ties their channels, which then are all that a stage has.
  auto isJoin = [&](Value value) {
    Operation *op = value.getDefiningOp();
    return isa<onnx::AddOp, onnx::SubOp>(op) && find(op->getOperand(0)) && find(op->getOperand(1));
  };
  return layer.kind != UnitKind::Channels ||
         llvm::none_of(layer.values, [&](const auto &each) { return isJoin(each.first); });
}

std::optional<UnitLayer> UnitTracer::trace(Value seed, UnitAxis units, UnitKind kind) {
  layer = {kind, 1 + *llvm::max_element(units.units), {}, {}, {}, {}};
  todo.clear(), wholes.clear(), producers.clear(), readers.clear();
  if (!tag(seed, std::move(units)))
    return std::nullopt;
  while (!todo.empty() || !wholes.empty()) {
    if (todo.empty()) {
      Value whole = wholes.pop_back_val();
      if (!find(whole) && !joinParts(whole))
        return std::nullopt;
      continue;
    }
    if (!visit(todo.pop_back_val()))
      return std::nullopt;
  }
  if (!finish(kind))
    return std::nullopt;
  return std::move(layer);
}
