//===- Numbers.cpp - the numbers in an array --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numbers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace rhb::npy;

static_assert(std::numeric_limits<long double>::digits >= 64, "64-bit integers are compared as long doubles");

//===----------------------------------------------------------------------===//
// 16-bit floats
//===----------------------------------------------------------------------===//

/// A float of `mantissaBits` stored bits below an exponent that fills the rest of 15 bits.
static long double decodeHalf(uint16_t bits, int mantissaBits) {
  int exponentMask = (1 << (15 - mantissaBits)) - 1, bias = exponentMask >> 1;
  int exponent = bits >> mantissaBits & exponentMask;
  long double mantissa = bits & ((1 << mantissaBits) - 1);
  long double value;
  if (exponent == exponentMask)
    value =
        mantissa != 0 ? std::numeric_limits<long double>::quiet_NaN() : std::numeric_limits<long double>::infinity();
  else if (exponent == 0)
    value = std::ldexp(mantissa, 1 - bias - mantissaBits);
  else
    value = std::ldexp(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
  return bits & 0x8000 ? -value : value;
}

static uint16_t encodeHalf(long double value, int mantissaBits) {
  int exponentMask = (1 << (15 - mantissaBits)) - 1, bias = exponentMask >> 1;
  uint16_t sign = std::signbit(value) ? 0x8000 : 0, infinity = static_cast<uint16_t>(exponentMask << mantissaBits);
  if (std::isnan(value))
    return sign | infinity | static_cast<uint16_t>(1 << (mantissaBits - 1));
  long double magnitude = std::fabs(value);
  if (std::isinf(magnitude))
    return sign | infinity;
  if (magnitude == 0)
    return sign;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  // The place of the last bit: of a subnormal number it is fixed.
  int last = std::max(exponent - 1, 1 - bias) - mantissaBits;
  long double units = std::nearbyint(std::ldexp(magnitude, -last));
  // Rounding up into the next power of two carries into the exponent, and past the largest number to infinity.
  long double code = units + static_cast<long double>(last + bias + mantissaBits - 1) * (1 << mantissaBits);
  if (code >= infinity)
    return sign | infinity;
  return sign | static_cast<uint16_t>(code);
}

static constexpr int kF16Mantissa = 10, kBF16Mantissa = 7;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

template <typename T> static T load(const uint8_t *from) {
  T value;
  memcpy(&value, from, sizeof(value));
  return value;
}

long double rhb::npy::number(const Array &array, size_t index) {
  const uint8_t *at = array.bytes.data() + index * rhb_dtype_size(array.dtype);
  switch (array.dtype) {
  case RHB_F32:
    return load<float>(at);
  case RHB_F64:
    return load<double>(at);
  case RHB_F16:
    return decodeHalf(load<uint16_t>(at), kF16Mantissa);
  case RHB_BF16:
    return decodeHalf(load<uint16_t>(at), kBF16Mantissa);
  case RHB_I8:
    return load<int8_t>(at);
  case RHB_I16:
    return load<int16_t>(at);
  case RHB_I32:
    return load<int32_t>(at);
  case RHB_I64:
    return load<int64_t>(at);
  case RHB_U16:
    return load<uint16_t>(at);
  case RHB_U32:
    return load<uint32_t>(at);
  case RHB_U64:
    return load<uint64_t>(at);
  default:
    return load<uint8_t>(at);
  }
}

template <typename T> static void store(uint8_t *to, T value) {
  memcpy(to, &value, sizeof(value));
}

/// False where `value` is not one of the integers from 0 or the least to `most`.
template <typename T> static bool storeInteger(uint8_t *to, long double value, T most = std::numeric_limits<T>::max()) {
  if (!(value >= std::numeric_limits<T>::min() && value <= most) || value != std::trunc(value))
    return false;
  store(to, static_cast<T>(value));
  return true;
}

bool rhb::npy::setNumber(Array &array, size_t index, long double value) {
  uint8_t *at = array.bytes.data() + index * rhb_dtype_size(array.dtype);
  switch (array.dtype) {
  case RHB_F32:
    store(at, static_cast<float>(value));
    return true;
  case RHB_F64:
    store(at, static_cast<double>(value));
    return true;
  case RHB_F16:
    store(at, encodeHalf(value, kF16Mantissa));
    return true;
  case RHB_BF16:
    store(at, encodeHalf(value, kBF16Mantissa));
    return true;
  case RHB_I8:
    return storeInteger<int8_t>(at, value);
  case RHB_I16:
    return storeInteger<int16_t>(at, value);
  case RHB_I32:
    return storeInteger<int32_t>(at, value);
  case RHB_I64:
    return storeInteger<int64_t>(at, value);
  case RHB_U8:
    return storeInteger<uint8_t>(at, value);
  case RHB_U16:
    return storeInteger<uint16_t>(at, value);
  case RHB_U32:
    return storeInteger<uint32_t>(at, value);
  case RHB_U64:
    return storeInteger<uint64_t>(at, value);
  default:
    return storeInteger<uint8_t>(at, value, 1);
  }
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

std::string rhb::npy::allocate(rhb_dtype dtype, std::vector<int64_t> dims, Array &array) {
  // More than any machine has: a vector of that size would throw.
  static constexpr size_t kMost = size_t(1) << 40;
  size_t bytes = rhb_dtype_size(dtype);
  for (int64_t dim : dims)
    if (dim < 0 || __builtin_mul_overflow(bytes, static_cast<size_t>(dim), &bytes) || bytes > kMost)
      return "a tensor of " + typeText(dtype, dims) + " is too large";
  array.dtype = dtype;
  array.dims = std::move(dims);
  array.bytes.assign(bytes, 0);
  return {};
}

std::string rhb::npy::typeText(rhb_dtype dtype, const std::vector<int64_t> &dims) {
  std::string text;
  for (int64_t dim : dims)
    text += std::to_string(dim) + "x";
  return text + rhb_dtype_name(dtype);
}

bool rhb::npy::dtypeNamed(const std::string &name, rhb_dtype &dtype) {
  for (rhb_dtype candidate = RHB_F32; candidate <= RHB_BOOL; ++candidate)
    if (name == rhb_dtype_name(candidate)) {
      dtype = candidate;
      return true;
    }
  return false;
}
