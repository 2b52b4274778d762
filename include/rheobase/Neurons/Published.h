//===- Published.h - the published fits of the literal neuron ---*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_NEURONS_PUBLISHED_H
#define RHEOBASE_NEURONS_PUBLISHED_H

#include "rheobase/Neurons/Table.h"

#include <map>
#include <string_view>
#include <vector>

namespace rheobase::neurons {

/// Mean squared errors of the multi-basis neuron on a uniform grid, as published with "Training-Free ANN-to-SNN
/// Conversion for High-Performance Spiking Transformers" (appendix, table X).
struct PublishedFits {
  static constexpr int kSteps = 16;

  std::string_view function;
  Interval grid;
  /// By number of bases.
  std::map<int, double> meanSquares;
};

/// All of them, in a fixed order.
const std::vector<PublishedFits> &publishedFits();
/// Those of a function, or null.
const PublishedFits *publishedFitsOf(std::string_view function);

} // namespace rheobase::neurons

#endif // RHEOBASE_NEURONS_PUBLISHED_H
