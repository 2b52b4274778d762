//===- SizeExpr.cpp - index arithmetic of a program as the artifact's expressions ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/SizeExpr.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;
using artifact::Expr;
using artifact::ExprOp;
using Code = artifact::ExprOp::Code;

FailureOr<std::vector<artifact::Symbol>> codegen::programSymbols(rt::ProgramOp program) {
  std::vector<artifact::Symbol> symbols;
  for (Attribute attr : program.getSymbols()) {
    auto entry = dyn_cast<DictionaryAttr>(attr);
    auto name = entry ? entry.getAs<StringAttr>("name") : StringAttr();
    auto min = entry ? entry.getAs<IntegerAttr>("min") : IntegerAttr(),
         max = entry ? entry.getAs<IntegerAttr>("max") : IntegerAttr();
    if (!name || !min || !max)
      return program.emitError() << "a symbol must be {name = \"...\", min = 1, max = 0}, found " << attr;
    symbols.push_back({name.getValue().str(), min.getInt(), max.getInt()});
  }
  return symbols;
}

SizeExprs::SizeExprs(const std::vector<artifact::Symbol> &symbols) {
  for (auto [number, symbol] : llvm::enumerate(symbols))
    numbers[symbol.name] = number;
}

Expr codegen::constantExpr(int64_t value) {
  return {ExprOp{Code::Constant, value}};
}

static std::optional<int64_t> apply(Code code, int64_t a, int64_t b) {
  switch (code) {
  case Code::Add:
    return llvm::checkedAdd(a, b);
  case Code::Mul:
    return llvm::checkedMul(a, b);
  case Code::FloorDiv:
    return b > 0 ? std::optional<int64_t>(llvm::divideFloorSigned(a, b)) : std::nullopt;
  case Code::CeilDiv:
    return b > 0 ? std::optional<int64_t>(llvm::divideCeilSigned(a, b)) : std::nullopt;
  case Code::Mod:
    return b > 0 ? std::optional<int64_t>(llvm::mod(a, b)) : std::nullopt;
  case Code::Max:
    return std::max(a, b);
  case Code::Constant:
  case Code::Symbol:
    break;
  }
  return std::nullopt;
}

int64_t codegen::evaluate(const Expr &expr, ArrayRef<int64_t> symbols) {
  SmallVector<int64_t> stack;
  for (const ExprOp &op : expr) {
    if (op.code == Code::Constant || op.code == Code::Symbol) {
      stack.push_back(op.code == Code::Constant ? op.value : symbols[op.value]);
      continue;
    }
    int64_t b = stack.pop_back_val(), a = stack.pop_back_val();
    auto value = apply(op.code, a, b);
    if (!value)
      return 0;
    stack.push_back(*value);
  }
  return stack.back();
}

FailureOr<Expr> SizeExprs::combine(Code code, FailureOr<Expr> a, FailureOr<Expr> b) {
  if (failed(a) || failed(b))
    return failure();
  if (a->size() == 1 && b->size() == 1 && a->front().code == Code::Constant && b->front().code == Code::Constant)
    if (auto value = apply(code, a->front().value, b->front().value))
      return constantExpr(*value);
  Expr result = *a;
  result.insert(result.end(), b->begin(), b->end());
  result.push_back({code, 0});
  return result;
}

FailureOr<Expr> SizeExprs::ofAffine(AffineExpr expr, ValueRange operands, unsigned numDims, Location loc) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constantExpr(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return of(operands[dim.getPosition()]);
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return of(operands[numDims + symbol.getPosition()]);
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Code code = Code::Add;
  switch (binary.getKind()) {
  case AffineExprKind::Mul:
    code = Code::Mul;
    break;
  case AffineExprKind::FloorDiv:
    code = Code::FloorDiv;
    break;
  case AffineExprKind::CeilDiv:
    code = Code::CeilDiv;
    break;
  case AffineExprKind::Mod:
    code = Code::Mod;
    break;
  default:
    break;
  }
  return combine(code, ofAffine(binary.getLHS(), operands, numDims, loc),
                 ofAffine(binary.getRHS(), operands, numDims, loc));
}

FailureOr<Expr> SizeExprs::of(Value value) {
  if (auto constant = getConstantIntValue(value))
    return constantExpr(*constant);
  if (auto found = known.find(value); found != known.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  if (!op)
    return emitError(value.getLoc()) << "a size must be computed from symbols";
  auto operand = [&](unsigned i) { return of(op->getOperand(i)); };
  auto negated = [&](FailureOr<Expr> expr) { return combine(Code::Mul, expr, constantExpr(-1)); };
  auto binary = [&](Code code) { return combine(code, operand(0), operand(1)); };
  // min(a, b) = -max(-a, -b)
  auto extremum = [&](Operation *op, AffineMap map, bool isMin) {
    FailureOr<Expr> result = failure();
    for (auto [i, expr] : llvm::enumerate(map.getResults())) {
      FailureOr<Expr> next = ofAffine(expr, op->getOperands(), map.getNumDims(), op->getLoc());
      next = isMin ? negated(next) : next;
      result = i == 0 ? next : combine(Code::Max, result, next);
    }
    return isMin ? negated(result) : result;
  };
  auto result =
      llvm::TypeSwitch<Operation *, FailureOr<Expr>>(op)
          .Case([&](rt::SymbolOp symbol) -> FailureOr<Expr> {
            auto number = numbers.find(symbol.getName());
            if (number == numbers.end())
              return symbol.emitError() << "the program has no symbol \"" << symbol.getName() << "\"";
            return Expr{ExprOp{Code::Symbol, number->second}};
          })
          .Case<arith::IndexCastOp, arith::IndexCastUIOp>([&](Operation *) { return operand(0); })
          .Case<arith::AddIOp>([&](Operation *) { return binary(Code::Add); })
          .Case<arith::MulIOp>([&](Operation *) { return binary(Code::Mul); })
          .Case<arith::SubIOp>([&](Operation *) { return combine(Code::Add, operand(0), negated(operand(1))); })
          .Case<arith::DivSIOp, arith::DivUIOp, arith::FloorDivSIOp>(
              [&](Operation *) { return binary(Code::FloorDiv); })
          .Case<arith::CeilDivSIOp, arith::CeilDivUIOp>([&](Operation *) { return binary(Code::CeilDiv); })
          .Case<arith::RemSIOp, arith::RemUIOp>([&](Operation *) { return binary(Code::Mod); })
          .Case<arith::MaxSIOp, arith::MaxUIOp>([&](Operation *) { return binary(Code::Max); })
          .Case<arith::MinSIOp, arith::MinUIOp>(
              [&](Operation *) { return negated(combine(Code::Max, negated(operand(0)), negated(operand(1)))); })
          .Case([&](affine::AffineApplyOp apply) {
            return ofAffine(apply.getAffineMap().getResult(0), apply.getOperands(), apply.getAffineMap().getNumDims(),
                            op->getLoc());
          })
          .Case([&](affine::AffineMaxOp max) { return extremum(op, max.getAffineMap(), false); })
          .Case([&](affine::AffineMinOp min) { return extremum(op, min.getAffineMap(), true); })
          .Default([&](Operation *) -> FailureOr<Expr> {
            return emitError(op->getLoc())
                   << "'" << op->getName() << "' cannot compute a size: expected additions, products, divisions, "
                   << "minima and maxima of symbols";
          });
  if (succeeded(result))
    known[value] = *result;
  return result;
}

FailureOr<std::vector<Expr>> SizeExprs::dims(RankedTensorType type, ValueRange open) {
  std::vector<Expr> result;
  for (int64_t size : type.getShape()) {
    FailureOr<Expr> dim = constantExpr(size);
    if (ShapedType::isDynamic(size)) {
      dim = of(open.front());
      open = open.drop_front();
    }
    if (failed(dim))
      return failure();
    result.push_back(*dim);
  }
  return result;
}

FailureOr<Expr> SizeExprs::bytes(RankedTensorType type, ValueRange open) {
  auto dims = this->dims(type, open);
  if (failed(dims))
    return failure();
  // Constants first, so that they fold into one.
  auto isConstant = [](const Expr &expr) { return expr.size() == 1 && expr.front().code == Code::Constant; };
  FailureOr<Expr> product = constantExpr(elementBytes(type.getElementType()));
  for (bool constants : {true, false})
    for (const Expr &dim : *dims)
      if (isConstant(dim) == constants)
        product = combine(Code::Mul, product, dim);
  return product;
}

int64_t codegen::elementBytes(Type element) {
  return isa<IndexType>(element) ? 8 : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}
