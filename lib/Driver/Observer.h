//===- Observer.h - what samples show at every site ----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_OBSERVER_H
#define RHEOBASE_LIB_DRIVER_OBSERVER_H

#include "Trial.h"
#include "dialects/spk/Spk.h"

namespace rheobase {

/// The sites at which there is something to be learnt.
llvm::SmallVector<spk::ObserveOp> observedSites(mlir::ModuleOp module);

/// Runs the network as it is over the samples that `path` means; `take` gets, for each batch, what they are at each of
/// its observed sites. `verb` stands before the samples where progress is shown, and is empty where it is not.
llvm::LogicalResult observe(mlir::ModuleOp module,
                            llvm::function_ref<void(size_t site, const TrialOutput &output)> take,
                            const std::string &path, llvm::StringRef verb);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_OBSERVER_H
