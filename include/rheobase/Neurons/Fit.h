//===- Fit.h - from a function to a table --------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_NEURONS_FIT_H
#define RHEOBASE_NEURONS_FIT_H

#include "rheobase/Neurons/Table.h"

#include <string>
#include <vector>

namespace rheobase::neurons {

/// What is to be fitted. Empty and zero fields take the defaults of the kind and the function.
struct FitRequest {
  std::string kind;
  std::string function;
  int steps = 0;
  int bases = 0;
  /// A variant of the kind; empty tries all that apply and keeps the best.
  std::string variant;
  std::optional<Interval> interval;
  /// On this very interval, where tables for conversion (neuronFor) would take one that serves it.
  bool exact = false;
  /// Inputs seen in the network; empty takes the function's natural distribution.
  std::vector<float> calibration;
  uint64_t seed = 1;
  /// Candidates to try, over all restarts and variants.
  int64_t budget = 0;
};

/// How far a table is from its function.
struct Accuracy {
  double maxError = 0;      ///< over the interval
  double rmsUniform = 0;    ///< over the interval
  double rmsNatural = 0;    ///< over the natural (or calibration) inputs
  double spikesNatural = 0; ///< mean spikes for one natural input
};

/// A table, and how it was found.
struct Fitted {
  Table table;
  std::string variant;
  /// The few numbers the table is made of (Neuron::expand).
  std::vector<float> parameters;
};

struct FitResult : Fitted {
  Accuracy accuracy;
};

/// Fits a neuron. Equal requests give equal tables on every machine. 50/50 weight on the interval and on the natural
/// inputs.
Result<FitResult> fit(const FitRequest &request);

/// Measures a table against a function on its own interval; `calibration` as in FitRequest.
Result<Accuracy> measure(const Table &table, std::string_view function, const std::vector<float> &calibration = {});

/// Root mean square error for inputs of N(0, deviation^2).
Result<double> rmsOnNormal(const Table &table, std::string_view function, double deviation);

/// The table for a request: a committed one where there is one, else a fit within about two seconds; the same request
/// gives the same table, and the reference stays valid. The table covers at least the requested interval, up to the
/// function's flat ends. With no interval, functions that go on growing around zero get twice their own ([-16, 16]).
Result<const Table *> neuronFor(const FitRequest &request);
/// The same with what is known of it.
Result<const Fitted *> fittedFor(const FitRequest &request);

/// The halving code of an identity on [0, range]: theta = r = d = range 2^-t, t = 1..steps; `rounded` adds half a unit
/// to the input.
Result<Table> identityTable(int steps, float range, bool rounded = false);

} // namespace rheobase::neurons

#endif // RHEOBASE_NEURONS_FIT_H
