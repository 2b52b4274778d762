//===- TrainedWeights.h - integers for a model's constants ---------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_TRAINEDWEIGHTS_H
#define RHEOBASE_LIB_DRIVER_TRAINEDWEIGHTS_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace rheobase {

/// Puts the integers and scales of an npz file in the place of constants that its manifest names (docs/low-bit.md).
llvm::LogicalResult putTrainedWeights(mlir::ModuleOp module, const std::string &path);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_TRAINEDWEIGHTS_H
