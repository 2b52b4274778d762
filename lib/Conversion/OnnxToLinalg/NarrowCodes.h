//===- NarrowCodes.h - codes of narrow types in a body -----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_ONNXTOLINALG_NARROWCODES_H
#define RHEOBASE_LIB_CONVERSION_ONNXTOLINALG_NARROWCODES_H

#include "rheobase/Artifact/SmallFloats.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace rheobase {

/// The number that a code (i8) of the narrow type `type` stands for: an f32, or a byte. `type` becomes the number's.
mlir::Value fromCode(mlir::ImplicitLocOpBuilder &b, mlir::Value code, mlir::Type &type);

/// The code in the narrow type `to` of a number of type `from`, which is not narrow.
mlir::Value toCode(mlir::ImplicitLocOpBuilder &b, mlir::Value x, mlir::Type from, mlir::Type to,
                   const Narrowing &narrowing);

} // namespace rheobase

#endif // RHEOBASE_LIB_CONVERSION_ONNXTOLINALG_NARROWCODES_H
