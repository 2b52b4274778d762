//===- Pruning.h - leaving out what matters least ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_PRUNING_H
#define RHEOBASE_LIB_DRIVER_PRUNING_H

#include "rheobase/Driver/Driver.h"
#include "rheobase/Report/Report.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Leaves out the share of units, heads or channels that the options name, those with the least scores, and says how
/// many were left out and how much of the network stays. Samples, where there are any, say what units do; sites are
/// placed and have no ranges yet. What went is written into `pruning`, which may be null.
llvm::LogicalResult pruneUnits(mlir::ModuleOp module, const CompileOptions &options, report::Pruning *pruning);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_PRUNING_H
