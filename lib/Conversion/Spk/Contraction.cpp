//===- Contraction.cpp - a product of codes, and what its steps are -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"

#include "TensorBuilder.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// Whether a step may be taken out of the sum: it does not vary along the contracted axis, `contractedFromEnd` from the
/// end.
bool isConstantAlong(RankedTensorType step, int64_t contractedFromEnd) {
  return step.getRank() < contractedFromEnd || step.getDimSize(step.getRank() - contractedFromEnd) == 1;
}

} // namespace

int64_t CodedOperand::maxMagnitude() const {
  if (weights)
    return kWeightMax;
  CodeInterface code = cast<TrainType>(train.getType()).getCode();
  return std::max(code.getMax(), -code.getMin());
}

CodedOperand rheobase::spk::codedOperand(onnx::MatMulOp op, unsigned side) {
  Value operand = op->getOperand(side);
  CodedOperand coded;
  if (auto decode = operand.getDefiningOp<DecodeOp>()) {
    coded.train = decode.getTrain();
    coded.step = decode.getLsb();
  } else if (auto unpack = operand.getDefiningOp<UnpackOp>()) {
    coded.weights = unpack.getCodes();
    coded.step = unpack.getScale();
  }
  if (!coded || cast<RankedTensorType>(operand.getType()).getRank() < 2 ||
      !isConstantAlong(cast<RankedTensorType>(coded.step.getType()), side == 0 ? 1 : 2))
    return {};
  return coded;
}

IntegerType rheobase::spk::accumulatorFor(onnx::MatMulOp op, const CodedOperand &lhs, const CodedOperand &rhs) {
  auto narrow = IntegerType::get(op.getContext(), 32);
  int64_t k = op.getA().getType().getShape().back(), other = op.getB().getType().getShape().drop_back().back();
  if (ShapedType::isDynamic(k))
    k = other;
  bool holds = accumulatorHolds(k, lhs.maxMagnitude(), rhs.maxMagnitude(), narrow);
  return holds ? narrow : IntegerType::get(op.getContext(), 64);
}

void rheobase::spk::replaceByScaled(PatternRewriter &rewriter, onnx::MatMulOp op, Value acc, Value lhsStep,
                                    Value rhsStep) {
  TensorBuilder tensors(rewriter, op.getLoc());
  Value sum = cast<RankedTensorType>(acc.getType()).getElementType().isF32() ? acc : tensors.toFloat(acc);
  Value step = rhsStep ? tensors.mul(lhsStep, rhsStep) : lhsStep;
  rewriter.replaceOp(op, tensors.mul(sum, step));
}
