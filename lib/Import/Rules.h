//===- Rules.h - what attribute values must satisfy -------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_RULES_H
#define RHEOBASE_LIB_IMPORT_RULES_H

#include "NodeForm.h"

namespace rheobase {

/// Checks the ranges of attributes that schemas do not state: axes inside the rank, positive strides and groups, window
/// lists as long as the window has dimensions, permutations, known modes. `form` is the dialect's form.
llvm::LogicalResult checkAttributeValues(const NodeForm &form);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_RULES_H
