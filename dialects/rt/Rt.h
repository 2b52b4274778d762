//===- Rt.h - the rt dialect --------------------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_RT_RT_H
#define RHEOBASE_DIALECTS_RT_RT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

namespace rheobase::rt {
/// Whether some of each 4 weights are stored alone; then a block has as many inputs as 16 are stored of.
inline bool isSparse(uint64_t kept) {
  return kept < 4;
}
inline int64_t sparseUnit(uint64_t kept) {
  return static_cast<int64_t>(64 / kept);
}

/// Groups of inputs with a scale of their own are a multiple of so many long: the unit that packed bits come in.
inline constexpr int64_t kGroupUnit = 32;
/// Bytes that a step of a dot product multiplies.
inline constexpr int64_t kQuad = 4;
/// Indices of a codebook have as many bits as a nibble or a byte, and are stored by whole words.
inline constexpr unsigned kNibbleBits = 4, kByteBits = 8, kWordBits = 32;
/// Planes of bits that codes may be multiplied as.
inline constexpr int64_t kMostPlanes = 8;
inline constexpr int64_t indicesInWord(int64_t bits) {
  return kWordBits / bits;
}
/// A codebook [entries, 9] is one of 3 x 3 windows, whose inputs are apart; their indices are packed like codes.
inline constexpr int64_t kWindowTaps = 9;
inline constexpr unsigned kMostWindowBits = 6;
inline bool holdsWindows(mlir::ShapedType codebook) {
  return codebook.getDimSize(1) == kWindowTaps;
}
/// Marks the argument of a kernel that is the thread's scratch memory, a memref<?xi8>.
inline constexpr llvm::StringLiteral kScratchAttr = "rt.scratch";
} // namespace rheobase::rt

#include "dialects/rt/RtDialect.h.inc"
#include "dialects/rt/RtEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/rt/RtTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/rt/RtAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/rt/RtOps.h.inc"

#endif // RHEOBASE_DIALECTS_RT_RT_H
