//===- WeightChoice.h - a format for each layer's weights ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_WEIGHTCHOICE_H
#define RHEOBASE_LIB_DRIVER_WEIGHTCHOICE_H

#include "rheobase/Driver/Driver.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Chooses the format of the weights behind each linear site for `options.targetSize` or an error as `options.goal`
/// (docs/weights.md says how), sets it at the site, says on stderr what was chosen, and writes the plan where
/// `options.plan` says.
llvm::LogicalResult chooseWeights(mlir::ModuleOp module, const CompileOptions &options);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_WEIGHTCHOICE_H
