//===- ExpressionsTest.cpp - size expressions -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Expressions.h"

#include "gtest/gtest.h"

#include <limits>

using namespace rheobase;
using namespace rheobase::runtime;
using Code = artifact::ExprOp::Code;

/// A pool keeps a reference to its symbols.
static const std::vector<artifact::Symbol> &batchAndLength() {
  static const std::vector<artifact::Symbol> symbols = {{"batch", 1, 0}, {"length", 1, 0}};
  return symbols;
}

static constexpr int64_t kMost = std::numeric_limits<int64_t>::max(), kLeast = std::numeric_limits<int64_t>::min();

/// The value of `a op b`, or nothing where it is an error.
static std::optional<int64_t> apply(Code code, int64_t a, int64_t b) {
  ExpressionPool pool(batchAndLength());
  EXPECT_EQ(pool.add({{Code::Symbol, 0}, {Code::Symbol, 1}, {code}}), nullptr);
  int64_t result = 0;
  if (Status status = pool.evaluate(0, {a, b}, result)) {
    EXPECT_NE(status->message.find("overflows or divides by zero"), std::string::npos);
    return std::nullopt;
  }
  return result;
}

TEST(Expressions, Arithmetic) {
  EXPECT_EQ(apply(Code::Add, 3, -5), -2);
  EXPECT_EQ(apply(Code::Mul, 3, -5), -15);
  EXPECT_EQ(apply(Code::Max, 3, -5), 3);
  EXPECT_EQ(apply(Code::FloorDiv, 7, 2), 3);
  EXPECT_EQ(apply(Code::FloorDiv, -7, 2), -4);
  EXPECT_EQ(apply(Code::FloorDiv, 7, -2), -4);
  EXPECT_EQ(apply(Code::CeilDiv, 7, 2), 4);
  EXPECT_EQ(apply(Code::CeilDiv, -7, 2), -3);
  EXPECT_EQ(apply(Code::CeilDiv, 8, 2), 4);
  EXPECT_EQ(apply(Code::Mod, 7, 4), 3);
  EXPECT_EQ(apply(Code::Mod, -7, 4), 1);
}

TEST(Expressions, Overflow) {
  EXPECT_EQ(apply(Code::Add, kMost, 1), std::nullopt);
  EXPECT_EQ(apply(Code::Mul, kMost, 2), std::nullopt);
  EXPECT_EQ(apply(Code::FloorDiv, 1, 0), std::nullopt);
  EXPECT_EQ(apply(Code::CeilDiv, 1, 0), std::nullopt);
  EXPECT_EQ(apply(Code::Mod, 1, 0), std::nullopt);
  EXPECT_EQ(apply(Code::FloorDiv, kLeast, -1), std::nullopt);
  EXPECT_EQ(apply(Code::Mod, kLeast, -1), std::nullopt);
}

TEST(Expressions, Text) {
  ExpressionPool pool(batchAndLength());
  ASSERT_EQ(pool.add({{Code::Symbol, 0}}), nullptr);
  ASSERT_EQ(pool.add({{Code::Constant, -4}}), nullptr);
  ASSERT_EQ(pool.add({{Code::Symbol, 0}, {Code::Constant, 2}, {Code::Add}, {Code::Symbol, 1}, {Code::Mul}}), nullptr);
  ASSERT_EQ(pool.add({{Code::Symbol, 0}, {Code::Constant, 2}, {Code::CeilDiv}, {Code::Symbol, 1}, {Code::Max}}),
            nullptr);
  EXPECT_EQ(pool.text(0), "batch");
  EXPECT_EQ(pool.text(1), "-4");
  EXPECT_EQ(pool.text(2), "(batch + 2) * length");
  EXPECT_EQ(pool.text(3), "max(batch ceildiv 2, length)");
  ASSERT_TRUE(pool.symbol(0));
  EXPECT_EQ(pool.symbol(0)->symbol, 0u);
  EXPECT_EQ(pool.symbol(0)->factor, 1);
  EXPECT_FALSE(pool.symbol(2));
  EXPECT_EQ(pool.literal(1), -4);
  EXPECT_EQ(pool.literal(0), std::nullopt);
}

TEST(Expressions, TextIsBounded) {
  std::vector<artifact::Symbol> symbols = {{std::string(1000, 'x'), 1, 0}};
  ExpressionPool pool(symbols);
  artifact::Expr sum = {{Code::Symbol, 0}};
  for (int i = 0; i < 100; ++i) {
    sum.push_back({Code::Symbol, 0});
    sum.push_back({Code::Add});
  }
  ASSERT_EQ(pool.add(sum), nullptr);
  EXPECT_LT(pool.text(0).size(), 5000u);
}
