//===- KMeans.h - the vectors that stand for many ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_WEIGHTS_KMEANS_H
#define RHEOBASE_LIB_WEIGHTS_KMEANS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace rheobase::weights {

/// Vectors [count, length], and what the square of each number's error weighs.
struct Samples {
  int64_t length;
  std::vector<float> numbers, weights;

  int64_t count() const { return static_cast<int64_t>(numbers.size()) / length; }
};

/// Numbers [length, count], so that loops run along the vectors that one is compared with.
class Centroids {
public:
  Centroids(int64_t length, int64_t count) : length(length), count(count), numbers(length * count) {}

  float *row(int64_t i) { return &numbers[i * count]; }
  const float *row(int64_t i) const { return &numbers[i * count]; }
  float &at(int64_t i, int64_t c) { return numbers[i * count + c]; }
  float at(int64_t i, int64_t c) const { return numbers[i * count + c]; }

  int64_t length, count;

private:
  std::vector<float> numbers;
};

/// The first of the smallest of `values`, a multiple of 8 of them.
int64_t smallest(llvm::ArrayRef<float> values);

/// The centroids with small weighted squares, by Lloyd's iterations from a seed that is always the same. With `signs`
/// the numbers of all centroids have one magnitude.
Centroids kMeans(const Samples &samples, int64_t count, bool signs);

} // namespace rheobase::weights

#endif // RHEOBASE_LIB_WEIGHTS_KMEANS_H
