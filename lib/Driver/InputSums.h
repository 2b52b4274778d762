//===- InputSums.h - what samples show of the inputs of layers -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_INPUTSUMS_H
#define RHEOBASE_LIB_DRIVER_INPUTSUMS_H

#include "rheobase/Driver/Driver.h"
#include "rheobase/Weights/BiasCorrection.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

namespace rheobase {

/// Sums of x x^T over the rows x of values whose last axis is contracted with weights, for as many values at a time as
/// fit into a part of the memory; where biases are corrected, the mean of the rows too.
class InputSums {
public:
  explicit InputSums(const CompileOptions &options) : options(options) {}

  /// Asks for a value of the network; false where it has no room any more beside the others. The first one always has.
  bool add(mlir::Value inputs);
  /// Runs the samples through the network as it is now.
  llvm::LogicalResult gather(mlir::ModuleOp module);
  /// Empty where nothing was asked for.
  const weights::InputMoments &of(mlir::Value inputs) const;

private:
  const CompileOptions &options;
  llvm::MapVector<mlir::Value, weights::InputMoments> sums;
  int64_t bytes = 0;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_INPUTSUMS_H
