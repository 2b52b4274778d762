//===- SingularValues.h - how much a map has in it --------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_SINGULARVALUES_H
#define RHEOBASE_LIB_DRIVER_SINGULARVALUES_H

#include <cstdint>
#include <vector>

namespace rheobase {

/// The sum of the singular values of a matrix [rows, columns], row by row.
double sumOfSingularValues(const std::vector<double> &matrix, int64_t rows, int64_t columns);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_SINGULARVALUES_H
