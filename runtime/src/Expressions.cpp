//===- Expressions.cpp - sizes over symbols -------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expressions.h"

#include "CheckedMath.h"

#include "rheobase/Artifact/Format.h"

#include <algorithm>
#include <limits>

using namespace rheobase;
using namespace rheobase::runtime;
using artifact::ExprOp;
using Code = artifact::ExprOp::Code;

Status ExpressionPool::add(const artifact::Expr &expression) {
  if (expression.size() > artifact::limit::kExpressionOps)
    return error(RHB_CORRUPT, "damaged manifest: a size expression has %zu steps, at most %u are allowed",
                 expression.size(), artifact::limit::kExpressionOps);
  size_t depth = 0;
  for (const ExprOp &op : expression) {
    if (op.code > Code::Max)
      return error(RHB_CORRUPT, "damaged manifest: size expression step %u is unknown", static_cast<unsigned>(op.code));
    if (op.code == Code::Symbol && (op.value < 0 || static_cast<uint64_t>(op.value) >= symbols.size()))
      return error(RHB_CORRUPT, "damaged manifest: a size expression uses symbol %lld of %zu", (long long)op.value,
                   symbols.size());
    if (op.code == Code::Constant || op.code == Code::Symbol) {
      if (++depth > artifact::limit::kExpressionStack)
        return error(RHB_CORRUPT, "damaged manifest: a size expression is nested too deeply");
    } else if (depth-- < 2) {
      return error(RHB_CORRUPT, "damaged manifest: a size expression lacks an operand");
    }
  }
  if (depth != 1)
    return error(RHB_CORRUPT, "damaged manifest: a size expression has %zu results, expected 1", depth);
  ops.insert(ops.end(), expression.begin(), expression.end());
  begins.push_back(ops.size());
  return nullptr;
}

/// Quotient and remainder that round down. False: the divisor is 0 or the quotient does not fit.
static bool floorDivMod(int64_t a, int64_t b, int64_t &quotient, int64_t &remainder) {
  if (b == 0 || (a == std::numeric_limits<int64_t>::min() && b == -1))
    return false;
  quotient = a / b;
  remainder = a % b;
  if (remainder != 0 && (remainder < 0) != (b < 0)) {
    --quotient;
    remainder += b;
  }
  return true;
}

static bool apply(Code code, int64_t a, int64_t b, int64_t &result) {
  int64_t other = 0;
  switch (code) {
  case Code::Add:
    return checkedAdd(a, b, result);
  case Code::Mul:
    return checkedMul(a, b, result);
  case Code::FloorDiv:
    return floorDivMod(a, b, result, other);
  case Code::CeilDiv:
    return floorDivMod(a, b, result, other) && checkedAdd(result, int64_t(other != 0), result);
  case Code::Mod:
    return floorDivMod(a, b, other, result);
  case Code::Max:
    result = std::max(a, b);
    return true;
  case Code::Constant:
  case Code::Symbol:
    break;
  }
  return false;
}

Status ExpressionPool::evaluate(size_t index, const std::vector<int64_t> &values, int64_t &result) const {
  int64_t stack[artifact::limit::kExpressionStack];
  size_t top = 0;
  for (const ExprOp *op = begin(index); op != end(index); ++op) {
    if (op->code == Code::Constant) {
      stack[top++] = op->value;
    } else if (op->code == Code::Symbol) {
      stack[top++] = values[op->value];
    } else {
      --top;
      if (!apply(op->code, stack[top - 1], stack[top], stack[top - 1]))
        return error(RHB_INVALID_ARGUMENT, "the size %s overflows or divides by zero for these input shapes",
                     text(index).c_str());
    }
  }
  result = stack[0];
  return nullptr;
}

std::optional<int64_t> ExpressionPool::literal(size_t index) const {
  const ExprOp *op = begin(index);
  if (end(index) - op == 1 && op->code == Code::Constant)
    return op->value;
  return std::nullopt;
}

bool ExpressionPool::mentionsOnly(size_t index, const std::vector<bool> &symbols) const {
  return std::all_of(begin(index), end(index),
                     [&](const ExprOp &op) { return op.code != Code::Symbol || symbols[op.value]; });
}

std::optional<ExpressionPool::Multiple> ExpressionPool::symbol(size_t index) const {
  const ExprOp *op = begin(index);
  size_t count = end(index) - op;
  bool product = count == 3 && op[1].code == Code::Constant && op[2].code == Code::Mul && op[1].value > 0;
  if (op->code != Code::Symbol || (count != 1 && !product))
    return std::nullopt;
  return Multiple{static_cast<size_t>(op->value), product ? op[1].value : 1};
}

/// How an operator is written between its operands; Max is a call.
static const char *spelling(Code code) {
  switch (code) {
  case Code::Add:
    return " + ";
  case Code::Mul:
    return " * ";
  case Code::FloorDiv:
    return " floordiv ";
  case Code::CeilDiv:
    return " ceildiv ";
  case Code::Mod:
    return " mod ";
  default:
    return ", ";
  }
}

/// A hostile file could ask for gigabytes of text.
static constexpr size_t kLongestText = 1024;

std::string ExpressionPool::text(size_t index) const {
  struct Term {
    std::string text;
    bool atom;
    std::string closed() const { return atom ? text : "(" + text + ")"; }
  };
  std::vector<Term> stack;
  for (const ExprOp *op = begin(index); op != end(index); ++op) {
    if (op->code == Code::Constant) {
      stack.push_back({std::to_string(op->value), true});
    } else if (op->code == Code::Symbol) {
      stack.push_back({symbols[op->value].name, true});
    } else {
      Term right = std::move(stack.back());
      stack.pop_back();
      Term &left = stack.back();
      if (op->code == Code::Max)
        left = {"max(" + left.text + spelling(op->code) + right.text + ")", true};
      else
        left = {left.closed() + spelling(op->code) + right.closed(), false};
      if (left.text.size() > kLongestText)
        left = {"...", true};
    }
  }
  return stack.back().text;
}
