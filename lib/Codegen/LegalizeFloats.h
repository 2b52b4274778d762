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

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace rheobase::codegen {

/// Patterns that replace what the backend would turn into library calls on `target`: fused multiply-add without FMA,
/// and conversions from and to f16 and bf16. The results are those of the instructions.
void populateLegalizeFloatsPatterns(mlir::RewritePatternSet &patterns, const Target &target);

/// Gives memory the words of brain floats instead of the floats, which no instruction of most CPUs loads, chooses or
/// stores: values of that type are then only what `populateLegalizeFloatsPatterns` takes apart.
void storeBrainsAsWords(mlir::func::FuncOp kernel);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_LEGALIZEFLOATS_H
