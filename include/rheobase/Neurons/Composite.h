//===- Composite.h - functions by way of a neuron ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_NEURONS_COMPOSITE_H
#define RHEOBASE_NEURONS_COMPOSITE_H

#include "rheobase/Neurons/Fit.h"

#include <string_view>

namespace rheobase::neurons {

/// An exact identity around a neuron n, which leaves n a smaller function or a shorter interval. In float32, each line
/// one operation: the definition that generated code repeats.
struct Reduction {
  /// The name of the dialect's attribute.
  std::string_view name;
  /// f(x) with n for the neuron.
  std::string_view formula;
  /// Whether the neuron is asked at all; where it is not, f is 0 and nothing spikes.
  bool (*reaches)(float x);
  /// What the neuron sees.
  float (*argument)(float x);
  /// f(x) from the neuron's output.
  float (*value)(float x, float output);
  /// What the neuron sees of an interval; nothing where that is always the function's own interval.
  std::optional<Interval> (*part)(Interval interval);
};

/// How a function is put together from an exact part and a smaller one.
struct Decomposition {
  std::string_view function;
  const Reduction &reduction;
  std::string_view part;
  /// All kinds of neurons go this way, not only those that fit parts (Neuron::fitsParts).
  bool always;
};
/// The decomposition of a function, or null where it has none.
const Decomposition *decompositionOf(std::string_view function);

/// A function by way of a fitted neuron.
struct Composite {
  const Reduction *reduction = nullptr;
  /// The function the neuron stands for.
  std::string_view part;
  /// Stays valid.
  const Fitted *fitted = nullptr;

  float evaluate(float x) const;
  int spikes(float x) const;
};

/// The composite for a request, its neuron from `fittedFor`; what the request says of inputs is about the function's.
Result<Composite> compositeFor(const FitRequest &request);

/// Measures a composite against a function on an interval; `calibration` as in FitRequest.
Result<Accuracy> measure(const Composite &composite, std::string_view function, Interval interval,
                         const std::vector<float> &calibration = {});

} // namespace rheobase::neurons

#endif // RHEOBASE_NEURONS_COMPOSITE_H
