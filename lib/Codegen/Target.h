//===- Target.h - CPU targets of the code sections --------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_TARGET_H
#define RHEOBASE_LIB_CODEGEN_TARGET_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace rheobase::codegen {

/// What kernels and the object emitter must know of a CPU.
struct Target {
  /// As in the artifact.
  std::string name;
  /// For LLVM: the level, the CPU to tune for and additional features.
  std::string cpu, tune, features;
  /// Bits of artifact::cpu_feature.
  uint64_t needs = 0;
  int32_t rank = 0;
  /// 32-bit lanes of a register.
  int64_t registerLanes = 4;
  int64_t numRegisters = 16;
  /// Fused multiply-add and conversions of f16.
  bool hasFma = false;
  bool hasVnni = false;
  /// Counts the bits of 32-bit lanes in one instruction.
  bool countsBits = false;
};

/// The target with this name; reports an error at `loc` where there is none.
llvm::FailureOr<Target> lookupTarget(llvm::StringRef name, mlir::Location loc);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_TARGET_H
