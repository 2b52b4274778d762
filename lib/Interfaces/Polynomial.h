//===- Polynomial.h - the normal form of symbolic integers -------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_INTERFACES_POLYNOMIAL_H
#define RHEOBASE_LIB_INTERFACES_POLYNOMIAL_H

#include "mlir/IR/AffineExpr.h"

#include <map>
#include <optional>
#include <vector>

namespace rheobase {

/// A product of atoms, sorted. An atom is a symbol, or a division of a normalised expression by a positive constant.
using Monomial = std::vector<mlir::AffineExpr>;

/// Structural order of expressions, the same in every run.
int compareExprs(mlir::AffineExpr a, mlir::AffineExpr b);

/// Graded lexicographic, greatest first: the leading term is the map's first.
struct MonomialOrder {
  bool operator()(const Monomial &a, const Monomial &b) const;
};

/// A sum of integer multiples of monomials. Operations answer nullopt where a coefficient overflows or the result is
/// too large to be the size of anything.
class Polynomial {
public:
  using Terms = std::map<Monomial, int64_t, MonomialOrder>;

  static Polynomial constant(int64_t value);
  static Polynomial atom(mlir::AffineExpr e);
  static std::optional<Polynomial> fromExpr(mlir::AffineExpr e, unsigned depth = 0);
  mlir::AffineExpr toExpr(mlir::MLIRContext *context) const;

  const Terms &terms() const { return table; }
  bool isZero() const { return table.empty(); }
  std::optional<int64_t> asConstant() const;
  /// The term without atoms.
  int64_t constantTerm() const;

  bool addTerm(const Monomial &monomial, int64_t coefficient);
  static std::optional<Polynomial> add(const Polynomial &a, const Polynomial &b, int64_t scaleOfB = 1);
  static std::optional<Polynomial> mul(const Polynomial &a, const Polynomial &b);
  static std::optional<Polynomial> divideExactly(const Polynomial &a, const Polynomial &b);
  static std::optional<Polynomial> floorDiv(const Polynomial &a, int64_t divisor, mlir::MLIRContext *context);

private:
  Terms table;
};

/// The quotient of two monomials, where the second divides the first.
std::optional<Monomial> divideMonomials(const Monomial &a, const Monomial &b);

} // namespace rheobase

#endif // RHEOBASE_LIB_INTERFACES_POLYNOMIAL_H
