//===- Table.h - the numbers of one static neuron ------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_NEURONS_TABLE_H
#define RHEOBASE_NEURONS_TABLE_H

#include "rheobase/Neurons/Result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rheobase::neurons {

/// The most steps and bases a neuron has.
inline constexpr int kMaxSteps = 16;
inline constexpr int kMaxBases = 64;

/// What a basis sees of the input x.
enum class Feed : uint8_t {
  Signed = 0, ///< x
  Positive,   ///< max(x, 0)
  Negative,   ///< max(-x, 0)
  Magnitude,  ///< |x|
};

/// "signed", "positive", "negative" or "magnitude".
std::string_view feedName(Feed feed);

/// A range of inputs.
struct Interval {
  float lower = 0;
  float upper = 0;
  bool operator==(const Interval &other) const { return lower == other.lower && upper == other.upper; }
};

/// The first potential of a basis and what the table multiplies it with.
struct Basis {
  Feed feed = Feed::Signed;
  /// Subtracted from what the basis is fed with.
  float offset = 0;
  /// Multiplied onto the difference. 1 for recurrences; segments use it to count in units of their last step.
  float scale = 1;
};

/// One neuron: N bases that share an input, each with T thresholds, resets and outputs. Static, so the neuron is a pure
/// function of its input. The kind (docs/neurons.md) says how the numbers are used.
struct Table {
  /// Name of a registered kind: "mbe", "mbe-ext", "fs" or "segment".
  std::string kind;
  int steps = 0;
  /// Inputs below and above are moved to the ends first; NaN is moved to the lower end.
  Interval interval;
  std::vector<Basis> bases;
  /// N x T, basis-major. Outputs carry the basis' weight: they are w_n d_n[t].
  std::vector<float> thresholds;
  std::vector<float> resets;
  std::vector<float> outputs;
  float bias = 0;
  /// A spike at step 0 silences the rest of the window (hard reset).
  bool saturates = false;

  size_t at(size_t basis, size_t step) const { return basis * static_cast<size_t>(steps) + step; }
  bool operator==(const Table &other) const;
};

/// The error in a table of any kind, or nothing: sizes, finite numbers, an ordered interval, then what the kind asks.
std::optional<Error> check(const Table &table);

/// The stable text form: one item a line, floats in hexadecimal.
std::string toText(const Table &table);
Result<Table> tableFromText(std::string_view text);

/// A finite float as text that reads back to the same bits in every locale (`0x1.8p+1`), and back.
std::string hexFloat(float value);
std::optional<float> parseHexFloat(std::string_view text);

} // namespace rheobase::neurons

#endif // RHEOBASE_NEURONS_TABLE_H
