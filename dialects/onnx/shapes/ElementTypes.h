//===- ElementTypes.h - the standard's numbers for element types --*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_ONNX_SHAPES_ELEMENTTYPES_H
#define RHEOBASE_DIALECTS_ONNX_SHAPES_ELEMENTTYPES_H

#include "mlir/IR/BuiltinTypes.h"

namespace rheobase::onnx {

/// The element type of a TensorProto.DataType number, or null where the dialect has none.
mlir::Type elementTypeOfNumber(int64_t number, mlir::MLIRContext *context);
/// The number of an element type of the dialect.
int64_t numberOfElementType(mlir::Type type);

} // namespace rheobase::onnx

#endif // RHEOBASE_DIALECTS_ONNX_SHAPES_ELEMENTTYPES_H
