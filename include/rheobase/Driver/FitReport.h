//===- FitReport.h - one neuron, what it is made of and how good it is -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DRIVER_FITREPORT_H
#define RHEOBASE_DRIVER_FITREPORT_H

#include "rheobase/Neurons/Composite.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>

namespace rheobase {

/// What --fit says about a function by way of a neuron.
struct FitReport {
  std::string function;
  neurons::Composite composite;
  /// The inputs it is measured on.
  neurons::Interval interval;
  neurons::Accuracy accuracy;

  /// Mean squared errors on the grid that the literal neuron was published with, where there is one.
  struct Grid {
    neurons::Interval interval;
    double meanSquare = 0;
    /// Where the counts of bases and steps are published ones: the literal neuron fitted on the grid, and as published.
    std::optional<double> literal, published;
  };
  std::optional<Grid> grid;

  /// Tables, then the function and the neuron as a picture, and their difference.
  void print(llvm::raw_ostream &os) const;
  void printJson(llvm::raw_ostream &os) const;
};

/// Fits as conversion does, on the request's very interval where it has one.
neurons::Result<FitReport> fitReport(neurons::FitRequest request);

} // namespace rheobase

#endif // RHEOBASE_DRIVER_FITREPORT_H
