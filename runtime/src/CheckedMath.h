//===- CheckedMath.h - arithmetic that says when it overflows ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_CHECKEDMATH_H
#define RHEOBASE_RUNTIME_CHECKEDMATH_H

namespace rheobase::runtime {

/// Both return false, and leave `result` unspecified, where the exact value does not fit.
template <typename T> [[nodiscard]] bool checkedAdd(T a, T b, T &result) {
  return !__builtin_add_overflow(a, b, &result);
}
template <typename T> [[nodiscard]] bool checkedMul(T a, T b, T &result) {
  return !__builtin_mul_overflow(a, b, &result);
}

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_CHECKEDMATH_H
