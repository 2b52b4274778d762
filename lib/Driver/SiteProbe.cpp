//===- SiteProbe.cpp - what a site does while samples run ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SiteProbe.h"

#include <algorithm>
#include <cmath>

using namespace rheobase;
using llvm::ArrayRef;

namespace {

/// Bins of the calibration's histograms in one of a report's.
constexpr size_t kBinsPerBar = 4;

/// Where the step of an element lies, under broadcasting, or with a step for each group of the last axis.
class Broadcast {
public:
  Broadcast(ArrayRef<int64_t> from, ArrayRef<int64_t> to) : to(to), strides(to.size(), 0) {
    int64_t stride = 1;
    for (size_t i = 0; i < from.size(); ++i) {
      int64_t size = from[from.size() - 1 - i];
      if (i == 0 && size > 1)
        channelsOfStep = to.back() / size;
      strides[to.size() - 1 - i] = size == 1 ? 0 : stride;
      stride *= size;
    }
  }

  int64_t ofChannel(int64_t channel) const { return strides.empty() ? 0 : channel / channelsOfStep * strides.back(); }
  int64_t ofRow(int64_t row) const {
    int64_t offset = 0;
    for (size_t axis = to.size(); axis-- > 1;) {
      offset += row % to[axis - 1] * strides[axis - 1];
      row /= to[axis - 1];
    }
    return offset;
  }

private:
  ArrayRef<int64_t> to;
  llvm::SmallVector<int64_t> strides;
  int64_t channelsOfStep = 1;
};

/// Without the empty bars at both ends.
report::MagnitudeHistogram barsOf(const Histogram &magnitudes, uint64_t zeros) {
  report::MagnitudeHistogram bars;
  bars.zeros = zeros;
  size_t first = 0;
  for (size_t bin = 0; bin < Histogram::kBins; bin += kBinsPerBar) {
    uint64_t sum = 0;
    for (size_t i = 0; i < kBinsPerBar; ++i)
      sum += magnitudes.count(bin + i);
    if (sum == 0 && bars.counts.empty())
      continue;
    if (bars.counts.empty())
      first = bin;
    bars.edges.push_back(Histogram::edge(bin));
    bars.counts.push_back(sum);
  }
  while (!bars.counts.empty() && bars.counts.back() == 0) {
    bars.counts.pop_back();
    bars.edges.pop_back();
  }
  if (!bars.counts.empty())
    bars.edges.push_back(Histogram::edge(first + bars.counts.size() * kBinsPerBar));
  return bars;
}

} // namespace

report::Error ErrorSums::error() const {
  report::Error error;
  if (expectedSquare > 0)
    error.relativeRms = std::sqrt(difference / expectedSquare);
  else
    error.relativeRms = difference > 0 ? 1 : 0;
  double norms = std::sqrt(square) * std::sqrt(expectedSquare);
  error.cosine = norms > 0 ? product / norms : static_cast<double>(square == expectedSquare);
  return error;
}

std::vector<uint8_t> rheobase::countedElements(const TrialOutput &output) {
  std::vector<uint8_t> counts;
  if (output.masks.empty())
    return counts;
  counts.resize(output.bytes.size() / rhb_dtype_size(output.dtype), 1);
  for (const RowMask &mask : output.masks) {
    std::optional<RowMask> known = mask;
    MaskedRows rows(known, output.dims);
    for (auto first = counts.begin(); first < counts.end(); first += rows.run())
      if (!rows.counts(first - counts.begin()))
        std::fill_n(first, rows.run(), 0);
  }
  return counts;
}

void OutputProbe::add(const TrialOutput &output, const TrialOutput &expected) {
  ArrayRef<float> a = output.elements<float>(), b = expected.elements<float>();
  std::vector<uint8_t> counts = countedElements(output);
  counts.resize(a.size(), 1);
  for (size_t i = 0; i < a.size(); ++i)
    if (counts[i] && std::isfinite(a[i]) && std::isfinite(b[i]))
      sums.add(a[i], b[i]);
  auto width = static_cast<size_t>(output.dims.size() < 2 ? 1 : output.dims.back());
  for (size_t row = 0; width > 1 && row < a.size(); row += width) {
    auto largest = [&](ArrayRef<float> values) { return llvm::max_element(values.slice(row, width)) - values.begin(); };
    rows += counts[row];
    agreeing += static_cast<uint64_t>(counts[row] && largest(a) == largest(b));
  }
}

report::Output OutputProbe::finish(llvm::StringRef name) const {
  report::Output output{name.str(), sums.error(), std::nullopt};
  if (rows > 0)
    output.agreement = static_cast<double>(agreeing) / static_cast<double>(rows);
  return output;
}

void SiteProbe::addPlanes(ArrayRef<int8_t> spikes, size_t channels) {
  size_t planes = site.planeWeights.size(), count = spikes.size() / planes;
  codes.assign(count, 0);
  perChannel.resize(channels);
  for (size_t plane = 0; plane < planes; ++plane) {
    const int8_t *s = spikes.data() + plane * count;
    auto weight = static_cast<int32_t>(site.planeWeights[plane]);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; ++i) {
      codes[i] += weight * s[i];
      sum += (s[i] & 1) & counts[i];
    }
    site.planeSpikes[plane] += sum;
    for (size_t row = 0; row < count; row += channels)
      for (size_t channel = 0; channel < channels; ++channel)
        perChannel[channel] += s[row + channel] & 1;
  }
}

void SiteProbe::addSteps(const TrialOutput &steps, ArrayRef<int32_t> zeros) {
  std::vector<uint8_t> isCounted = countedElements(steps);
  for (auto [i, step] : llvm::enumerate(steps.elements<float>())) {
    if (!isCounted.empty() && !isCounted[i])
      continue;
    int64_t zero = zeros.empty() ? 0 : zeros[i];
    double reach = step * static_cast<double>(std::max(largest - zero, zero - smallest));
    site.reach.least = stepCount == 0 ? reach : std::min(site.reach.least, reach);
    site.reach.most = stepCount == 0 ? reach : std::max(site.reach.most, reach);
    reachSum += reach;
    ++stepCount;
  }
}

void SiteProbe::addElement(float value, float decoded) {
  // Neither end excludes 0, which every code holds.
  site.low = std::min<double>(site.low, value);
  site.high = std::max<double>(site.high, value);
  if (value == 0)
    ++site.histogram.zeros;
  else
    magnitudes.add(std::abs(value));
  coding.add(decoded, value);
}

void SiteProbe::add(const Seen &seen) {
  ArrayRef<float> x = seen.input->elements<float>(), lsb = seen.steps->elements<float>();
  ArrayRef<int32_t> zeros = seen.zeros ? seen.zeros->elements<int32_t>() : ArrayRef<int32_t>();
  ArrayRef<float> expected = seen.expected ? seen.expected->elements<float>() : ArrayRef<float>();
  if (x.empty())
    return;
  ArrayRef<int64_t> dims = seen.input->dims;
  counts = countedElements(*seen.input);
  counts.resize(x.size(), 1);
  for (size_t i = 0; skipsZeros && i < x.size(); ++i)
    counts[i] &= static_cast<uint8_t>(x[i] != 0);
  auto channels = static_cast<size_t>(dims.empty() ? 1 : dims.back());
  addPlanes(seen.planes->elements<int8_t>(), channels);
  addSteps(*seen.steps, zeros);
  hasExpected |= seen.expected != nullptr;
  Broadcast broadcast(seen.steps->dims, dims);
  for (size_t i = 0; i < x.size();) {
    int64_t row = broadcast.ofRow(static_cast<int64_t>(i / channels));
    for (size_t c = 0; c < channels; ++c, ++i) {
      int64_t step = row + broadcast.ofChannel(static_cast<int64_t>(c));
      if (!counts[i])
        continue;
      ++site.activations;
      // NaN and infinities have codes, but no error.
      if (!std::isfinite(x[i]))
        continue;
      float decoded = static_cast<float>(codes[i] - (zeros.empty() ? 0 : zeros[step])) * lsb[step];
      addElement(x[i], decoded);
      if (!expected.empty())
        accumulated.add(decoded, expected[i]);
    }
  }
}

void SiteProbe::finish() {
  site.codingError = coding.error();
  if (hasExpected)
    site.accumulatedError = accumulated.error();
  site.reach.mean = stepCount ? reachSum / static_cast<double>(stepCount) : 0;
  site.histogram = barsOf(magnitudes, site.histogram.zeros);
}
