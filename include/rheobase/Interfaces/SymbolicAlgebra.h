//===- SymbolicAlgebra.h - integer expressions over symbols ------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Affine expressions over symbols, kept as polynomials: a sum of integer multiples of products of atoms, where an atom
// is a symbol or the floor of a polynomial divided by a positive constant. Every function answers in that normal form,
// so two expressions that are equal as polynomials are the same object. A null expression is "unknown": what is too
// large, or would overflow, is unknown, and unknown operands give unknown results.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_INTERFACES_SYMBOLICALGEBRA_H
#define RHEOBASE_INTERFACES_SYMBOLICALGEBRA_H

#include "mlir/IR/AffineMap.h"
#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <string>

namespace rheobase {

/// One integer, as an expression of the function's symbols (`s0`, `s1`, ...); null is unknown.
using SymExpr = mlir::AffineExpr;

/// The range of an integer; an absent end is unbounded.
struct Interval {
  std::optional<int64_t> min, max;
};

namespace sym {

SymExpr normalize(SymExpr e);
SymExpr add(SymExpr a, SymExpr b);
SymExpr sub(SymExpr a, SymExpr b);
SymExpr mul(SymExpr a, SymExpr b);
SymExpr product(llvm::ArrayRef<SymExpr> factors, mlir::MLIRContext *context);

/// The quotient where `b` divides `a` as a polynomial, else null.
SymExpr divideExactly(SymExpr a, SymExpr b);
/// Rounded towards minus infinity. Known where `b` divides `a`, or is a positive constant.
SymExpr floorDiv(SymExpr a, SymExpr b);
/// Rounded towards plus infinity; known where `floorDiv` is.
SymExpr ceilDiv(SymExpr a, SymExpr b);
/// The remainder of `floorDiv`.
SymExpr mod(SymExpr a, SymExpr b);

std::optional<int64_t> asConstant(SymExpr e);
/// The number of the symbol, where the expression is one symbol alone.
std::optional<unsigned> asSymbol(SymExpr e);
/// The symbol and the positive number that multiplies it, where the expression is no more than that.
std::optional<std::pair<unsigned, int64_t>> asMultiple(SymExpr e);
/// The symbol, where the expression mentions exactly one.
std::optional<unsigned> onlySymbol(SymExpr e);
/// The symbols and divisions whose product the expression is; empty where it is a number, a sum or a multiple.
llvm::SmallVector<SymExpr> factorsOf(SymExpr e);
/// True where the symbol occurs, also inside a division.
bool mentions(SymExpr e, unsigned symbol);

/// Replaces symbol i by `replacements[i]`; a null replacement keeps it.
SymExpr substitute(SymExpr e, llvm::ArrayRef<SymExpr> replacements);
/// Drops the factors that every term shares: a symbol where `positive` says it is never 0, and the common divisor.
SymExpr primitivePart(SymExpr e, llvm::function_ref<bool(unsigned)> positive);
/// Where the expression is `c * s + rest` with constant c, and `rest` without the symbol: the pair (c, rest).
std::optional<std::pair<int64_t, SymExpr>> linearIn(SymExpr e, unsigned symbol);

/// The range of the expression, given those of the symbols.
Interval rangeOf(SymExpr e, llvm::ArrayRef<Interval> symbols);
/// Whether the expression never falls (1) or never rises (-1) as a symbol that it mentions grows; 0 where neither is
/// proved.
int directionOf(SymExpr e, unsigned symbol, llvm::ArrayRef<Interval> symbols);
/// The value, where every symbol has one; nullopt on overflow.
std::optional<int64_t> evaluate(SymExpr e, llvm::ArrayRef<int64_t> symbols);
/// The expression as a map over those of the first `count` symbols that it mentions; their numbers, in order.
std::pair<mlir::AffineMap, llvm::SmallVector<unsigned>> asMap(SymExpr e, unsigned count);
/// Every number that is divided by a constant in `e`, with the constant.
void collectDivisions(SymExpr e, llvm::SmallVectorImpl<std::pair<SymExpr, int64_t>> &divisions);

/// Text in the names given, for people and for `parse`: `batch*seq + 4`, `(height - 4)//4`.
std::string print(SymExpr e, llvm::ArrayRef<std::string> names);
/// Reads names, numbers, + - * // and parentheses; null where the text is anything else.
SymExpr parse(llvm::StringRef text, llvm::ArrayRef<std::string> names, mlir::MLIRContext *context);

} // namespace sym
} // namespace rheobase

#endif // RHEOBASE_INTERFACES_SYMBOLICALGEBRA_H
