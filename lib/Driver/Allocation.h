//===- Allocation.h - steps for sites, by what they cost and bring ---------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The model behind a plan. Errors of codes are small and independent, so that their squares add up at the outputs; a
// step more halves a code's step and quarters the square, and gives an element half a spike more, as the digit that
// comes is 0 as often as 1.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_ALLOCATION_H
#define RHEOBASE_LIB_DRIVER_ALLOCATION_H

#include "rheobase/Driver/Driver.h"

#include "llvm/ADT/ArrayRef.h"

namespace rheobase {

/// What was measured of a site with a number of steps.
struct SiteCost {
  /// Encoded elements of a sample.
  double activations;
  /// The square of the outputs' relative error that this site alone makes.
  double error;
  /// Of an element.
  double spikes;
  unsigned steps;
  /// Steps that its elements have more in the mean, those of outlier channels.
  double more = 0;
};

/// Steps of each site.
using Allocation = std::vector<unsigned>;

/// The fewest and the most steps that are chosen: with fewer the model does not hold, more bring nothing.
inline constexpr unsigned kFewestChosen = 4, kMostChosen = 14;

/// The square of the outputs' relative error that the sites make together.
double modelledError(llvm::ArrayRef<SiteCost> sites, llvm::ArrayRef<unsigned> steps);
/// Of an encoded element, in the mean.
double meanSteps(llvm::ArrayRef<SiteCost> sites, llvm::ArrayRef<unsigned> steps);
double modelledSpikes(llvm::ArrayRef<SiteCost> sites, llvm::ArrayRef<unsigned> steps);

/// Gives steps one by one to where each brings most for what it costs: until the sites' error is at most the square
/// of the goal, or for as long as the mean stays within it. What cannot be reached is approached as far as it goes.
Allocation allocate(llvm::ArrayRef<SiteCost> sites, const PlanGoal &goal);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_ALLOCATION_H
