//===- LinearSite.cpp - a site and the constant weights that read it ----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearSite.h"

#include "dialects/spk/Levels.h"

#include "rheobase/Conversion/Spk/Weights.h"
#include "rheobase/Interfaces/ConstantMemory.h"
#include "rheobase/Weights/Format.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

LogicalResult rheobase::spk::verifyRanges(Operation *op, StringRef ranges) {
  if (ranges == "token" || ranges == "tensor")
    return success();
  return op->emitError() << "ranges is '" << ranges << "', token or tensor expected";
}

bool rheobase::spk::hasRowSteps(ObserveOp observe, StringRef ranges) {
  return !levelsOf(observe) && hasFreeRows(observe.getRole()) &&
         (observe.getRanges().value_or(ranges) == "token" || !observe.getRange());
}

/// Whether weights in the site's own format have a scale for each group of the grid at least: as they lie on it, where
/// the format has bits enough, else as they are rounded.
static bool keepsGroups(ObserveOp observe, int64_t channels) {
  std::optional<StringRef> own = observe.getWeights();
  std::unique_ptr<weights::Format> format = own && *own != kFloatFormat ? weights::parseFormat(*own) : nullptr;
  if (!format || (!format->leavesOut() && observe.getGridBits() && format->bits() >= *observe.getGridBits()))
    return true;
  return format->holds(channels) && static_cast<int64_t>(*observe.getGrid()) % format->groupLength(channels) == 0;
}

bool rheobase::spk::hasGroupSteps(ObserveOp observe, StringRef ranges) {
  int64_t channels = observe.getInput().getType().getShape().back(),
          together = static_cast<int64_t>(observe.getGrid().value_or(channels));
  return together < channels && channels % together == 0 && hasRowSteps(observe, ranges) &&
         keepsGroups(observe, channels);
}

SmallVector<float> rheobase::spk::atLeastPartOfMedian(ArrayRef<float> magnitudes) {
  constexpr float kPart = 1.0f / 16;
  SmallVector<float> sorted(magnitudes), result(magnitudes);
  auto *middle = sorted.begin() + sorted.size() / 2;
  std::nth_element(sorted.begin(), middle, sorted.end());
  for (float &each : result)
    each = std::max(each, *middle * kPart);
  return result;
}

float rheobase::spk::reachOverPeak(ObserveOp observe) {
  float reach = std::max(std::abs((*observe.getRange())[0]), std::abs((*observe.getRange())[1]));
  float peak = *llvm::max_element(*observe.getPeaks());
  return peak > 0 ? reach / peak : 1;
}

ChannelRanges::ChannelRanges(ObserveOp site) : peaks(*site.getPeaks()), squares(*site.getSquares()) {
  if (!site.getRange())
    return;
  float farther = reachOverPeak(site);
  for (float peak : peaks) {
    lows.push_back(std::max((*site.getRange())[0], -peak * farther));
    highs.push_back(std::min((*site.getRange())[1], peak * farther));
  }
}

ChannelRanges ChannelRanges::scaled(ArrayRef<float> factors) const {
  ChannelRanges result(*this);
  for (auto [c, factor] : llvm::enumerate(factors)) {
    result.peaks[c] *= factor;
    result.squares[c] *= factor * factor;
    if (lows.empty())
      continue;
    result.lows[c] *= factor;
    result.highs[c] *= factor;
  }
  return result;
}

ChannelRanges ChannelRanges::chosen(ArrayRef<int64_t> channels) const {
  ChannelRanges result;
  for (int64_t c : channels) {
    result.peaks.push_back(peaks[c]);
    result.squares.push_back(squares[c]);
    if (lows.empty())
      continue;
    result.lows.push_back(lows[c]);
    result.highs.push_back(highs[c]);
  }
  return result;
}

void ChannelRanges::describe(ObserveOp site) const {
  if (!lows.empty())
    site.setRange(SmallVector<float>{*llvm::min_element(lows), *llvm::max_element(highs)});
  site.setPeaks(peaks);
  site.setSquares(squares);
}

std::optional<LinearSite> LinearSite::of(ObserveOp observe) {
  LinearSite site{observe, {}, observe.getInput().getType().getShape().back()};
  bool isSeen =
      site.channels > 0 && observe.getPeaks() && static_cast<int64_t>(observe.getPeaks()->size()) == site.channels;
  if (observe.getRole() != kLinearRole || levelsOf(observe) || !isSeen || observe->use_empty())
    return std::nullopt;
  for (Operation *user : observe->getUsers()) {
    auto product = dyn_cast<onnx::MatMulOp>(user);
    std::optional<ConstantData> weights = product ? ConstantData::of(product.getB()) : std::nullopt;
    // Signs of a pair stay signs.
    bool fits = weights && !product->hasAttr(kFactorAttr) && product.getA() == observe.getOutput() &&
                weights->getElementType().isF32() && weights->getType().getRank() >= 2;
    if (!fits)
      return std::nullopt;
    site.readers.push_back(product);
  }
  return site;
}

SmallVector<LinearSite> rheobase::spk::linearSites(func::FuncOp func) {
  SmallVector<LinearSite> sites;
  func.walk([&](ObserveOp op) {
    if (std::optional<LinearSite> site = LinearSite::of(op))
      sites.push_back(*std::move(site));
  });
  return sites;
}

SmallVector<float> rheobase::spk::channelScales(const LinearSite &site, double exponent) {
  if (exponent == 0)
    return {};
  SmallVector<float> largest(site.channels, 0);
  for (onnx::MatMulOp product : site.readers)
    ChannelWeights(product).raise(largest);
  SmallVector<float> peaks = atLeastPartOfMedian(*ObserveOp(site.observe).getPeaks()),
                     weights = atLeastPartOfMedian(largest);
  SmallVector<double> logs;
  for (auto [peak, weight] : llvm::zip(peaks, weights)) {
    if (!(peak > 0 && weight > 0) || !std::isfinite(weight))
      return {};
    logs.push_back(exponent * std::log2(peak) - (1 - exponent) * std::log2(weight));
  }
  double mean = std::accumulate(logs.begin(), logs.end(), 0.0) / static_cast<double>(logs.size());
  SmallVector<float> scales;
  for (double log : logs)
    scales.push_back(static_cast<float>(std::exp2(log - mean)));
  return scales;
}

/// A channel stands out where without it and those above the code of the rest gains this factor of resolution.
static constexpr float kGain = 1.1f;

SmallVector<int64_t> rheobase::spk::standingOut(ArrayRef<float> peaks, double share) {
  SmallVector<int64_t> order(peaks.size());
  std::iota(order.begin(), order.end(), 0);
  // Of equal peaks the first channel goes first.
  llvm::sort(order, [&](int64_t a, int64_t b) { return std::pair(-peaks[a], a) < std::pair(-peaks[b], b); });
  size_t most = std::min(static_cast<size_t>(std::ceil(share * static_cast<double>(peaks.size()))), peaks.size() - 1);
  if (!(peaks[order.front()] > kGain * peaks[order[most]]))
    return {};
  order.truncate(most);
  llvm::sort(order);
  return order;
}

ChannelWeights::ChannelWeights(onnx::MatMulOp product)
    : data(*ConstantData::of(product.getB())), channels(data.getType().getShape().drop_back().back()),
      outputs(data.getType().getShape().back()) {}

void ChannelWeights::raise(MutableArrayRef<float> largest) const {
  for (int64_t i = 0; i < size(); ++i) {
    float &most = largest[channelOf(i)];
    most = std::max(most, std::abs(number(i)));
  }
}

Value ChannelWeights::scaled(OpBuilder &b, Location loc, ArrayRef<float> factors) const {
  ConstantBuilder result(getType());
  for (int64_t i = 0; i < size(); ++i)
    if (float factor = factors[channelOf(i)]; factor != 0)
      result.setNumber(i, number(i) * factor);
  giveBackMappedPages();
  return onnx::ConstantOp::create(b, loc, result.finish());
}

Value ChannelWeights::rows(OpBuilder &b, Location loc, ArrayRef<int64_t> chosen) const {
  SmallVector<int64_t> shape(getType().getShape());
  shape[shape.size() - 2] = static_cast<int64_t>(chosen.size());
  ConstantBuilder result(getType().clone(shape));
  int64_t next = 0;
  for (int64_t batch = 0; batch < size(); batch += channels * outputs)
    for (int64_t channel : chosen)
      for (int64_t output = 0; output < outputs; ++output)
        result.setNumber(next++, number(batch + channel * outputs + output));
  return onnx::ConstantOp::create(b, loc, result.finish());
}
