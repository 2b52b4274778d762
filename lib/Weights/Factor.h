//===- Factor.h - Cholesky factors ----------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_WEIGHTS_FACTOR_H
#define RHEOBASE_LIB_WEIGHTS_FACTOR_H

#include <cstdint>
#include <vector>

namespace rheobase::weights {

/// to[i] -= from[i] * factor.
void subtract(double *to, const double *from, double factor, int64_t count);

/// Turns a symmetric positive definite H [n, n] into the upper triangular U with U^T U = H^-1; below its diagonal are
/// zeros.
void upperFactorOfInverse(std::vector<double> &h, int64_t n);

} // namespace rheobase::weights

#endif // RHEOBASE_LIB_WEIGHTS_FACTOR_H
