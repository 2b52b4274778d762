//===- ExpandMath.h - what kernels can compute of the math dialect ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_EXPANDMATH_H
#define RHEOBASE_LIB_CODEGEN_EXPANDMATH_H

#include "mlir/IR/Operation.h"

namespace rheobase::codegen {

/// Whether kernels can compute an op of the math dialect without a library.
bool hasKernelCode(mlir::Operation *op);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_EXPANDMATH_H
