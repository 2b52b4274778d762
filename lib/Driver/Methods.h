//===- Methods.h - published ways to convert, as presets -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_METHODS_H
#define RHEOBASE_LIB_DRIVER_METHODS_H

#include "rheobase/Driver/Driver.h"

namespace rheobase {

/// The method's name, of a published one with ", changed" where the options are not all as it sets them: what is
/// measured then is another method.
std::string methodFact(const CompileOptions &options);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_METHODS_H
