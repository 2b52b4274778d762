//===- ObjectEmitter.h - kernels in the llvm dialect to machine code ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_OBJECTEMITTER_H
#define RHEOBASE_LIB_CODEGEN_OBJECTEMITTER_H

#include "lib/Codegen/FlatImage.h"
#include "lib/Codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase::codegen {

/// Optimises the functions of a module in the llvm dialect for `target` and lays their code out; entries are in the
/// order of `kernels`.
llvm::Expected<FlatImage> emitImage(mlir::ModuleOp module, const Target &target, llvm::ArrayRef<std::string> kernels);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_OBJECTEMITTER_H
