//===- ConstantEvaluator.h - ops over constants --------------- -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_TRANSFORMS_CONSTANTEVALUATOR_H
#define RHEOBASE_LIB_TRANSFORMS_CONSTANTEVALUATOR_H

#include "rheobase/Interfaces/ConstantData.h"

#include "mlir/IR/Operation.h"

namespace rheobase {

/// The results of an op whose operands are all constants; empty where the op has no evaluator, or its value is not
/// defined (a division by zero, an index out of range). Result types must be static.
llvm::SmallVector<mlir::ElementsAttr> evaluateConstants(mlir::Operation *op);

/// A constant with one value in all places.
mlir::ElementsAttr splatConstant(mlir::RankedTensorType type, llvm::ArrayRef<char> element);

/// Operators that move elements, by the rules of each.
mlir::ElementsAttr evaluateMovement(mlir::Operation *op, llvm::ArrayRef<ConstantData> operands, unsigned result);
/// Operators that apply one function per element.
mlir::ElementsAttr evaluateElementwise(mlir::Operation *op, llvm::ArrayRef<ConstantData> operands);
/// Sums, means, lengths, largest and smallest of floats.
mlir::ElementsAttr evaluateReduction(mlir::Operation *op, llvm::ArrayRef<ConstantData> operands);

} // namespace rheobase

#endif // RHEOBASE_LIB_TRANSFORMS_CONSTANTEVALUATOR_H
