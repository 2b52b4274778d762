//===- RegisterTables.h - small tables in a register ------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_REGISTERTABLES_H
#define RHEOBASE_LIB_CODEGEN_REGISTERTABLES_H

#include "lib/Codegen/Target.h"

#include "mlir/IR/PatternMatch.h"

namespace rheobase::codegen {

/// Patterns that read a table of at most 16 numbers, written as selects between constants by ever higher thresholds of
/// one value, from a register: thresholds are counted, and one permutation finds the entries of all lanes. For targets
/// that have the instruction; others keep the selects.
void populateRegisterTablePatterns(mlir::RewritePatternSet &patterns, const Target &target);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_REGISTERTABLES_H
