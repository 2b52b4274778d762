//===- ProgramFormer.cpp - turn @main into an rt.program ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ProgramFormer.h"

#include "rheobase/Interfaces/NarrowTypes.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

ElementsAttr codegen::constantElements(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  ElementsAttr elements;
  if (!matchPattern(viewRoot(value), m_Constant(&elements)) || elements.getElementType() != type.getElementType())
    return nullptr;
  if (elements.getShapedType() == type)
    return elements;
  if (!type.hasStaticShape())
    return nullptr;
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return dense.reshape(type);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return nullptr;
}

ProgramFormer::ProgramFormer(func::FuncOp main)
    : main(main), builder(main.getContext()), sizes(builder), table(main->getParentOfType<ModuleOp>()) {}

LogicalResult ProgramFormer::run() {
  if (!llvm::hasSingleElement(main.getBody()))
    return main.emitError("@main must have one block");
  builder.setInsertionPoint(main);
  program = rt::ProgramOp::create(builder, main.getLoc(), builder.getStringAttr("program"), builder.getArrayAttr({}),
                                  builder.getArrayAttr({}));
  if (auto symbols = main->getAttrOfType<ArrayAttr>(kSymbolsAttr))
    program.setSymbolsAttr(symbols);
  builder.createBlock(&program.getBody());

  countingOps = findCountingOps(main);
  for (Operation &op : main.getBody().front())
    if (auto membership = tileMembership(&op))
      ++groupSizes[membership->group];
  movePrelude();
  addInputs();
  claimOutputs();
  for (Operation &op : main.getBody().front()) {
    llvm::SaveAndRestore mode(counting, countingOps.contains(&op));
    if (failed(visit(&op)) || sizes.failed())
      return failure();
  }
  program.setCountersAttr(builder.getArrayAttr(counters));
  nameTaps();
  program.setSymName(main.getSymName());
  main.erase();
  return success();
}

/// Sizes that are computed come first, with what they need and the checks that stand before them: then memory is
/// planned once for the rest, and a caller that asks for the shapes of outputs waits for no more than that.
void ProgramFormer::movePrelude() {
  Block &body = main.getBody().front();
  prelude = findPrelude(main);
  auto rest = llvm::find_if(body, [&](Operation &op) { return !prelude.contains(&op); });
  for (Operation &op : llvm::make_early_inc_range(llvm::make_range(rest, body.end())))
    if (prelude.contains(&op))
      op.moveBefore(&*rest);
}

static StringAttr nameOf(DictionaryAttr attrs, Builder &builder, const Twine &fallback) {
  if (attrs)
    if (auto name = attrs.getAs<StringAttr>(kNameAttr))
      return name;
  return builder.getStringAttr(fallback);
}

/// The type that callers know a tensor by: of codes, what they stand for.
static TypeAttr portType(Type type, DictionaryAttr attrs) {
  auto element = attrs ? attrs.getAs<TypeAttr>(kElementAttr) : TypeAttr();
  return TypeAttr::get(element ? cast<RankedTensorType>(type).clone(element.getValue()) : type);
}

void ProgramFormer::addInputs() {
  for (BlockArgument argument : main.getArguments()) {
    unsigned number = argument.getArgNumber();
    StringAttr name = nameOf(main.getArgAttrDict(number), builder, "input" + Twine(number));
    SmallVector<Value> openDims = sizes.openDims(argument);
    buffers[argument] = rt::InputOp::create(builder, argument.getLoc(), rt::BufferType::get(builder.getContext()),
                                            builder.getI32IntegerAttr(number), name,
                                            portType(argument.getType(), main.getArgAttrDict(number)), openDims,
                                            main.getArgAttrOfType<StringAttr>(number, kStateAttr));
  }
}

/// Outputs are written by the op that computes them, where there is one and it computes no other output.
void ProgramFormer::claimOutputs() {
  auto results = cast<func::ReturnOp>(main.getBody().front().getTerminator()).getOperands();
  for (auto [number, value] : llvm::enumerate(results)) {
    StringAttr name = nameOf(main.getResultAttrDict(number), builder, "output" + Twine(number));
    SmallVector<Value> openDims = sizes.openDims(value);
    std::optional<GrowingState> state = growState(name, value);
    Value output = rt::OutputOp::create(
        builder, main.getLoc(), rt::BufferType::get(builder.getContext()), builder.getI32IntegerAttr(number), name,
        portType(value.getType(), main.getResultAttrDict(number)), openDims,
        state ? builder.getI32IntegerAttr(state->axis) : IntegerAttr(), state ? state->room : Value());
    outputs.push_back(output);
    Value root = viewRoot(value);
    Operation *def = root.getDefiningOp();
    // Before all sizes are known, no output has its memory.
    if (def && !prelude.contains(def) && !matchPattern(root, m_Constant()) && !isa<tensor::EmptyOp>(def))
      claimed.try_emplace(root, output);
  }
}

StringAttr ProgramFormer::locationName(Location loc) {
  if (auto named = dyn_cast<NameLoc>(loc))
    return named.getName();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : llvm::reverse(fused.getLocations()))
      if (StringAttr name = locationName(part))
        return name;
  return {};
}

/// A node's tap is what the last of its dispatches writes; those that only count do not matter.
void ProgramFormer::nameTaps() {
  llvm::MapVector<StringAttr, SmallVector<std::pair<rt::DispatchOp, int32_t>>> last;
  for (auto dispatch : program.getBody().getOps<rt::DispatchOp>()) {
    StringAttr name = locationName(dispatch.getLoc());
    auto names = writtenNames.find(dispatch);
    bool isGroup = names != writtenNames.end();
    llvm::DenseSet<StringAttr> seen;
    for (auto [i, position] : llvm::enumerate(dispatch.getWrites())) {
      StringAttr written = isGroup ? names->second[i] : name;
      if (!written || dispatch.getCounting())
        continue;
      if (isGroup || seen.insert(written).second)
        last[written].clear();
      last[written].push_back({dispatch, position});
    }
    if (name)
      dispatch->setLoc(NameLoc::get(name));
  }
  for (auto &[name, writes] : last) {
    for (auto [i, write] : llvm::enumerate(writes)) {
      auto buffer = write.first.getBuffers()[write.second].getDefiningOp<rt::BufferOp>();
      if (buffer && !buffer.getTap())
        buffer.setTap(i == 0 ? name.getValue().str() : (name.getValue() + ":" + Twine(i)).str());
    }
  }
}

FailureOr<BufferView> ProgramFormer::viewOf(Value tensor) {
  auto type = dyn_cast<RankedTensorType>(tensor.getType());
  if (!type)
    return emitError(tensor.getLoc()) << "expected a ranked tensor, found " << tensor.getType();
  Value root = viewRoot(tensor);
  Value buffer = buffers.lookup(root);
  if (!buffer) {
    auto made = materialize(root);
    if (failed(made))
      return failure();
    buffer = *made;
  }
  return viewIn(buffer, tensor);
}

BufferView ProgramFormer::viewIn(Value buffer, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  BufferView view{buffer, memrefTypeOf(type), sizes.openDims(value)};
  Value root = viewRoot(value);
  auto state = growing.find(root);
  if (state == growing.end())
    return view;
  std::optional<unsigned> axis = axisInView(value, root, state->second.axis);
  if (!axis) {
    view.buffer = packedState(buffer, root);
    return view;
  }
  view.rows = Rows{*axis, sizes.dim(value, *axis)};
  view.openDims[type.getDynamicDimIndex(*axis)] = state->second.room;
  return view;
}

Value ProgramFormer::add(KernelBuilder &kernel, const BufferView &view, bool written) {
  Value memref = kernel.addBuffer(view.buffer, view.type, view.openDims, written);
  if (!view.rows)
    return memref;
  unsigned rank = view.type.getRank();
  SmallVector<OpFoldResult> zeros(rank, builder.getIndexAttr(0)), ones(rank, builder.getIndexAttr(1));
  SmallVector<OpFoldResult> shape = memref::getMixedSizes(kernel.body, builder.getUnknownLoc(), memref);
  shape[view.rows->axis] = kernel.addIndex(view.rows->count);
  return memref::SubViewOp::create(kernel.body, builder.getUnknownLoc(), memref, zeros, shape, ones);
}

FailureOr<Value> ProgramFormer::materialize(Value root) {
  Operation *op = root.getDefiningOp();
  ElementsAttr elements;
  if (op && matchPattern(root, m_Constant(&elements))) {
    Value &constant = constants[elements];
    if (!constant)
      constant = rt::ConstantOp::create(builder, op->getLoc(), rt::BufferType::get(builder.getContext()), elements,
                                        nullptr, nullptr, nullptr, nullptr);
    return constant;
  }
  if (auto elements = dyn_cast_or_null<tensor::FromElementsOp>(op)) {
    llvm::SaveAndRestore mode(counting, countingOps.contains(op));
    if (failed(formElements(elements)))
      return failure();
    return buffers.lookup(root);
  }
  auto fillOp = dyn_cast_or_null<linalg::FillOp>(op);
  if (fillOp || isa_and_nonnull<tensor::EmptyOp>(op)) {
    llvm::SaveAndRestore mode(counting, countingOps.contains(op));
    BufferView view = allocate(root);
    if (fillOp && failed(initialize(view, root, sizes.dims(root), op->getLoc())))
      return failure();
    return view.buffer;
  }
  return emitError(root.getLoc()) << "internal: a tensor is used before it is computed";
}

BufferView ProgramFormer::allocate(Value result) {
  auto type = cast<RankedTensorType>(result.getType());
  if (Value output = claimed.lookup(result)) {
    buffers[result] = output;
    return viewIn(output, result);
  }
  BufferView view = allocate(type, sizes.openDims(result));
  buffers[result] = view.buffer;
  return view;
}

BufferView ProgramFormer::allocate(RankedTensorType type, ValueRange openDims) {
  Value buffer = rt::BufferOp::create(builder, builder.getUnknownLoc(), rt::BufferType::get(builder.getContext()),
                                      TypeAttr::get(type), openDims, nullptr, nullptr);
  return {buffer, memrefTypeOf(type), SmallVector<Value>(openDims)};
}

LogicalResult ProgramFormer::visit(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](linalg::GenericOp generic) { return visitGeneric(generic); })
      .Case([&](tensor::ExtractSliceOp slice) { return visitExtractSlice(slice); })
      .Case([&](tensor::InsertSliceOp slice) { return visitInsertSlice(slice); })
      .Case([&](tensor::ConcatOp concat) { return visitConcat(concat); })
      .Case([&](tensor::PadOp pad) { return visitPad(pad); })
      .Case([&](rt::ScatterOp scatter) { return visitScatter(scatter); })
      .Case([&](rt::EventMatmulOp events) { return visitEventMatmul(events); })
      .Case([&](rt::GroupMatmulOp groups) { return visitGroupMatmul(groups); })
      .Case([&](rt::CheckIndicesOp check) { return visitCheck(check); })
      .Case([&](rt::CountOp count) { return visitCount(count); })
      .Case([&](rt::MeasureOp measure) { return visitMeasure(measure); })
      .Case([&](func::ReturnOp ret) { return visitReturn(ret); })
      .Default([&](Operation *other) -> LogicalResult {
        // Constants, fills and views become buffers where they are used; index arithmetic is carried over where a size
        // needs it.
        bool onDemand = matchPattern(other, m_Constant()) ||
                        isa<linalg::FillOp, tensor::EmptyOp, tensor::DimOp, tensor::FromElementsOp>(other) ||
                        (other->getNumResults() == 1 && viewRoot(other->getResult(0)) != other->getResult(0)) ||
                        llvm::none_of(other->getResultTypes(), [](Type type) { return isa<ShapedType>(type); });
        if (onDemand && other->getNumResults() > 0)
          return success();
        return other->emitError() << "'" << other->getName()
                                  << "' has no CPU code: expected linalg.generic, tensor slices and "
                                  << "reshapes, and rt ops in @main; lower it first";
      });
}

LogicalResult ProgramFormer::visitCheck(rt::CheckIndicesOp op) {
  auto indices = viewOf(op.getIndices());
  if (failed(indices))
    return failure();
  KernelBuilder kernel(builder, table);
  Value memref = add(kernel, *indices);
  Value limit = kernel.addIndex(sizes.index(op.getLimit()));
  rt::CheckIndicesOp::create(kernel.body, builder.getUnknownLoc(), memref, limit);
  kernel.finish("check_indices", sizes.constant(1), op.getLoc(), false);
  return success();
}

LogicalResult ProgramFormer::visitCount(rt::CountOp op) {
  auto values = viewOf(op.getValues());
  if (failed(values))
    return failure();
  auto counter = builder.getDictionaryAttr(
      {builder.getNamedAttr("site", op.getSiteAttr()), builder.getNamedAttr("quantity", op.getQuantityAttr())});
  auto known = llvm::find(counters, counter);
  int64_t position = known - counters.begin();
  if (known == counters.end())
    counters.push_back(counter);

  BufferView array{rt::CountersOp::create(builder, op.getLoc(), rt::BufferType::get(builder.getContext())),
                   MemRefType::get({ShapedType::kDynamic}, builder.getI64Type()),
                   {sizes.constant(counters.size())}};
  KernelBuilder kernel(builder, table);
  Value memref = add(kernel, *values);
  Value target = add(kernel, array, /*written=*/true);
  Value factor = kernel.addIndex(sizes.index(op.getFactor()), /*keepArgument=*/true);
  Value element = kernel.addIndex(sizes.constant(position), /*keepArgument=*/true);
  rt::AddCountOp::create(kernel.body, builder.getUnknownLoc(), memref, factor, target, element);
  kernel.finish("count", sizes.constant(1), op.getLoc(), true);
  return success();
}

LogicalResult ProgramFormer::visitMeasure(rt::MeasureOp op) {
  auto source = viewOf(op.getSource());
  if (failed(source))
    return failure();
  SmallVector<Value> values;
  for (StringRef text : op.getSizes().getAsValueRange<StringAttr>())
    values.push_back(sizes.named(main, text, op.getLoc(), "a size is measured"));
  rt::MeasureBufferOp::create(builder, op.getLoc(), source->buffer, values);
  return success();
}

/// Small tensors put together from sizes: each element is stored as it is.
LogicalResult ProgramFormer::formElements(tensor::FromElementsOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  if (!isa<IntegerType>(type.getElementType()))
    return op.emitError() << "elements put together from sizes must be integers, found " << type;
  KernelBuilder kernel(builder, table);
  Value memref = add(kernel, allocate(op.getResult()), /*written=*/true);
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  for (auto [i, value] : llvm::enumerate(op.getElements())) {
    Value index = kernel.addIndex(sizes.index(value));
    Value stored = arith::IndexCastOp::create(kernel.body, builder.getUnknownLoc(), element, index);
    SmallVector<Value> position;
    for (int64_t index : delinearize(i, computeStrides(type.getShape())))
      position.push_back(arith::ConstantIndexOp::create(kernel.body, builder.getUnknownLoc(), index));
    memref::StoreOp::create(kernel.body, builder.getUnknownLoc(), stored, memref, position);
  }
  kernel.finish("elements", sizes.constant(1), op.getLoc(), counting);
  return success();
}

/// Inputs, constants and values returned twice are copied to their outputs.
LogicalResult ProgramFormer::visitReturn(func::ReturnOp op) {
  for (auto [value, output] : llvm::zip_equal(op.getOperands(), outputs)) {
    auto view = viewOf(value);
    if (failed(view))
      return failure();
    if (view->buffer == output)
      continue;
    BufferView target{output, view->type, view->openDims};
    copy(*view, nullptr, target, nullptr, view->type.getShape(), sizes.dims(value), op.getLoc());
  }
  return success();
}
