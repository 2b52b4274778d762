//===- ConstantBytes.h - bytes of constants, packed or not ------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_CONSTANTBYTES_H
#define RHEOBASE_LIB_CODEGEN_CONSTANTBYTES_H

#include "dialects/rt/Rt.h"
#include "rheobase/Artifact/Program.h"

namespace rheobase::codegen {

/// The bytes of an rt.constant. Unpacked values are borrowed from the attribute; packed ones are made of it when the
/// blob is written.
llvm::FailureOr<artifact::ConstantBlob> constantBlob(rt::ConstantOp constant);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_CONSTANTBYTES_H
