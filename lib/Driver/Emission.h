//===- Emission.h - the program that an artifact holds --------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_EMISSION_H
#define RHEOBASE_LIB_DRIVER_EMISSION_H

#include "rheobase/Artifact/Program.h"
#include "rheobase/Driver/Driver.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Machine code for the targets asked for, and what was decided, of a module that holds an rt.program. Borrows the
/// module's constants.
llvm::FailureOr<artifact::Program> emitProgram(mlir::ModuleOp module, const CompileOptions &options);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_EMISSION_H
