//===- Emitter.cpp - small pieces of scf and vector code ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Emitter.h"

#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

Value Emitter::dim(Value memref, int64_t i) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.isDynamicDim(i))
    return index(type.getDimSize(i));
  return b.createOrFold<memref::DimOp>(loc, memref, i);
}

void Emitter::prefetch(Value memref, ValueRange indices, bool isWrite) {
  memref::PrefetchOp::create(b, loc, memref, indices, isWrite, /*localityHint=*/3, /*isDataCache=*/true);
}

Value Emitter::splat(Value scalar, int64_t lanes) {
  return vector::BroadcastOp::create(b, loc, VectorType::get(lanes, scalar.getType()), scalar);
}

static Type withElement(Type like, Type element) {
  auto vector = dyn_cast<VectorType>(like);
  return vector ? Type(vector.clone(element)) : element;
}

Value Emitter::widen(Value value, Type element, bool isUnsigned) {
  Type type = withElement(value.getType(), element);
  if (type == value.getType())
    return value;
  if (isa<FloatType>(element))
    return arith::ExtFOp::create(b, loc, type, value);
  if (isUnsigned)
    return arith::ExtUIOp::create(b, loc, type, value);
  return arith::ExtSIOp::create(b, loc, type, value);
}

Value Emitter::plus(Value x, Value y) {
  if (isa<FloatType>(getElementTypeOrSelf(x)))
    return arith::AddFOp::create(b, loc, x, y);
  return arith::AddIOp::create(b, loc, x, y);
}

Value Emitter::times(Value x, Value y) {
  if (isa<FloatType>(getElementTypeOrSelf(x)))
    return arith::MulFOp::create(b, loc, x, y);
  return arith::MulIOp::create(b, loc, x, y);
}

SmallVector<Value> Emitter::apply(AffineMap map, ValueRange dims) {
  SmallVector<Value> results;
  for (AffineExpr expr : map.getResults())
    results.push_back(affine::expandAffineExpr(b, loc, expr, dims, {}));
  return results;
}

static Value evaluate(Emitter &e, AffineExpr expr, ValueRange dims) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return e.index(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value x = evaluate(e, binary.getLHS(), dims), y = evaluate(e, binary.getRHS(), dims);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return e.add(x, y);
  case AffineExprKind::Mul:
    return e.b.createOrFold<arith::MulIOp>(e.loc, x, y);
  case AffineExprKind::Mod:
    return e.rem(x, y);
  case AffineExprKind::CeilDiv:
    return e.b.createOrFold<arith::CeilDivUIOp>(e.loc, x, y);
  default:
    return e.div(x, y);
  }
}

SmallVector<Value> Emitter::applyUnsigned(AffineMap map, ValueRange dims) {
  return llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) { return evaluate(*this, expr, dims); });
}

SmallVector<Value> Emitter::loop(Value from, Value to, int64_t step, ValueRange carried, Loop body) {
  auto build = [&](OpBuilder &, Location, Value iv, ValueRange arguments) {
    scf::YieldOp::create(b, loc, body(iv, arguments));
  };
  return SmallVector<Value>(scf::ForOp::create(b, loc, from, to, index(step), carried, build).getResults());
}

void Emitter::loop(Value from, Value to, int64_t step, llvm::function_ref<void(Value)> body) {
  loop(from, to, step, ValueRange(), [&](Value iv, ValueRange) {
    body(iv);
    return SmallVector<Value>();
  });
}

void Emitter::ifThen(Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise) {
  auto run = [](llvm::function_ref<void()> branch) {
    if (branch)
      branch();
    return SmallVector<Value>();
  };
  select(condition, [&] { return run(then); }, [&] { return run(otherwise); });
}

SmallVector<Value> Emitter::select(Value condition, llvm::function_ref<SmallVector<Value>()> then,
                                   llvm::function_ref<SmallVector<Value>()> otherwise) {
  if (auto known = getConstantIntValue(condition))
    return *known ? then() : otherwise();
  auto branch = [&](llvm::function_ref<SmallVector<Value>()> values) {
    return [&, values](OpBuilder &, Location) { scf::YieldOp::create(b, loc, values()); };
  };
  return SmallVector<Value>(scf::IfOp::create(b, loc, condition, branch(then), branch(otherwise)).getResults());
}
