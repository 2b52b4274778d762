//===- KMeans.cpp - the vectors that stand for many ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KMeans.h"

#include <array>
#include <cmath>
#include <limits>

using namespace rheobase::weights;

namespace {

constexpr int kIterations = 16;

/// The errors of all centroids for one sample.
void errorsOf(const Samples &samples, int64_t sample, const Centroids &centroids, std::vector<float> &errors) {
  std::fill(errors.begin(), errors.end(), 0.0f);
  for (int64_t i = 0; i < samples.length; ++i) {
    float number = samples.numbers[sample * samples.length + i], weight = samples.weights[sample * samples.length + i];
    const float *row = centroids.row(i);
    for (int64_t c = 0; c < centroids.count; ++c)
      errors[c] += weight * (number - row[c]) * (number - row[c]);
  }
}

/// Numbers in [0, 1) that are the same everywhere.
class Sequence {
public:
  double next() {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state >> 11) * 0x1p-53;
  }

private:
  uint64_t state = 1;
};

/// Samples far from those taken before are the likelier (k-means++).
Centroids seed(const Samples &samples, int64_t count) {
  Centroids centroids(samples.length, count);
  Sequence sequence;
  std::vector<double> nearest(samples.count(), std::numeric_limits<double>::max());
  for (int64_t c = 0; c < count; ++c) {
    double total = 0, passed = 0;
    for (double error : nearest)
      total += error;
    int64_t chosen = static_cast<int64_t>(sequence.next() * static_cast<double>(samples.count()));
    if (c > 0) {
      double stop = sequence.next() * total;
      chosen = 0;
      while (chosen + 1 < samples.count() && (passed += nearest[chosen]) < stop)
        ++chosen;
    }
    for (int64_t i = 0; i < samples.length; ++i)
      centroids.at(i, c) = samples.numbers[chosen * samples.length + i];
    for (int64_t s = 0; s < samples.count(); ++s) {
      double error = 0;
      for (int64_t i = 0; i < samples.length; ++i) {
        double off = samples.numbers[s * samples.length + i] - centroids.at(i, c);
        error += samples.weights[s * samples.length + i] * off * off;
      }
      nearest[s] = std::min(nearest[s], error);
    }
  }
  return centroids;
}

/// Sums over the samples of each centroid.
struct Sums {
  explicit Sums(const Centroids &centroids) : numbers(centroids.length * centroids.count), weights(numbers) {}

  void add(const Samples &samples, int64_t sample, int64_t c, int64_t count) {
    for (int64_t i = 0; i < samples.length; ++i) {
      double weight = samples.weights[sample * samples.length + i];
      numbers[i * count + c] += weight * samples.numbers[sample * samples.length + i];
      weights[i * count + c] += weight;
    }
  }
  std::vector<double> numbers, weights;
};

/// Every centroid to the mean of its samples; one without samples stays.
void moveToMeans(Centroids &centroids, const Sums &sums) {
  for (int64_t i = 0; i < centroids.length; ++i)
    for (int64_t c = 0; c < centroids.count; ++c)
      if (double weight = sums.weights[i * centroids.count + c]; weight > 0)
        centroids.at(i, c) = static_cast<float>(sums.numbers[i * centroids.count + c] / weight);
}

/// All numbers to the one magnitude that is best for their signs.
void moveToSigns(Centroids &centroids, const Sums &sums) {
  double total = 0, weight = 0;
  for (size_t i = 0; i < sums.numbers.size(); ++i)
    total += std::abs(sums.numbers[i]), weight += sums.weights[i];
  auto magnitude = static_cast<float>(weight > 0 ? total / weight : 1);
  for (int64_t i = 0; i < centroids.length; ++i)
    for (int64_t c = 0; c < centroids.count; ++c)
      centroids.at(i, c) = std::copysign(magnitude, centroids.at(i, c));
}

} // namespace

int64_t rheobase::weights::smallest(llvm::ArrayRef<float> values) {
  constexpr size_t lanes = 8;
  std::array<float, lanes> best{};
  std::array<int32_t, lanes> place{};
  best.fill(std::numeric_limits<float>::infinity());
  for (size_t first = 0; first < values.size(); first += lanes)
    for (size_t lane = 0; lane < lanes; ++lane) {
      bool less = values[first + lane] < best[lane];
      best[lane] = less ? values[first + lane] : best[lane];
      place[lane] = less ? static_cast<int32_t>(first + lane) : place[lane];
    }
  size_t found = 0;
  for (size_t lane = 1; lane < lanes; ++lane)
    if (best[lane] < best[found] || (best[lane] == best[found] && place[lane] < place[found]))
      found = lane;
  return place[found];
}

Centroids rheobase::weights::kMeans(const Samples &samples, int64_t count, bool signs) {
  Centroids centroids = seed(samples, count);
  std::vector<float> errors(count);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    Sums sums(centroids);
    for (int64_t s = 0; s < samples.count(); ++s) {
      errorsOf(samples, s, centroids, errors);
      sums.add(samples, s, smallest(errors), count);
    }
    moveToMeans(centroids, sums);
    if (signs)
      moveToSigns(centroids, sums);
  }
  return centroids;
}
