//===- Rt.cpp - the rt dialect ------------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/rt/Rt.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::rt;

#include "dialects/rt/RtDialect.cpp.inc"
#include "dialects/rt/RtEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/rt/RtTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/rt/RtAttrs.cpp.inc"

void RtDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/rt/RtTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/rt/RtAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/rt/RtOps.cpp.inc"
      >();
}

LogicalResult PackAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, PackKind kind, int64_t lanes,
                               AffineMap map) {
  if (lanes <= 0 || lanes % 16 != 0)
    return emitError() << "lanes must be a positive multiple of 16, found " << lanes;
  if (map.getNumDims() < 2 || map.getNumSymbols() != 0 || !map.isProjectedPermutation())
    return emitError() << "map must be a permutation of some of (batch..., n, k), found " << AffineMapAttr::get(map);
  return success();
}

static LogicalResult verifyDims(Operation *op, Type type, OperandRange dims) {
  int64_t open = cast<RankedTensorType>(type).getNumDynamicDims();
  if (static_cast<int64_t>(dims.size()) != open)
    return op->emitOpError() << "has " << dims.size() << " dimension operands, but its type has " << open
                             << " open dimensions";
  return success();
}

LogicalResult InputOp::verify() {
  return verifyDims(*this, getType(), getDims());
}
LogicalResult OutputOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (std::optional<uint32_t> axis = getAxis(); axis && (*axis >= type.getRank() || !type.isDynamicDim(*axis)))
    return emitOpError() << "grows along dimension " << *axis << " of " << type << ", expected one that is open";
  if (getRoom() && !getRoom().getDefiningOp<SymbolOp>())
    return emitOpError("grows in a room that is not a symbol, expected a result of rt.symbol");
  return verifyDims(*this, type, getDims());
}
LogicalResult BufferOp::verify() {
  return verifyDims(*this, getType(), getDims());
}

LogicalResult ConstantOp::verify() {
  if (!getPack())
    return getSums() || getElement() ? emitOpError("needs 'pack' beside 'sums' or 'element'") : success();
  if (getPack()->getMap().getNumResults() != static_cast<size_t>(getValue().getShapedType().getRank()))
    return emitOpError() << "pack map has " << getPack()->getMap().getNumResults() << " results, the value has rank "
                         << getValue().getShapedType().getRank();
  return success();
}

LogicalResult WeightsOp::verify() {
  if (getInputs() < 0 || getOutputs() < 0 || getBits() < 1)
    return emitOpError() << "is a matrix [" << getInputs() << ", " << getOutputs() << "] of " << getBits()
                         << " bits, expected sizes of 0 or more and at least one bit";
  if (getLength() < 1 || getGroups() < 0 || (getGroups() > 0 && getInputs() % getGroups() != 0))
    return emitOpError() << "has " << getGroups() << " groups of " << getInputs() << " inputs and vectors of "
                         << getLength() << ", expected whole groups and at least one";
  if (bool(getScales()) != bool(getScale()) || bool(getScales()) != (getGroups() > 0))
    return emitOpError() << "has " << getGroups() << " groups, expected scales and their type where there are some";
  return success();
}

LogicalResult MeasureOp::verify() {
  auto type = cast<RankedTensorType>(getSource().getType());
  if (type.getRank() > 1 || !type.hasStaticShape() || !type.getElementType().isInteger(64) ||
      type.getNumElements() != static_cast<int64_t>(getSizes().size()))
    return emitOpError() << "names " << getSizes().size() << " sizes for a source of type " << type
                         << ", expected one for each element of a number or a vector of i64";
  if (getResult() && getResult().getType() != type)
    return emitOpError() << "has a result of type " << getResult().getType() << ", expected that of its source, "
                         << type;
  return success();
}

LogicalResult MeasureOp::inferSymbolicShapes(SymbolicShapes &shapes) {
  if (!getResult())
    return success();
  SmallVector<SymExpr> elements;
  SmallVector<std::string> names = shapes.symbolNames();
  for (StringRef text : getSizes().getAsValueRange<StringAttr>()) {
    elements.push_back(sym::parse(text, names, getContext()));
    if (!elements.back())
      return emitNodeError(*this) << "size \"" << text << "\" found, expected an expression over the symbols in '"
                                  << kSymbolsAttr << "'";
  }
  shapes.setResult(getResult(), shapes.elementTypeOf(getSource()), shapes.shapeOf(getSource()));
  shapes.setContent(getResult(), elements);
  return success();
}

LogicalResult ScatterOp::verify() {
  auto updates = cast<ShapedType>(getUpdates().getType()), target = cast<ShapedType>(getTarget().getType()),
       indices = cast<ShapedType>(getIndices().getType());
  int64_t components = target.getRank() - 1;
  if (updates.getRank() != 2 || indices.getRank() != 2 || components < 1 || indices.getDimSize(1) != components)
    return emitOpError() << "scatters " << updates << " into " << target << " at " << indices
                         << ", expected updates [count, width] and indices [count, " << components << "]";
  if (updates.getElementType() != target.getElementType() || !isa<IntegerType, IndexType>(indices.getElementType()))
    return emitOpError() << "scatters " << updates.getElementType() << " into " << target.getElementType() << " at "
                         << indices.getElementType() << ", expected one element type and integer indices";
  bool onTensors = isa<TensorType>(target);
  if (isa<TensorType>(updates) != onTensors || isa<TensorType>(indices) != onTensors ||
      (getResult() != nullptr) != onTensors || (onTensors && getResult().getType() != target))
    return emitOpError("expected tensors and a result of the target's type, or memrefs and no result");
  return success();
}

static bool isScratchType(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref && memref.getRank() == 1 && memref.isDynamicDim(0) && memref.getElementType().isInteger(8);
}

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto module = (*this)->getParentOfType<ModuleOp>();
  auto kernel = symbols.lookupSymbolIn<func::FuncOp>(module, getKernelAttr());
  if (!kernel)
    return emitOpError() << "calls @" << getKernel() << ", which is not a function of the module";
  size_t memrefs = 0, sizes = 0, scratches = 0;
  for (auto [position, type] : llvm::enumerate(kernel.getArgumentTypes())) {
    auto memref = dyn_cast<MemRefType>(type);
    bool isScratch = kernel.getArgAttr(position, kScratchAttr) != nullptr;
    if (isScratch && !isScratchType(type))
      return emitOpError() << "calls @" << getKernel() << ", whose argument " << position << " is '" << kScratchAttr
                           << "' and of type " << type << ", expected memref<?xi8>";
    scratches += isScratch ? 1 : 0;
    memrefs += memref && !isScratch ? 1 : 0;
    sizes += memref ? memref.getNumDynamicDims() : 1;
  }
  if (scratches != (getScratch() ? 1 : 0))
    return emitOpError() << "gives " << (getScratch() ? "scratch memory" : "no scratch memory") << ", but @"
                         << getKernel() << " has " << scratches << " arguments with '" << kScratchAttr << "'";
  if (getBuffers().size() != memrefs || getSizes().size() != sizes)
    return emitOpError() << "passes " << getBuffers().size() << " buffers and " << getSizes().size() << " sizes, but @"
                         << getKernel() << " takes " << memrefs << " and " << sizes;
  for (int32_t position : getWrites())
    if (position < 0 || static_cast<size_t>(position) >= memrefs)
      return emitOpError() << "writes buffer " << position << " of " << memrefs;
  return success();
}

/// A packed operand is [batch...][groups][k steps][lanes * depth].
static LogicalResult verifyPacked(Operation *op, Type packed, PackAttr pack, int64_t batchDims) {
  auto type = cast<MemRefType>(packed);
  int64_t width = pack.getLanes() * pack.getDepth();
  if (type.getRank() != batchDims + 3 || type.getShape().back() != width)
    return op->emitOpError() << "packed operand must have rank " << batchDims + 3 << " and innermost dimension "
                             << width << ", found " << type;
  return success();
}

LogicalResult MatmulOp::verify() {
  if (getMaps().size() != 3)
    return emitOpError("needs three maps: lhs, right batch, out");
  auto map = [&](unsigned i) { return cast<AffineMapAttr>(getMaps()[i]).getValue(); };
  if (map(0).getNumDims() < 3)
    return emitOpError("maps must be over (batch..., m, n, k)");
  for (unsigned i = 0; i < 3; ++i)
    if (map(i).getNumDims() != map(0).getNumDims() || (i > 0 && !map(i).isProjectedPermutation()))
      return emitOpError() << "map " << i << " must be a projected permutation of the same dimensions";
  auto usesOneDim = [&](AffineExpr expr) {
    auto dims = llvm::seq<unsigned>(0, map(0).getNumDims());
    return llvm::count_if(dims, [&](unsigned dim) { return expr.isFunctionOfDim(dim); }) == 1;
  };
  if (!llvm::all_of(map(0).getResults(), usesOneDim))
    return emitOpError("map 0 must give each dimension of lhs by one of (batch..., m, n, k)");
  if (map(0).getNumResults() != static_cast<size_t>(cast<MemRefType>(getLhs().getType()).getRank()) ||
      map(2).getNumResults() != static_cast<size_t>(cast<MemRefType>(getOut().getType()).getRank()))
    return emitOpError("maps do not fit the operands' ranks");
  return verifyPacked(*this, getRhs().getType(), getPack(), map(1).getNumResults());
}

LogicalResult TilesOp::verify() {
  size_t dims = getSizes().size();
  if (getSteps().size() != dims || getBody().getNumArguments() != 2 * dims)
    return emitOpError() << "needs a step and two index arguments for each of its " << dims << " sizes, found "
                         << getSteps().size() << " steps and " << getBody().getNumArguments() << " arguments";
  for (int64_t step : getSteps())
    if (step <= 0)
      return emitOpError() << "steps must be positive, found " << step;
  for (Type type : getBody().getArgumentTypes())
    if (!type.isIndex())
      return emitOpError() << "region arguments must be index, found " << type;
  return success();
}

LogicalResult PackOp::verify() {
  if (getPack().getMap().getNumResults() != static_cast<size_t>(cast<MemRefType>(getSource().getType()).getRank()))
    return emitOpError("pack map does not fit the source's rank");
  return verifyPacked(*this, getPacked().getType(), getPack(), getPack().getNumBatchDims());
}

LogicalResult EventMatmulOp::verify() {
  auto spikes = cast<RankedTensorType>(getSpikes().getType()), weights = cast<RankedTensorType>(getWeights().getType()),
       sums = cast<RankedTensorType>(getSums().getType());
  bool fits = spikes.getRank() == 2 && weights.getRank() == 2 && sums.getRank() == 2 && weights.hasStaticShape() &&
              !spikes.isDynamicDim(1) &&
              succeeded(verifyCompatibleShape(spikes.getShape(), {sums.getDimSize(0), weights.getDimSize(0)})) &&
              sums.getDimSize(1) == weights.getDimSize(1);
  if (!fits)
    return emitOpError() << "multiplies " << spikes << " by " << weights << " into " << sums
                         << ", expected [rows, k] by [k, columns] into [rows, columns] with a fixed k";
  if (isa<FloatType>(weights.getElementType()) != isa<FloatType>(sums.getElementType()))
    return emitOpError() << "adds weights of " << weights.getElementType() << " into " << sums.getElementType()
                         << ", expected i8 into i32 or f32 into f32";
  return success();
}

static LogicalResult verifyCodebook(GroupMatmulOp op) {
  auto book = dyn_cast<RankedTensorType>(op.getCodebook().getType());
  bool isBook =
      book && book.hasStaticShape() && book.getRank() == 2 && book.getDimSize(0) == int64_t(1) << op.getBits();
  bool hasVectors = isBook && (op.getBits() == kNibbleBits || op.getBits() == kByteBits) &&
                    (book.getDimSize(1) == kQuad || book.getDimSize(1) == 2 * kQuad);
  bool hasWindows = isBook && holdsWindows(book) && op.getBits() >= kNibbleBits && op.getBits() <= kMostWindowBits;
  if (!hasVectors && !hasWindows)
    return op.emitOpError() << "looks up indices of " << op.getBits() << " bits in " << op.getCodebook().getType()
                            << ", [2^bits, 4 or 8] and 4 or 8 bits expected, or [2^bits, " << kWindowTaps
                            << "] and 4 to 6 bits";
  if (op.getZeros())
    return op.emitOpError() << "has zeros beside a codebook, whose numbers have signs";
  return success();
}

static LogicalResult verifySparse(GroupMatmulOp op) {
  uint64_t bits = op.getBits(), kept = op.getKept();
  if ((bits != 2 && bits != 4 && bits != 8) || (kept != 1 && kept != 2))
    return op.emitOpError() << "keeps " << kept << " of 4 weights of " << bits
                            << " bits, 1 or 2 of 2, 4 or 8 bits expected";
  if (op.getZeros() || op.getCodebook() || op.getOdd() || op.getHasOffsets())
    return op.emitOpError("keeps some weights alone, beside zeros, a codebook, odd weights or offsets, none expected");
  return success();
}

/// Of words of bits, as many planes as there are of each input.
static FailureOr<int64_t> inputsOf(GroupMatmulOp op, int64_t k) {
  auto lhs = cast<ShapedType>(op.getLhs().getType());
  if (!lhs.getElementType().isInteger(kWordBits))
    return lhs.getDimSize(1);
  if (op.getBits() != 1 || op.getCodebook() || isSparse(op.getKept()) || !op.getIsUnsigned())
    return op.emitOpError() << "has planes of bits as lhs with weights of " << op.getBits()
                            << " bits, expected one of each weight, no codebook, and isUnsigned";
  int64_t planes = k > 0 ? lhs.getDimSize(1) * kWordBits / k : 0;
  if (planes < 1 || planes > kMostPlanes || planes * k != lhs.getDimSize(1) * kWordBits)
    return op.emitOpError() << "has " << lhs.getDimSize(1) << " words of bits in a row for " << k
                            << " inputs, expected one for each 32 of them and each of 1 to " << kMostPlanes
                            << " planes";
  return k;
}

LogicalResult GroupMatmulOp::verify() {
  auto lhs = dyn_cast<RankedTensorType>(getLhs().getType()),
       weights = dyn_cast<RankedTensorType>(getWeights().getType()),
       scales = dyn_cast<RankedTensorType>(getScales().getType()),
       sums = dyn_cast<RankedTensorType>(getSums().getType()),
       rows = dyn_cast<RankedTensorType>(getRowSums().getType()),
       steps = getSteps() ? dyn_cast<RankedTensorType>(getSteps().getType()) : rows;
  bool areMatrices = llvm::all_of(ArrayRef({lhs, weights, scales, sums, rows, steps}),
                                  [](RankedTensorType type) { return type && type.getRank() == 2; });
  if (!areMatrices || !weights.hasStaticShape() || !scales.hasStaticShape() || lhs.isDynamicDim(1))
    return emitOpError("takes matrices, of fixed sizes but for their rows");
  int64_t length = 1, unit = kGroupUnit;
  if (getCodebook()) {
    if (failed(verifyCodebook(*this)))
      return failure();
    auto book = cast<RankedTensorType>(getCodebook().getType());
    length = book.getDimSize(1);
    // All taps of a window have one scale.
    unit = holdsWindows(book) ? length * kGroupUnit * scales.getDimSize(0)
                              : length * indicesInWord(static_cast<int64_t>(getBits()));
  }
  if (getOdd() && (getZeros() || getCodebook()))
    return emitOpError() << "has odd weights with zeros or a codebook, neither expected";
  if (getHasOffsets() && (getOdd() || getCodebook()))
    return emitOpError() << "has offsets with odd weights or a codebook, neither expected";
  if (isSparse(getKept())) {
    if (failed(verifySparse(*this)))
      return failure();
    unit = sparseUnit(getKept());
  }
  int64_t k = weights.getDimSize(0) * length, n = weights.getDimSize(1), m = lhs.getDimSize(0),
          groups = scales.getDimSize(0) / (getHasOffsets() ? 2 : 1);
  FailureOr<int64_t> inputs = inputsOf(*this, k);
  if (failed(inputs))
    return failure();
  bool fits = *inputs == k && scales.getDimSize(1) == n && groups > 0 && k % (unit * groups) == 0 &&
              succeeded(verifyCompatibleShape(sums.getShape(), {m, n})) &&
              succeeded(verifyCompatibleShape(rows.getShape(), {m, groups})) &&
              succeeded(verifyCompatibleShape(steps.getShape(), {m, groups})) &&
              (!getHasOffsets() || (!getZeros() && scales.getDimSize(0) % 2 == 0)) &&
              (!getZeros() || cast<ShapedType>(getZeros().getType()).getShape() == scales.getShape());
  if (fits)
    return success();
  InFlightDiagnostic text = emitOpError() << "multiplies " << lhs << " by " << weights << " with scales " << scales
                                          << " and row sums " << rows;
  if (getSteps())
    text << " and steps " << steps;
  return text << " into " << sums << ", expected [rows, k] by [k, columns] with [groups, columns] and "
              << "[rows, groups] into [rows, columns], groups of a multiple of " << unit
              << ", and offsets without zeros in rows of their own";
}

LogicalResult PackedMatmulOp::verify() {
  auto weights = cast<MemRefType>(getWeights().getType()), out = cast<MemRefType>(getOut().getType());
  bool fits = weights.getRank() == 3 && weights.hasStaticShape() && weights.getElementType().isInteger(8) &&
              out.getRank() == 2 && out.getElementType().isF32();
  if (!fits)
    return emitOpError() << "multiplies by " << weights << " into " << out
                         << ", expected bytes [groups of columns, blocks, bytes] into a matrix of f32";
  auto scales = cast<MemRefType>(getScales().getType());
  if (scales.getRank() != 3 || !scales.hasStaticShape() || scales.getDimSize(0) != weights.getDimSize(0) ||
      (getZeros() && cast<MemRefType>(getZeros().getType()).getShape() != scales.getShape()))
    return emitOpError() << "has scales " << scales << " beside " << weights
                         << ", expected [groups of columns, groups, columns of one], and zeros alike";
  return success();
}

/// Lists are heads [rows, 2] and places of i32, and values of i8 or f32.
template <typename ListOp> static LogicalResult verifyLists(ListOp op) {
  auto heads = cast<MemRefType>(op.getHeads().getType()), places = cast<MemRefType>(op.getPlaces().getType()),
       values = cast<MemRefType>(op.getValues().getType());
  bool fits = heads.getRank() == 2 && heads.getDimSize(1) == 2 && places.getRank() == 2 && values.getRank() == 2 &&
              heads.getElementType().isInteger(32) && places.getElementType().isInteger(32) &&
              (values.getElementType().isInteger(8) || values.getElementType().isF32());
  if (!fits)
    return op.emitOpError() << "has lists " << heads << ", " << places << ", " << values
                            << ", expected heads [rows, 2] and places [rows, room] of i32 and values of i8 or f32";
  return success();
}

LogicalResult ListEventsOp::verify() {
  auto spikes = cast<MemRefType>(getSpikes().getType());
  if (spikes.getRank() != 2 || spikes.isDynamicDim(1) || !spikes.getElementType().isInteger(8))
    return emitOpError() << "lists the spikes of " << spikes << ", expected [rows, k] of i8 with a fixed k";
  return verifyLists(*this);
}

LogicalResult AddRowsOp::verify() {
  auto weights = cast<MemRefType>(getWeights().getType()), out = cast<MemRefType>(getOut().getType());
  if (weights.getRank() != 3 || !weights.hasStaticShape() || out.getRank() != 2 ||
      llvm::divideCeil(out.getDimSize(1), weights.getDimSize(2)) != static_cast<uint64_t>(weights.getDimSize(0)))
    return emitOpError()
           << "adds rows of " << weights << " into " << out
           << ", expected [groups, k, lanes] into [rows, columns] with as many groups as the columns take";
  return verifyLists(*this);
}

#define GET_OP_CLASSES
#include "dialects/rt/RtOps.cpp.inc"
