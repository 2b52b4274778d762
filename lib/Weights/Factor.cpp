//===- Factor.cpp - Cholesky factors --------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// U^T U = H^-1 means H = U^-1 U^-T: with R = U^-1, upper triangular too, H = R R^T, a Cholesky factorisation that
// begins at the last row and column. It takes no inverse of H itself.
//
//===----------------------------------------------------------------------===//

#include "Factor.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace rheobase::weights;

void rheobase::weights::subtract(double *to, const double *from, double factor, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    to[i] -= from[i] * factor;
}

/// H = R R^T: column k of R, then what it leaves of the part above and left of it. R^T is written where H's rows were:
/// row k holds column k of R, so that all loops run along rows.
static void factorFromTheEnd(std::vector<double> &h, int64_t n) {
  for (int64_t k = n - 1; k >= 0; --k) {
    double *row = &h[k * n];
    // Rounding may take what is left of a nearly singular matrix below 0.
    double root = std::sqrt(std::max(row[k], std::numeric_limits<double>::min()));
    for (int64_t i = 0; i < k; ++i)
      row[i] /= root;
    row[k] = root;
    for (int64_t i = 0; i < k; ++i)
      subtract(&h[i * n], row, row[i], i + 1);
  }
}

void rheobase::weights::upperFactorOfInverse(std::vector<double> &h, int64_t n) {
  factorFromTheEnd(h, n);
  // Row k of h is column k of R. U = R^-1, row by row of its transpose V = L^-1 with L = R^T lower triangular:
  // V_kk = 1 / L_kk, V_ki = -(sum over i <= j < k of L_kj V_ji) / L_kk.
  std::vector<double> inverse(n * n), sum(n);
  for (int64_t k = 0; k < n; ++k) {
    std::fill(sum.begin(), sum.begin() + k, 0.0);
    for (int64_t j = 0; j < k; ++j)
      subtract(sum.data(), &inverse[j * n], h[k * n + j], j + 1);
    for (int64_t i = 0; i < k; ++i)
      inverse[k * n + i] = sum[i] / h[k * n + k];
    inverse[k * n + k] = 1 / h[k * n + k];
  }
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      h[i * n + j] = j < i ? 0 : inverse[j * n + i];
}
