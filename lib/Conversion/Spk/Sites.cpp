//===- Sites.cpp - how exporters wrap what we look for ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sites.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace rheobase;

namespace {

bool isZero(Value v) {
  DenseElementsAttr value;
  return matchPattern(v, m_Constant(&value)) && value.isSplat() && isa<FloatType>(value.getElementType()) &&
         value.getSplatValue<APFloat>().isZero();
}

} // namespace

onnx::SoftmaxOp rheobase::spk::softmaxBehind(Value v) {
  if (auto where = v.getDefiningOp<onnx::WhereOp>()) {
    auto guard = where.getCondition().getDefiningOp<onnx::IsNaNOp>();
    if (!guard || guard.getX() != where.getY() || !isZero(where.getX()))
      return nullptr;
    v = where.getY();
  }
  return v.getDefiningOp<onnx::SoftmaxOp>();
}

bool rheobase::spk::isOverLastAxis(onnx::SoftmaxOp softmax) {
  int64_t axis = softmax.getAxis();
  return axis == -1 || axis == cast<RankedTensorType>(softmax.getInput().getType()).getRank() - 1;
}
