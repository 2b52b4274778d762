//===- ConstantEvaluator.cpp - ops over constants ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantEvaluator.h"

#include "dialects/onnx/Onnx.h"

using namespace mlir;
using namespace rheobase;

SmallVector<ElementsAttr> rheobase::evaluateConstants(Operation *op) {
  SmallVector<ConstantData> operands;
  for (Value operand : op->getOperands()) {
    std::optional<ConstantData> data = ConstantData::of(operand);
    if (!data)
      return {};
    operands.push_back(*data);
  }
  SmallVector<ElementsAttr> results;
  for (OpResult result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !type.hasStaticShape() || constantElementBytes(type.getElementType()) == 0)
      return {};
    ElementsAttr value = op->hasTrait<onnx::Elementwise>() ? evaluateElementwise(op, operands)
                                                           : evaluateMovement(op, operands, result.getResultNumber());
    if (!value)
      value = evaluateReduction(op, operands);
    if (!value)
      return {};
    results.push_back(value);
  }
  return results;
}
