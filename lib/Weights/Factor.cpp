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

#include "rheobase/Weights/Dense.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace rheobase::weights;

RHEOBASE_CLONES void rheobase::weights::subtract(double *to, const double *from, double factor, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    to[i] -= from[i] * factor;
}

/// Rows that are done one by one before what they do to the others is done at once.
static constexpr int64_t kBlock = 64;

/// Row k of R^T, and what it leaves of the rows of its block above it.
static void factorRow(std::vector<double> &h, int64_t n, int64_t k, int64_t blockBegin) {
  double *row = &h[k * n];
  // Rounding may take what is left of a nearly singular matrix below 0.
  double root = std::sqrt(std::max(row[k], std::numeric_limits<double>::min()));
  for (int64_t i = 0; i < k; ++i)
    row[i] /= root;
  row[k] = root;
  for (int64_t i = blockBegin; i < k; ++i)
    subtract(&h[i * n], row, row[i], i + 1);
}

/// H = R R^T: column k of R, then what it leaves of the part above and left of it. R^T is written where H's rows were:
/// row k holds column k of R, so that all loops run along rows.
static void factorFromTheEnd(std::vector<double> &h, int64_t n) {
  for (int64_t end = n; end > 0; end -= std::min(kBlock, end)) {
    int64_t begin = std::max<int64_t>(0, end - kBlock);
    for (int64_t k = end - 1; k >= begin; --k)
      factorRow(h, n, k, begin);
    Rows<const double> rows{&h[begin * n], n};
    addProduct({h.data(), n}, rows, rows, {begin, begin, end - begin}, -1, Part::Lower);
  }
}

/// V = L^-1 of the lower triangular L: V_kk = 1 / L_kk, V_ki = -(sum over i <= j < k of L_kj V_ji) / L_kk.
static std::vector<double> inverseOfLower(const std::vector<double> &lower, int64_t n) {
  std::vector<double> inverse(n * n), turned;
  for (int64_t first = 0; first < n; first += kBlock) {
    int64_t count = std::min(kBlock, n - first);
    // The sums over the rows before the block, of L's columns turned into rows.
    turned.resize(first * count);
    for (int64_t k = 0; k < count; ++k)
      for (int64_t j = 0; j < first; ++j)
        turned[j * count + k] = lower[(first + k) * n + j];
    addProduct({&inverse[first * n], n}, {turned.data(), count}, {inverse.data(), n}, {count, first, first}, -1);
    for (int64_t k = first; k < first + count; ++k) {
      double *row = &inverse[k * n];
      for (int64_t j = first; j < k; ++j)
        subtract(row, &inverse[j * n], lower[k * n + j], j + 1);
      for (int64_t i = 0; i < k; ++i)
        row[i] /= lower[k * n + k];
      row[k] = 1 / lower[k * n + k];
    }
  }
  return inverse;
}

void rheobase::weights::upperFactorOfInverse(std::vector<double> &h, int64_t n) {
  factorFromTheEnd(h, n);
  // Row k of h is column k of R. U = R^-1 is the transpose of the inverse of R^T.
  std::vector<double> inverse = inverseOfLower(h, n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      h[i * n + j] = j < i ? 0 : inverse[j * n + i];
}
