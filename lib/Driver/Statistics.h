//===- Statistics.h - what calibration learns of a site ------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_STATISTICS_H
#define RHEOBASE_LIB_DRIVER_STATISTICS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <limits>
#include <optional>
#include <vector>

namespace rheobase {

/// How often magnitudes were seen, in bins of an eighth of an octave from 2^-32 to 2^32: what a value is need not be
/// known before the first one.
class Histogram {
public:
  static constexpr size_t kBins = 512;

  void add(float magnitude) { ++counts[bin(magnitude)]; }
  uint64_t count(size_t bin) const { return counts[bin]; }
  void setCount(size_t bin, uint64_t count) { counts[bin] = count; }
  uint64_t total() const;
  /// Where a bin begins.
  static float edge(size_t bin);

  /// The magnitude that `percent` of the elements do not exceed, to a bin.
  float percentile(double percent) const;
  /// Where a code of `codes` steps beside 0 should end so that the mean square of what is cut off and rounded is least;
  /// `reach` is the largest magnitude seen.
  float leastSquares(float reach, double codes) const;

private:
  static size_t bin(float magnitude);

  std::array<uint64_t, kBins> counts{};
};

/// Rows of a batch that count: padding does not. Sizes of the mask and the axes of a site that they are the sizes of.
struct RowMask {
  llvm::ArrayRef<uint8_t> counts; ///< [batch, sequence]
  int64_t sequence;
  size_t batchAxis, sequenceAxis;
};

/// Whether elements of a tensor count, by their place in it.
class MaskedRows {
public:
  MaskedRows(const std::optional<RowMask> &mask, llvm::ArrayRef<int64_t> dims);

  bool counts(int64_t offset) const;
  /// Elements in a row that count alike, from every multiple of this number on.
  int64_t run() const;

private:
  const std::optional<RowMask> &mask;
  llvm::ArrayRef<int64_t> dims;
  llvm::SmallVector<int64_t> strides;
};

/// Some of all rows that were seen, evenly far apart.
class SampledRows {
public:
  void add(llvm::ArrayRef<float> row);
  /// One after the other.
  llvm::ArrayRef<float> values() const { return kept; }
  void set(std::vector<float> values) { kept = std::move(values); }

private:
  std::vector<float> kept;
  uint64_t seen = 0, every = 1;
};

/// Gathered batch by batch.
struct SiteStatistics {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
  /// Largest magnitude and sum of squares of each channel; empty where a site has none that keep their number.
  std::vector<float> peaks;
  std::vector<double> squares;
  Histogram magnitudes;
  /// Of a linear input.
  SampledRows rows;

  /// Adds a tensor at a site with this role.
  void add(llvm::StringRef role, llvm::ArrayRef<float> data, llvm::ArrayRef<int64_t> dims,
           const std::optional<RowMask> &mask);

  /// After the last batch: what saw nothing is 0.
  void finish();
  /// Of each channel.
  std::vector<float> meanSquares() const;
  /// With the histogram filled in.
  void setMeanSquares(llvm::ArrayRef<float> means);

private:
  /// Elements of one channel.
  double rowCount() const;
  void take(size_t channel, float value);

  bool channelsVary = false;
};

/// How many channels a tensor at a site with this role has; -1 where it is not known.
int64_t channelCount(llvm::StringRef role, llvm::ArrayRef<int64_t> dims);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_STATISTICS_H
