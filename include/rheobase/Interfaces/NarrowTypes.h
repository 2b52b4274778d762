//===- NarrowTypes.h - element types of 2, 4 and 8 bits ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Floats of 4 and 8 bits and integers of 2 and 4 are numbers to whoever casts them; everywhere else they are codes, one
// in a byte, whose other bits are 0.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_INTERFACES_NARROWTYPES_H
#define RHEOBASE_INTERFACES_NARROWTYPES_H

#include "rheobase/Artifact/SmallFloats.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringRef.h"

namespace rheobase {

/// Argument and result attribute of a tensor of codes: the element type that they are codes of.
inline constexpr llvm::StringLiteral kElementAttr = "rheobase.element";

/// The format of a float of 4, 8 or 16 bits; null for E8M0 and for other types.
const SmallFloat *smallFloatOf(mlir::Type type);

/// Whether the type's elements are codes where nobody casts them.
bool isNarrow(mlir::Type type);

/// The bits of its byte that a code of a narrow type has.
inline uint8_t codeMask(mlir::Type type) {
  return static_cast<uint8_t>((1u << type.getIntOrFloatBitWidth()) - 1);
}

} // namespace rheobase

#endif // RHEOBASE_INTERFACES_NARROWTYPES_H
