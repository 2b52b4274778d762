//===- Numbers.cpp - the numbers in an array --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numbers.h"

#include "rheobase/Artifact/SmallFloats.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace rhb::npy;
using namespace rheobase;

static_assert(std::numeric_limits<long double>::digits >= 64, "64-bit integers are compared as long doubles");

/// Null for types that are no floats of that kind.
static const SmallFloat *smallFloatOf(rhb_dtype dtype) {
  switch (dtype) {
  case RHB_F16:
    return &kF16;
  case RHB_BF16:
    return &kBF16;
  case RHB_F8E4M3FN:
    return &kF8E4M3FN;
  case RHB_F8E4M3FNUZ:
    return &kF8E4M3FNUZ;
  case RHB_F8E5M2:
    return &kF8E5M2;
  case RHB_F8E5M2FNUZ:
    return &kF8E5M2FNUZ;
  case RHB_F4E2M1:
    return &kF4E2M1;
  default:
    return nullptr;
  }
}

/// Integers of less than eight bits are the low bits of their byte.
static int narrowBits(rhb_dtype dtype) {
  return dtype == RHB_I4 || dtype == RHB_U4 ? 4 : dtype == RHB_I2 || dtype == RHB_U2 ? 2 : 0;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

template <typename T> static T load(const uint8_t *from) {
  T value;
  memcpy(&value, from, sizeof(value));
  return value;
}

long double rhb::npy::number(const Array &array, size_t index) {
  size_t size = rhb_dtype_size(array.dtype);
  const uint8_t *at = array.bytes.data() + index * size;
  if (const SmallFloat *format = smallFloatOf(array.dtype))
    return decodeSmallFloat(*format, size == 1 ? *at & (2u * format->sign() - 1) : load<uint16_t>(at));
  if (int bits = narrowBits(array.dtype)) {
    int code = *at & ((1 << bits) - 1), half = 1 << (bits - 1);
    bool isSigned = array.dtype == RHB_I4 || array.dtype == RHB_I2;
    return isSigned && code >= half ? code - 2 * half : code;
  }
  switch (array.dtype) {
  case RHB_F32:
    return load<float>(at);
  case RHB_F64:
    return load<double>(at);
  case RHB_F8E8M0:
    return decodePower(*at);
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
  size_t size = rhb_dtype_size(array.dtype);
  uint8_t *at = array.bytes.data() + index * size;
  if (const SmallFloat *format = smallFloatOf(array.dtype)) {
    // As casts do: a byte has no room for what is too large, but for infinity itself.
    bool saturate = size == 1 && !(std::isinf(value) && format->hasInfinity());
    uint16_t code = encodeSmallFloat(*format, value, saturate);
    memcpy(at, &code, size);
    return true;
  }
  if (int bits = narrowBits(array.dtype)) {
    bool isSigned = array.dtype == RHB_I4 || array.dtype == RHB_I2;
    int least = isSigned ? -(1 << (bits - 1)) : 0, most = least + (1 << bits) - 1;
    if (!(value >= least && value <= most) || value != std::trunc(value))
      return false;
    *at = static_cast<uint8_t>(static_cast<int>(value) & ((1 << bits) - 1));
    return true;
  }
  switch (array.dtype) {
  case RHB_F32:
    store(at, static_cast<float>(value));
    return true;
  case RHB_F64:
    store(at, static_cast<double>(value));
    return true;
  case RHB_F8E8M0:
    *at = encodePower(static_cast<float>(value), {/*saturate=*/true, PowerRounding::Nearest});
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
  for (rhb_dtype candidate = RHB_F32; rhb_dtype_name(candidate); ++candidate)
    if (name == rhb_dtype_name(candidate)) {
      dtype = candidate;
      return true;
    }
  return false;
}

bool rhb::npy::holds(const Array &array, rhb_dtype dtype) {
  bool arePlain = array.dtype == RHB_U8 || array.dtype == RHB_I8;
  return array.dtype == dtype || (arePlain && dtype > RHB_BOOL && rhb_dtype_size(dtype) == 1);
}

void rhb::npy::readAs(Array &array, rhb_dtype dtype) {
  if (holds(array, dtype))
    array.dtype = dtype;
}
