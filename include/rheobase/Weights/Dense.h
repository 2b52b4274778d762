//===- Dense.h - products of matrices ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_WEIGHTS_DENSE_H
#define RHEOBASE_WEIGHTS_DENSE_H

#include <cstdint>

/// Compiled for each of these, and chosen where it runs. None has fused operations: results are the same bits.
#if defined(__x86_64__)
#define RHEOBASE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define RHEOBASE_CLONES
#endif

namespace rheobase::weights {

/// Rows of numbers, one `stride` behind the other.
template <typename T> struct Rows {
  T *data;
  int64_t stride;

  T *row(int64_t i) const { return data + i * stride; }
};

struct ProductSize {
  int64_t rows, columns, depth;
};

enum class Part {
  Whole,
  Lower, ///< at least what lies on and left of the diagonal
};

/// c[i, j] += factor * (sum over k of a[k, i] * b[k, j]), the sum in ascending order of k, on all cores: the same bits
/// on however many.
void addProduct(Rows<double> c, Rows<const double> a, Rows<const double> b, ProductSize size, double factor,
                Part part = Part::Whole);

} // namespace rheobase::weights

#endif // RHEOBASE_WEIGHTS_DENSE_H
