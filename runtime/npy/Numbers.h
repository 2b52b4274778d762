//===- Numbers.h - the numbers in an array ----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_NPY_NUMBERS_H
#define RHEOBASE_RUNTIME_NPY_NUMBERS_H

#include "Npy.h"

namespace rhb::npy {

/// Whether the elements can be those of an input of type `dtype`. NumPy writes the small types of ml_dtypes as codes of
/// a byte, without a name: such codes can be of any of these types.
bool holds(const Array &array, rhb_dtype dtype);
/// Calls the elements `dtype` where they can be that; other arrays stay as they are.
void readAs(Array &array, rhb_dtype dtype);

/// Every element type is exact in a long double.
long double number(const Array &array, size_t index);

/// Rounds to nearest even where the type is narrower. False: the type is an integer's and cannot hold the number.
bool setNumber(Array &array, size_t index, long double value);

/// Makes `array` a tensor of zeros.
std::string allocate(rhb_dtype dtype, std::vector<int64_t> dims, Array &array);

/// "2x3xf32", "i64".
std::string typeText(rhb_dtype dtype, const std::vector<int64_t> &dims);

/// The element type called `name`; false where there is none.
bool dtypeNamed(const std::string &name, rhb_dtype &dtype);

/// For a call of the runtime; valid as long as the array is unchanged.
inline rhb_tensor view(Array &array) {
  return {array.bytes.data(), array.bytes.size(), array.dtype, array.dims.size(), array.dims.data()};
}

} // namespace rhb::npy

#endif // RHEOBASE_RUNTIME_NPY_NUMBERS_H
