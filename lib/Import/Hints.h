//===- Hints.h - the nearest supported form of a node -----------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_HINTS_H
#define RHEOBASE_LIB_IMPORT_HINTS_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace rheobase {

/// How the note that carries a hint begins.
inline constexpr llvm::StringLiteral kNearestForm = "nearest supported form: ";

/// What to try where an operator is not supported; empty where there is nothing better than to leave it out.
std::string nearestForm(llvm::StringRef domain, llvm::StringRef op);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_HINTS_H
