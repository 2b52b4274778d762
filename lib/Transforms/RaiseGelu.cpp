//===- RaiseGelu.cpp - Gelu from its parts -------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An exporter's formula is read as a polynomial in x and in e, the value of the error function or hyperbolic tangent:
// then the order of operands, the place of the factor 0.5 and the way x*x*x is written do not matter. It is a Gelu
// where it equals 0.5 x + 0.5 x e, with e = erf(x / sqrt 2), or e = tanh(sqrt(2 / pi) (x + 0.044715 x^3)).
//
//===----------------------------------------------------------------------===//

#include "CompositePatterns.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

namespace {

/// Coefficients by the powers of x and of e.
using Polynomial2 = std::map<std::pair<int, int>, double>;
using MaybePolynomial2 = std::optional<Polynomial2>;

constexpr int kMaxPower = 4;
/// A formula has some twenty ops; the limit keeps a graph made of shared sums from being walked path by path.
constexpr unsigned kMaxVisits = 100;

MaybePolynomial2 sum(const MaybePolynomial2 &a, const MaybePolynomial2 &b, double scaleOfB) {
  if (!a || !b)
    return std::nullopt;
  Polynomial2 result = *a;
  for (auto &[powers, coefficient] : *b)
    result[powers] += scaleOfB * coefficient;
  return result;
}

MaybePolynomial2 product(const MaybePolynomial2 &a, const MaybePolynomial2 &b) {
  if (!a || !b)
    return std::nullopt;
  Polynomial2 result;
  for (auto &[left, x] : *a)
    for (auto &[right, y] : *b) {
      if (left.first + right.first > kMaxPower || left.second + right.second > kMaxPower)
        return std::nullopt;
      result[{left.first + right.first, left.second + right.second}] += x * y;
    }
  return result;
}

std::optional<double> constantOf(const MaybePolynomial2 &p) {
  if (p && p->size() == 1 && p->begin()->first == std::pair(0, 0))
    return p->begin()->second;
  return std::nullopt;
}

MaybePolynomial2 power(const MaybePolynomial2 &base, const MaybePolynomial2 &exponent) {
  std::optional<double> times = constantOf(exponent);
  if (!times || *times < 1 || *times > kMaxPower || *times != std::floor(*times))
    return std::nullopt;
  MaybePolynomial2 result = base;
  for (int i = 1; i < int(*times); ++i)
    result = product(result, base);
  return result;
}

MaybePolynomial2 expand(Value value, Value x, Value e, unsigned &visits) {
  if (value == x)
    return Polynomial2{{{1, 0}, 1.0}};
  if (value == e)
    return Polynomial2{{{0, 1}, 1.0}};
  if (std::optional<double> number = uniformConstant(value))
    return Polynomial2{{{0, 0}, *number}};
  Operation *op = value.getDefiningOp();
  if (!op || ++visits > kMaxVisits)
    return std::nullopt;
  auto of = [&](Value operand) { return expand(operand, x, e, visits); };
  return llvm::TypeSwitch<Operation *, MaybePolynomial2>(op)
      .Case([&](AddOp add) { return sum(of(add.getA()), of(add.getB()), 1); })
      .Case([&](SubOp sub) { return sum(of(sub.getA()), of(sub.getB()), -1); })
      .Case([&](MulOp mul) { return product(of(mul.getA()), of(mul.getB())); })
      .Case([&](PowOp pow) { return power(of(pow.getX()), of(pow.getY())); })
      .Case([&](NegOp neg) { return sum(Polynomial2(), of(neg.getX()), -1); })
      .Case([&](DivOp div) -> MaybePolynomial2 {
        std::optional<double> divisor = constantOf(of(div.getB()));
        if (!divisor || *divisor == 0)
          return std::nullopt;
        return product(of(div.getA()), Polynomial2{{{0, 0}, 1 / *divisor}});
      })
      .Default(std::nullopt);
}

/// `value` as a polynomial in `x` and `e`.
MaybePolynomial2 expand(Value value, Value x, Value e) {
  unsigned visits = 0;
  return expand(value, x, e, visits);
}

bool equals(const MaybePolynomial2 &found, const Polynomial2 &expected) {
  if (!found)
    return false;
  // Exporters write the constants with four digits or more.
  constexpr double kTolerance = 2e-4;
  Polynomial2 difference = *sum(found, expected, -1);
  return llvm::all_of(difference, [&](auto &term) {
    auto it = expected.find(term.first);
    double scale = it == expected.end() ? 1.0 : std::fabs(it->second);
    return std::fabs(term.second) <= kTolerance * scale;
  });
}

/// The values that `value` is computed from by arithmetic, nearest first.
llvm::SetVector<Value> arithmeticInputs(Value value, size_t limit) {
  llvm::SetVector<Value> values;
  values.insert(value);
  for (size_t i = 0; i < values.size() && values.size() < limit; ++i)
    if (Operation *op = values[i].getDefiningOp(); op && isa<AddOp, SubOp, MulOp, DivOp, PowOp, NegOp>(op))
      values.insert(op->operand_begin(), op->operand_end());
  return values;
}

} // namespace

Value rheobase::raiseGelu(Operation *op, SymbolicShapes &shapes) {
  if (!isa<MulOp, AddOp, DivOp>(op))
    return nullptr;
  const Polynomial2 gelu{{{1, 0}, 0.5}, {{1, 1}, 0.5}};
  const Polynomial2 erfArgument{{{1, 0}, std::sqrt(0.5)}};
  const double slope = std::sqrt(2 / M_PI);
  const Polynomial2 tanhArgument{{{1, 0}, slope}, {{3, 0}, 0.044715 * slope}};
  Value result = op->getResult(0);
  for (Value e : arithmeticInputs(result, 24)) {
    Operation *inner = e.getDefiningOp();
    if (!inner || !isa<ErfOp, TanhOp>(inner))
      continue;
    bool isErf = isa<ErfOp>(inner);
    Value argument = inner->getOperand(0);
    for (Value x : arithmeticInputs(argument, 24)) {
      if (x.getType() != result.getType() || !equals(expand(argument, x, e), isErf ? erfArgument : tanhArgument) ||
          !equals(expand(result, x, e), gelu))
        continue;
      OnnxBuilder builder(op, shapes);
      return builder.create<GeluOp>(x, builder.getBuilder().getStringAttr(isErf ? "none" : "tanh"));
    }
  }
  return nullptr;
}
