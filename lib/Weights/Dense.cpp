//===- Dense.cpp - products of matrices ----------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Weights/Dense.h"

#include "llvm/Support/Parallel.h"

#include <algorithm>

using namespace rheobase::weights;

namespace {

/// What of c stays in registers, and how many rows share the columns of b that are in a cache.
constexpr int64_t kTileRows = 4, kTileColumns = 8, kChunk = 64;

/// A whole tile. Loops of fixed length, which the compiler makes vectors of.
RHEOBASE_CLONES void addTile(Rows<double> c, Rows<const double> a, Rows<const double> b, int64_t depth, double factor) {
  double sums[kTileRows][kTileColumns] = {};
  for (int64_t k = 0; k < depth; ++k) {
    const double *left = a.row(k), *right = b.row(k);
    for (int64_t i = 0; i < kTileRows; ++i)
      for (int64_t j = 0; j < kTileColumns; ++j)
        sums[i][j] += left[i] * right[j];
  }
  for (int64_t i = 0; i < kTileRows; ++i)
    for (int64_t j = 0; j < kTileColumns; ++j)
      c.row(i)[j] += factor * sums[i][j];
}

/// The same where fewer rows or columns are left.
void addRest(Rows<double> c, Rows<const double> a, Rows<const double> b, ProductSize size, double factor) {
  for (int64_t i = 0; i < size.rows; ++i)
    for (int64_t j = 0; j < size.columns; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < size.depth; ++k)
        sum += a.row(k)[i] * b.row(k)[j];
      c.row(i)[j] += factor * sum;
    }
}

void addChunk(Rows<double> c, Rows<const double> a, Rows<const double> b, ProductSize size, double factor) {
  for (int64_t j = 0; j < size.columns; j += kTileColumns)
    for (int64_t i = 0; i < size.rows; i += kTileRows) {
      Rows<double> tile{c.row(i) + j, c.stride};
      Rows<const double> left{a.data + i, a.stride}, right{b.data + j, b.stride};
      if (i + kTileRows <= size.rows && j + kTileColumns <= size.columns)
        addTile(tile, left, right, size.depth, factor);
      else
        addRest(tile, left, right,
                {std::min(kTileRows, size.rows - i), std::min(kTileColumns, size.columns - j), size.depth}, factor);
    }
}

} // namespace

void rheobase::weights::addProduct(Rows<double> c, Rows<const double> a, Rows<const double> b, ProductSize size,
                                   double factor, Part part) {
  auto chunks = static_cast<size_t>((size.rows + kChunk - 1) / kChunk);
  llvm::parallelFor(0, chunks, [&](size_t chunk) {
    int64_t first = static_cast<int64_t>(chunk) * kChunk, end = std::min(first + kChunk, size.rows);
    int64_t columns = part == Part::Lower ? std::min(end, size.columns) : size.columns;
    addChunk({c.row(first), c.stride}, {a.data + first, a.stride}, b, {end - first, columns, size.depth}, factor);
  });
}
