//===- Rewriting.cpp - what the rewriting passes share -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriting.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

//===----------------------------------------------------------------------===//
// OnnxBuilder
//===----------------------------------------------------------------------===//

Value OnnxBuilder::infer(Operation *op) {
  // A failure has been reported; the verifier refuses the op that keeps its placeholder.
  if (succeeded(cast<SymbolicShapeOpInterface>(op).inferSymbolicShapes(shapes)))
    for (Value result : op->getResults())
      result.setType(shapes.refinedType(result));
  return op->getResult(0);
}

Value OnnxBuilder::constant(ElementsAttr value) {
  return infer(ConstantOp::create(builder, location, value));
}

Value OnnxBuilder::constant(ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get(int64_t(values.size()), builder.getI64Type());
  return constant(DenseElementsAttr::get(type, values));
}

Value OnnxBuilder::splat(ArrayRef<int64_t> sizes, double value, Type elementType) {
  auto type = RankedTensorType::get(sizes, elementType);
  ConstantBuilder one(RankedTensorType::get({}, elementType));
  one.setNumber(0, value);
  return constant(
      DenseElementsAttr::getFromRawBuffer(type, ArrayRef(one.element(0), constantElementBytes(elementType))));
}

Value OnnxBuilder::scalar(double value, Type elementType) {
  return splat({}, value, elementType);
}

Value OnnxBuilder::reshape(Value value, ArrayRef<SymExpr> dims) {
  if (shapes.shapeOf(value) == dims)
    return value;
  if (auto numbers = constantTarget(shapes.shapeOf(value), dims, builder.getContext()))
    return create<ReshapeOp>(value, constant(*numbers));
  auto func = cast<func::FuncOp>(builder.getInsertionBlock()->getParentOp());
  SizeMaterializer sizes(func, shapes);
  if (!sizes.canMaterialize(dims, shapes))
    return nullptr;
  return create<ReshapeOp>(value, sizes.materialize(dims, *this));
}

Value OnnxBuilder::transpose(Value value, ArrayRef<int64_t> perm) {
  return create<TransposeOp>(value, builder.getDenseI64ArrayAttr(perm));
}

//===----------------------------------------------------------------------===//
// SizeMaterializer
//===----------------------------------------------------------------------===//

SizeMaterializer::SizeMaterializer(func::FuncOp func, const SymbolicShapes &shapes) : sources(shapes.symbols().size()) {
  for (BlockArgument argument : func.getArguments())
    for (auto [i, dim] : llvm::enumerate(shapes.shapeOf(argument)))
      if (auto multiple = sym::asMultiple(dim); multiple && !sources[multiple->first].argument)
        sources[multiple->first] = {argument, int64_t(i), multiple->second};
}

bool SizeMaterializer::isMaterialized(Value value) {
  llvm::SetVector<Value> values;
  values.insert(value);
  for (size_t i = 0; i < values.size(); ++i) {
    Operation *op = values[i].getDefiningOp();
    if (!op)
      return false;
    if (isa<ConstantOp>(op) || (isa<ShapeOp>(op) && isa<BlockArgument>(op->getOperand(0))))
      continue;
    if (!isa<ConcatOp, AddOp, MulOp, DivOp, ModOp, ReshapeOp, CastOp>(op))
      return false;
    values.insert(op->operand_begin(), op->operand_end());
  }
  return true;
}

bool SizeMaterializer::canWrite(SymExpr e, const SymbolicShapes &shapes) const {
  if (!e)
    return false;
  if (std::optional<unsigned> symbol = sym::asSymbol(e))
    return *symbol < sources.size() && sources[*symbol].argument;
  auto binary = dyn_cast<AffineBinaryOpExpr>(e);
  if (!binary)
    return isa<AffineConstantExpr>(e);
  if (!canWrite(binary.getLHS(), shapes) || !canWrite(binary.getRHS(), shapes))
    return false;
  // The standard's division rounds towards zero.
  bool divides = e.getKind() == AffineExprKind::FloorDiv || e.getKind() == AffineExprKind::Mod;
  return e.getKind() != AffineExprKind::CeilDiv && (!divides || shapes.minOf(binary.getLHS()).value_or(-1) >= 0);
}

bool SizeMaterializer::canMaterialize(ArrayRef<SymExpr> elements, const SymbolicShapes &shapes) const {
  return llvm::all_of(elements, [&](SymExpr e) { return canWrite(e, shapes); });
}

Value SizeMaterializer::element(SymExpr e, OnnxBuilder &builder) const {
  if (std::optional<int64_t> number = sym::asConstant(e))
    return builder.constant(*number);
  Builder attributes(e.getContext());
  if (std::optional<unsigned> symbol = sym::asSymbol(e)) {
    const Source &source = sources[*symbol];
    Value size = builder.create<ShapeOp>(source.argument, attributes.getI64IntegerAttr(source.dim + 1),
                                         attributes.getI64IntegerAttr(source.dim));
    return source.factor == 1 ? size : builder.create<DivOp>(size, builder.constant(source.factor));
  }
  auto binary = cast<AffineBinaryOpExpr>(e);
  Value left = element(binary.getLHS(), builder), right = element(binary.getRHS(), builder);
  switch (e.getKind()) {
  case AffineExprKind::Add:
    return builder.create<AddOp>(left, right);
  case AffineExprKind::Mul:
    return builder.create<MulOp>(left, right);
  case AffineExprKind::Mod:
    return builder.create<ModOp>(left, right);
  default:
    return builder.create<DivOp>(left, right);
  }
}

Value SizeMaterializer::materialize(ArrayRef<SymExpr> elements, OnnxBuilder &builder) const {
  SmallVector<Value> parts;
  SmallVector<int64_t> numbers;
  auto flush = [&] {
    if (!numbers.empty())
      parts.push_back(builder.constant(numbers));
    numbers.clear();
  };
  for (SymExpr e : elements) {
    if (std::optional<int64_t> number = sym::asConstant(e)) {
      numbers.push_back(*number);
      continue;
    }
    flush();
    parts.push_back(element(e, builder));
  }
  flush();
  if (parts.size() == 1)
    return parts.front();
  if (parts.empty())
    return builder.constant(ArrayRef<int64_t>());
  return builder.create<ConcatOp>(parts, 0);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

std::optional<SmallVector<int64_t>> rheobase::constantTarget(ArrayRef<SymExpr> from, ArrayRef<SymExpr> to,
                                                             MLIRContext *context) {
  SmallVector<int64_t> numbers;
  SmallVector<SymExpr> others;
  std::optional<size_t> computed;
  for (auto [i, dim] : llvm::enumerate(to)) {
    std::optional<int64_t> number = sym::asConstant(dim);
    bool copies = i < from.size() && from[i] == dim;
    if (number && *number != 0)
      numbers.push_back(*number);
    else if (copies)
      numbers.push_back(0);
    else if (number || computed)
      return std::nullopt;
    else {
      computed = i;
      numbers.push_back(-1);
      continue;
    }
    others.push_back(dim);
  }
  if (computed && sym::divideExactly(sym::product(from, context), sym::product(others, context)) != to[*computed])
    return std::nullopt;
  return numbers;
}

LogicalResult rheobase::rewriteOps(func::FuncOp func,
                                   llvm::function_ref<Value(Operation *, SymbolicShapes &)> rewrite) {
  if (func.isExternal())
    return success();
  FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(func);
  if (failed(shapes))
    return failure();
  for (Operation &op : llvm::make_early_inc_range(func.getBody().front().without_terminator())) {
    Value replacement = rewrite(&op, *shapes);
    if (replacement && replacement.getType() == op.getResult(0).getType())
      op.getResult(0).replaceAllUsesWith(replacement);
  }
  eraseDeadOps(func);
  return success();
}

void rheobase::eraseDeadOps(func::FuncOp func) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}
