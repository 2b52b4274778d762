//===- CompositePatterns.h - composite operators taken apart -- -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_TRANSFORMS_COMPOSITEPATTERNS_H
#define RHEOBASE_LIB_TRANSFORMS_COMPOSITEPATTERNS_H

#include "Rewriting.h"

namespace rheobase {

/// A Gelu of either form that ends in `op`, as one op; null where there is none.
mlir::Value raiseGelu(mlir::Operation *op, SymbolicShapes &shapes);
/// A LayerNormalization that ends in `op`, or that `op` scales or shifts; null where there is none.
mlir::Value raiseLayerNormalization(mlir::Operation *op, SymbolicShapes &shapes);

} // namespace rheobase

#endif // RHEOBASE_LIB_TRANSFORMS_COMPOSITEPATTERNS_H
