//===- LegalizeFloats.h - float ops that a target lacks ---------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_LEGALIZEFLOATS_H
#define RHEOBASE_LIB_CODEGEN_LEGALIZEFLOATS_H

#include "lib/Codegen/Target.h"

#include "mlir/IR/PatternMatch.h"

namespace rheobase::codegen {

/// Patterns that replace what the backend would turn into library calls on `target`: fused multiply-add without FMA,
/// and conversions from and to f16 and bf16. The results are those of the instructions.
void populateLegalizeFloatsPatterns(mlir::RewritePatternSet &patterns, const Target &target);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_LEGALIZEFLOATS_H
