//===- SizeBuilder.cpp - symbolic sizes as index values ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/OnnxToLinalg/SizeBuilder.h"

#include "dialects/rt/Rt.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace rheobase;

ImplicitLocOpBuilder SizeBuilder::atStart() {
  ImplicitLocOpBuilder b(func.getLoc(), func.getContext());
  if (last)
    b.setInsertionPointAfter(last);
  else
    b.setInsertionPointToStart(&func.getBody().front());
  return b;
}

Value SizeBuilder::emitted(Value value) {
  last = value.getDefiningOp();
  return value;
}

Value SizeBuilder::build(SymExpr e) {
  if (std::optional<int64_t> number = SymbolicShapes::asConstant(e)) {
    ImplicitLocOpBuilder b = atStart();
    return emitted(arith::ConstantIndexOp::create(b, *number));
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(e)) {
    ImplicitLocOpBuilder b = atStart();
    return emitted(rt::SymbolOp::create(b, b.getIndexType(), shapes.symbols()[symbol.getPosition()].name));
  }
  auto [map, used] = sym::asMap(e, shapes.symbols().size());
  SmallVector<Value> operands;
  for (unsigned symbol : used)
    operands.push_back(value(getAffineSymbolExpr(symbol, func.getContext())));
  ImplicitLocOpBuilder b = atStart();
  return emitted(affine::AffineApplyOp::create(b, map, operands));
}

Value SizeBuilder::value(SymExpr e) {
  if (Value known = values.lookup(e))
    return known;
  Value made = build(e);
  values[e] = made;
  return made;
}

Value SizeBuilder::value(SymExpr e, IntegerType type) {
  Value index = value(e);
  Value &known = casts[{index, type}];
  if (known)
    return known;
  ImplicitLocOpBuilder b = atStart();
  if (std::optional<int64_t> number = SymbolicShapes::asConstant(e))
    known = arith::ConstantOp::create(b, IntegerAttr::get(type, *number));
  else
    known = arith::IndexCastOp::create(b, type, index);
  return emitted(known);
}

SmallVector<Value> SizeBuilder::dynamic(ArrayRef<SymExpr> dims) {
  SmallVector<Value> result;
  for (SymExpr dim : dims)
    if (!SymbolicShapes::asConstant(dim))
      result.push_back(value(dim));
  return result;
}

SmallVector<OpFoldResult> SizeBuilder::mixed(ArrayRef<SymExpr> dims) {
  SmallVector<OpFoldResult> result;
  for (SymExpr dim : dims) {
    if (std::optional<int64_t> number = SymbolicShapes::asConstant(dim))
      result.push_back(IntegerAttr::get(IndexType::get(func.getContext()), *number));
    else
      result.push_back(value(dim));
  }
  return result;
}

Value SizeBuilder::tensor(ArrayRef<SymExpr> dims) {
  SmallVector<Value> elements;
  for (SymExpr dim : dims)
    elements.push_back(value(dim));
  ImplicitLocOpBuilder b = atStart();
  auto type = RankedTensorType::get({static_cast<int64_t>(dims.size())}, b.getIndexType());
  return emitted(tensor::FromElementsOp::create(b, type, elements));
}

Value SizeBuilder::tensor(ArrayRef<SymExpr> elements, RankedTensorType type) {
  SmallVector<Value> values;
  for (SymExpr element : elements)
    values.push_back(value(element, cast<IntegerType>(type.getElementType())));
  ImplicitLocOpBuilder b = atStart();
  return emitted(tensor::FromElementsOp::create(b, type, values));
}
