//===- Codegen.h - from linalg on tensors to an artifact's program ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CODEGEN_CODEGEN_H
#define RHEOBASE_CODEGEN_CODEGEN_H

#include "rheobase/Artifact/Program.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"

#include <functional>
#include <string>
#include <vector>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace rheobase::codegen {

/// The CPU levels that code can be made for, from the lowest to the highest: "x86-64" (SSE4.1), "x86-64-v3" (AVX2,
/// FMA), ...
std::vector<std::string> cpuLevels();

/// The highest level that the host has, tuned for the host.
inline constexpr llvm::StringLiteral kNativeTarget = "native";

struct CodegenOptions {
  /// Shown as the program's name.
  std::string name = "main";
  /// CPU levels or kNativeTarget, in the order of the code sections.
  std::vector<std::string> targets = cpuLevels();
  /// Called with what is being done and how far it is, 0 to 1.
  std::function<void(llvm::StringRef what, double done)> progress;
  /// Called with the module after each step of each target: "vectorized", "llvm".
  std::function<void(llvm::StringRef target, llvm::StringRef step, mlir::ModuleOp module)> dump;
};

/// Runs passes over the module as the command line says, with its printing, timing and checks; `build` adds them to the
/// pass manager.
llvm::LogicalResult runPasses(mlir::ModuleOp module, llvm::function_ref<void(mlir::OpPassManager &)> build);

/// Turns @main over tensors into an `rt.program` and its kernels, in place.
llvm::LogicalResult formProgram(mlir::ModuleOp module);

/// Compiles the kernels of a module that holds an `rt.program`, and writes the program down. The constants are borrowed
/// from the module's context where they need no packing: the program must not outlive it.
llvm::FailureOr<artifact::Program> emitProgram(mlir::ModuleOp module, const CodegenOptions &options);

/// formProgram, then emitProgram.
llvm::FailureOr<artifact::Program> compileProgram(mlir::ModuleOp module, const CodegenOptions &options);

/// The dialects and interfaces that the two need to be loaded.
void registerCodegenDialects(mlir::DialectRegistry &registry);

} // namespace rheobase::codegen

#endif // RHEOBASE_CODEGEN_CODEGEN_H
