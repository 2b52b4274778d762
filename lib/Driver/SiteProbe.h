//===- SiteProbe.h - what a site does while samples run ------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_SITEPROBE_H
#define RHEOBASE_LIB_DRIVER_SITEPROBE_H

#include "Trial.h"

#include "rheobase/Report/Report.h"

namespace rheobase {

/// Sums from which errors follow.
class ErrorSums {
public:
  void add(float value, float expected) {
    double a = value, b = expected;
    difference += (a - b) * (a - b);
    square += a * a;
    expectedSquare += b * b;
    product += a * b;
  }
  report::Error error() const;

private:
  double difference = 0, square = 0, expectedSquare = 0, product = 0;
};

/// Compares one result of two networks.
class OutputProbe {
public:
  void add(const TrialOutput &output, const TrialOutput &expected);
  report::Output finish(llvm::StringRef name) const;

private:
  ErrorSums sums;
  uint64_t rows = 0, agreeing = 0;
};

/// Which elements of a tensor are no padding; empty where all count.
std::vector<uint8_t> countedElements(const TrialOutput &output);

/// Gathers the figures of one site batch by batch.
class SiteProbe {
public:
  /// The ends of the code's integers. Where `skipsZeros`, an element that is 0 is one that is masked.
  SiteProbe(report::Site &site, int64_t smallest, int64_t largest, bool skipsZeros)
      : site(site), smallest(smallest), largest(largest), skipsZeros(skipsZeros) {
    site.planeSpikes.resize(site.planeWeights.size());
  }

  /// What a site shows of one batch.
  struct Seen {
    /// What is encoded, its steps, its spikes by plane.
    const TrialOutput *input, *steps, *planes;
    /// The code of 0 for each step, and what the network before conversion has; null where there is no such.
    const TrialOutput *zeros = nullptr, *expected = nullptr;
  };
  void add(const Seen &seen);
  /// After the last batch.
  void finish();

  /// Spikes of each channel, the last axis, padding included.
  llvm::ArrayRef<uint64_t> channelSpikes() const { return perChannel; }

private:
  void addPlanes(llvm::ArrayRef<int8_t> spikes, size_t channels);
  void addSteps(const TrialOutput &steps, llvm::ArrayRef<int32_t> zeros);
  void addElement(float value, float decoded);

  report::Site &site;
  int64_t smallest, largest;
  bool skipsZeros;
  ErrorSums coding, accumulated;
  Histogram magnitudes;
  bool hasExpected = false;
  double reachSum = 0;
  uint64_t stepCount = 0;
  std::vector<uint64_t> perChannel;
  /// Of the batch at hand: which elements count, and each one's integer.
  std::vector<uint8_t> counts;
  std::vector<int32_t> codes;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_SITEPROBE_H
