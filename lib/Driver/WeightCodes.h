//===- WeightCodes.h - weights of few bits, by what samples show ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_WEIGHTCODES_H
#define RHEOBASE_LIB_DRIVER_WEIGHTCODES_H

#include "rheobase/Driver/Driver.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Writes constant weights in the format and by the method that the options name. A method that asks what a layer's
/// inputs are runs the samples through the network, as far as its weights are codes already, for as many layers at a
/// time as fit into a part of the memory.
llvm::LogicalResult codeWeights(mlir::ModuleOp module, const CompileOptions &options);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_WEIGHTCODES_H
