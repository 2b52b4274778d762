//===- SymbolicAlgebra.cpp - integer expressions over symbols ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Interfaces/SymbolicAlgebra.h"

#include "Polynomial.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace rheobase;

using MaybePolynomial = std::optional<Polynomial>;

/// The nodes of an expression written out as a tree, up to a limit.
static unsigned countNodes(SymExpr e, unsigned limit) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(e);
  if (!binary || limit <= 1)
    return 1;
  unsigned left = countNodes(binary.getLHS(), limit - 1);
  return left + 1 >= limit ? limit : 1 + left + countNodes(binary.getRHS(), limit - 1 - left);
}

static SymExpr toExpr(const MaybePolynomial &p, MLIRContext *context) {
  // Divisions of divisions can double an expression with every op of a model.
  constexpr unsigned kMaxNodes = 512;
  SymExpr e = p ? p->toExpr(context) : SymExpr();
  return e && countNodes(e, kMaxNodes) < kMaxNodes ? e : SymExpr();
}

/// Applies `combine` to the normal forms of two known expressions.
template <typename Combine> static SymExpr binary(SymExpr a, SymExpr b, Combine combine) {
  MaybePolynomial x = Polynomial::fromExpr(a), y = Polynomial::fromExpr(b);
  return x && y ? toExpr(combine(*x, *y), a.getContext()) : SymExpr();
}

SymExpr sym::normalize(SymExpr e) {
  return e ? toExpr(Polynomial::fromExpr(e), e.getContext()) : e;
}

SymExpr sym::add(SymExpr a, SymExpr b) {
  return binary(a, b, [](const Polynomial &x, const Polynomial &y) { return Polynomial::add(x, y); });
}

SymExpr sym::sub(SymExpr a, SymExpr b) {
  return binary(a, b, [](const Polynomial &x, const Polynomial &y) { return Polynomial::add(x, y, -1); });
}

SymExpr sym::mul(SymExpr a, SymExpr b) {
  return binary(a, b, Polynomial::mul);
}

SymExpr sym::product(ArrayRef<SymExpr> factors, MLIRContext *context) {
  SymExpr result = getAffineConstantExpr(1, context);
  for (SymExpr factor : factors)
    result = mul(result, factor);
  return result;
}

SymExpr sym::divideExactly(SymExpr a, SymExpr b) {
  return binary(a, b, Polynomial::divideExactly);
}

SymExpr sym::floorDiv(SymExpr a, SymExpr b) {
  if (SymExpr exact = divideExactly(a, b))
    return exact;
  std::optional<int64_t> divisor = asConstant(b);
  MaybePolynomial numerator = Polynomial::fromExpr(a);
  if (!divisor || !numerator)
    return SymExpr();
  return toExpr(Polynomial::floorDiv(*numerator, *divisor, a.getContext()), a.getContext());
}

SymExpr sym::ceilDiv(SymExpr a, SymExpr b) {
  if (SymExpr exact = divideExactly(a, b))
    return exact;
  std::optional<int64_t> divisor = asConstant(b);
  if (!a || !divisor || *divisor <= 0)
    return SymExpr();
  return floorDiv(add(a, getAffineConstantExpr(*divisor - 1, a.getContext())), b);
}

SymExpr sym::mod(SymExpr a, SymExpr b) {
  return sub(a, mul(floorDiv(a, b), b));
}

std::optional<int64_t> sym::asConstant(SymExpr e) {
  if (auto constant = llvm::dyn_cast_if_present<AffineConstantExpr>(e))
    return constant.getValue();
  return std::nullopt;
}

std::optional<unsigned> sym::asSymbol(SymExpr e) {
  if (auto symbol = llvm::dyn_cast_if_present<AffineSymbolExpr>(e))
    return symbol.getPosition();
  return std::nullopt;
}

bool sym::mentions(SymExpr e, unsigned symbol) {
  return e && e.isFunctionOfSymbol(symbol);
}

std::optional<std::pair<unsigned, int64_t>> sym::asMultiple(SymExpr e) {
  std::optional<unsigned> symbol = onlySymbol(e);
  auto linear = symbol ? linearIn(e, *symbol) : std::nullopt;
  if (!linear || linear->first < 1 || asConstant(linear->second) != 0)
    return std::nullopt;
  return std::make_pair(*symbol, linear->first);
}

std::optional<unsigned> sym::onlySymbol(SymExpr e) {
  std::optional<unsigned> found;
  bool several = false;
  if (e)
    e.walk([&](AffineExpr part) {
      if (auto symbol = dyn_cast<AffineSymbolExpr>(part)) {
        several |= found && *found != symbol.getPosition();
        found = symbol.getPosition();
      }
    });
  return several ? std::nullopt : found;
}

SmallVector<SymExpr> sym::factorsOf(SymExpr e) {
  MaybePolynomial p = Polynomial::fromExpr(e);
  bool isProduct = p && p->terms().size() == 1 && p->terms().begin()->second == 1;
  return isProduct ? SmallVector<SymExpr>(ArrayRef(p->terms().begin()->first)) : SmallVector<SymExpr>();
}

SymExpr sym::substitute(SymExpr e, ArrayRef<SymExpr> replacements) {
  if (!e)
    return e;
  SmallVector<AffineExpr> full(replacements);
  for (auto [i, replacement] : llvm::enumerate(full))
    if (!replacement)
      replacement = getAffineSymbolExpr(i, e.getContext());
  return normalize(e.replaceSymbols(full));
}

SymExpr sym::primitivePart(SymExpr e, llvm::function_ref<bool(unsigned)> positive) {
  MaybePolynomial p = Polynomial::fromExpr(e);
  if (!p || p->isZero())
    return e;
  Monomial common = p->terms().begin()->first;
  int64_t divisor = 0;
  for (auto &[monomial, coefficient] : p->terms()) {
    if (coefficient == INT64_MIN)
      return e;
    divisor = std::gcd(divisor, coefficient);
    Monomial left = monomial, kept;
    for (AffineExpr atom : common)
      if (auto it = llvm::find(left, atom); it != left.end()) {
        kept.push_back(atom);
        left.erase(it);
      }
    common = std::move(kept);
  }
  Polynomial result;
  llvm::erase_if(common, [&](AffineExpr atom) {
    std::optional<unsigned> symbol = asSymbol(atom);
    return !symbol || !positive(*symbol);
  });
  for (auto &[monomial, coefficient] : p->terms())
    result.addTerm(*divideMonomials(monomial, common), coefficient / divisor);
  return result.toExpr(e.getContext());
}

std::optional<std::pair<int64_t, SymExpr>> sym::linearIn(SymExpr e, unsigned symbol) {
  MaybePolynomial p = Polynomial::fromExpr(e);
  if (!p)
    return std::nullopt;
  Polynomial rest;
  int64_t factor = 0;
  for (auto &[monomial, coefficient] : p->terms()) {
    if (monomial.size() == 1 && asSymbol(monomial.front()) == symbol)
      factor = coefficient;
    else
      rest.addTerm(monomial, coefficient);
  }
  SymExpr remaining = rest.toExpr(e.getContext());
  if (factor == 0 || mentions(remaining, symbol))
    return std::nullopt;
  return std::make_pair(factor, remaining);
}

std::optional<int64_t> sym::evaluate(SymExpr e, ArrayRef<int64_t> symbols) {
  if (std::optional<unsigned> symbol = asSymbol(e))
    return *symbol < symbols.size() ? std::optional(symbols[*symbol]) : std::nullopt;
  auto binary = llvm::dyn_cast_if_present<AffineBinaryOpExpr>(e);
  if (!binary)
    return asConstant(e);
  std::optional<int64_t> left = evaluate(binary.getLHS(), symbols), right = evaluate(binary.getRHS(), symbols);
  int64_t result;
  if (!left || !right)
    return std::nullopt;
  switch (e.getKind()) {
  case AffineExprKind::Add:
    return llvm::AddOverflow(*left, *right, result) ? std::nullopt : std::optional(result);
  case AffineExprKind::Mul:
    return llvm::MulOverflow(*left, *right, result) ? std::nullopt : std::optional(result);
  default:
    break;
  }
  if (*right <= 0)
    return std::nullopt;
  if (e.getKind() == AffineExprKind::CeilDiv)
    return llvm::divideCeilSigned(*left, *right);
  return e.getKind() == AffineExprKind::Mod ? llvm::mod(*left, *right) : llvm::divideFloorSigned(*left, *right);
}

std::pair<AffineMap, SmallVector<unsigned>> sym::asMap(SymExpr e, unsigned count) {
  SmallVector<unsigned> used;
  SmallVector<AffineExpr> renumbered;
  for (unsigned symbol = 0; symbol < count; ++symbol) {
    renumbered.push_back(getAffineSymbolExpr(used.size(), e.getContext()));
    if (mentions(e, symbol))
      used.push_back(symbol);
  }
  return {AffineMap::get(0, used.size(), e.replaceSymbols(renumbered)), used};
}

void sym::collectDivisions(SymExpr e, SmallVectorImpl<std::pair<SymExpr, int64_t>> &divisions) {
  MaybePolynomial p = Polynomial::fromExpr(e);
  if (!p)
    return;
  for (auto &[monomial, coefficient] : p->terms())
    for (AffineExpr atom : monomial)
      if (auto division = dyn_cast<AffineBinaryOpExpr>(atom)) {
        divisions.emplace_back(division.getLHS(), cast<AffineConstantExpr>(division.getRHS()).getValue());
        collectDivisions(division.getLHS(), divisions);
      }
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

using Bound = std::optional<int64_t>;

static Bound combine(Bound a, Bound b, bool (*overflow)(int64_t, int64_t, int64_t &)) {
  int64_t result;
  if (!a || !b || overflow(*a, *b, result))
    return std::nullopt;
  return result;
}

static Bound plus(Bound a, Bound b) {
  return combine(a, b, [](int64_t x, int64_t y, int64_t &r) { return bool(llvm::AddOverflow(x, y, r)); });
}

static Bound times(Bound a, Bound b) {
  if ((a && *a == 0) || (b && *b == 0))
    return 0;
  return combine(a, b, [](int64_t x, int64_t y, int64_t &r) { return bool(llvm::MulOverflow(x, y, r)); });
}

static Interval scale(const Interval &x, int64_t factor) {
  Interval scaled{times(x.min, factor), times(x.max, factor)};
  if (factor < 0)
    std::swap(scaled.min, scaled.max);
  return scaled;
}

static Interval multiply(const Interval &a, const Interval &b) {
  if (a.min && b.min && *a.min >= 0 && *b.min >= 0)
    return {times(a.min, b.min), times(a.max, b.max)};
  // A factor that is never positive: its opposite, where the other's sign is known too.
  for (auto [negative, other] : {std::make_pair(a, b), std::make_pair(b, a)})
    if (negative.max && *negative.max <= 0 && ((other.min && *other.min >= 0) || (other.max && *other.max <= 0)))
      return scale(multiply(scale(negative, -1), other), -1);
  if (!a.min || !a.max || !b.min || !b.max)
    return {};
  Interval result;
  for (Bound corner : {times(a.min, b.min), times(a.min, b.max), times(a.max, b.min), times(a.max, b.max)}) {
    if (!corner)
      return {};
    result.min = result.min ? std::min(*result.min, *corner) : *corner;
    result.max = result.max ? std::max(*result.max, *corner) : *corner;
  }
  return result;
}

static Interval rangeOfTerms(const Polynomial &p, ArrayRef<Interval> symbols);

/// The range of one atom, where symbols stand for their distance from their minimum.
static Interval rangeOfAtom(AffineExpr atom, ArrayRef<Interval> symbols) {
  if (auto symbol = dyn_cast<AffineSymbolExpr>(atom))
    return symbol.getPosition() < symbols.size() ? symbols[symbol.getPosition()] : Interval();
  auto division = dyn_cast<AffineBinaryOpExpr>(atom);
  MaybePolynomial numerator = division ? Polynomial::fromExpr(division.getLHS()) : std::nullopt;
  if (!numerator)
    return {};
  int64_t divisor = cast<AffineConstantExpr>(division.getRHS()).getValue();
  Interval inside = rangeOfTerms(*numerator, symbols);
  auto floored = [&](Bound b) -> Bound {
    if (!b)
      return b;
    return llvm::divideFloorSigned(*b, divisor);
  };
  return {floored(inside.min), floored(inside.max)};
}

static Interval rangeOfTerms(const Polynomial &p, ArrayRef<Interval> symbols) {
  Interval sum{0, 0};
  for (auto &[monomial, coefficient] : p.terms()) {
    Interval term{1, 1};
    for (AffineExpr atom : monomial)
      term = multiply(term, rangeOfAtom(atom, symbols));
    term = scale(term, coefficient);
    sum = {plus(sum.min, term.min), plus(sum.max, term.max)};
  }
  return sum;
}

Interval sym::rangeOf(SymExpr e, ArrayRef<Interval> symbols) {
  if (!e)
    return {};
  // A symbol is written as its minimum plus a distance that is never negative: then s*t - s, for s, t >= 1, is a sum of
  // terms that are never negative, where the interval of s*t - s itself would be unbounded below.
  SmallVector<SymExpr> lowered;
  SmallVector<Interval> distances;
  for (auto [i, range] : llvm::enumerate(symbols)) {
    SymExpr symbol = getAffineSymbolExpr(i, e.getContext());
    lowered.push_back(range.min ? symbol + *range.min : symbol);
    distances.push_back(range.min ? Interval{0, plus(range.max, times(range.min, -1))} : range);
  }
  MaybePolynomial p = Polynomial::fromExpr(substitute(e, lowered));
  return p ? rangeOfTerms(*p, distances) : Interval();
}

int sym::directionOf(SymExpr e, unsigned symbol, ArrayRef<Interval> symbols) {
  MaybePolynomial p = Polynomial::fromExpr(e);
  int direction = 0;
  for (auto &[monomial, coefficient] : p ? p->terms() : Polynomial::Terms()) {
    int term = 0;
    for (AffineExpr atom : monomial) {
      int own = 0;
      if (auto division = dyn_cast<AffineBinaryOpExpr>(atom))
        own = directionOf(division.getLHS(), symbol, symbols);
      else if (asSymbol(atom) == symbol)
        own = 1;
      // A product follows its factors where they are never negative and agree.
      bool positive = monomial.size() == 1 || rangeOf(atom, symbols).min.value_or(-1) >= 0;
      if (!positive || (own == 0 && mentions(atom, symbol)) || own * term < 0)
        return 0;
      term = own ? own : term;
    }
    term = coefficient < 0 ? -term : term;
    if (term * direction < 0)
      return 0;
    direction = term ? term : direction;
  }
  return direction;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string printAtom(AffineExpr atom, bool alone, ArrayRef<std::string> names) {
  if (auto symbol = dyn_cast<AffineSymbolExpr>(atom)) {
    unsigned position = symbol.getPosition();
    return position < names.size() ? names[position] : "s" + std::to_string(position);
  }
  auto division = cast<AffineBinaryOpExpr>(atom);
  std::string numerator = sym::print(division.getLHS(), names);
  if (StringRef(numerator).find_first_of("*+- ") != StringRef::npos)
    numerator = "(" + numerator + ")";
  std::string text = numerator + "//" + sym::print(division.getRHS(), names);
  return alone ? text : "(" + text + ")";
}

static std::string printMonomial(const Monomial &monomial, uint64_t coefficient, ArrayRef<std::string> names) {
  if (monomial.empty())
    return std::to_string(coefficient);
  bool alone = coefficient == 1 && monomial.size() == 1;
  std::string text = coefficient == 1 ? "" : std::to_string(coefficient) + "*";
  for (auto [i, atom] : llvm::enumerate(monomial))
    text += (i == 0 ? "" : "*") + printAtom(atom, alone, names);
  return text;
}

std::string sym::print(SymExpr e, ArrayRef<std::string> names) {
  MaybePolynomial p = Polynomial::fromExpr(e);
  if (!p)
    return "?";
  if (p->isZero())
    return "0";
  std::string text;
  for (auto &[monomial, coefficient] : p->terms()) {
    bool negative = coefficient < 0;
    text += text.empty() ? (negative ? "-" : "") : (negative ? " - " : " + ");
    text += printMonomial(monomial, negative ? 0 - uint64_t(coefficient) : uint64_t(coefficient), names);
  }
  return text;
}

namespace {
/// Recursive descent over + - * // and parentheses; any failure makes the result null.
class Parser {
public:
  Parser(StringRef text, ArrayRef<std::string> names, MLIRContext *context)
      : rest(text), names(names), context(context) {}

  SymExpr parseAll() {
    SymExpr e = parseSum();
    rest = rest.ltrim();
    return rest.empty() ? e : SymExpr();
  }

private:
  static constexpr unsigned kMaxNesting = 32;

  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  SymExpr parseSum() {
    SymExpr left = consume("-") ? sym::sub(getAffineConstantExpr(0, context), parseProduct()) : parseProduct();
    while (left) {
      if (consume("+"))
        left = sym::add(left, parseProduct());
      else if (consume("-"))
        left = sym::sub(left, parseProduct());
      else
        break;
    }
    return left;
  }

  SymExpr parseProduct() {
    SymExpr left = parseFactor();
    while (left) {
      if (consume("*"))
        left = sym::mul(left, parseFactor());
      else if (consume("//"))
        left = sym::floorDiv(left, parseFactor());
      else
        break;
    }
    return left;
  }

  SymExpr parseFactor() {
    if (consume("(")) {
      if (++nesting > kMaxNesting)
        return SymExpr();
      SymExpr inside = parseSum();
      --nesting;
      return consume(")") ? inside : SymExpr();
    }
    rest = rest.ltrim();
    StringRef word = rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
    rest = rest.drop_front(word.size());
    int64_t number;
    if (!word.empty() && !word.getAsInteger(10, number))
      return getAffineConstantExpr(number, context);
    auto it = llvm::find(names, word);
    return it == names.end() ? SymExpr() : getAffineSymbolExpr(it - names.begin(), context);
  }

  StringRef rest;
  ArrayRef<std::string> names;
  MLIRContext *context;
  unsigned nesting = 0;
};
} // namespace

SymExpr sym::parse(StringRef text, ArrayRef<std::string> names, MLIRContext *context) {
  // A symbol may have any name, also one that reads as an expression.
  if (auto it = llvm::find(names, text); it != names.end())
    return getAffineSymbolExpr(it - names.begin(), context);
  return Parser(text, names, context).parseAll();
}
