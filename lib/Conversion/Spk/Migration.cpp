//===- Migration.cpp - how much of a site's channels to move -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/Migration.h"

#include "LinearSite.h"
#include "rheobase/Interfaces/ConstantMemory.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

constexpr double kExponents[] = {0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};

/// The largest 8-bit weight, and the mean square of what rounding to whole numbers loses.
constexpr double kLargestWeight = 127, kRounding = 1.0 / 12;

class MigrationModel {
public:
  MigrationModel(const LinearSite &site, ArrayRef<float> rows, const LinearCoding &coding)
      : site(site), observe(site.observe), coding(coding), rows(rows), squares(site.channels, 0) {
    for (onnx::MatMulOp product : site.readers) {
      ChannelWeights weights(product);
      std::vector<float> numbers(weights.size());
      for (int64_t i = 0; i < weights.size(); ++i) {
        numbers[i] = std::abs(weights.number(i));
        squares[weights.channelOf(i)] += double(numbers[i]) * numbers[i];
      }
      magnitudes.push_back({std::move(numbers), product.getB().getType().getShape().back()});
    }
    giveBackMappedPages();
    for (size_t row = 0; row + site.channels <= rows.size(); row += site.channels) {
      double sum = 0;
      for (int64_t c = 0; c < site.channels; ++c)
        sum += squares[c] * rows[row + c] * rows[row + c];
      signal.push_back(sum);
    }
  }

  /// The sum over the rows of what the products lose, each relative to its own results: what follows normalises rows.
  double lost(double exponent) {
    SmallVector<float> scales = channelScales(site, exponent);
    if (scales.empty())
      scales.assign(site.channels, 1);
    SmallVector<float> peaks(*observe.getPeaks());
    for (auto [peak, scale] : llvm::zip(peaks, scales))
      peak /= scale;
    std::vector<bool> isOutlier(site.channels, false);
    for (int64_t channel : standingOut(peaks, coding.outliers))
      isOutlier[channel] = true;
    std::vector<double> lost(signal.size(), 0), energy(signal.size(), 0);
    for (bool outliers : {false, true}) {
      SmallVector<int64_t> channels;
      float reach = 0;
      for (int64_t c = 0; c < site.channels; ++c)
        if (isOutlier[c] == outliers) {
          channels.push_back(c);
          reach = std::max(reach, peaks[c]);
        }
      lostByCode(channels, scales, reach * reachOverPeak(observe), outliers ? coding.outlierSteps : coding.steps, lost,
                 energy);
    }
    double sum = 0, byWeights = lostByWeights(scales, isOutlier);
    for (size_t row = 0; row < signal.size(); ++row)
      if (signal[row] > 0)
        sum += (lost[row] + energy[row] * byWeights) / signal[row];
    return sum;
  }

private:
  struct Magnitudes {
    std::vector<float> numbers;
    int64_t outputs;
  };

  /// Adds of some channels with a code of their own, row by row, the squares of what is lost and of what is encoded.
  void lostByCode(ArrayRef<int64_t> channels, ArrayRef<float> scales, float reach, unsigned steps,
                  MutableArrayRef<double> lost, MutableArrayRef<double> energy) const {
    double codes = std::ldexp(1.0, static_cast<int>(steps) - 1) - 1;
    for (size_t row = 0; row < signal.size(); ++row) {
      ArrayRef<float> values = rows.slice(row * site.channels, site.channels);
      double end = coding.rowThresholds ? 0 : reach;
      for (int64_t c : channels)
        end = coding.rowThresholds ? std::max<double>(end, std::abs(values[c]) / scales[c]) : end;
      double lsb = end / codes;
      for (int64_t c : channels) {
        double x = std::clamp<double>(values[c] / scales[c], -end, end);
        double rest = lsb > 0 ? values[c] / scales[c] - std::nearbyint(x / lsb) * lsb : 0;
        lost[row] += rest * rest * squares[c] * scales[c] * scales[c];
        energy[row] += x * x;
      }
    }
  }

  /// Of one unit of the inputs' squares, in all outputs.
  double lostByWeights(ArrayRef<float> scales, const std::vector<bool> &isOutlier) const {
    double sum = 0;
    for (const Magnitudes &weights : magnitudes) {
      std::vector<float> largest(weights.outputs, 0);
      for (size_t i = 0; i < weights.numbers.size(); i += weights.outputs) {
        auto channel = static_cast<int64_t>(i / weights.outputs) % site.channels;
        if (isOutlier[channel])
          continue;
        for (int64_t output = 0; output < weights.outputs; ++output)
          largest[output] = std::max(largest[output], weights.numbers[i + output] * scales[channel]);
      }
      for (double each : largest)
        sum += each * each / (kLargestWeight * kLargestWeight) * kRounding;
    }
    return sum;
  }

  const LinearSite &site;
  ObserveOp observe;
  const LinearCoding &coding;
  ArrayRef<float> rows;
  std::vector<Magnitudes> magnitudes;
  /// Of each channel's weights.
  std::vector<double> squares;
  /// Of each row, about the square of the products' results.
  std::vector<double> signal;
};

} // namespace

std::optional<double> rheobase::spk::bestMigration(ObserveOp observe, ArrayRef<float> rows,
                                                   const LinearCoding &coding) {
  std::optional<LinearSite> site = LinearSite::of(observe);
  if (!site || static_cast<int64_t>(rows.size()) < site->channels)
    return std::nullopt;
  MigrationModel model(*site, rows, coding);
  // What is gained on these rows must be worth that others differ from them.
  constexpr double worthIt = 0.9;
  double best = coding.usual, least = worthIt * model.lost(best);
  for (double exponent : kExponents)
    if (double lost = model.lost(exponent); lost < least) {
      best = exponent;
      least = lost;
    }
  return std::isfinite(least) ? std::optional(best) : std::nullopt;
}
