//===- FormChoice.h - value form or events, layer by layer ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_FORMCHOICE_H
#define RHEOBASE_LIB_DRIVER_FORMCHOICE_H

#include "rheobase/Driver/Driver.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Of a network in value form, says at each layer that events may compute what share of its inputs is not 0 in the
/// samples, and prints what that means: a line per layer with the times that the cost model predicts of both forms.
/// Without samples, a module that says so already is taken as it is.
llvm::LogicalResult measureActivity(mlir::ModuleOp module, const CompileOptions &options);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_FORMCHOICE_H
