//===- Passes.h - the passes of code generation -----------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CODEGEN_PASSES_H
#define RHEOBASE_CODEGEN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace rheobase::codegen {

#define GEN_PASS_DECL
#include "rheobase/Codegen/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "rheobase/Codegen/Passes.h.inc"

} // namespace rheobase::codegen

#endif // RHEOBASE_CODEGEN_PASSES_H
