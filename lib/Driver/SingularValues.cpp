//===- SingularValues.cpp - how much a map has in it -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The roots of the eigenvalues of the smaller of M M^T and M^T M: Householder's reflections make it tridiagonal, and
// Sturm's count of the eigenvalues below a number finds each by bisection.
//
//===----------------------------------------------------------------------===//

#include "SingularValues.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace rheobase;

namespace {

/// A symmetric matrix [n, n] of which the diagonal and what is beside it count.
struct Tridiagonal {
  std::vector<double> diagonal, besideSquared;
};

} // namespace

/// Element i of the shorter side's vector k, whichever side that is.
static std::vector<double> gram(const std::vector<double> &matrix, int64_t rows, int64_t columns) {
  bool byRows = rows < columns;
  int64_t n = std::min(rows, columns), length = std::max(rows, columns);
  auto at = [&](int64_t vector, int64_t i) {
    return byRows ? matrix[vector * columns + i] : matrix[i * columns + vector];
  };
  std::vector<double> products(n * n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < length; ++k)
        sum += at(i, k) * at(j, k);
      products[i * n + j] = products[j * n + i] = sum;
    }
  return products;
}

/// A' = H A H with H = 1 - 2 v v^T / |v|^2 makes column k zero below the element beside the diagonal.
static void reflect(std::vector<double> &a, int64_t n, int64_t k) {
  double length = 0;
  for (int64_t i = k + 1; i < n; ++i)
    length += a[i * n + k] * a[i * n + k];
  length = std::sqrt(length);
  std::vector<double> v(n), p(n);
  for (int64_t i = k + 1; i < n; ++i)
    v[i] = a[i * n + k];
  v[k + 1] += v[k + 1] < 0 ? -length : length;
  double square = 0, inner = 0;
  for (double each : v)
    square += each * each;
  if (square == 0)
    return;
  for (int64_t i = k; i < n; ++i) {
    for (int64_t j = k + 1; j < n; ++j)
      p[i] += a[i * n + j] * v[j];
    p[i] *= 2 / square;
    inner += p[i] * v[i];
  }
  for (int64_t i = k; i < n; ++i)
    p[i] -= inner / square * v[i];
  for (int64_t i = k; i < n; ++i)
    for (int64_t j = k; j < n; ++j)
      a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
}

static Tridiagonal tridiagonal(std::vector<double> a, int64_t n) {
  for (int64_t k = 0; k + 2 < n; ++k)
    reflect(a, n, k);
  Tridiagonal result;
  for (int64_t i = 0; i < n; ++i) {
    result.diagonal.push_back(a[i * n + i]);
    result.besideSquared.push_back(i == 0 ? 0 : a[i * n + i - 1] * a[i * n + i - 1]);
  }
  return result;
}

/// How many eigenvalues are less than x.
static int64_t countBelow(const Tridiagonal &matrix, double x) {
  int64_t below = 0;
  double pivot = 1;
  for (size_t i = 0; i < matrix.diagonal.size(); ++i) {
    pivot = matrix.diagonal[i] - x - matrix.besideSquared[i] / pivot;
    if (pivot == 0)
      pivot = -std::numeric_limits<double>::min();
    below += pivot < 0;
  }
  return below;
}

double rheobase::sumOfSingularValues(const std::vector<double> &matrix, int64_t rows, int64_t columns) {
  int64_t n = std::min(rows, columns);
  std::vector<double> products = gram(matrix, rows, columns);
  double trace = 0, sum = 0;
  for (int64_t i = 0; i < n; ++i)
    trace += products[i * n + i];
  Tridiagonal small = tridiagonal(std::move(products), n);
  // None is larger than their sum, and as squares of singular values none is negative.
  constexpr int halvings = 40;
  for (int64_t number = 0; number < n && trace > 0; ++number) {
    double low = 0, high = trace;
    for (int i = 0; i < halvings; ++i) {
      double middle = (low + high) / 2;
      (countBelow(small, middle) > number ? high : low) = middle;
    }
    sum += std::sqrt((low + high) / 2);
  }
  return sum;
}
