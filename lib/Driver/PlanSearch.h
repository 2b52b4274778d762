//===- PlanSearch.h - a plan for a wanted error or cost --------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/plan.md says how: what each site's code does to the outputs is measured, steps are given by the additive model
// (Allocation.h), and the network that comes of it is run beside the float one; where it misses the goal the model is
// corrected by what was measured and steps are given again.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_PLANSEARCH_H
#define RHEOBASE_LIB_DRIVER_PLANSEARCH_H

#include "CalibrationFile.h"

#include "rheobase/Driver/Driver.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Sets the steps of the module's sites for `options.goal`, says on stderr what was found, and writes the plan where
/// `options.plan` says.
llvm::LogicalResult searchPlan(mlir::ModuleOp module, llvm::ArrayRef<NamedStatistics> seen,
                               const CompileOptions &options);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_PLANSEARCH_H
