//===- ProgramSizes.cpp - sizes of tensors as index arithmetic of the program ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/ProgramSizes.h"

#include "dialects/rt/Rt.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

bool codegen::isSameSize(Value a, Value b) {
  if (a == b)
    return true;
  Operation *left = a ? a.getDefiningOp() : nullptr, *right = b ? b.getDefiningOp() : nullptr;
  return left && right && left->getName() == right->getName() &&
         left->getAttrDictionary() == right->getAttrDictionary() &&
         llvm::all_of_zip(left->getOperands(), right->getOperands(), isSameSize);
}

Value ProgramSizes::error(Location loc, const Twine &message) {
  sawError = true;
  emitError(loc) << message;
  return constant(0);
}

Value ProgramSizes::constant(int64_t value) {
  Value &known = constants[value];
  if (!known) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(builder.getInsertionBlock());
    known = arith::ConstantIndexOp::create(builder, builder.getUnknownLoc(), value);
  }
  return known;
}

static std::optional<int64_t> asConstant(Value value) {
  return getConstantIntValue(value);
}

Value ProgramSizes::add(Value a, Value b) {
  auto x = asConstant(a), y = asConstant(b);
  if (auto sum = x && y ? llvm::checkedAdd(*x, *y) : std::nullopt)
    return constant(*sum);
  if (x == 0 || y == 0)
    return x == 0 ? b : a;
  return arith::AddIOp::create(builder, builder.getUnknownLoc(), a, b);
}

Value ProgramSizes::mul(Value a, Value b) {
  auto x = asConstant(a), y = asConstant(b);
  if (auto product = x && y ? llvm::checkedMul(*x, *y) : std::nullopt)
    return constant(*product);
  if (x == 1 || y == 1)
    return x == 1 ? b : a;
  return arith::MulIOp::create(builder, builder.getUnknownLoc(), a, b);
}

Value ProgramSizes::ceilDiv(Value a, int64_t b) {
  if (auto x = asConstant(a))
    return constant(llvm::divideCeil(*x, b));
  return b == 1 ? a : arith::CeilDivSIOp::create(builder, builder.getUnknownLoc(), a, constant(b)).getResult();
}

Value ProgramSizes::floorDiv(Value a, Value b) {
  return arith::FloorDivSIOp::create(builder, builder.getUnknownLoc(), a, b);
}

Value ProgramSizes::max(Value a, Value b) {
  return arith::MaxSIOp::create(builder, builder.getUnknownLoc(), a, b);
}

Value ProgramSizes::index(OpFoldResult value) {
  if (auto number = getConstantIntValue(value))
    return constant(*number);
  return index(cast<Value>(value));
}

Value ProgramSizes::index(Value value) {
  if (auto number = asConstant(value))
    return constant(*number);
  if (Value mapped = mapping.lookupOrNull(value))
    return mapped;
  Operation *op = value.getDefiningOp();
  if (!op)
    return error(value.getLoc(), "a size must be computed from symbols, but this one is an argument of @main");
  if (auto named = dyn_cast<rt::SymbolOp>(op)) {
    Value known = symbol(named.getName());
    mapping.map(value, known);
    return known;
  }
  Value result;
  if (auto dimOp = dyn_cast<tensor::DimOp>(op)) {
    auto position = dimOp.getConstantIndex();
    result = position ? dim(dimOp.getSource(), *position)
                      : error(op->getLoc(), "tensor.dim of a dimension that is not a constant");
  } else if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op)) {
    result = index(op->getOperand(0));
  } else if (isa<arith::ArithDialect, affine::AffineDialect>(op->getDialect()) && isPure(op) &&
             op->getNumRegions() == 0) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(index(operand));
    Operation *clone = op->clone();
    clone->setOperands(operands);
    clone->setLoc(builder.getUnknownLoc());
    for (OpResult r : clone->getResults())
      if (r.getType().isInteger(64))
        r.setType(builder.getIndexType());
    result = builder.insert(clone)->getResult(cast<OpResult>(value).getResultNumber());
  } else {
    return error(op->getLoc(),
                 "a size must be computed from symbols, found the result of '" + op->getName().getStringRef() + "'");
  }
  mapping.map(value, result);
  return result;
}

Value ProgramSizes::dim(Value tensor, int64_t i) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(i))
    return constant(type.getDimSize(i));
  if (Value value = known.lookup({tensor, i}))
    return value;
  Value value = computeDim(tensor, i);
  known[{tensor, i}] = value;
  return value;
}

SmallVector<Value> ProgramSizes::dims(Value tensor) {
  SmallVector<Value> result;
  for (int64_t i = 0, e = cast<RankedTensorType>(tensor.getType()).getRank(); i < e; ++i)
    result.push_back(dim(tensor, i));
  return result;
}

SmallVector<Value> ProgramSizes::openDims(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<Value> result;
  for (int64_t i = 0, e = type.getRank(); i < e; ++i)
    if (type.isDynamicDim(i))
      result.push_back(dim(tensor, i));
  return result;
}

Value ProgramSizes::symbol(StringRef name) {
  Value &known = symbols[name];
  if (!known)
    known = rt::SymbolOp::create(builder, builder.getUnknownLoc(), builder.getIndexType(), name);
  return known;
}

Value ProgramSizes::argumentDim(BlockArgument argument, int64_t i) {
  auto func = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  auto dims = func.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), kDimsAttr);
  auto text = dims && i < static_cast<int64_t>(dims.size()) ? dyn_cast<StringAttr>(dims[i]) : StringAttr();
  std::string open = ("argument " + Twine(argument.getArgNumber()) + " of @main leaves dimension " + Twine(i)).str();
  if (!text)
    return error(argument.getLoc(), open + " open, but '" + kDimsAttr + "' does not name it");
  return named(func, text, argument.getLoc(), open + " open");
}

Value ProgramSizes::named(func::FuncOp func, StringRef text, Location loc, const Twine &where) {
  FailureOr<SmallVector<Symbol>> declared = readSymbols(func);
  if (llvm::failed(declared))
    return error(loc, where + ", but the symbols of @main cannot be read");
  SmallVector<std::string> names = llvm::map_to_vector(*declared, [](const Symbol &each) { return each.name; });
  SymExpr size = sym::parse(text, names, builder.getContext());
  if (!size)
    return error(loc, where + " as \"" + text + "\", expected an expression over the names in '" + kSymbolsAttr + "'");
  return index(size, names);
}

/// A size such as `past + sequence`: the program's symbols, put together by an affine map.
Value ProgramSizes::index(SymExpr size, ArrayRef<std::string> names) {
  if (std::optional<int64_t> number = sym::asConstant(size))
    return constant(*number);
  if (std::optional<unsigned> single = sym::asSymbol(size))
    return symbol(names[*single]);
  auto [map, used] = sym::asMap(size, names.size());
  SmallVector<Value> operands;
  for (unsigned position : used)
    operands.push_back(symbol(names[position]));
  return affine::AffineApplyOp::create(builder, builder.getUnknownLoc(), map, operands);
}

/// The shape operand of tensor.reshape: elements put together, or a constant.
Value ProgramSizes::reshapeDim(Value tensor, Value shape, int64_t i) {
  if (auto elements = shape.getDefiningOp<tensor::FromElementsOp>())
    return index(elements.getElements()[i]);
  DenseIntElementsAttr attr;
  if (matchPattern(shape, m_Constant(&attr)))
    return constant(attr.getValues<APInt>()[i].getSExtValue());
  return error(tensor.getLoc(), "the shape of a reshape must be computed from symbols");
}

Value ProgramSizes::computeDim(Value tensor, int64_t i) {
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return argumentDim(argument, i);
  Operation *op = tensor.getDefiningOp();
  if (auto empty = dyn_cast<tensor::EmptyOp>(op))
    return index(empty.getMixedSizes()[i]);
  if (auto dps = dyn_cast<DestinationStyleOpInterface>(op))
    return dim(dps.getTiedOpOperand(cast<OpResult>(tensor))->get(), i);
  if (isa<tensor::CastOp, tensor::BitcastOp>(op))
    return dim(op->getOperand(0), i);
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return index(expand.getMixedOutputShape()[i]);
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    Value product = constant(1);
    SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
    for (int64_t j : groups[i])
      product = mul(product, dim(collapse.getSrc(), j));
    return product;
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    int64_t position = -1;
    for (auto [j, size] : llvm::enumerate(slice.getMixedSizes()))
      if (!dropped.test(j) && ++position == i)
        return index(size);
  }
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return dim(insert.getDest(), i);
  if (auto scatter = dyn_cast<rt::ScatterOp>(op))
    return dim(scatter.getTarget(), i);
  // Its columns are those of constant weights.
  if (auto events = dyn_cast<rt::EventMatmulOp>(op))
    return dim(events.getSpikes(), i);
  if (auto groups = dyn_cast<rt::GroupMatmulOp>(op))
    return dim(groups.getLhs(), i);
  if (auto pad = dyn_cast<tensor::PadOp>(op))
    return add(add(index(pad.getMixedLowPad()[i]), dim(pad.getSource(), i)), index(pad.getMixedHighPad()[i]));
  if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
    if (static_cast<int64_t>(concat.getDim()) != i)
      return dim(concat.getInputs().front(), i);
    Value sum = constant(0);
    for (Value input : concat.getInputs())
      sum = add(sum, dim(input, i));
    return sum;
  }
  if (auto reshape = dyn_cast<tensor::ReshapeOp>(op))
    return reshapeDim(tensor, reshape.getShape(), i);
  return error(op->getLoc(), "the size of the result of '" + op->getName().getStringRef() + "' is not known");
}
