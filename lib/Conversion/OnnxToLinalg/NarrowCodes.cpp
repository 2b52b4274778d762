//===- NarrowCodes.cpp - codes of narrow types in a body -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What rheobase/Artifact/SmallFloats.h says about one float, as integer arithmetic that vectors do as well.
//
//===----------------------------------------------------------------------===//

#include "NarrowCodes.h"

#include "rheobase/Conversion/OnnxToLinalg/ScalarBuilder.h"
#include "rheobase/Interfaces/NarrowTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;

namespace {

/// Unsigned integers and the floats of the same bits.
class Words {
public:
  Words(ImplicitLocOpBuilder &b) : b(b), s(b, /*isUnsigned=*/true) {}

  Value ofFloat(Value x) {
    return arith::BitcastOp::create(b, b.getIntegerType(x.getType().getIntOrFloatBitWidth()), x);
  }
  Value asFloat(Value x, Type type) { return arith::BitcastOp::create(b, type, x); }
  Value resized(Value x, unsigned width) {
    unsigned from = x.getType().getIntOrFloatBitWidth();
    Type type = b.getIntegerType(width);
    return from == width  ? x
           : from < width ? arith::ExtUIOp::create(b, type, x).getResult()
                          : arith::TruncIOp::create(b, type, x).getResult();
  }
  Value add(Value x, uint64_t y) { return s.add(x, s.integer(x, int64_t(y))); }
  Value both(Value x, uint64_t y) { return s.bitAnd(x, s.integer(x, int64_t(y))); }
  Value left(Value x, unsigned bits) { return arith::ShLIOp::create(b, x, s.integer(x, bits)); }
  Value right(Value x, unsigned bits) { return arith::ShRUIOp::create(b, x, s.integer(x, bits)); }
  Value is(Comparison comparison, Value x, uint64_t y) { return s.compare(comparison, x, s.integer(x, int64_t(y))); }
  Value choose(Value condition, uint64_t x, Value y) { return s.select(condition, s.integer(y, int64_t(x)), y); }

  ImplicitLocOpBuilder &b;
  ScalarBuilder s;
};

constexpr uint64_t kInfinityOfSingle = 0x7f800000, kNanOfSingle = 0x7fc00000;

} // namespace

static Value decodePowers(Words &w, Value code) {
  Value word = w.resized(code, 32);
  // 2^-127 is a subnormal float.
  Value power = w.choose(w.is(Comparison::Equal, word, 0), 0x00400000, w.left(word, 23));
  return w.asFloat(w.choose(w.is(Comparison::Equal, word, kPowerNan), kNanOfSingle, power), w.b.getF32Type());
}

/// The f32 behind the code.
static Value decodeFloat(ImplicitLocOpBuilder &b, Value code, Type type) {
  Words w(b);
  const SmallFloat *format = smallFloatOf(type);
  if (!format)
    return decodePowers(w, code);
  Type f32 = b.getF32Type();
  Value word = w.resized(code, 32), magnitude = w.both(word, format->sign() - 1);
  Value sign = w.left(w.both(word, format->sign()), 32 - format->width);
  Value normal = w.add(w.left(magnitude, 23 - format->mantissa), uint64_t(127 - format->bias) << 23);
  Value whole = arith::SIToFPOp::create(b, f32, magnitude);
  Value subnormal = w.ofFloat(w.s.mul(whole, w.s.number(whole, std::ldexp(1.0, 1 - format->bias - format->mantissa))));
  Value bits = w.s.select(w.is(Comparison::Less, magnitude, 1u << format->mantissa), subnormal, normal);
  if (format->hasInfinity())
    bits = w.choose(w.is(Comparison::Equal, magnitude, format->overflow), kInfinityOfSingle, bits);
  if (format->oneZero)
    bits = w.choose(w.is(Comparison::Equal, word, format->nan), kNanOfSingle, bits);
  else if (format->hasNan())
    bits = w.choose(w.is(Comparison::Greater, magnitude, format->hasInfinity() ? format->overflow : format->largest),
                    kNanOfSingle, bits);
  return w.asFloat(w.s.bitOr(bits, sign), f32);
}

static Value encodePowers(Words &w, Value x, const Narrowing &narrowing) {
  Value magnitude = w.both(w.ofFloat(x), 0x7fffffff);
  Value code = w.right(magnitude, 23), fraction = w.both(magnitude, 0x7fffff);
  bool nearest = narrowing.rounding == PowerRounding::Nearest;
  if (nearest || narrowing.rounding == PowerRounding::Up) {
    // Of subnormal floats the code 0 is the upper half: 2^-127 is a fraction of 0x400000.
    Value limit = w.choose(w.is(Comparison::Equal, code, 0), nearest ? 0x600000 : 0x400000,
                           w.s.integer(code, nearest ? 0x400000 : 0));
    Value up = w.s.compare(nearest ? Comparison::GreaterOrEqual : Comparison::Greater, fraction, limit);
    code = w.s.add(code, arith::ExtUIOp::create(w.b, code.getType(), up));
  }
  code = w.s.minimum(code, w.s.integer(code, kPowerNan - 1));
  Value none = w.is(Comparison::Greater, magnitude, kInfinityOfSingle);
  if (!narrowing.saturate)
    none = w.s.bitOr(w.is(Comparison::Less, magnitude, 0x00400000), w.is(Comparison::Greater, magnitude, 0x7f000000));
  return w.resized(w.choose(none, kPowerNan, code), 8);
}

/// How f32 and f64 are written.
struct WideFormat {
  unsigned width, mantissa;
  uint64_t bias, infinity;
};

/// The code of |x|, where x is no NaN: to the nearest, ties to even.
static Value roundedCode(Words &w, Value magnitude, const SmallFloat &format, const WideFormat &from, Type type) {
  unsigned dropped = from.mantissa - format.mantissa;
  Value odd = w.both(w.right(magnitude, dropped), 1);
  uint64_t half = (uint64_t(1) << (dropped - 1)) - 1, rebias = (from.bias - format.bias) << from.mantissa;
  Value normal = w.right(w.add(w.s.add(magnitude, odd), half - rebias), dropped);
  // Subnormal codes are rounded by adding a power of two whose last bit is theirs.
  Value power = w.s.constant(type, std::ldexp(1.0, int(from.mantissa) + 1 - format.bias - format.mantissa));
  Value subnormal = w.s.sub(w.ofFloat(w.s.add(w.asFloat(magnitude, type), power)), w.ofFloat(power));
  uint64_t leastNormal = (from.bias - format.bias + 1) << from.mantissa;
  return w.s.select(w.is(Comparison::Less, magnitude, leastNormal), subnormal, normal);
}

/// The code of an f32 or, but for E8M0, an f64.
static Value encodeFloat(ImplicitLocOpBuilder &b, Value x, Type type, const Narrowing &narrowing) {
  Words w(b);
  const SmallFloat *format = smallFloatOf(type);
  if (!format)
    return encodePowers(w, x, narrowing);
  static constexpr WideFormat kSingle{32, 23, 127, kInfinityOfSingle}, kDouble{64, 52, 1023, 0x7ff0000000000000};
  const WideFormat &from = x.getType().isF64() ? kDouble : kSingle;
  Value word = w.ofFloat(x), magnitude = w.both(word, ~uint64_t(0) >> (65 - from.width));
  Value code = roundedCode(w, magnitude, *format, from, x.getType());
  code = w.choose(w.is(Comparison::Greater, code, format->largest),
                  narrowing.saturate ? format->largest : format->overflow, code);
  code = w.choose(w.is(Comparison::Greater, magnitude, from.infinity), format->nan, code);
  Value sign = w.left(w.right(word, from.width - 1), format->width - 1);
  if (format->oneZero)
    sign = w.choose(w.is(Comparison::Equal, w.both(code, format->sign() - 1), 0), 0, sign);
  return w.resized(w.s.bitXor(code, sign), 8);
}

Value rheobase::fromCode(ImplicitLocOpBuilder &b, Value code, Type &type) {
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer) {
    Value number = decodeFloat(b, code, type);
    type = number.getType();
    return number;
  }
  unsigned width = integer.getWidth();
  type = IntegerType::get(b.getContext(), 8, integer.getSignedness());
  if (integer.isUnsigned())
    return code;
  Value free = ScalarBuilder(b).integer(code, 8 - width);
  return arith::ShRSIOp::create(b, arith::ShLIOp::create(b, code, free), free);
}

Value rheobase::toCode(ImplicitLocOpBuilder &b, Value x, Type from, Type to, const Narrowing &narrowing) {
  ScalarBuilder s(b);
  if (isa<IntegerType>(to)) {
    Value byte = ScalarBuilder::convert(b, x, from, b.getI8Type());
    return s.bitAnd(byte, s.integer(byte, codeMask(to)));
  }
  // Integers that f32 rounds are beyond all floats but powers of two, which are made of f32 by definition.
  bool direct = from.isF64() && !isa<Float8E8M0FNUType>(to);
  Value wide = direct ? x : ScalarBuilder::convert(b, x, from, b.getF32Type());
  return encodeFloat(b, wide, to, narrowing);
}
