//===- Onnx.h - the onnx dialect ----------------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_ONNX_ONNX_H
#define RHEOBASE_DIALECTS_ONNX_ONNX_H

#include "rheobase/Artifact/SmallFloats.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace rheobase::onnx {

/// Marks ops that apply one scalar function per element under multidirectional broadcasting.
template <typename ConcreteOp> class Elementwise : public mlir::OpTrait::TraitBase<ConcreteOp, Elementwise> {};

/// Attaches the symbolic shape functions of every operator (dialects/onnx/shapes).
void registerShapeModels(mlir::DialectRegistry &registry);

} // namespace rheobase::onnx

#include "dialects/onnx/OnnxDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/onnx/OnnxOps.h.inc"

namespace rheobase::onnx {

/// What a Cast says about floats of 8 bits.
Narrowing narrowingOf(CastOp op);

} // namespace rheobase::onnx

#endif // RHEOBASE_DIALECTS_ONNX_ONNX_H
