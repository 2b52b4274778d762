//===- WeightFactors.h - matrices as pairs of signs, by what samples show -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_WEIGHTFACTORS_H
#define RHEOBASE_LIB_DRIVER_WEIGHTFACTORS_H

#include "rheobase/Driver/Driver.h"
#include "rheobase/Report/Report.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Makes pairs of the weights whose format does, ahead of calibration, which then sees the sites between them, and says
/// what became of them. Where the method or a report asks what inputs are, the samples run through the network, as far
/// as it is pairs already. Appends what became of each matrix to `matrices`, which may be null.
llvm::LogicalResult factorWeights(mlir::ModuleOp module, const CompileOptions &options,
                                  std::vector<report::Matrix> *matrices);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_WEIGHTFACTORS_H
