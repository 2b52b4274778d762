//===- Spk.h - the spk dialect ------------------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_SPK_SPK_H
#define RHEOBASE_DIALECTS_SPK_SPK_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace rheobase::spk {

/// What an open contraction size counts as where accumulator bounds are proved; symbols that reach one are capped at
/// it.
inline constexpr int64_t kOpenContraction = 32768;

/// Attaches the symbolic shape functions of the spk ops.
void registerShapeModels(mlir::DialectRegistry &registry);

/// Whether |sum of `k` products of codes up to `lhsMax` and `rhsMax`| always fits `accumulator` (i32 or i64).
bool accumulatorHolds(int64_t k, int64_t lhsMax, int64_t rhsMax, mlir::Type accumulator);

/// The shape of x [.., m, k] times y [.., k, n] with the batch dimensions broadcast; nullopt where ranks (at least 2)
/// or sizes do not allow it.
std::optional<llvm::SmallVector<int64_t>> contractionShape(llvm::ArrayRef<int64_t> x, llvm::ArrayRef<int64_t> y);

/// Whether the steps `lsb` beside `shape` are one for each of several groups of the last axis: a divisor of its size.
bool isInGroups(llvm::ArrayRef<int64_t> lsb, llvm::ArrayRef<int64_t> shape);

/// What a code is made for (Codes.h).
struct CodeRequest;

/// The role of a site whose values a neuron sees: nothing is encoded there.
inline constexpr llvm::StringLiteral kNeuronRole = "neuron";
/// The role of the left operand of weights.
inline constexpr llvm::StringLiteral kLinearRole = "linear";
/// The role of the weights that a Softmax gives a product: their range is known, [0, 1] below each row's largest.
inline constexpr llvm::StringLiteral kAttentionRole = "attention";

/// Whether rows at a site with this role are contracted by themselves, so that each may have a threshold of its own.
inline bool hasFreeRows(llvm::StringRef role) {
  return role == kLinearRole || role == "query" || role == "key";
}

} // namespace rheobase::spk

#include "dialects/spk/SpkDialect.h.inc"
#include "dialects/spk/SpkInterfaces.h.inc"

namespace rheobase::spk {

/// What no |q| of weights of this format exceeds.
int64_t largestCode(WeightFormatInterface format);

/// The largest |q| that integers can have: of the train's code behind `spk.codes`, else of the element type.
int64_t largestMagnitude(mlir::Value codes, bool isUnsigned);

} // namespace rheobase::spk

#define GET_ATTRDEF_CLASSES
#include "dialects/spk/SpkAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/spk/SpkTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/spk/SpkOps.h.inc"

#endif // RHEOBASE_DIALECTS_SPK_SPK_H
