//===- Recurrence.h - the threshold recurrence of mbe and fs ---------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_RECURRENCE_H
#define RHEOBASE_LIB_NEURONS_RECURRENCE_H

#include "rheobase/Neurons/Neuron.h"

namespace rheobase::neurons {

/// What a basis is fed with.
inline float feedOf(Feed feed, float x) {
  switch (feed) {
  case Feed::Signed:
    return x;
  case Feed::Positive:
    return x > 0 ? x : 0;
  case Feed::Negative:
    return x < 0 ? -x : 0;
  case Feed::Magnitude:
    return x < 0 ? -x : x;
  }
  return x;
}

/// x moved into the interval: NaN and what is below go to the lower end.
inline float limited(Interval interval, float x) {
  x = x > interval.lower ? x : interval.lower;
  return x < interval.upper ? x : interval.upper;
}

/// The recurrence both kinds share, in float32 and in this order:
///   x <- limited(x); y <- bias
///   for each basis n:  u <- feed_n(x) - offset_n
///     for each step t: if u >= threshold_n[t]: u <- u - reset_n[t]; y <- y + output_n[t]
class RecurrentNeuron : public Neuron {
public:
  float evaluate(const Table &table, float x) const override;
  void train(const Table &table, size_t basis, float x, uint8_t *spikes) const override;
  std::optional<Error> checkTable(const Table &table) const override;
  bool fitsAtOnce() const override { return false; }
  bool fitsParts() const override { return false; }
};

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_RECURRENCE_H
