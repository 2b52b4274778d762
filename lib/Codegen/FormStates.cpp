//===- FormStates.cpp - states that a run appends to where they lie -------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ProgramFormer.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// What the symbol of a room is called behind the size whose room it is.
static constexpr StringLiteral kRoomSuffix = ":room";

/// The dimension of `value`, a view of `root`, that stands for dimension `axis` of it: behind either lie as many
/// elements, so that before either as many blocks do. nullopt where there is none or that is not known.
std::optional<unsigned> ProgramFormer::axisInView(Value value, Value root, unsigned axis) {
  ArrayRef<int64_t> inRoot = cast<RankedTensorType>(root.getType()).getShape().drop_front(axis + 1);
  auto type = cast<RankedTensorType>(value.getType());
  if (ShapedType::isDynamicShape(inRoot) || type.hasStaticShape())
    return std::nullopt;
  unsigned last = type.getRank() - 1;
  while (!type.isDynamicDim(last))
    --last;
  bool fits = ShapedType::getNumElements(type.getShape().drop_front(last + 1)) == ShapedType::getNumElements(inRoot) &&
              isSameSize(sizes.dim(value, last), sizes.dim(root, axis));
  return fits ? std::optional<unsigned>(last) : std::nullopt;
}

/// Whether `value`, a view of `root` whose rows are dimension `axis` of it, is read only by what can read rows that do
/// not lie behind one another. Counters get a copy where they cannot.
bool ProgramFormer::isReadInRows(Value value, Value root, unsigned axis) {
  if (!axisInView(value, root, axis))
    return llvm::all_of(value.getUsers(), [&](Operation *user) { return countingOps.contains(user); });
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (user->getNumResults() == 1 && viewRoot(user->getResult(0)) == root)
      return isReadInRows(user->getResult(0), root, axis);
    if (auto generic = dyn_cast<linalg::GenericOp>(user))
      return generic.isDpsInput(&use) && generic.getMatchingIndexingMap(&use).isProjectedPermutation(true);
    return isa<func::ReturnOp, tensor::DimOp, tensor::ExtractSliceOp>(user);
  });
}

/// The dimension along which `rows` stand behind those of `past`; nullopt where they stand elsewhere.
std::optional<unsigned> ProgramFormer::appendAxis(tensor::InsertSliceOp rows, Value past) {
  if (rows.getSourceType().getRank() != rows.getType().getRank() || !rows.hasUnitStride())
    return std::nullopt;
  SmallVector<Value> before = sizes.dims(past), added = sizes.dims(rows.getSource()),
                     after = sizes.dims(rows.getDest());
  std::optional<unsigned> axis;
  for (auto [i, given] : llvm::enumerate(rows.getMixedOffsets())) {
    if (isZeroInteger(given) && isSameSize(before[i], after[i]) && isSameSize(added[i], after[i]))
      continue;
    if (axis || !isSameSize(sizes.index(given), before[i]))
      return std::nullopt;
    axis = i;
  }
  return axis;
}

/// The room of states whose rows are as many as dimension `axis` of `argument` says.
Value ProgramFormer::roomOf(BlockArgument argument, unsigned axis) {
  auto dims = main.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), kDimsAttr);
  StringRef count = cast<StringAttr>(dims[axis]).getValue();
  Value &room = rooms[count];
  if (room)
    return room;
  SmallVector<Attribute> symbols(program.getSymbols().begin(), program.getSymbols().end());
  std::string name = (count + kRoomSuffix).str();
  auto isTaken = [&](Attribute symbol) {
    return cast<DictionaryAttr>(symbol).get("name") == builder.getStringAttr(name);
  };
  while (llvm::any_of(symbols, isTaken))
    name += kRoomSuffix;
  NamedAttribute entry[] = {builder.getNamedAttr("name", builder.getStringAttr(name)),
                            builder.getNamedAttr("min", builder.getI64IntegerAttr(1)),
                            builder.getNamedAttr("max", builder.getI64IntegerAttr(0))};
  symbols.push_back(builder.getDictionaryAttr(entry));
  program.setSymbolsAttr(builder.getArrayAttr(symbols));
  return room = sizes.symbol(name);
}

/// A state whose next value is its value with rows behind it, and is read in ways that do not ask where the rows lie:
/// `value` is that next value, the result called `name`.
std::optional<ProgramFormer::GrowingState> ProgramFormer::growState(StringAttr name, Value value) {
  auto isValue = [&](BlockArgument each) { return main.getArgAttr(each.getArgNumber(), kStateAttr) == name; };
  auto argument = llvm::find_if(main.getArguments(), isValue);
  auto rows = value.getDefiningOp<tensor::InsertSliceOp>();
  auto past = rows ? rows.getDest().getDefiningOp<tensor::InsertSliceOp>() : tensor::InsertSliceOp();
  // How much room is needed must be known before sizes are measured.
  if (!past || argument == main.getArguments().end() || past.getSource() != *argument || !prelude.empty() ||
      growing.contains(value))
    return std::nullopt;
  bool isFromEmpty = past.getDest().getDefiningOp<tensor::EmptyOp>() && past->hasOneUse() && past.hasUnitStride() &&
                     llvm::all_of(past.getMixedOffsets(), isZeroInteger);
  auto isAside = [&](Operation *user) { return user == past || isa<tensor::DimOp>(user); };
  if (!isFromEmpty || !llvm::all_of(argument->getUsers(), isAside) || getElementTypeOrSelf(value).isInteger(1))
    return std::nullopt;
  std::optional<unsigned> axis = appendAxis(rows, *argument);
  if (!axis || !isReadInRows(value, value, *axis) || !cast<RankedTensorType>(argument->getType()).isDynamicDim(*axis))
    return std::nullopt;
  standing.insert(past);
  return growing[value] = GrowingState{*axis, roomOf(*argument, *axis)};
}

/// A copy of the state's next value `root`, which lies in `buffer` with room between its blocks, without that room.
Value ProgramFormer::packedState(Value buffer, Value root) {
  Value &packed = packedStates[root];
  if (packed)
    return packed;
  auto type = cast<RankedTensorType>(root.getType());
  BufferView target = allocate(type, sizes.openDims(root));
  copy(viewIn(buffer, root), nullptr, target, nullptr, type.getShape(), sizes.dims(root), root.getLoc());
  return packed = target.buffer;
}
