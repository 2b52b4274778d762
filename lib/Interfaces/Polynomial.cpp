//===- Polynomial.cpp - the normal form of symbolic integers -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Polynomial.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace rheobase;

/// Sizes that models compute stay far below these; a file that nests arithmetic to blow up time meets them.
static constexpr size_t kMaxTerms = 128;
static constexpr size_t kMaxDegree = 12;
static constexpr unsigned kMaxDepth = 24;

int rheobase::compareExprs(AffineExpr a, AffineExpr b) {
  if (a == b)
    return 0;
  if (a.getKind() != b.getKind())
    return a.getKind() < b.getKind() ? -1 : 1;
  if (auto symbol = dyn_cast<AffineSymbolExpr>(a))
    return symbol.getPosition() < cast<AffineSymbolExpr>(b).getPosition() ? -1 : 1;
  if (auto dim = dyn_cast<AffineDimExpr>(a))
    return dim.getPosition() < cast<AffineDimExpr>(b).getPosition() ? -1 : 1;
  if (auto constant = dyn_cast<AffineConstantExpr>(a))
    return constant.getValue() < cast<AffineConstantExpr>(b).getValue() ? -1 : 1;
  auto x = cast<AffineBinaryOpExpr>(a), y = cast<AffineBinaryOpExpr>(b);
  int order = compareExprs(x.getLHS(), y.getLHS());
  return order ? order : compareExprs(x.getRHS(), y.getRHS());
}

static bool atomLess(AffineExpr a, AffineExpr b) {
  // Symbols first: MLIR numbers their kind after the operators'.
  bool symbolA = isa<AffineSymbolExpr>(a), symbolB = isa<AffineSymbolExpr>(b);
  return symbolA != symbolB ? symbolA : compareExprs(a, b) < 0;
}

bool MonomialOrder::operator()(const Monomial &a, const Monomial &b) const {
  if (a.size() != b.size())
    return a.size() > b.size();
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), atomLess);
}

std::optional<Monomial> rheobase::divideMonomials(const Monomial &a, const Monomial &b) {
  Monomial quotient = a;
  for (AffineExpr atom : b) {
    auto it = llvm::find(quotient, atom);
    if (it == quotient.end())
      return std::nullopt;
    quotient.erase(it);
  }
  return quotient;
}

Polynomial Polynomial::constant(int64_t value) {
  Polynomial p;
  if (value != 0)
    p.table[{}] = value;
  return p;
}

Polynomial Polynomial::atom(AffineExpr e) {
  Polynomial p;
  p.table[{e}] = 1;
  return p;
}

std::optional<int64_t> Polynomial::asConstant() const {
  if (table.empty())
    return 0;
  if (table.size() == 1 && table.begin()->first.empty())
    return table.begin()->second;
  return std::nullopt;
}

int64_t Polynomial::constantTerm() const {
  auto it = table.find({});
  return it == table.end() ? 0 : it->second;
}

bool Polynomial::addTerm(const Monomial &monomial, int64_t coefficient) {
  auto [it, inserted] = table.try_emplace(monomial, 0);
  if (llvm::AddOverflow(it->second, coefficient, it->second))
    return false;
  if (it->second == 0)
    table.erase(it);
  return table.size() <= kMaxTerms;
}

std::optional<Polynomial> Polynomial::add(const Polynomial &a, const Polynomial &b, int64_t scaleOfB) {
  Polynomial sum = a;
  for (auto &[monomial, coefficient] : b.table) {
    int64_t scaled;
    if (llvm::MulOverflow(coefficient, scaleOfB, scaled) || !sum.addTerm(monomial, scaled))
      return std::nullopt;
  }
  return sum;
}

std::optional<Polynomial> Polynomial::mul(const Polynomial &a, const Polynomial &b) {
  Polynomial result;
  for (auto &[left, x] : a.table) {
    for (auto &[right, y] : b.table) {
      int64_t coefficient;
      if (left.size() + right.size() > kMaxDegree || llvm::MulOverflow(x, y, coefficient))
        return std::nullopt;
      Monomial merged(left.size() + right.size());
      std::merge(left.begin(), left.end(), right.begin(), right.end(), merged.begin(), atomLess);
      if (!result.addTerm(merged, coefficient))
        return std::nullopt;
    }
  }
  return result;
}

std::optional<Polynomial> Polynomial::divideExactly(const Polynomial &a, const Polynomial &b) {
  if (b.isZero())
    return std::nullopt;
  Polynomial rest = a, quotient;
  auto &[leadMonomial, leadCoefficient] = *b.table.begin();
  // Every step removes the leading term, and new terms are smaller; the bound is for hostile input only.
  for (size_t step = 0; !rest.isZero(); ++step) {
    auto &[monomial, coefficient] = *rest.table.begin();
    std::optional<Monomial> factor = divideMonomials(monomial, leadMonomial);
    if (step > kMaxTerms || !factor || leadCoefficient == 0 || coefficient == INT64_MIN ||
        coefficient % leadCoefficient != 0)
      return std::nullopt;
    Polynomial term;
    term.table[*factor] = coefficient / leadCoefficient;
    std::optional<Polynomial> product = mul(b, term);
    if (!product || !quotient.addTerm(*factor, term.table.begin()->second))
      return std::nullopt;
    std::optional<Polynomial> difference = add(rest, *product, -1);
    if (!difference)
      return std::nullopt;
    rest = std::move(*difference);
  }
  return quotient;
}

/// x - floor(x / d) * d, for d > 0.
static int64_t floorMod(int64_t x, int64_t d) {
  int64_t r = x % d;
  return r < 0 ? r + d : r;
}

std::optional<Polynomial> Polynomial::floorDiv(const Polynomial &a, int64_t divisor, MLIRContext *context) {
  if (divisor <= 0)
    return std::nullopt;
  // a = divisor * quotient + rest; what is left is divided by what its coefficients and the divisor share.
  Polynomial quotient, rest;
  int64_t shared = divisor;
  for (auto &[monomial, coefficient] : a.table) {
    int64_t r = floorMod(coefficient, divisor);
    bool whole = r == 0 || monomial.empty();
    int64_t taken = whole ? (coefficient - r) / divisor : 0;
    int64_t left = whole ? r : coefficient;
    if ((taken != 0 && !quotient.addTerm(monomial, taken)) || left == INT64_MIN)
      return std::nullopt;
    if (left != 0)
      rest.table[monomial] = left;
    if (left != 0 && !monomial.empty())
      shared = std::gcd(shared, left);
  }
  if (rest.asConstant())
    return quotient; // a constant in [0, divisor)
  Polynomial inner;
  for (auto &[monomial, coefficient] : rest.table) {
    int64_t r = monomial.empty() ? floorMod(coefficient, shared) : 0;
    if (int64_t scaled = (coefficient - r) / shared)
      inner.table[monomial] = scaled;
  }
  if (divisor == shared)
    return add(quotient, inner);
  int64_t inside = divisor / shared;
  // floor(floor(x / p) / q) = floor(x / (p q))
  if (inner.table.size() == 1 && inner.table.begin()->second == 1 && inner.table.begin()->first.size() == 1)
    if (auto nested = dyn_cast<AffineBinaryOpExpr>(inner.table.begin()->first.front())) {
      int64_t by = cast<AffineConstantExpr>(nested.getRHS()).getValue();
      std::optional<Polynomial> numerator = fromExpr(nested.getLHS());
      if (!numerator || llvm::MulOverflow(inside, by, inside))
        return std::nullopt;
      inner = std::move(*numerator);
    }
  AffineExpr numerator = inner.toExpr(context);
  AffineExpr division = numerator.floorDiv(getAffineConstantExpr(inside, context));
  if (division.getKind() != AffineExprKind::FloorDiv)
    return std::nullopt;
  return add(quotient, Polynomial::atom(division));
}

std::optional<Polynomial> Polynomial::fromExpr(AffineExpr e, unsigned depth) {
  if (!e || depth > kMaxDepth + kMaxTerms)
    return std::nullopt;
  if (auto constant = dyn_cast<AffineConstantExpr>(e))
    return Polynomial::constant(constant.getValue());
  if (isa<AffineSymbolExpr, AffineDimExpr>(e))
    return atom(e);
  auto binary = cast<AffineBinaryOpExpr>(e);
  std::optional<Polynomial> left = fromExpr(binary.getLHS(), depth + 1);
  std::optional<Polynomial> right = fromExpr(binary.getRHS(), depth + 1);
  if (!left || !right)
    return std::nullopt;
  if (e.getKind() == AffineExprKind::Add)
    return add(*left, *right);
  if (e.getKind() == AffineExprKind::Mul)
    return mul(*left, *right);
  std::optional<int64_t> divisor = right->asConstant();
  if (!divisor || *divisor <= 0)
    return std::nullopt;
  if (e.getKind() == AffineExprKind::FloorDiv)
    return floorDiv(*left, *divisor, e.getContext());
  if (e.getKind() == AffineExprKind::CeilDiv) {
    std::optional<Polynomial> raised = add(*left, Polynomial::constant(*divisor - 1));
    return raised ? floorDiv(*raised, *divisor, e.getContext()) : std::nullopt;
  }
  std::optional<Polynomial> quotient = floorDiv(*left, *divisor, e.getContext());
  return quotient ? add(*left, *quotient, -*divisor) : std::nullopt;
}

AffineExpr Polynomial::toExpr(MLIRContext *context) const {
  AffineExpr sum;
  for (auto &[monomial, coefficient] : table) {
    AffineExpr term;
    for (AffineExpr atom : monomial)
      term = term ? term * atom : atom;
    AffineExpr factor = getAffineConstantExpr(coefficient, context);
    term = term ? term * factor : factor;
    sum = sum ? sum + term : term;
  }
  return sum ? sum : getAffineConstantExpr(0, context);
}
