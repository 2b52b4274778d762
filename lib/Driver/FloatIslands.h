//===- FloatIslands.h - what stays on numbers, and how much that is ------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_FLOATISLANDS_H
#define RHEOBASE_LIB_DRIVER_FLOATISLANDS_H

#include "rheobase/Driver/Driver.h"
#include "rheobase/Report/Report.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// Names each node that stays on numbers, with its share of the operations: warnings, or, where the options are strict,
/// errors. They are added to `islands`.
llvm::LogicalResult reportIslands(mlir::ModuleOp module, const CompileOptions &options,
                                  std::vector<report::Island> &islands);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_FLOATISLANDS_H
