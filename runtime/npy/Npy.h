//===- Npy.h - NumPy's npy and npz files -----------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Readers treat a file as hostile: every size is checked before it is used. Errors are returned as text, "" is success.
// Shared by snn-run (inputs, outputs) and the compiler (calibration); needs no more of the runtime than its dtypes.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_NPY_NPY_H
#define RHEOBASE_RUNTIME_NPY_NPY_H

#include "rheobase/runtime.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rhb::npy {

/// A tensor in C order, little endian.
struct Array {
  rhb_dtype dtype = RHB_F32;
  std::vector<int64_t> dims;
  std::vector<uint8_t> bytes;

  /// The product of the dimensions.
  int64_t elements() const;
};

/// By name, in alphabetical order.
using Arrays = std::map<std::string, Array>;

/// The bytes of an npy file, versions 1 to 3. Fortran order, big endian and object arrays are errors that say so.
std::string parse(const uint8_t *data, size_t size, Array &array);
/// An npy file of `array`: version 1, or 2 where the header is long.
std::vector<uint8_t> format(const Array &array);

std::string read(const std::string &path, Array &array);
/// Writes beside and renames.
std::string write(const std::string &path, const Array &array);

/// Reads every array of an npz file, stored or deflated.
std::string readAll(const std::string &path, Arrays &arrays);
/// Writes an npz file, stored; beside, then renamed. The same arrays give the same bytes.
std::string writeAll(const std::string &path, const Arrays &arrays);

} // namespace rhb::npy

#endif // RHEOBASE_RUNTIME_NPY_NPY_H
