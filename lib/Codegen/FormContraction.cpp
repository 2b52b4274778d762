//===- FormContraction.cpp - contractions to packed matmuls ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Partition.h"
#include "lib/Codegen/ProgramFormer.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Describes [batch...][column groups][k steps][lanes * depth] for the tensor that is packed, and the sums beside it.
void ProgramFormer::describePacked(Value tensor, rt::PackAttr attr, Packed &packed, bool wantsSums) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape, sumsShape;
  SmallVector<Value> open, sumsOpen;
  unsigned numBatch = attr.getNumBatchDims();
  auto push = [&](unsigned dim, int64_t divisor, int64_t factor, bool sums) {
    unsigned position = *attr.getMap().getResultPosition(builder.getAffineDimExpr(dim));
    Value size = sizes.dim(tensor, position);
    bool isOpen = type.isDynamicDim(position);
    SmallVector<int64_t> &to = sums ? sumsShape : shape;
    to.push_back(isOpen ? ShapedType::kDynamic : llvm::divideCeil(type.getDimSize(position), divisor) * factor);
    if (isOpen)
      (sums ? sumsOpen : open).push_back(sizes.mul(sizes.ceilDiv(size, divisor), sizes.constant(factor)));
  };
  for (unsigned i = 0; i < numBatch; ++i)
    push(i, 1, 1, false), push(i, 1, 1, true);
  push(numBatch, attr.getLanes(), 1, false);
  push(numBatch + 1, attr.getDepth(), 1, false);
  shape.push_back(attr.getLanes() * attr.getDepth());
  push(numBatch, attr.getLanes(), attr.getLanes(), true);

  packed.matrix.type = MemRefType::get(shape, packedElementType(attr, memrefTypeOf(type).getElementType()));
  packed.matrix.openDims = open;
  if (wantsSums)
    packed.sums = BufferView{nullptr, MemRefType::get(sumsShape, builder.getI32Type()), sumsOpen};
}

static RankedTensorType tensorTypeOf(MemRefType type) {
  return RankedTensorType::get(type.getShape(), type.getElementType());
}

void ProgramFormer::describeWeights(linalg::GenericOp op, const Contraction &contraction, ElementsAttr elements,
                                    Value buffer) {
  if (counting)
    return;
  auto type = cast<RankedTensorType>(elements.getShapedType());
  auto position = contraction.rhsMap.getResultPosition(builder.getAffineDimExpr(contraction.numBatch() + 2));
  int64_t inputs = position ? type.getDimSize(*position) : 1;
  rt::WeightsOp::create(builder, op.getLoc(), nodeNameAt(op.getLoc()), inputs,
                        inputs == 0 ? 0 : type.getNumElements() / inputs, type.getElementTypeBitWidth(), buffer,
                        /*codebook=*/Value(), /*length=*/1, /*scales=*/Value(), /*scale=*/TypeAttr(), /*groups=*/0,
                        /*columns=*/0, /*zeros=*/Value(), /*hasOffsets=*/false, /*kept=*/4);
}

FailureOr<ProgramFormer::Packed> ProgramFormer::pack(linalg::GenericOp op, const Contraction &contraction,
                                                     rt::PackAttr attr, bool wantsSums, Value times) {
  Value tensor = op->getOperand(contraction.rhs);
  // What counters alone need is packed for them alone, where it is packed in a run.
  bool isApart = counting && !constantElements(tensor);
  auto key = std::make_pair(
      tensor, Attribute(builder.getArrayAttr({attr, builder.getBoolAttr(isApart), builder.getBoolAttr(wantsSums),
                                              builder.getBoolAttr(contraction.rhsUnsigned)})));
  if (auto known = packedOperands.find(key); known != packedOperands.end() && isSameSize(known->second.times, times))
    return known->second;
  Packed packed;
  describePacked(tensor, attr, packed, wantsSums);
  packed.times = times;

  if (ElementsAttr elements = constantElements(tensor)) {
    auto constant = [&](bool sums) {
      Type element = packed.matrix.type.getElementType();
      bool converts = !sums && element != elements.getElementType();
      auto unit = [&](bool set) { return set ? builder.getUnitAttr() : UnitAttr(); };
      return rt::ConstantOp::create(builder, tensor.getLoc(), rt::BufferType::get(builder.getContext()), elements, attr,
                                    converts ? TypeAttr::get(element) : TypeAttr(), unit(contraction.rhsUnsigned),
                                    unit(sums))
          .getResult();
    };
    packed.matrix.buffer = constant(false);
    describeWeights(op, contraction, elements, packed.matrix.buffer);
    if (wantsSums)
      packed.sums->buffer = constant(true);
    return packedOperands[key] = packed;
  }

  auto source = viewOf(tensor);
  if (failed(source))
    return failure();
  packed.matrix.buffer = allocate(tensorTypeOf(packed.matrix.type), packed.matrix.openDims).buffer;
  if (wantsSums)
    packed.sums->buffer = allocate(tensorTypeOf(packed.sums->type), packed.sums->openDims).buffer;
  KernelBuilder kernel(builder, table);
  Value input = add(kernel, *source);
  Value output = add(kernel, packed.matrix, /*written=*/true);
  Value sums = wantsSums ? add(kernel, *packed.sums, /*written=*/true) : Value();
  rt::PackOp::create(kernel.body, builder.getUnknownLoc(), input, output, sums, attr, contraction.rhsUnsigned);

  Value grid = times ? times : sizes.constant(1);
  unsigned numBatch = attr.getNumBatchDims();
  for (unsigned i = 0; i <= numBatch; ++i) {
    Value size = sizes.dim(tensor, *attr.getMap().getResultPosition(builder.getAffineDimExpr(i)));
    grid = sizes.mul(grid, i < numBatch ? size : sizes.ceilDiv(size, attr.getLanes()));
  }
  kernel.finish("pack", grid, op.getLoc(), counting);
  return packedOperands[key] = packed;
}

FailureOr<BufferView> ProgramFormer::contiguousLeft(linalg::GenericOp op, const Contraction &contraction,
                                                    AffineMap &map) {
  Value tensor = op->getOperand(contraction.lhs);
  auto source = viewOf(tensor);
  unsigned k = contraction.numBatch() + 2;
  if (failed(source) || map.getResults().back() == builder.getAffineDimExpr(k))
    return source;

  // Dimensions in the order batch, m, k.
  auto order = llvm::to_vector(llvm::seq<unsigned>(map.getNumResults()));
  llvm::sort(order, [&](unsigned a, unsigned b) { return map.getDimPosition(a) < map.getDimPosition(b); });
  AffineMap permutation = AffineMap::getPermutationMap(order, builder.getContext());
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape = applyPermutationMap(permutation, type.getShape());
  SmallVector<Value> dims = applyPermutationMap<Value>(permutation, sizes.dims(tensor)), open;
  for (auto [size, dim] : llvm::zip_equal(shape, dims))
    if (ShapedType::isDynamic(size))
      open.push_back(dim);
  BufferView target = allocate(RankedTensorType::get(shape, type.getElementType()), open);
  copy(*source, nullptr, target, nullptr, shape, dims, op.getLoc(), inversePermutation(permutation));
  SmallVector<AffineExpr> sorted = llvm::map_to_vector(order, [&](unsigned i) { return map.getResult(i); });
  map = AffineMap::get(map.getNumDims(), 0, sorted, builder.getContext());
  return target;
}

bool ProgramFormer::isReadInPlace(linalg::GenericOp windows, bool *isCounted) {
  if (windows->getNumResults() != 1 || tileMembership(windows))
    return false;
  SmallVector<Value> values{windows->getResult(0)};
  bool isRead = false;
  for (size_t i = 0; i < values.size(); ++i) {
    for (OpOperand &use : values[i].getUses()) {
      Operation *user = use.getOwner();
      if (user->getNumResults() == 1 && viewRoot(user->getResult(0)) == windows->getResult(0)) {
        values.push_back(user->getResult(0));
        continue;
      }
      if (countingOps.contains(user)) {
        if (isCounted)
          *isCounted = true;
        continue;
      }
      auto product = dyn_cast<linalg::GenericOp>(user);
      auto contraction = product ? matchContraction(product) : std::nullopt;
      if (!contraction || use.getOperandNumber() != contraction->lhs ||
          !matchWindows(product, *contraction, choosePacking(product, *contraction).getDepth()))
        return false;
      isRead = true;
    }
  }
  return isRead;
}

std::optional<Windows> ProgramFormer::windowsOf(linalg::GenericOp op, const Contraction &contraction, int64_t depth) {
  auto windows = matchWindows(op, contraction, depth);
  auto copy = viewRoot(op->getOperand(contraction.lhs)).getDefiningOp<linalg::GenericOp>();
  return windows && isReadInPlace(copy) ? windows : std::nullopt;
}

Value ProgramFormer::addWindows(KernelBuilder &kernel, linalg::GenericOp op, const Contraction &contraction,
                                const Windows &windows, Value source) {
  unsigned dim = contraction.lhsMap.getDimPosition(0);
  Value range = rangeOf(op, dim < contraction.numBatch() ? contraction.batch[dim] : contraction.m);
  return strided(kernel, source, windows.places, sizes.ceilDiv(range, windows.inFirst));
}

/// `operands` are left, right, its sums or null, result, and the left operand's first row where that is not 0.
void ProgramFormer::buildMatmul(KernelBuilder &kernel, const Contraction &contraction, rt::PackAttr attr,
                                AffineMap lhsMap, ValueRange operands, bool accumulate) {
  SmallVector<AffineExpr> batches;
  for (unsigned i = 0; i < contraction.numBatch(); ++i)
    if (contraction.rhsMap.isFunctionOfDim(i))
      batches.push_back(builder.getAffineDimExpr(i));
  AffineMap rhsMap = AffineMap::get(lhsMap.getNumDims(), 0, batches, builder.getContext());
  rt::MatmulOp::create(kernel.body, builder.getUnknownLoc(), operands[0], operands[1], operands[2], operands[3],
                       operands.size() > 4 ? operands[4] : Value(),
                       builder.getAffineMapArrayAttr({lhsMap, rhsMap, contraction.outMap}), attr,
                       contraction.lhsUnsigned, contraction.rhsUnsigned, accumulate);
}

/// A decoder multiplies one row by all of its cache: packing that costs more than the product. Sums of integers are the
/// same either way.
Value ProgramFormer::isSingleRow(linalg::GenericOp op, const Contraction &contraction) {
  bool isOpen = ShapedType::isDynamic(op.getStaticLoopRanges()[contraction.m]);
  if (!isOpen || constantElements(op->getOperand(contraction.rhs)) || !startsFromZero(op.getDpsInitOperand(0)->get()) ||
      !isa<IntegerType>(getElementTypeOrSelf(op.getResult(0))))
    return nullptr;
  Value one = sizes.constant(1), rows = sizes.max(rangeOf(op, contraction.m), one);
  return sizes.floorDiv(one, rows);
}

LogicalResult ProgramFormer::visitContraction(linalg::GenericOp op, const Contraction &contraction) {
  rt::PackAttr attr = choosePacking(op, contraction);
  bool wantsSums = needsSums(attr, contraction);
  AffineMap lhsMap = contraction.lhsMap;
  auto windows = windowsOf(op, contraction, attr.getDepth());
  auto lhs = windows               ? viewOf(windows->source)
             : attr.getDepth() > 1 ? contiguousLeft(op, contraction, lhsMap)
                                   : viewOf(op->getOperand(contraction.lhs));
  Value single = isSingleRow(op, contraction);
  Value several = single ? sizes.add(sizes.constant(1), sizes.mul(single, sizes.constant(-1))) : Value();
  auto rhs = pack(op, contraction, attr, wantsSums, several);
  if (failed(lhs) || failed(rhs))
    return failure();
  Value init = op.getDpsInitOperand(0)->get();
  BufferView out = allocate(op.getResult(0));
  if (single && failed(formGeneric(op, out, single)))
    return failure();
  bool accumulate = !startsFromZero(init);
  if (accumulate && failed(initialize(out, init, sizes.dims(init), op.getLoc())))
    return failure();

  KernelBuilder kernel(builder, table);
  SmallVector<Value> operands{windows ? addWindows(kernel, op, contraction, *windows, add(kernel, *lhs))
                                      : add(kernel, *lhs),
                              add(kernel, rhs->matrix)};
  operands.push_back(rhs->sums ? add(kernel, *rhs->sums) : Value());
  operands.push_back(add(kernel, out, /*written=*/true));
  buildMatmul(kernel, contraction, attr, windows ? windows->map : lhsMap, operands, accumulate);

  Value grid = sizes.mul(sizes.ceilDiv(rangeOf(op, contraction.m), kMatmulRows),
                         sizes.ceilDiv(rangeOf(op, contraction.n), attr.getLanes()));
  for (unsigned loop : contraction.batch)
    grid = sizes.mul(grid, rangeOf(op, loop));
  if (several)
    grid = sizes.mul(several, grid);
  kernel.finish("matmul", grid, op.getLoc(), counting);
  return success();
}
