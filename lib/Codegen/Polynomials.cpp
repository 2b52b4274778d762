//===- Polynomials.cpp - functions as polynomials in arith ops ------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Polynomials.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;
using arith::CmpFPredicate;

static constexpr double kLn2 = 0.693147180559945309417;
static constexpr double kLog2E = 1.44269504088896340736;
static constexpr double kHalfPi = 1.57079632679489661923;
static constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// ln(2) as a number of 10 bits and the rest: products of the first with small integers are exact in f32.
static constexpr double kLn2High = 355.0 / 512.0;
static constexpr double kLn2Low = kLn2 - kLn2High;

Value Polynomials::constant(Value like, double value) {
  return arith::ConstantOp::create(b, loc, b.getFloatAttr(like.getType(), value));
}

Type Polynomials::integerType(Value x) {
  return b.getIntegerType(x.getType().getIntOrFloatBitWidth());
}

Value Polynomials::integer(Type type, int64_t value) {
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, value));
}

Value Polynomials::clamp(Value x, double low, double high) {
  x = select(compare(CmpFPredicate::OLT, x, low), constant(x, low), x);
  return select(compare(CmpFPredicate::OGT, x, high), constant(x, high), x);
}

/// The first coefficient is that of the constant term.
Value Polynomials::horner(Value x, ArrayRef<double> coefficients) {
  Value sum = constant(x, coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = add(mul(sum, x), coefficient);
  return sum;
}

/// Rounds to the nearest integer by adding a number whose last bit stands for 1; its lowest bits are then the integer.
/// Unlike a conversion this is defined for every input.
Value Polynomials::roundToInteger(Value x, Value &asInteger) {
  bool wide = x.getType().isF64();
  Value magic = constant(x, wide ? 0x1.8p52 : 0x1.8p23);
  Value shifted = add(x, magic);
  asInteger = arith::SubIOp::create(b, loc, bits(shifted), bits(magic));
  return sub(shifted, magic);
}

/// 2^exponent for exponents of normal numbers.
Value Polynomials::powerOfTwo(Value exponent, Type type) {
  bool wide = type.isF64();
  Value biased = arith::AddIOp::create(b, loc, exponent, integer(exponent.getType(), wide ? 1023 : 127));
  Value shift = integer(exponent.getType(), wide ? 52 : 23);
  return fromBits(arith::ShLIOp::create(b, loc, biased, shift), type);
}

/// x * 2^exponent in two steps, so that results near the ends of the range come out right.
Value Polynomials::scale(Value x, Value exponent) {
  Value half = arith::ShRSIOp::create(b, loc, exponent, integer(exponent.getType(), 1));
  Value rest = arith::SubIOp::create(b, loc, exponent, half);
  return mul(mul(x, powerOfTwo(half, x.getType())), powerOfTwo(rest, x.getType()));
}

/// x = exponent * ln(2) + remainder.
Polynomials::Reduced Polynomials::reduce(Value x) {
  Reduced result;
  Value n = roundToInteger(mul(x, kLog2E), result.exponent);
  result.remainder = sub(sub(x, mul(n, kLn2High)), mul(n, kLn2Low));
  return result;
}

/// exp(r) - 1 for r in +-ln(2)/2.
Value Polynomials::expm1Polynomial(Value r) {
  Value tail = horner(r, {0.5, 0.1666666567325592, 0.04166629537940025, 0.008333496749401093, 0.0013944668462499976,
                          0.0001979033841053024});
  return add(mul(mul(r, r), tail), r);
}

Value Polynomials::exp(Value x) {
  Reduced reduced = reduce(clamp(x, -105.0, 89.0));
  return scale(add(expm1Polynomial(reduced.remainder), 1.0), reduced.exponent);
}

Value Polynomials::exp2(Value x) {
  Value exponent, clamped = clamp(x, -151.0, 129.0);
  Value n = roundToInteger(clamped, exponent);
  return scale(add(expm1Polynomial(mul(sub(clamped, n), kLn2)), 1.0), exponent);
}

Value Polynomials::expm1(Value x) {
  // Above 80 the 1 does not matter, and 2^exponent stays finite below.
  Value large = compare(CmpFPredicate::OGT, x, 80.0);
  Reduced reduced = reduce(clamp(x, -80.0, 80.0));
  Value power = powerOfTwo(reduced.exponent, x.getType());
  Value near = add(mul(expm1Polynomial(reduced.remainder), power), add(power, -1.0));
  return select(large, exp(x), near);
}

/// x = mantissa * 2^result with the mantissa in [sqrt(1/2), sqrt(2)); x must be positive and finite. Subnormal numbers
/// are scaled first.
Value Polynomials::splitExponent(Value x, Value &mantissa) {
  bool wide = x.getType().isF64();
  int64_t fraction = wide ? 52 : 23;
  Value isTiny = compare(CmpFPredicate::OLT, x, wide ? 0x1p-1022 : 0x1p-126);
  Value scaled = select(isTiny, mul(x, wide ? 0x1p54 : 0x1p25), x);
  Value word = bits(scaled);
  // Subtracting the bits of sqrt(1/2) makes the exponent field step at sqrt(2) instead of at 2.
  Value origin = bits(constant(x, wide ? 0.70710678118654752 : 0.70710678f));
  Value distance = arith::SubIOp::create(b, loc, word, origin);
  Value exponent = arith::ShRSIOp::create(b, loc, distance, integer(word.getType(), fraction));
  Value shifted = arith::ShLIOp::create(b, loc, exponent, integer(word.getType(), fraction));
  mantissa = fromBits(arith::SubIOp::create(b, loc, word, shifted), x.getType());
  Value correction = constant(x, wide ? -54.0 : -25.0), zero = constant(x, 0.0);
  Value asFloat = arith::SIToFPOp::create(b, loc, x.getType(), exponent);
  return add(asFloat, select(isTiny, correction, zero));
}

/// What every logarithm gives at 0, infinity, below 0 and for NaN.
Value Polynomials::atLogLimits(Value x, Value result) {
  result = select(compare(CmpFPredicate::OEQ, x, kInfinity), x, result);
  result = select(compare(CmpFPredicate::OEQ, x, 0.0), constant(x, -kInfinity), result);
  return select(compare(CmpFPredicate::UGE, x, 0.0), select(compare(CmpFPredicate::UNO, x, 0.0), x, result),
                constant(x, std::numeric_limits<double>::quiet_NaN()));
}

Value Polynomials::log(Value x, double scale) {
  Value mantissa, exponent = splitExponent(x, mantissa);
  Value z = add(mantissa, -1.0), square = mul(z, z);
  Value tail = mul(mul(square, z), horner(z, {0.3333331048488617, -0.24999986588954926, 0.20002226531505585,
                                              -0.16669251024723053, 0.14218658208847046, -0.1238434836268425,
                                              0.11872976273298264, -0.11789807677268982, 0.06915368139743805}));
  Value near = add(z, sub(tail, mul(square, 0.5)));
  if (scale == 1.0) {
    // The small part of exponent * ln(2) joins the small numbers.
    near = add(z, add(sub(tail, mul(square, 0.5)), mul(exponent, kLn2Low)));
    return atLogLimits(x, add(near, mul(exponent, kLn2High)));
  }
  return atLogLimits(x, add(mul(near, scale), mul(exponent, kLn2 * scale)));
}

/// log(1 + x) = log(u) * x / (u - 1) with u the rounded sum: the errors of both factors cancel.
Value Polynomials::log1p(Value x) {
  Value u = add(x, 1.0), less = add(u, -1.0);
  Value ratio = div(mul(log(u, 1.0), x), less);
  Value exact = select(compare(CmpFPredicate::OEQ, less, 0.0), x, ratio);
  Value atLimits = select(compare(CmpFPredicate::OEQ, u, kInfinity), u, exact);
  return select(compare(CmpFPredicate::OEQ, u, 0.0), constant(x, -kInfinity), atLimits);
}

/// -log(erfc(a)) for a in [1, 4].
Value Polynomials::erfcExponent(Value a) {
  return horner(a, {-0.00012529361993074417, 1.1292037963867188, 0.6341961026191711, 0.10696150362491608,
                    -0.023836510255932808, 0.0033602705225348473, -0.00010176018986385316, -6.434151146095246e-05,
                    1.2452795090212021e-05, -7.845215463930799e-07});
}

Value Polynomials::erf(Value x) {
  Value magnitude = abs(x), square = mul(x, x);
  Value near = mul(x, horner(square, {1.128379225730896, -0.37612637877464294, 0.11283782124519348, -0.0268654003739357,
                                      0.005220945458859205, -0.0008482828852720559, 0.00011256946891080588,
                                      -9.641514225222636e-06}));
  Value exponent = erfcExponent(clamp(magnitude, 1.0, 4.0));
  Value far = copySign(sub(constant(x, 1.0), exp(mul(exponent, -1.0))), x);
  return select(compare(CmpFPredicate::OLT, magnitude, 1.0), near, far);
}

Value Polynomials::erfc(Value x) {
  return sub(constant(x, 1.0), erf(x));
}

Value Polynomials::tanh(Value x) {
  Value magnitude = abs(x), square = mul(x, x);
  Value tail = horner(square, {-0.3333328366279602, 0.13331490755081177, -0.05374349653720856, 0.020650578662753105,
                               -0.005717036779969931});
  Value near = add(x, mul(mul(x, square), tail));
  Value power = add(exp(mul(clamp(magnitude, 0.0, 10.0), 2.0)), 1.0);
  Value far = copySign(sub(constant(x, 1.0), div(constant(x, 2.0), power)), x);
  return select(compare(CmpFPredicate::OLT, magnitude, 0.625), near, far);
}

/// sin(x + quarterTurns * pi/2). The reduction runs in f64.
Value Polynomials::sinCos(Value x, int64_t quarterTurns) {
  Value wide = widen(x), turns;
  Value n = roundToInteger(mul(wide, 1.0 / kHalfPi), turns);
  Value r = narrow(sub(wide, mul(n, kHalfPi)));
  Value square = mul(r, r);
  Value sine = add(r, mul(mul(r, square), horner(square, {-0.1666666716337204, 0.008333329111337662,
                                                          -0.0001983933470910415, 2.7183041311218403e-06})));
  Value cosineTail =
      mul(mul(square, square), horner(square, {0.04166664555668831, -0.0013887366512790322, 2.4438377295155078e-05}));
  Value cosine = add(sub(constant(x, 1.0), mul(square, 0.5)), cosineTail);

  Value quarter = arith::AddIOp::create(b, loc, turns, integer(turns.getType(), quarterTurns));
  Value zero = integer(turns.getType(), 0);
  auto bitSet = [&](int64_t bit) {
    Value masked = arith::AndIOp::create(b, loc, quarter, integer(turns.getType(), bit));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, masked, zero);
  };
  Value result = select(bitSet(1), cosine, sine);
  return select(bitSet(2), arith::NegFOp::create(b, loc, result), result);
}

Value Polynomials::exp2Wide(Value x) {
  Value exponent, clamped = clamp(x, -1076.0, 1025.0);
  Value n = roundToInteger(clamped, exponent);
  Value r = mul(sub(clamped, n), kLn2);
  SmallVector<double> taylor;
  double factorial = 1.0;
  for (int i = 0; i < 12; ++i) {
    taylor.push_back(1.0 / factorial);
    factorial *= i + 1;
  }
  return scale(horner(r, taylor), exponent);
}

/// ln(m) = 2 (s + s^3/3 + s^5/5 + ...) with s = (m - 1) / (m + 1).
Value Polynomials::log2Wide(Value x) {
  Value mantissa, exponent = splitExponent(x, mantissa);
  Value s = div(add(mantissa, -1.0), add(mantissa, 1.0)), square = mul(s, s);
  Value series = horner(square, {2.0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15});
  return atLogLimits(x, add(mul(mul(s, series), kLog2E), exponent));
}

Value Polynomials::powWide(Value x, Value y) {
  Value magnitude = exp2Wide(mul(log2Wide(abs(x)), y));
  // A negative base needs an integer exponent; an odd one keeps the sign.
  Value truncated = math::TruncOp::create(b, loc, y), half = mul(y, 0.5);
  Value isInteger = compare(CmpFPredicate::OEQ, truncated, y);
  Value isOdd =
      arith::AndIOp::create(b, loc, isInteger, compare(CmpFPredicate::UNE, math::TruncOp::create(b, loc, half), half));
  Value negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, bits(x), integer(integerType(x), 0));
  Value keepsSign = arith::AndIOp::create(b, loc, negative, isOdd);
  Value result = select(keepsSign, arith::NegFOp::create(b, loc, magnitude), magnitude);
  Value invalid = arith::AndIOp::create(b, loc, compare(CmpFPredicate::OLT, x, 0.0),
                                        arith::AndIOp::create(b, loc, compare(CmpFPredicate::UNE, truncated, y),
                                                              compare(CmpFPredicate::ONE, x, -kInfinity)));
  result = select(invalid, constant(x, std::numeric_limits<double>::quiet_NaN()), result);
  Value isOne = arith::OrIOp::create(b, loc, compare(CmpFPredicate::OEQ, x, 1.0), compare(CmpFPredicate::OEQ, y, 0.0));
  Value minusOne = arith::AndIOp::create(b, loc, compare(CmpFPredicate::OEQ, x, -1.0),
                                         compare(CmpFPredicate::OEQ, abs(y), kInfinity));
  return select(arith::OrIOp::create(b, loc, isOne, minusOne), constant(x, 1.0), result);
}

Value Polynomials::pow(Value x, Value y) {
  return narrow(powWide(widen(x), widen(y)));
}

Value Polynomials::remainder(Value x, Value y) {
  Value a = x.getType().isF64() ? x : widen(x), c = x.getType().isF64() ? y : widen(y);
  Value magnitude = abs(a), divisor = abs(c);
  Value quotient = math::TruncOp::create(b, loc, div(magnitude, divisor));
  Value rest = sub(magnitude, mul(quotient, divisor));
  // A quotient that was rounded up is one too large.
  rest = select(compare(CmpFPredicate::OLT, rest, 0.0), add(rest, divisor), rest);
  rest = select(compare(CmpFPredicate::OGE, rest, divisor), sub(rest, divisor), rest);
  rest = select(compare(CmpFPredicate::OLT, magnitude, divisor), magnitude, rest);
  rest = copySign(rest, a);
  return x.getType().isF64() ? rest : narrow(rest);
}
