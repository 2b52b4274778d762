//===- AlgebraTest.cpp - integer expressions over symbols ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Interfaces/SymbolicAlgebra.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace rheobase;

namespace {

class AlgebraTest : public testing::Test {
protected:
  SymExpr parse(StringRef text) { return sym::parse(text, names, &context); }
  std::string print(SymExpr e) { return sym::print(e, names); }
  Interval range(StringRef text, ArrayRef<Interval> symbols) { return sym::rangeOf(parse(text), symbols); }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  std::vector<std::string> names{"a", "b", "c", "odd name + 1"};
};

TEST_F(AlgebraTest, EqualPolynomialsAreOneObject) {
  EXPECT_EQ(parse("a*b + 2*a"), parse("a*(b + 2)"));
  EXPECT_EQ(parse("(a + b)*(a - b)"), parse("a*a - b*b"));
  EXPECT_EQ(parse("a - a"), parse("0"));
  EXPECT_EQ(parse("(a + 4)//4"), parse("a//4 + 1"));
  EXPECT_EQ(parse("(6*a + 3)//9"), parse("(2*a + 1)//3"));
  EXPECT_EQ(parse("(a//2)//3"), parse("a//6"));
  EXPECT_EQ(parse("(4*a + 2)//4"), parse("a"));
  EXPECT_NE(parse("a//2*2"), parse("a"));
}

TEST_F(AlgebraTest, TextIsReadBack) {
  for (const char *text : {"0", "-3", "a", "2*a - b + 1", "a*b*c", "((a - 4)//4)*((b - 4)//4) + 1", "3*(a//2)"})
    EXPECT_EQ(parse(print(parse(text))), parse(text)) << print(parse(text));
  EXPECT_EQ(print(parse("(a - 4)//4 + 1")), "a//4");
  EXPECT_EQ(print(parse("(a + 1)//4*b")), "b*((a + 1)//4)");
}

TEST_F(AlgebraTest, TextThatIsNoExpressionIsNull) {
  for (const char *text : {"", "a +", "(a", "a)", "d", "a/2", "a**b", "1 2", "99999999999999999999", "a//0"})
    EXPECT_FALSE(parse(text)) << text;
  EXPECT_FALSE(parse(std::string(1000, '(') + "a" + std::string(1000, ')')));
}

TEST_F(AlgebraTest, ASymbolMayHaveAnyName) {
  EXPECT_EQ(sym::asSymbol(parse("odd name + 1")), 3u);
}

TEST_F(AlgebraTest, DividesExactly) {
  EXPECT_EQ(sym::divideExactly(parse("a*b*96"), parse("a*96")), parse("b"));
  EXPECT_EQ(sym::divideExactly(parse("a*a - b*b"), parse("a + b")), parse("a - b"));
  EXPECT_EQ(sym::divideExactly(parse("6*a + 9"), parse("3")), parse("2*a + 3"));
  EXPECT_FALSE(sym::divideExactly(parse("a*b + 1"), parse("a")));
  EXPECT_FALSE(sym::divideExactly(parse("3*a"), parse("2*a")));
  EXPECT_FALSE(sym::divideExactly(parse("a"), parse("0")));
}

TEST_F(AlgebraTest, DividesWithRemainder) {
  EXPECT_EQ(sym::floorDiv(parse("-7"), parse("2")), parse("-4"));
  EXPECT_EQ(sym::ceilDiv(parse("-7"), parse("2")), parse("-3"));
  EXPECT_EQ(sym::ceilDiv(parse("a"), parse("4")), parse("(a + 3)//4"));
  EXPECT_EQ(sym::mod(parse("4*a + 7"), parse("4")), parse("3"));
  EXPECT_EQ(sym::mod(parse("a"), parse("4")), parse("a - 4*(a//4)"));
  EXPECT_FALSE(sym::floorDiv(parse("a"), parse("b")));
  EXPECT_FALSE(sym::floorDiv(parse("a"), parse("-2")));
}

TEST_F(AlgebraTest, UnknownAndOverflowingOperandsGiveUnknown) {
  SymExpr large = getAffineConstantExpr(INT64_MAX, &context);
  EXPECT_FALSE(sym::add(large, parse("1")));
  EXPECT_FALSE(sym::mul(sym::mul(large, parse("a")), parse("2")));
  EXPECT_FALSE(sym::add(SymExpr(), parse("1")));
  EXPECT_FALSE(sym::mul(parse("a"), SymExpr()));
}

TEST_F(AlgebraTest, ExpressionsThatGrowWithoutBoundBecomeUnknown) {
  SymExpr e = parse("a + b + c + 1");
  for (int i = 0; i < 64 && e; ++i)
    e = sym::mul(e, e);
  EXPECT_FALSE(e);
}

TEST_F(AlgebraTest, DivisionsThatDoubleEveryTimeBecomeUnknown) {
  SymExpr e = parse("a");
  for (int i = 0; i < 64 && e; ++i)
    e = sym::mul(sym::floorDiv(e, parse("2")), sym::floorDiv(e, parse("3")));
  EXPECT_FALSE(e);
  e = parse("a");
  for (int i = 0; i < 10000 && e; ++i)
    e = sym::floorDiv(sym::add(e, parse("b")), parse("2"));
  EXPECT_FALSE(e);
}

TEST_F(AlgebraTest, RangesUseTheSymbolsBounds) {
  Interval batch{1, std::nullopt}, past{0, std::nullopt}, few{2, 8};
  EXPECT_EQ(range("a*b - a", {batch, batch}).min, 0);
  EXPECT_EQ(range("a*b - a", {batch, past}).min, std::nullopt);
  EXPECT_EQ(range("3*a - 1", {few}).min, 5);
  EXPECT_EQ(range("3*a - 1", {few}).max, 23);
  EXPECT_EQ(range("10 - a", {few}).min, 2);
  EXPECT_EQ(range("10 - a", {few}).max, 8);
  EXPECT_EQ(range("(a - 3)//2", {few}).min, -1);
  EXPECT_EQ(range("a//4", {batch}).min, 0);
  EXPECT_EQ(range("a//4", {batch}).max, std::nullopt);
}

TEST_F(AlgebraTest, SubstitutesAndEvaluates) {
  EXPECT_EQ(sym::substitute(parse("a*b + c"), {parse("2"), SymExpr(), parse("b")}), parse("3*b"));
  EXPECT_EQ(sym::evaluate(parse("a*b - a//4"), {10, 3, 0}), 28);
}

TEST_F(AlgebraTest, SplitsLinearExpressions) {
  auto linear = sym::linearIn(parse("3*a + b*c - 2"), 0);
  ASSERT_TRUE(linear);
  EXPECT_EQ(linear->first, 3);
  EXPECT_EQ(linear->second, parse("b*c - 2"));
  EXPECT_FALSE(sym::linearIn(parse("a*b"), 0));
  EXPECT_FALSE(sym::linearIn(parse("a + a//2"), 0));
  EXPECT_FALSE(sym::linearIn(parse("b"), 0));
}

TEST_F(AlgebraTest, RangesOfProductsOfEitherSign) {
  Interval many{1, std::nullopt};
  EXPECT_EQ(range("0 - 4*((0 - a)//4)", {many}).min, 4);
  EXPECT_EQ(range("((0 - a)//4)*((0 - b)//4)", {many, many}).min, 1);
  EXPECT_EQ(range("a*(0 - b)", {many, many}).max, -1);
}

TEST_F(AlgebraTest, SaysHowExpressionsMove) {
  SmallVector<Interval> sizes(3, Interval{1, std::nullopt});
  auto direction = [&](StringRef text) { return sym::directionOf(parse(text), 0, sizes); };
  EXPECT_EQ(direction("2*a - 7"), 1);
  EXPECT_EQ(direction("7 - (a + 3)//4"), -1);
  EXPECT_EQ(direction("0 - (0 - a)//4"), 1);
  EXPECT_EQ(direction("(a//2)*(a//3)"), 1);
  EXPECT_EQ(direction("a*b"), 1);
  EXPECT_EQ(direction("a - a//2*2"), 0);
  EXPECT_EQ(direction("b"), 0);
}

TEST_F(AlgebraTest, TakesProductsApart) {
  EXPECT_EQ(sym::asMultiple(parse("16*a")), std::make_pair(0u, int64_t(16)));
  EXPECT_EQ(sym::asMultiple(parse("b")), std::make_pair(1u, int64_t(1)));
  for (const char *text : {"16*a + 1", "a*b", "-a", "3", "a//2"})
    EXPECT_FALSE(sym::asMultiple(parse(text))) << text;
  EXPECT_EQ(sym::onlySymbol(parse("a*a - a//3")), 0u);
  EXPECT_EQ(sym::onlySymbol(parse("a*b")), std::nullopt);
  EXPECT_EQ(sym::onlySymbol(parse("3")), std::nullopt);
  EXPECT_EQ(sym::factorsOf(parse("a*(b//2)")).size(), 2u);
  EXPECT_TRUE(sym::factorsOf(parse("2*a*b")).empty());
  EXPECT_TRUE(sym::factorsOf(parse("a + b")).empty());
}

TEST_F(AlgebraTest, IsAMapOverTheSymbolsItMentions) {
  auto [map, used] = sym::asMap(parse("c - a//2"), 3);
  EXPECT_EQ(used, (SmallVector<unsigned>{0, 2}));
  EXPECT_EQ(map.getNumSymbols(), 2u);
}

TEST_F(AlgebraTest, DropsCommonFactors) {
  auto always = [](unsigned) { return true; };
  auto never = [](unsigned) { return false; };
  EXPECT_EQ(sym::primitivePart(parse("6*a*b - 9*a"), always), parse("2*b - 3"));
  EXPECT_EQ(sym::primitivePart(parse("6*a*b - 9*a"), never), parse("2*a*b - 3*a"));
}

} // namespace
