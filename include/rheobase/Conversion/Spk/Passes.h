//===- Passes.h - from numbers to spikes ------------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_PASSES_H
#define RHEOBASE_CONVERSION_SPK_PASSES_H

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace rheobase::spk {

/// The input that spk-gate-codes adds.
inline constexpr llvm::StringLiteral kGatesInput = "rheobase gates";

#define GEN_PASS_DECL
#include "rheobase/Conversion/Spk/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "rheobase/Conversion/Spk/Passes.h.inc"

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_PASSES_H
