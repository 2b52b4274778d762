//===- Statistics.cpp - what calibration learns of a site ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Statistics.h"

#include "dialects/spk/Spk.h"

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace rheobase;
using llvm::ArrayRef;
using llvm::StringRef;

namespace {

/// Beyond this magnitude a value is a mask, not an activation.
constexpr float kMask = 1e30f;

/// The bits of an f32 above these are its exponent and an eighth of an octave.
constexpr unsigned kBinShift = 20;
/// 2^-32, where bins begin.
constexpr uint32_t kFirstBin = (127 - 32) << (23 - kBinShift);

/// Which axes are channels depends on what consumes the tensor; heads have channels of their own.
struct ChannelAxes {
  size_t channels;
  std::optional<size_t> heads;

  ChannelAxes(StringRef role, size_t rank) : channels(rank - 1) {
    if (role == "key")
      channels = rank - 2;
    else if (role == "conv")
      channels = 1;
    if (rank == 4 && (role == "query" || role == "key" || role == "value"))
      heads = 1;
  }
};

/// A tensor as [outer, heads, middle, channels, inner].
struct Layout {
  int64_t outer = 1, heads = 1, middle = 1, channels = 1, inner = 1;

  Layout(StringRef role, ArrayRef<int64_t> dims) {
    ChannelAxes axes(role, dims.size());
    for (auto [axis, size] : llvm::enumerate(dims)) {
      if (axis == axes.channels)
        channels = size;
      else if (axis > axes.channels)
        inner *= size;
      else if (axes.heads && axis >= *axes.heads)
        (axis == *axes.heads ? heads : middle) *= size;
      else
        outer *= size;
    }
  }
};

} // namespace

size_t Histogram::bin(float magnitude) {
  uint32_t raw = llvm::bit_cast<uint32_t>(magnitude) >> kBinShift;
  return std::clamp<int64_t>(static_cast<int64_t>(raw) - kFirstBin, 0, kBins - 1);
}

float Histogram::edge(size_t bin) {
  return bin == 0 ? 0 : llvm::bit_cast<float>(static_cast<uint32_t>(bin + kFirstBin) << kBinShift);
}

uint64_t Histogram::total() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t(0));
}

float Histogram::percentile(double percent) const {
  double least = static_cast<double>(total()) * percent / 100;
  uint64_t seen = 0;
  for (size_t bin = 0; bin < kBins; ++bin) {
    seen += counts[bin];
    if (static_cast<double>(seen) >= least)
      return edge(bin + 1);
  }
  return edge(kBins);
}

float Histogram::leastSquares(float reach, double codes) const {
  auto errorAt = [&](double end) {
    double step = end / codes, error = 0;
    for (size_t bin = 0; bin < kBins; ++bin) {
      double middle = 0.5 * (edge(bin) + edge(bin + 1)), lost = std::max(middle - end, 0.0);
      // Below half a step a value is lost as a whole, above it what is rounded is spread evenly.
      double rounded = middle < step / 2 ? middle * middle : step * step / 12;
      error += static_cast<double>(counts[bin]) * (lost > 0 ? lost * lost : rounded);
    }
    return error;
  };
  float best = reach;
  double least = errorAt(reach);
  for (size_t bin = 1; bin < kBins; ++bin)
    if (float end = edge(bin); counts[bin] && end < reach && errorAt(end) < least) {
      best = end;
      least = errorAt(end);
    }
  return best;
}

MaskedRows::MaskedRows(const std::optional<RowMask> &mask, ArrayRef<int64_t> dims) : mask(mask), dims(dims) {
  strides.resize(dims.size(), 1);
  for (size_t axis = dims.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * dims[axis];
}

bool MaskedRows::counts(int64_t offset) const {
  if (!mask)
    return true;
  int64_t sample = offset / strides[mask->batchAxis] % dims[mask->batchAxis];
  int64_t place = offset / strides[mask->sequenceAxis] % dims[mask->sequenceAxis];
  return mask->counts[sample * mask->sequence + place] != 0;
}

int64_t MaskedRows::run() const {
  return mask ? strides[std::max(mask->batchAxis, mask->sequenceAxis)] : 1;
}

int64_t rheobase::channelCount(StringRef role, ArrayRef<int64_t> dims) {
  if (dims.empty())
    return 1;
  ChannelAxes axes(role, dims.size());
  int64_t heads = axes.heads ? dims[*axes.heads] : 1, channels = dims[axes.channels];
  return heads < 0 || channels < 0 ? -1 : heads * channels;
}

void SampledRows::add(ArrayRef<float> row) {
  constexpr size_t most = 64;
  auto counts = [](float value) { return std::abs(value) < kMask; };
  if (seen++ % every != 0 || !llvm::all_of(row, counts))
    return;
  kept.insert(kept.end(), row.begin(), row.end());
  if (kept.size() <= most * row.size())
    return;
  // Every second one stays.
  size_t next = 0;
  for (size_t from = 0; from + row.size() <= kept.size(); from += 2 * row.size(), next += row.size())
    std::copy_n(kept.begin() + static_cast<ptrdiff_t>(from), row.size(), kept.begin() + static_cast<ptrdiff_t>(next));
  kept.resize(next);
  every *= 2;
}

void SiteStatistics::finish() {
  if (magnitudes.total() == 0)
    low = high = 0;
}

double SiteStatistics::rowCount() const {
  return peaks.empty() ? 0 : static_cast<double>(magnitudes.total()) / static_cast<double>(peaks.size());
}

std::vector<float> SiteStatistics::meanSquares() const {
  std::vector<float> means;
  for (double square : squares)
    means.push_back(static_cast<float>(square / std::max(rowCount(), 1.0)));
  return means;
}

void SiteStatistics::setMeanSquares(ArrayRef<float> means) {
  squares.clear();
  for (float mean : means)
    squares.push_back(mean * std::max(rowCount(), 1.0));
}

void SiteStatistics::take(size_t channel, float value) {
  float magnitude = std::abs(value);
  // NaN compares false.
  if (!(magnitude < kMask))
    return;
  low = std::min(low, value);
  high = std::max(high, value);
  magnitudes.add(magnitude);
  if (channelsVary)
    return;
  peaks[channel] = std::max(peaks[channel], magnitude);
  squares[channel] += static_cast<double>(value) * value;
}

void SiteStatistics::add(StringRef role, ArrayRef<float> data, ArrayRef<int64_t> dims,
                         const std::optional<RowMask> &mask) {
  Layout layout(role, dims);
  size_t channels = layout.heads * layout.channels;
  channelsVary |= !peaks.empty() && peaks.size() != channels;
  peaks.resize(channelsVary ? 0 : channels);
  squares.resize(peaks.size());
  MaskedRows rowsOf(mask, dims);
  int64_t run = layout.channels * layout.inner;
  for (int64_t row = 0, count = layout.outer * layout.heads * layout.middle; row < count; ++row) {
    // Where positions lie behind the channels, each element is asked for.
    if (layout.inner == 1 && !rowsOf.counts(row * run))
      continue;
    if (role == spk::kLinearRole && !channelsVary)
      rows.add(data.slice(row * run, run));
    int64_t head = row / layout.middle % layout.heads;
    for (int64_t i = 0; i < run; ++i)
      if (layout.inner == 1 || rowsOf.counts(row * run + i))
        take(head * layout.channels + i / layout.inner, data[row * run + i]);
  }
}
