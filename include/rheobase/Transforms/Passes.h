//===- Passes.h - the passes that simplify an imported graph ------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TRANSFORMS_PASSES_H
#define RHEOBASE_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace rheobase {

#define GEN_PASS_DECL
#include "rheobase/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "rheobase/Transforms/Passes.h.inc"

} // namespace rheobase

#endif // RHEOBASE_TRANSFORMS_PASSES_H
