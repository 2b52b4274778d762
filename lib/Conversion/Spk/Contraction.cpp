//===- Contraction.cpp - a product of codes, and what its steps are -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"

#include "TensorBuilder.h"
#include "dialects/spk/WeightFormats.h"
#include "rheobase/Interfaces/ConstantData.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// Whether a step may be taken out of the sum: it does not vary along the contracted axis, `contractedFromEnd` from the
/// end.
bool isConstantAlong(RankedTensorType step, int64_t contractedFromEnd) {
  return step.getRank() < contractedFromEnd || step.getDimSize(step.getRank() - contractedFromEnd) == 1;
}

/// Constant weights as numbers, whether they are stored as such or as codes in groups.
class WeightNumbers {
public:
  explicit WeightNumbers(Value weights) {
    auto unpack = weights.getDefiningOp<UnpackOp>();
    auto format = unpack ? unpack.getFormat().value_or(nullptr) : WeightFormatInterface();
    data = KnownWeights::of(unpack ? unpack.getCodes() : weights, format);
    if (!unpack)
      return;
    scales = ConstantData::of(unpack.getScale());
    hasOffsets = format && format.hasOffsets();
    int64_t rows = scales ? scales->getType().getDimSize(0) : 0;
    groupSize = scales && data ? data->size() / (hasOffsets ? rows / 2 : rows) : 0;
  }
  bool areKnown() const { return data && (groupSize == -1 || scales); }
  RankedTensorType type() const { return data->getType(); }
  int64_t size() const { return data->size(); }
  double operator[](int64_t i) const {
    if (!scales)
      return data->number(i);
    int64_t outputs = type().getShape().back();
    int64_t group = i / groupSize, row = hasOffsets ? 2 * group : group, output = i % outputs;
    double offset = hasOffsets ? scales->number((row + 1) * outputs + output) : 0;
    return data->number(i) * scales->number(row * outputs + output) + offset;
  }

private:
  std::optional<KnownWeights> data;
  std::optional<ConstantData> scales;
  /// Weights of all outputs in a group.
  int64_t groupSize = -1;
  /// Whether each row of scales is followed by one of offsets.
  bool hasOffsets = false;
};

/// The sum of each output's weights, [.., 1, outputs].
ElementsAttr outputSums(Value weights, Type element) {
  WeightNumbers numbers(weights);
  SmallVector<int64_t> shape(numbers.type().getShape());
  int64_t outputs = shape.back(), inputs = shape[shape.size() - 2];
  shape[shape.size() - 2] = 1;
  ConstantBuilder sums(RankedTensorType::get(shape, element));
  for (int64_t i = 0, n = numbers.size() / inputs; i < n; ++i) {
    int64_t first = i / outputs * inputs * outputs + i % outputs;
    double sum = 0;
    for (int64_t k = 0; k < inputs; ++k)
      sum += numbers[first + k * outputs];
    sums.setNumber(i, sum);
  }
  return sums.finish();
}

} // namespace

Value CodedOperand::integers(OpBuilder &b, Location loc) const {
  return train ? CodesOp::create(b, loc, cast<TrainType>(train.getType()).getCodesType(), train) : weights;
}

bool CodedOperand::isUnsigned() const {
  return train && cast<TrainType>(train.getType()).getCode().isUnsigned();
}

CodedOperand rheobase::spk::codedOperand(onnx::MatMulOp op, unsigned side) {
  Value operand = op->getOperand(side);
  CodedOperand coded;
  if (auto decode = operand.getDefiningOp<DecodeOp>()) {
    coded.train = decode.getTrain();
    coded.step = decode.getLsb();
    coded.zero = decode.getZero();
  } else if (auto unpack = operand.getDefiningOp<UnpackOp>(); unpack && !unpack.getFormat()) {
    coded.weights = unpack.getCodes();
    coded.step = unpack.getScale();
  }
  if (!coded || cast<RankedTensorType>(operand.getType()).getRank() < 2 ||
      !isConstantAlong(cast<RankedTensorType>(coded.step.getType()), side == 0 ? 1 : 2))
    return {};
  return coded;
}

Value rheobase::spk::integerProduct(OpBuilder &b, onnx::MatMulOp op, const CodedOperand &lhs, const CodedOperand &rhs) {
  Value left = lhs.integers(b, op.getLoc()), right = rhs.integers(b, op.getLoc());
  int64_t k = op.getA().getType().getShape().back(), other = op.getB().getType().getShape().drop_back().back();
  if (ShapedType::isDynamic(k))
    k = other;
  bool narrow = accumulatorHolds(k, largestMagnitude(left, lhs.isUnsigned()), largestMagnitude(right, rhs.isUnsigned()),
                                 b.getI32Type());
  auto type = cast<RankedTensorType>(op.getY().getType()).clone(narrow ? b.getI32Type() : b.getI64Type());
  Value acc = MatmulOp::create(b, op.getLoc(), type, left, right, lhs.isUnsigned(), rhs.isUnsigned());
  return withoutOffset(b, op.getLoc(), acc, lhs.zero, rhs.weights);
}

bool rheobase::spk::hasKnownSums(Value weights) {
  return weights && WeightNumbers(weights).areKnown();
}

Value rheobase::spk::withoutOffset(OpBuilder &b, Location loc, Value acc, Value zero, Value weights) {
  if (!zero)
    return acc;
  Type element = cast<RankedTensorType>(acc.getType()).getElementType();
  TensorBuilder tensors(b, loc);
  Value sums = onnx::ConstantOp::create(b, loc, outputSums(weights, element));
  return tensors.sub(acc, tensors.mul(tensors.toType(zero, element), sums));
}

void rheobase::spk::replaceByScaled(RewriterBase &rewriter, onnx::MatMulOp op, Value acc, Value lhsStep,
                                    Value rhsStep) {
  TensorBuilder tensors(rewriter, op.getLoc());
  Value sum = cast<RankedTensorType>(acc.getType()).getElementType().isF32() ? acc : tensors.toFloat(acc);
  Value step = rhsStep ? tensors.mul(lhsStep, rhsStep) : lhsStep;
  rewriter.replaceOp(op, tensors.mul(sum, step));
}
