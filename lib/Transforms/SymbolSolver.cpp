//===- SymbolSolver.cpp - symbols that a model's equations determine -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SymbolSolver.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace rheobase;

/// Sizes that equations are tried with, and equations that are tried: larger images are given by --dim.
static constexpr int64_t kLargestSquare = 4096;
static constexpr unsigned kMaxSquares = 4;
/// Numbers that sizes are tried as multiples of.
static constexpr int64_t kLargestFactor = 64;

static bool containsDivision(SymExpr e) {
  SmallVector<std::pair<SymExpr, int64_t>> divisions;
  sym::collectDivisions(e, divisions);
  return !divisions.empty();
}

/// The name of a symbol's factor: `height_by_16`, also where it was `height_by_4` before.
static std::string dividedName(StringRef name, int64_t factor) {
  constexpr StringLiteral kBy = "_by_";
  auto [stem, divisor] = name.rsplit(kBy);
  int64_t before = 1;
  if (divisor.getAsInteger(10, before) || before < 1 || before > kLargestFactor * kLargestFactor)
    return (name + kBy + Twine(factor)).str();
  return (stem + kBy + Twine(before * factor)).str();
}

SymExpr rheobase::differenceOf(const Assumption &assumption, const SymbolicShapes &shapes) {
  return sym::primitivePart(sym::sub(assumption.lhs, assumption.rhs), [&](unsigned symbol) {
    return symbol < shapes.symbols().size() && shapes.symbols()[symbol].min > 0;
  });
}

static bool mentionsAny(SymExpr e, const llvm::SmallBitVector &symbols) {
  return llvm::any_of(symbols.set_bits(), [&](unsigned symbol) { return sym::mentions(e, symbol); });
}

bool rheobase::mentionsAny(const Assumption &assumption, const llvm::SmallBitVector &symbols) {
  return ::mentionsAny(assumption.lhs, symbols) || ::mentionsAny(assumption.rhs, symbols);
}

namespace {
class Solver {
public:
  Solver(const SymbolicShapes &shapes, ArrayRef<ArrayRef<SymExpr>> sources, const llvm::SmallBitVector &measured)
      : shapes(shapes), sources(sources), measured(measured), count(shapes.symbols().size()), leading(count) {
    for (ArrayRef<SymExpr> dims : sources)
      if (!dims.empty())
        if (std::optional<unsigned> symbol = sym::asSymbol(dims.front()))
          leading.set(*symbol);
  }

  /// One symbol alone, to the first power: a number.
  std::optional<Solution> solveForNumber(const Assumption &equation) const {
    SymExpr zero = equationOf(equation);
    SmallVector<unsigned> symbols = symbolsOf(zero);
    if (symbols.size() != 1)
      return std::nullopt;
    auto linear = sym::linearIn(zero, symbols[0]);
    std::optional<int64_t> rest = linear ? sym::asConstant(linear->second) : std::nullopt;
    if (!rest || *rest == INT64_MIN || linear->first == INT64_MIN || *rest % linear->first != 0)
      return std::nullopt;
    return single(symbols[0], shapes.constant(-*rest / linear->first), equation);
  }

  /// One symbol as an expression of others, such that the others can still be read off the inputs. Later symbols go
  /// first.
  std::optional<Solution> solveForSymbol(const Assumption &equation) const {
    SymExpr zero = equationOf(equation);
    SmallVector<unsigned> symbols = symbolsOf(zero);
    for (unsigned symbol : llvm::reverse(symbols)) {
      auto linear = sym::linearIn(zero, symbol);
      if (!linear || (linear->first != 1 && linear->first != -1))
        continue;
      Solution solution = single(symbol, sym::mul(linear->second, shapes.constant(-linear->first)), equation);
      SymExpr value = solution.replacements[symbol];
      // Shapes of inputs are read before anything is measured, and one size may be measured before another.
      bool isKnownInTime = !::mentionsAny(value, measured);
      if (value && isKnownInTime && shapes.maxOf(value).value_or(1) >= 0 && keepsSymbolsReadable(solution))
        return solution;
    }
    return std::nullopt;
  }

  /// Several symbols in one equation, or one in a division: all of one size, where exactly one size solves it. Of the
  /// sizes that a division makes equal (28 to 31 pixels are 7 patches of 4) the one that it divides counts.
  std::optional<Solution> solveForSquare(const Assumption &equation) const {
    SymExpr zero = equationOf(equation);
    SmallVector<unsigned> symbols = symbolsOf(zero);
    if (symbols.empty() || llvm::any_of(symbols, [&](unsigned symbol) { return leading.test(symbol); }))
      return std::nullopt;
    SmallVector<std::pair<SymExpr, int64_t>> divisions;
    sym::collectDivisions(zero, divisions);
    llvm::erase_if(divisions, [](auto &division) { return containsDivision(division.first); });
    std::optional<int64_t> found;
    for (int64_t size = 1; size <= kLargestSquare; ++size) {
      bool divides = llvm::all_of(divisions, [&](auto &division) { return size % division.second == 0; });
      if (!divides || sym::evaluate(zero, SmallVector<int64_t>(count, size)) != 0)
        continue;
      if (found)
        return std::nullopt;
      found = size;
    }
    if (!found)
      return std::nullopt;
    Solution solution = unchanged(equation);
    for (unsigned symbol : symbols)
      solution.replacements[symbol] = shapes.constant(*found);
    return solution;
  }

  /// Divisions that must be exact leave the multiples of a number: `height//2*2 == height` those of 2. The symbol
  /// becomes the multiple's other factor.
  std::optional<Solution> solveForMultiple(const Assumption &equation) const {
    SymExpr zero = equationOf(equation);
    SmallVector<unsigned> symbols = symbolsOf(zero);
    if (symbols.empty() || !containsDivision(zero) ||
        llvm::any_of(symbols, [&](unsigned symbol) { return leading.test(symbol); }))
      return std::nullopt;
    for (int64_t factor = 2; factor <= kLargestFactor; ++factor) {
      Solution solution = unchanged(equation);
      bool leavesSizes = true;
      for (unsigned symbol : symbols) {
        Symbol &range = solution.symbols[symbol];
        range.min = llvm::divideCeil(range.min, factor);
        leavesSizes &= range.max == 0 || range.max / factor >= std::max<int64_t>(range.min, 1);
        range.max /= factor;
        range.name = dividedName(range.name, factor);
        solution.replacements[symbol] =
            sym::mul(getAffineSymbolExpr(symbol, zero.getContext()), shapes.constant(factor));
      }
      SymExpr replaced = sym::substitute(zero, solution.replacements);
      if (leavesSizes && sym::asConstant(replaced) == 0)
        return solution;
    }
    return std::nullopt;
  }

  /// Divisions that must give one number leave a range of sizes: `(height//32 + 319)//320 == 1`, or a product of such
  /// that must be 1.
  std::optional<Solution> solveForRange(const Assumption &equation) const {
    Solution solution = unchanged(equation);
    SymExpr zero = equationOf(equation), one = shapes.constant(1);
    SmallVector<SymExpr> zeros{zero};
    for (SymExpr product : {sym::add(one, zero), sym::sub(one, zero)})
      if (SmallVector<SymExpr> factors = sym::factorsOf(product); factors.size() > 1)
        zeros = llvm::map_to_vector(factors, [&](SymExpr factor) { return sym::sub(factor, one); });
    bool narrowed = false;
    for (SymExpr part : zeros) {
      std::optional<unsigned> symbol = sym::onlySymbol(part);
      SymExpr negated = sym::sub(shapes.constant(0), part);
      std::optional<Symbol> above = symbol ? shapes.narrow(*symbol, part) : std::nullopt;
      std::optional<Symbol> below = symbol ? shapes.narrow(*symbol, negated) : std::nullopt;
      if (!above || !below)
        return std::nullopt;
      Symbol &range = solution.symbols[*symbol];
      Symbol before = range;
      for (const Symbol &side : {*above, *below}) {
        range.min = std::max(range.min, side.min);
        range.max = range.max == 0 || side.max == 0 ? std::max(range.max, side.max) : std::min(range.max, side.max);
      }
      if (range.max != 0 && range.max < range.min)
        return std::nullopt;
      narrowed |= range.min != before.min || range.max != before.max;
    }
    return narrowed ? std::optional(solution) : std::nullopt;
  }

private:
  SymExpr equationOf(const Assumption &equation) const { return differenceOf(equation, shapes); }

  SmallVector<unsigned> symbolsOf(SymExpr e) const {
    SmallVector<unsigned> found;
    for (unsigned symbol = 0; symbol < count; ++symbol)
      if (sym::mentions(e, symbol))
        found.push_back(symbol);
    return found;
  }

  Solution unchanged(const Assumption &equation) const {
    return {SmallVector<SymExpr>(count), SmallVector<Symbol>(shapes.symbols()), equation.op};
  }

  Solution single(unsigned symbol, SymExpr value, const Assumption &equation) const {
    Solution solution = unchanged(equation);
    solution.replacements[symbol] = value;
    return solution;
  }

  /// Every symbol that is left must be a dimension of an argument or measured, alone or times a number.
  bool keepsSymbolsReadable(const Solution &solution) const {
    llvm::SmallBitVector readable(count), used(count);
    for (ArrayRef<SymExpr> dims : sources)
      for (SymExpr dim : dims) {
        SymExpr replaced = sym::substitute(dim, solution.replacements);
        if (auto multiple = sym::asMultiple(replaced))
          readable.set(multiple->first);
        for (unsigned symbol : symbolsOf(replaced))
          used.set(symbol);
      }
    return !used.test(readable); // "test": has bits that the other lacks
  }

  const SymbolicShapes &shapes;
  ArrayRef<ArrayRef<SymExpr>> sources;
  const llvm::SmallBitVector &measured;
  unsigned count;
  /// Symbols that are the first dimension of an input: the batch.
  llvm::SmallBitVector leading;
};
} // namespace

std::optional<Solution> rheobase::solveSymbols(const SymbolicShapes &shapes, ArrayRef<ArrayRef<SymExpr>> sources,
                                               const llvm::SmallBitVector &measured) {
  Solver solver(shapes, sources, measured);
  SmallVector<Assumption> equations(llvm::make_filter_range(
      shapes.assumptions(), [](const Assumption &each) { return each.kind == Assumption::Kind::Equal; }));
  for (auto method : {&Solver::solveForNumber, &Solver::solveForSymbol})
    for (const Assumption &equation : equations)
      if (std::optional<Solution> solution = (solver.*method)(equation))
        return solution;
  llvm::erase_if(equations, [&](const Assumption &equation) { return mentionsAny(equation, measured); });
  for (const Assumption &equation : ArrayRef(equations).take_front(kMaxSquares))
    if (std::optional<Solution> solution = solver.solveForSquare(equation))
      return solution;
  for (auto method : {&Solver::solveForMultiple, &Solver::solveForRange})
    for (const Assumption &equation : equations)
      if (std::optional<Solution> solution = (solver.*method)(equation))
        return solution;
  return std::nullopt;
}
