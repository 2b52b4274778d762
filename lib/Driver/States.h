//===- States.h - inputs that a session keeps ----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_STATES_H
#define RHEOBASE_LIB_DRIVER_STATES_H

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Marks inputs whose next value is an output, so that sessions keep them (a decoder's key-value cache). Each of
/// `states` is INPUT=OUTPUT, or the beginning of the inputs' names, whose rest the outputs' names share.
llvm::LogicalResult markStates(mlir::ModuleOp module, llvm::ArrayRef<std::string> states);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_STATES_H
