//===- ScalarBuilder.cpp - scalar arithmetic of a body -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/OnnxToLinalg/ScalarBuilder.h"

#include "NarrowCodes.h"
#include "rheobase/Interfaces/NarrowTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;

Value ScalarBuilder::constant(Type type, double number) {
  if (isa<FloatType>(type))
    return arith::ConstantOp::create(b, FloatAttr::get(type, number));
  return arith::ConstantOp::create(b, IntegerAttr::get(type, static_cast<int64_t>(number)));
}

Value ScalarBuilder::integer(Value like, int64_t number) {
  return arith::ConstantOp::create(b, IntegerAttr::get(like.getType(), number));
}

Value ScalarBuilder::add(Value x, Value y) {
  return isFloat(x) ? arith::AddFOp::create(b, x, y).getResult() : arith::AddIOp::create(b, x, y).getResult();
}

Value ScalarBuilder::sub(Value x, Value y) {
  return isFloat(x) ? arith::SubFOp::create(b, x, y).getResult() : arith::SubIOp::create(b, x, y).getResult();
}

Value ScalarBuilder::mul(Value x, Value y) {
  return isFloat(x) ? arith::MulFOp::create(b, x, y).getResult() : arith::MulIOp::create(b, x, y).getResult();
}

/// A divisor that no integer division stumbles over: `special` says where y is 0 (or -1, which overflows), and there
/// the result is 1. Null where y is a constant that is neither.
Value ScalarBuilder::safeDivisor(Value y, Value &special) {
  APInt known;
  special = {};
  if (matchPattern(y, m_ConstantInt(&known)) && !known.isZero() && (isUnsigned || !known.isAllOnes()))
    return y;
  special = compare(Comparison::Equal, y, integer(y, 0));
  if (!isUnsigned)
    special = arith::OrIOp::create(b, special, compare(Comparison::Equal, y, integer(y, -1)));
  return select(special, integer(y, 1), y);
}

Value ScalarBuilder::div(Value x, Value y) {
  if (isFloat(x))
    return arith::DivFOp::create(b, x, y);
  Value special;
  Value divisor = safeDivisor(y, special);
  Value quotient = isUnsigned ? arith::DivUIOp::create(b, x, divisor).getResult()
                              : arith::DivSIOp::create(b, x, divisor).getResult();
  // For a divisor of 0 or -1 the product is what is asked for: 0, or the (wrapping) negation.
  return special ? select(special, mul(x, y), quotient) : quotient;
}

Value ScalarBuilder::remainder(Value x, Value y) {
  if (isFloat(x))
    return floatRemainder(x, y);
  Value special;
  Value divisor = safeDivisor(y, special);
  return isUnsigned ? arith::RemUIOp::create(b, x, divisor).getResult()
                    : arith::RemSIOp::create(b, x, divisor).getResult();
}

Value ScalarBuilder::modulo(Value x, Value y) {
  Value rest = remainder(x, y);
  if (isUnsigned)
    return rest;
  Value zero = number(x, 0);
  Value otherSign = arith::XOrIOp::create(b, compare(Comparison::Less, rest, zero), compare(Comparison::Less, y, zero));
  Value wrong = arith::AndIOp::create(b, compare(Comparison::NotEqual, rest, zero), otherSign);
  return select(wrong, add(rest, y), rest);
}

/// In f64, x is reduced by multiples of y whose quotient has 29 bits, so that every product and difference is exact;
/// ten steps cover the quotients of all f32 numbers.
Value ScalarBuilder::floatRemainder(Value x, Value y) {
  Type wide = b.getF64Type();
  if (x.getType() == wide)
    return arith::RemFOp::create(b, x, y);
  Value divisor = math::AbsFOp::create(b, arith::ExtFOp::create(b, wide, y));
  Value start = math::AbsFOp::create(b, arith::ExtFOp::create(b, wide, x));
  Value mask = arith::ConstantOp::create(b, b.getI64IntegerAttr(-(int64_t(1) << 24)));
  Value rest = start;
  for (int step = 0; step < 10; ++step) {
    Value quotient = arith::BitcastOp::create(b, b.getI64Type(), div(rest, divisor));
    Value rounded = arith::BitcastOp::create(b, wide, arith::AndIOp::create(b, quotient, mask));
    rest = sub(rest, mul(math::TruncOp::create(b, rounded), divisor));
  }
  rest = select(compare(Comparison::Less, start, divisor), start, rest);
  return math::CopySignOp::create(b, arith::TruncFOp::create(b, x.getType(), rest), x);
}

Value ScalarBuilder::neg(Value x) {
  return isFloat(x) ? arith::NegFOp::create(b, x).getResult() : sub(integer(x, 0), x);
}

Value ScalarBuilder::abs(Value x) {
  if (isFloat(x))
    return math::AbsFOp::create(b, x);
  return isUnsigned ? x : select(compare(Comparison::Less, x, integer(x, 0)), neg(x), x);
}

Value ScalarBuilder::sign(Value x) {
  Value zero = number(x, 0), one = number(x, 1);
  Value positive = select(compare(Comparison::Greater, x, zero), one, isFloat(x) ? x : zero);
  return isUnsigned ? positive : select(compare(Comparison::Less, x, zero), number(x, -1), positive);
}

Value ScalarBuilder::maximum(Value x, Value y) {
  if (isFloat(x))
    return arith::MaximumFOp::create(b, x, y);
  return isUnsigned ? arith::MaxUIOp::create(b, x, y).getResult() : arith::MaxSIOp::create(b, x, y).getResult();
}

Value ScalarBuilder::minimum(Value x, Value y) {
  if (isFloat(x))
    return arith::MinimumFOp::create(b, x, y);
  return isUnsigned ? arith::MinUIOp::create(b, x, y).getResult() : arith::MinSIOp::create(b, x, y).getResult();
}

Value ScalarBuilder::compare(Comparison comparison, Value x, Value y) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  // In the order of Comparison. NaN is unequal to all, and neither less nor greater.
  static constexpr F floats[] = {F::OEQ, F::UNE, F::OLT, F::OLE, F::OGT, F::OGE};
  static constexpr I signedOnes[] = {I::eq, I::ne, I::slt, I::sle, I::sgt, I::sge};
  static constexpr I unsignedOnes[] = {I::eq, I::ne, I::ult, I::ule, I::ugt, I::uge};
  size_t i = static_cast<size_t>(comparison);
  if (isFloat(x))
    return arith::CmpFOp::create(b, floats[i], x, y);
  bool fromZero = isUnsigned || x.getType().isInteger(1);
  return arith::CmpIOp::create(b, fromZero ? unsignedOnes[i] : signedOnes[i], x, y);
}

Value ScalarBuilder::select(Value condition, Value x, Value y) {
  return arith::SelectOp::create(b, condition, x, y);
}

Value ScalarBuilder::bitAnd(Value x, Value y) {
  return arith::AndIOp::create(b, x, y);
}
Value ScalarBuilder::bitOr(Value x, Value y) {
  return arith::OrIOp::create(b, x, y);
}
Value ScalarBuilder::bitXor(Value x, Value y) {
  return arith::XOrIOp::create(b, x, y);
}

Value ScalarBuilder::shift(Value x, Value y, bool left) {
  int64_t width = x.getType().getIntOrFloatBitWidth();
  Value last = integer(y, width - 1);
  // A shift by the width or more is no instruction.
  Value inside = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, y, last);
  Value bits = select(inside, y, last);
  if (!left && !isUnsigned)
    return arith::ShRSIOp::create(b, x, bits);
  Value moved = left ? arith::ShLIOp::create(b, x, bits).getResult() : arith::ShRUIOp::create(b, x, bits).getResult();
  return select(inside, moved, integer(x, 0));
}

Value ScalarBuilder::isNaN(Value x) {
  return compare(Comparison::NotEqual, x, x);
}

Value ScalarBuilder::clamp(Value x, double low, double high) {
  return minimum(maximum(x, number(x, low)), number(x, high));
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

Value ScalarBuilder::exp(Value x) {
  return math::ExpOp::create(b, x);
}
Value ScalarBuilder::log(Value x) {
  return math::LogOp::create(b, x);
}
Value ScalarBuilder::sqrt(Value x) {
  if (isFloat(x))
    return math::SqrtOp::create(b, x);
  Type wide = b.getF64Type(), whole = IntegerType::get(b.getContext(), x.getType().getIntOrFloatBitWidth());
  return convert(b, math::SqrtOp::create(b, convert(b, x, whole, wide)), wide, whole);
}
Value ScalarBuilder::erf(Value x) {
  return math::ErfOp::create(b, x);
}
Value ScalarBuilder::tanh(Value x) {
  return math::TanhOp::create(b, x);
}

Value ScalarBuilder::sigmoid(Value x) {
  Value one = number(x, 1);
  return div(one, add(one, exp(neg(x))));
}

Value ScalarBuilder::softplus(Value x) {
  Value tail = math::Log1pOp::create(b, exp(neg(abs(x))));
  return add(maximum(x, number(x, 0)), tail);
}

Value ScalarBuilder::gelu(Value x) {
  Value inner = erf(mul(x, number(x, std::sqrt(0.5))));
  return mul(mul(number(x, 0.5), x), add(number(x, 1), inner));
}

Value ScalarBuilder::geluByTanh(Value x) {
  Value cubic = mul(number(x, 0.044715), mul(x, mul(x, x)));
  Value inner = mul(number(x, std::sqrt(2 / M_PI)), add(x, cubic));
  return mul(mul(number(x, 0.5), x), add(number(x, 1), tanh(inner)));
}

Value ScalarBuilder::power(Value x, Value y) {
  if (!isFloat(x))
    return integerPower(x, y);
  APFloat exact(0.0);
  if (!matchPattern(y, m_ConstantFloat(&exact)))
    return math::PowFOp::create(b, x, y);
  bool inexact = false;
  exact.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
  double exponent = exact.convertToDouble();
  if (exponent == 0)
    return number(x, 1);
  if (exponent == 1)
    return x;
  if (exponent == -1)
    return div(number(x, 1), x);
  if (exponent == 2)
    return mul(x, x);
  if (exponent == 3)
    return mul(mul(x, x), x);
  if (exponent != 0.5 && exponent != -0.5)
    return math::PowFOp::create(b, x, y);
  // The power of -0 is +0 and that of -inf is +inf, where the root is -0 and NaN.
  Value infinity = number(x, std::numeric_limits<double>::infinity());
  Value isLowest = compare(Comparison::Equal, x, neg(infinity));
  Value root = select(isLowest, infinity, add(sqrt(x), number(x, 0)));
  return exponent == 0.5 ? root : div(number(x, 1), root);
}

/// Six squarings cover every exponent below 64; from there on only 0, 1 and -1 have powers that fit. Negative exponents
/// are truncated like any division: only 1 and -1 give other than 0.
Value ScalarBuilder::integerPower(Value x, Value y) {
  Value zero = integer(x, 0), one = integer(x, 1);
  auto bit = [&](int64_t i) {
    Value shifted = arith::ShRUIOp::create(b, y, integer(y, i));
    return compare(Comparison::NotEqual, arith::AndIOp::create(b, shifted, integer(y, 1)), integer(y, 0));
  };
  Value result = one, square = x;
  for (int64_t i = 0; i < 6; ++i) {
    result = mul(result, select(bit(i), square, one));
    square = mul(square, square);
  }
  Value inRange = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, y, integer(y, 64));
  Value isOne = compare(Comparison::Equal, x, one);
  Value outside = select(isOne, one, zero);
  if (!isUnsigned)
    outside = select(compare(Comparison::Equal, x, integer(x, -1)), select(bit(0), x, one), outside);
  return select(inRange, result, outside);
}

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

static Value fromFloat(ImplicitLocOpBuilder &b, Value x, IntegerType to) {
  unsigned width = to.getWidth();
  ScalarBuilder s(b);
  if (width == 1)
    return s.compare(Comparison::NotEqual, x, s.number(x, 0));
  auto from = cast<FloatType>(x.getType());
  if (from.getWidth() < 32)
    x = arith::ExtFOp::create(b, b.getF32Type(), x);
  // Narrow results wrap at 32 bits, unsigned ones of 32 bits at 64.
  unsigned wide = width == 64 || (width == 32 && to.isUnsigned()) ? 64 : 32;
  Type wideType = b.getIntegerType(wide);
  double limit = std::ldexp(1.0, wide - 1);
  Value fits = arith::AndIOp::create(b, s.compare(Comparison::GreaterOrEqual, x, s.number(x, -limit)),
                                     s.compare(Comparison::Less, x, s.number(x, limit)));
  Value lowest = arith::ConstantOp::create(b, IntegerAttr::get(wideType, APInt::getSignedMinValue(wide)));
  Value result = s.select(fits, arith::FPToSIOp::create(b, wideType, x), lowest);
  if (width == 64 && to.isUnsigned()) {
    Value upper = arith::AndIOp::create(b, s.compare(Comparison::GreaterOrEqual, x, s.number(x, limit)),
                                        s.compare(Comparison::Less, x, s.number(x, 2 * limit)));
    result = s.select(upper, arith::FPToUIOp::create(b, wideType, x), result);
  }
  return width < wide ? arith::TruncIOp::create(b, b.getIntegerType(width), result).getResult() : result;
}

static Value toFloat(ImplicitLocOpBuilder &b, Value x, bool fromZero, FloatType to) {
  return fromZero ? b.createOrFold<arith::UIToFPOp>(to, x) : b.createOrFold<arith::SIToFPOp>(to, x);
}

static Value betweenFloats(ImplicitLocOpBuilder &b, Value x, FloatType to) {
  auto from = cast<FloatType>(x.getType());
  if (from.getWidth() == to.getWidth()) // f16 and bf16 convert through f32
    x = b.createOrFold<arith::ExtFOp>(b.getF32Type(), x);
  if (from.getWidth() < to.getWidth())
    return b.createOrFold<arith::ExtFOp>(to, x);
  return arith::TruncFOp::create(b, to, x);
}

static Value betweenIntegers(ImplicitLocOpBuilder &b, Value x, bool fromZero, IntegerType to) {
  unsigned from = x.getType().getIntOrFloatBitWidth(), width = to.getWidth();
  Type result = b.getIntegerType(width);
  if (width == from)
    return x;
  if (width == 1) {
    ScalarBuilder s(b);
    return s.compare(Comparison::NotEqual, x, s.integer(x, 0));
  }
  if (width < from)
    return arith::TruncIOp::create(b, result, x);
  return fromZero ? arith::ExtUIOp::create(b, result, x).getResult() : arith::ExtSIOp::create(b, result, x).getResult();
}

Value ScalarBuilder::convert(ImplicitLocOpBuilder &b, Value x, Type from, Type to, const Narrowing &narrowing) {
  if (from == to)
    return x;
  if (isNarrow(from))
    x = fromCode(b, x, from);
  if (isNarrow(to))
    return toCode(b, x, from, to, narrowing);
  if (from == to)
    return x;
  bool fromZero = from.isUnsignedInteger() || from.isInteger(1);
  if (auto floating = dyn_cast<FloatType>(to))
    return isFloat(x) ? betweenFloats(b, x, floating) : toFloat(b, x, fromZero, floating);
  return isFloat(x) ? fromFloat(b, x, cast<IntegerType>(to)) : betweenIntegers(b, x, fromZero, cast<IntegerType>(to));
}
