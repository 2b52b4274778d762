//===- FormGeneric.cpp - linalg.generic to kernels and dispatches ---------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ExpandMath.h"
#include "lib/Codegen/Partition.h"
#include "lib/Codegen/ProgramFormer.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

static bool isBool(Type type) {
  return getElementTypeOrSelf(type).isInteger(1);
}

/// Bool is a byte in memory and i1 in a kernel's body.
static Value fromStorage(OpBuilder &builder, Value value, Type wanted) {
  if (!isBool(wanted) || value.getType() == wanted)
    return value;
  Value zero = arith::ConstantIntOp::create(builder, value.getLoc(), value.getType(), 0);
  return arith::CmpIOp::create(builder, value.getLoc(), arith::CmpIPredicate::ne, value, zero);
}

static Value toStorage(OpBuilder &builder, Value value) {
  if (!isBool(value.getType()))
    return value;
  return arith::ExtUIOp::create(builder, value.getLoc(), builder.getI8Type(), value);
}

Value ProgramFormer::rangeOf(linalg::GenericOp op, unsigned loop) {
  for (OpOperand &operand : op->getOpOperands())
    for (auto [position, expr] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(expr); dim && dim.getPosition() == loop)
        return sizes.dim(operand.get(), position);
  return sizes.constant(0);
}

FailureOr<Value> ProgramFormer::addScalar(KernelBuilder &kernel, Value scalar) {
  Attribute attr;
  if (matchPattern(scalar, m_Constant(&attr)))
    return arith::ConstantOp::create(kernel.body, builder.getUnknownLoc(), cast<TypedAttr>(attr)).getResult();
  if (scalar.getType().isIndex())
    return kernel.addIndex(sizes.index(scalar));
  if (!scalar.getType().isInteger(64) && !scalar.getType().isInteger(32))
    return emitError(scalar.getLoc()) << "a scalar of type " << scalar.getType()
                                      << " inside an op must be a constant or computed from symbols";
  Value index = kernel.addIndex(sizes.index(scalar));
  return arith::IndexCastOp::create(kernel.body, builder.getUnknownLoc(), scalar.getType(), index).getResult();
}

LogicalResult ProgramFormer::addInputs(KernelBuilder &kernel, linalg::GenericOp op, IRMapping &mapping,
                                       SmallVectorImpl<Value> &memrefs) {
  for (OpOperand *input : op.getDpsInputOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(input);
    if (isa<RankedTensorType>(input->get().getType())) {
      auto view = viewOf(input->get());
      if (failed(view))
        return failure();
      memrefs.push_back(add(kernel, *view));
      continue;
    }
    auto scalar = addScalar(kernel, input->get());
    if (failed(scalar))
      return failure();
    mapping.map(argument, *scalar);
  }
  return success();
}

/// Values the body uses from outside: tensors it gathers from, sizes, constants.
LogicalResult ProgramFormer::addCaptures(KernelBuilder &kernel, linalg::GenericOp op, IRMapping &mapping) {
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op.getRegion(), captured);
  for (Value value : captured) {
    if (isa<RankedTensorType>(value.getType())) {
      auto view = viewOf(value);
      if (failed(view))
        return failure();
      mapping.map(value, add(kernel, *view));
      continue;
    }
    auto scalar = addScalar(kernel, value);
    if (failed(scalar))
      return failure();
    mapping.map(value, *scalar);
  }
  return success();
}

LogicalResult ProgramFormer::addInit(KernelBuilder &kernel, linalg::GenericOp op, unsigned number,
                                     const BufferView &out, Value memref) {
  OpOperand *init = op.getDpsInitOperand(number);
  if (op.getMatchingBlockArgument(init).use_empty())
    return success();
  Attribute value;
  auto fillOp = init->get().getDefiningOp<linalg::FillOp>();
  if (fillOp && matchPattern(fillOp.getInputs().front(), m_Constant(&value)) && !isBool(init->get().getType())) {
    Value scalar = arith::ConstantOp::create(kernel.body, builder.getUnknownLoc(), cast<TypedAttr>(value));
    linalg::FillOp::create(kernel.body, builder.getUnknownLoc(), scalar, memref);
    return success();
  }
  return initialize(out, init->get(), sizes.dims(init->get()), op.getLoc());
}

/// Clones the body of `op`: gathers read memrefs, bools are bytes at the edges.
static void cloneBody(linalg::GenericOp op, IRMapping &mapping, OpBuilder &builder) {
  for (Operation &nested : op.getBody()->without_terminator()) {
    if (auto extract = dyn_cast<tensor::ExtractOp>(nested)) {
      SmallVector<Value> indices;
      for (Value index : extract.getIndices())
        indices.push_back(mapping.lookup(index));
      Value loaded = memref::LoadOp::create(builder, nested.getLoc(), mapping.lookup(extract.getTensor()), indices);
      mapping.map(extract.getResult(), fromStorage(builder, loaded, extract.getType()));
    } else if (auto dim = dyn_cast<tensor::DimOp>(nested)) {
      mapping.map(dim.getResult(), memref::DimOp::create(builder, nested.getLoc(), mapping.lookup(dim.getSource()),
                                                         mapping.lookup(dim.getIndex())));
    } else {
      builder.clone(nested, mapping);
    }
  }
  SmallVector<Value> results;
  for (Value value : op.getBody()->getTerminator()->getOperands())
    results.push_back(toStorage(builder, mapping.lookupOrDefault(value)));
  linalg::YieldOp::create(builder, op.getLoc(), results);
}

/// "reduce", "copy" (moves elements only) or "elementwise".
static StringRef familyOf(linalg::GenericOp op) {
  if (op.getNumReductionLoops() > 0)
    return "reduce";
  return llvm::hasSingleElement(*op.getBody()) ? "copy" : "elementwise";
}

static void stripLocations(Operation *op) {
  op->walk([](Operation *nested) { nested->setLoc(UnknownLoc::get(nested->getContext())); });
}

LogicalResult codegen::checkBody(linalg::GenericOp op) {
  for (Operation &nested : op.getBody()->without_terminator())
    if (isa<math::MathDialect>(nested.getDialect()) && !hasKernelCode(&nested))
      return op.emitError() << "'" << nested.getName()
                            << "' has no CPU code: write it as arithmetic and the functions in docs/codegen.md";
  return success();
}

linalg::GenericOp ProgramFormer::buildGeneric(KernelBuilder &kernel, linalg::GenericOp op, IRMapping &mapping,
                                              ValueRange inputs, ValueRange outs) {
  SmallVector<AffineMap> maps;
  for (OpOperand *input : op.getDpsInputOperands())
    if (isa<RankedTensorType>(input->get().getType()))
      maps.push_back(op.getMatchingIndexingMap(input));
  for (OpResult result : op->getResults())
    maps.push_back(op.getIndexingMapMatchingResult(result));
  auto buildBody = [&](OpBuilder &body, Location loc, ValueRange arguments) {
    size_t next = 0;
    for (BlockArgument argument : op.getBody()->getArguments()) {
      if (mapping.contains(argument))
        continue;
      Value stored = arguments[next++];
      // An output that is not read must stay unread.
      mapping.map(argument, argument.use_empty() ? stored : fromStorage(body, stored, argument.getType()));
    }
    cloneBody(op, mapping, body);
  };
  auto generic = linalg::GenericOp::create(kernel.body, builder.getUnknownLoc(), TypeRange(), inputs, outs, maps,
                                           op.getIteratorTypesArray(), buildBody);
  stripLocations(generic);
  return generic;
}

LogicalResult ProgramFormer::visitGeneric(linalg::GenericOp op) {
  if (auto membership = tileMembership(op))
    return visitTiles(op, *membership);
  if (auto contraction = matchContraction(op))
    return visitContraction(op, *contraction);
  bool isCounted = false, isInPlace = isReadInPlace(op, &isCounted);
  if (isInPlace && !isCounted)
    return success();
  llvm::SaveAndRestore mode(counting, counting || isInPlace);
  if (auto places = matchStridedCopy(op))
    return visitStridedCopy(op, *places);
  SmallVector<BufferView> outs;
  for (auto [number, result] : llvm::enumerate(op.getResults())) {
    if (!isa<RankedTensorType>(result.getType()))
      return op.emitError() << "result " << number << " must be a ranked tensor, found " << result.getType();
    outs.push_back(allocate(result));
  }
  return formGeneric(op, outs, nullptr);
}

LogicalResult ProgramFormer::formGeneric(linalg::GenericOp op, ArrayRef<BufferView> results, Value times) {
  if (failed(checkBody(op)))
    return failure();
  KernelBuilder kernel(builder, table);
  IRMapping mapping;
  SmallVector<Value> inputs, outs;
  if (failed(addInputs(kernel, op, mapping, inputs)) || failed(addCaptures(kernel, op, mapping)))
    return failure();
  for (auto [number, out] : llvm::enumerate(results)) {
    outs.push_back(add(kernel, out, /*written=*/true));
    if (failed(addInit(kernel, op, number, out, outs.back())))
      return failure();
  }
  linalg::GenericOp generic = buildGeneric(kernel, op, mapping, inputs, outs);
  finish(kernel, generic, [&](unsigned loop) { return rangeOf(op, loop); }, op.getLoc(), times);
  return success();
}

void ProgramFormer::finish(KernelBuilder &kernel, linalg::GenericOp generic, llvm::function_ref<Value(unsigned)> ranges,
                           Location loc, Value times) {
  Partition partition = choosePartition(generic);
  Value grid = times ? times : sizes.constant(1);
  for (unsigned loop : partition.items)
    grid = sizes.mul(grid, ranges(loop));
  if (partition.chunk)
    grid = sizes.mul(grid, sizes.ceilDiv(ranges(*partition.vector), partition.chunk));
  kernel.finish(familyOf(generic), grid, loc, counting);
}
