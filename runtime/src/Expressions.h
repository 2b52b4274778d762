//===- Expressions.h - sizes over symbols -----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_EXPRESSIONS_H
#define RHEOBASE_RUNTIME_EXPRESSIONS_H

#include "Status.h"

#include "rheobase/Artifact/Program.h"

#include <optional>
#include <string>
#include <vector>

namespace rheobase::runtime {

/// All size expressions of a program, each verified as it is added, so that evaluating one needs no other checks than
/// those of its arithmetic.
class ExpressionPool {
public:
  explicit ExpressionPool(const std::vector<artifact::Symbol> &symbols) : symbols(symbols) {}

  /// Codes known, symbols in range, operands on the stack when they are popped, exactly one result, bounded depth.
  Status add(const artifact::Expr &expression);

  size_t size() const { return begins.size() - 1; }

  /// `values` holds a number for every symbol. An error names the expression: overflow or division by zero.
  Status evaluate(size_t index, const std::vector<int64_t> &values, int64_t &result) const;

  /// The value of an expression that is a single number.
  std::optional<int64_t> literal(size_t index) const;
  /// A symbol and the positive number that multiplies it.
  struct Multiple {
    size_t symbol;
    int64_t factor;
  };
  /// The symbol that the expression is, alone or times a number.
  std::optional<Multiple> symbol(size_t index) const;
  /// Whether every symbol that the expression mentions is among those.
  bool mentionsOnly(size_t index, const std::vector<bool> &symbols) const;
  /// Infix: "batch * 12".
  std::string text(size_t index) const;

private:
  const artifact::ExprOp *begin(size_t index) const { return ops.data() + begins[index]; }
  const artifact::ExprOp *end(size_t index) const { return ops.data() + begins[index + 1]; }

  const std::vector<artifact::Symbol> &symbols;
  std::vector<artifact::ExprOp> ops;
  std::vector<size_t> begins = {0};
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_EXPRESSIONS_H
