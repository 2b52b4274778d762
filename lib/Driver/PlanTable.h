//===- PlanTable.h - a plan, as it is told on a terminal -------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_PLANTABLE_H
#define RHEOBASE_LIB_DRIVER_PLANTABLE_H

#include "Allocation.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace rheobase {

/// What was measured of a network with a plan.
struct PlanOutcome {
  /// Of the outputs, relative to the float network's.
  double error;
  /// Of an encoded activation.
  double spikes;
};

std::string threeDigits(double number);
/// A share of 1, as "0.5 %".
std::string asPercent(double share);

/// A line for the network and one for the sites of each role, as there may be hundreds of sites.
void printPlanTable(llvm::raw_ostream &os, llvm::ArrayRef<llvm::StringRef> roles, llvm::ArrayRef<SiteCost> costs,
                    llvm::ArrayRef<unsigned> steps, const PlanOutcome &outcome);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_PLANTABLE_H
