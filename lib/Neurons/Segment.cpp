//===- Segment.cpp - the clamped-segment neuron --------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kinds.h"
#include "SegmentFit.h"

#include <cmath>

using namespace rheobase::neurons;

namespace {

/// N segments side by side, each counting its part of the input in 2^B units, B = T - 1:
///   y <- bias
///   for each basis k:  v <- (x - offset_k) scale_k; q <- roundeven(v); q <- q > 0 ? q : 0; q <- q < 2^B ? q : 2^B
///                      y <- y + output_k[T-1] q
/// in float32 and in this order. The spikes of a basis are the binary digits of q from 2^B down, so step 0 is the
/// saturated segment.
class Segment final : public Neuron {
public:
  std::string_view name() const override { return "segment"; }

  float evaluate(const Table &table, float x) const override {
    float y = table.bias;
    for (size_t k = 0; k < table.bases.size(); ++k)
      y = y + table.outputs[table.at(k + 1, 0) - 1] * count(table, k, x);
    return y;
  }

  void train(const Table &table, size_t basis, float x, uint8_t *spikes) const override {
    uint32_t digits = static_cast<uint32_t>(count(table, basis, x));
    for (int t = 0; t < table.steps; ++t)
      spikes[t] = (digits >> (table.steps - 1 - t)) & 1;
  }

  std::optional<Error> checkTable(const Table &table) const override {
    if (!table.saturates)
      return Error{"a segment neuron does not saturate, expected that it does"};
    for (size_t k = 0; k < table.bases.size(); ++k) {
      if (table.bases[k].feed != Feed::Signed)
        return Error{"a segment neuron feeds basis " + std::to_string(k) +
                     " with a part of its input, expected signed"};
      if (!(table.bases[k].scale > 0))
        return Error{"a segment neuron scales basis " + std::to_string(k) + " by " +
                     std::to_string(table.bases[k].scale) + ", expected more than 0"};
      if (auto error = checkDigits(table, k))
        return error;
      if (count(table, k, table.interval.lower) != 0 || count(table, k, table.interval.upper) != digit(table.steps, 0))
        return Error{"a segment neuron's basis " + std::to_string(k) + " reaches beyond the neuron's interval"};
    }
    return std::nullopt;
  }

  int defaultBases(const Function &) const override { return 8; }
  int maxBases() const override { return kMaxBases; }
  std::vector<std::string_view> variants(const Shape &) const override { return {"continuous"}; }
  bool fitsAtOnce() const override { return true; }
  bool fitsParts() const override { return true; }
  bool truncatesCodes() const override { return false; }
  int64_t defaultBudget(const Shape &) const override { return 20000; }

  /// The bias, then offset, scale and output of each segment.
  size_t parameterCount(const Shape &shape) const override { return 1 + 3 * static_cast<size_t>(shape.bases); }

  Table expand(const Shape &shape, const std::vector<float> &parameters) const override {
    Table table;
    table.kind = name();
    table.steps = shape.steps;
    table.interval = shape.interval;
    table.saturates = true;
    table.bias = parameters[0];
    for (size_t at = 1; at < parameters.size(); at += 3) {
      table.bases.push_back({Feed::Signed, parameters[at], parameters[at + 1]});
      for (int t = 0; t < shape.steps; ++t) {
        table.thresholds.push_back(digit(shape.steps, t));
        table.outputs.push_back(parameters[at + 2] * digit(shape.steps, t));
      }
    }
    table.resets = table.thresholds;
    return table;
  }

  Listing list(const Shape &shape, const std::vector<float> &parameters) const override {
    Listing listing;
    listing.columns = {"from", "width", "slope"};
    listing.bias = parameters[0];
    for (size_t at = 1; at < parameters.size(); at += 3) {
      double scale = parameters[at + 1], rise = parameters[at + 2];
      listing.rows.push_back({"segment " + std::to_string(listing.rows.size()),
                              {parameters[at], digit(shape.steps, 0) / scale, rise * scale}});
    }
    return listing;
  }

  std::vector<std::vector<float>> search(const Problem &problem) const override { return fitSegments(problem); }

private:
  /// The weight of step t in units of the last step.
  static float digit(int steps, int t) { return static_cast<float>(1 << (steps - 1 - t)); }

  static float count(const Table &table, size_t basis, float x) {
    float v = (x - table.bases[basis].offset) * table.bases[basis].scale;
    float most = digit(table.steps, 0);
    // Clamping first is the same as clamping the rounded value, the ends being integers. Below 2^23 the sum has no
    // fraction bits left, so it is the nearest even integer.
    v = v > 0 ? v : 0;
    v = v < most ? v : most;
    return (v + 0x1p23f) - 0x1p23f;
  }

  static std::optional<Error> checkDigits(const Table &table, size_t basis) {
    float unit = table.outputs[table.at(basis + 1, 0) - 1];
    for (int t = 0; t < table.steps; ++t) {
      size_t at = table.at(basis, static_cast<size_t>(t));
      float weight = digit(table.steps, t);
      if (table.thresholds[at] != weight || table.resets[at] != weight || table.outputs[at] != unit * weight)
        return Error{"a segment neuron's step " + std::to_string(t) + " of basis " + std::to_string(basis) +
                     " is not the binary digit " + std::to_string(static_cast<int>(weight))};
    }
    return std::nullopt;
  }
};

} // namespace

const Neuron &rheobase::neurons::segment() {
  static const Segment kind;
  return kind;
}
