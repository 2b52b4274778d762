//===- Observer.h - what samples show at every site ----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_OBSERVER_H
#define RHEOBASE_LIB_DRIVER_OBSERVER_H

#include "Statistics.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// A site as the observer needs it: how its tensors are laid out.
struct ObservedSite {
  std::string role;
  SiteStatistics *statistics;
};

/// Runs the network as it is over the samples that `path` means, and adds what they show at its sites, in their order,
/// to the statistics.
llvm::LogicalResult observe(mlir::ModuleOp module, llvm::ArrayRef<ObservedSite> sites, const std::string &path,
                            bool progress);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_OBSERVER_H
