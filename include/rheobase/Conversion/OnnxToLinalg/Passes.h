//===- Passes.h - lowering to linalg -----------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_ONNXTOLINALG_PASSES_H
#define RHEOBASE_CONVERSION_ONNXTOLINALG_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace rheobase {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "rheobase/Conversion/OnnxToLinalg/Passes.h.inc"

} // namespace rheobase

#endif // RHEOBASE_CONVERSION_ONNXTOLINALG_PASSES_H
