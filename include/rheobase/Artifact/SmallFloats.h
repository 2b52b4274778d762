//===- SmallFloats.h - floats of 4 to 16 bits as numbers -----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Codes of small floats and the numbers they stand for, as ONNX's Cast has it. The compiler folds constants with these,
// writes machine code that does the same from the same descriptions, and the programs read and print with them.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_ARTIFACT_SMALLFLOATS_H
#define RHEOBASE_ARTIFACT_SMALLFLOATS_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace rheobase {

/// A float that is a sign, an exponent and a mantissa, from the highest bit down.
struct SmallFloat {
  int width;
  int mantissa; ///< stored bits
  int bias;
  uint16_t largest;     ///< code of the largest number
  uint16_t overflow;    ///< of what is larger, where conversion does not saturate: infinity, NaN or the largest number
  uint16_t nan;         ///< of NaN; -0 where the format has none
  bool oneZero = false; ///< whether 0 has no sign: the code of -0 is that of NaN

  constexpr uint16_t sign() const { return static_cast<uint16_t>(1 << (width - 1)); }
  constexpr bool hasInfinity() const { return overflow != nan && overflow != largest; }
  constexpr bool hasNan() const { return oneZero || nan < sign(); }
};

inline constexpr SmallFloat kF16{16, 10, 15, 0x7bff, 0x7c00, 0x7e00};
inline constexpr SmallFloat kBF16{16, 7, 127, 0x7f7f, 0x7f80, 0x7fc0};
inline constexpr SmallFloat kF8E4M3FN{8, 3, 7, 0x7e, 0x7f, 0x7f};
inline constexpr SmallFloat kF8E4M3FNUZ{8, 3, 8, 0x7f, 0x80, 0x80, /*oneZero=*/true};
inline constexpr SmallFloat kF8E5M2{8, 2, 15, 0x7b, 0x7c, 0x7e};
inline constexpr SmallFloat kF8E5M2FNUZ{8, 2, 16, 0x7f, 0x80, 0x80, /*oneZero=*/true};
inline constexpr SmallFloat kF4E2M1{4, 1, 1, 0x7, 0x7, 0x8};

/// How E8M0, which has powers of two only, takes what lies between: away from zero, towards it, or to the nearer (the
/// larger of two that are equally near).
enum class PowerRounding { Up, Down, Nearest };

/// What Cast says about floats of 8 bits.
struct Narrowing {
  bool saturate = true; ///< what is too large becomes the largest number
  PowerRounding rounding = PowerRounding::Up;
};

inline double decodeSmallFloat(const SmallFloat &format, uint32_t code) {
  uint32_t magnitude = code & (format.sign() - 1u);
  bool negative = (code & format.sign()) != 0;
  double value = 0;
  if (format.oneZero ? code == format.nan : magnitude > format.largest)
    value = format.hasInfinity() && magnitude == format.overflow ? std::numeric_limits<double>::infinity()
                                                                 : std::numeric_limits<double>::quiet_NaN();
  else if (magnitude >> format.mantissa == 0)
    value = std::ldexp(magnitude, 1 - format.bias - format.mantissa);
  else
    value = std::ldexp((magnitude & ((1u << format.mantissa) - 1)) + (1u << format.mantissa),
                       static_cast<int>(magnitude >> format.mantissa) - format.bias - format.mantissa);
  return negative ? -value : value;
}

/// Rounds to the nearest code, of two equally near ones to the even one.
template <typename Real> uint16_t encodeSmallFloat(const SmallFloat &format, Real value, bool saturate) {
  uint32_t sign = std::signbit(value) ? format.sign() : 0, code = format.nan;
  if (!std::isnan(value)) {
    Real magnitude = std::fabs(value);
    // The place of the last bit: of a subnormal number it is fixed.
    int smallest = 1 - format.bias;
    int last = (magnitude == 0 ? smallest : std::max(std::ilogb(magnitude), smallest)) - format.mantissa;
    // Rounding up into the next power of two carries into the exponent.
    Real wanted = magnitude;
    if (std::isfinite(magnitude))
      wanted = std::nearbyint(std::ldexp(magnitude, -last)) +
               static_cast<Real>(last - smallest + format.mantissa) * (1 << format.mantissa);
    code = wanted <= format.largest ? static_cast<uint32_t>(wanted) : saturate ? format.largest : format.overflow;
  }
  bool unsignedCode = format.oneZero && (code == 0 || code == format.nan);
  return static_cast<uint16_t>(code ^ (unsignedCode ? 0 : sign));
}

/// E8M0: code c is 2^(c - 127), 255 is NaN.
inline constexpr uint8_t kPowerNan = 255;

inline double decodePower(uint8_t code) {
  return code == kPowerNan ? std::numeric_limits<double>::quiet_NaN() : std::ldexp(1.0, code - 127);
}

/// The sign is dropped. What is no number between the smallest and the largest power becomes the nearer of them, or,
/// not saturating, NaN.
inline uint8_t encodePower(float value, const Narrowing &narrowing) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  bits &= 0x7fffffff;
  constexpr uint32_t kInfinity = 0x7f800000, kLeast = 0x00400000, kMost = 0x7f000000;
  if (bits > kInfinity || (!narrowing.saturate && (bits < kLeast || bits > kMost)))
    return kPowerNan;
  uint32_t exponent = bits >> 23, fraction = bits & 0x7fffff;
  // Of subnormal floats the code 0 is the upper half: 2^-127 is a fraction of 0x400000.
  bool up = narrowing.rounding == PowerRounding::Up
                ? fraction > (exponent == 0 ? kLeast : 0)
                : narrowing.rounding == PowerRounding::Nearest && fraction >= (exponent == 0 ? 0x600000u : 0x400000u);
  return static_cast<uint8_t>(std::min<uint32_t>(exponent + up, kPowerNan - 1));
}

} // namespace rheobase

#endif // RHEOBASE_ARTIFACT_SMALLFLOATS_H
