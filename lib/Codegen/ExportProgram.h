//===- ExportProgram.h - an rt.program as the artifact's program ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_EXPORTPROGRAM_H
#define RHEOBASE_LIB_CODEGEN_EXPORTPROGRAM_H

#include "dialects/rt/Rt.h"
#include "rheobase/Artifact/Program.h"

namespace rheobase::codegen {

/// Writes everything but the code down. Kernels are numbered in the order of their first dispatch.
llvm::LogicalResult exportProgram(rt::ProgramOp program, artifact::Program &result);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_EXPORTPROGRAM_H
