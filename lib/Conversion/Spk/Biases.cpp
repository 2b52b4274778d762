//===- Biases.cpp - what is added to the outputs of a layer ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Biases.h"

#include "TensorBuilder.h"
#include "rheobase/Interfaces/ConstantData.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

/// A constant that has a number for each of the outputs, and no others.
static bool isRow(Value value, int64_t outputs) {
  std::optional<ConstantData> data = ConstantData::of(value);
  return data && data->getElementType().isF32() && data->size() == outputs &&
         data->getType().getShape().take_back() == ArrayRef(outputs);
}

/// The bias of outputs: an operand of an addition behind `outputs`, which else becomes the last sum that has each of
/// them at its place.
static OpOperand *findBias(Value &outputs, int64_t count) {
  while (outputs.hasOneUse()) {
    OpOperand &use = *outputs.getUses().begin();
    Operation *user = use.getOwner();
    bool isSum = isa<onnx::AddOp>(user);
    if (!isSum && !(isa<onnx::ReshapeOp>(user) && use.getOperandNumber() == 0))
      return nullptr;
    if (isSum)
      if (OpOperand &other = user->getOpOperand(1 - use.getOperandNumber()); isRow(other.get(), count))
        return &other;
    // Rows that stay whole.
    if (cast<RankedTensorType>(user->getResult(0).getType()).getShape().take_back() != ArrayRef(count))
      return nullptr;
    outputs = user->getResult(0);
  }
  return nullptr;
}

void rheobase::spk::addToBias(onnx::MatMulOp product, ArrayRef<double> offsets) {
  OpBuilder b(product->getContext());
  Value outputs = product.getY();
  OpOperand *bias = findBias(outputs, static_cast<int64_t>(offsets.size()));
  b.setInsertionPointAfterValue(outputs);
  if (bias) {
    ConstantData data = *ConstantData::of(bias->get());
    ConstantBuilder sums(data.getType());
    for (auto [i, offset] : llvm::enumerate(offsets))
      sums.setNumber(static_cast<int64_t>(i), data.number(static_cast<int64_t>(i)) + offset);
    bias->set(onnx::ConstantOp::create(b, bias->get().getLoc(), sums.finish()));
    return;
  }
  TensorBuilder tensors(b, product.getLoc());
  SmallVector<float> numbers = llvm::map_to_vector(offsets, [](double each) { return static_cast<float>(each); });
  Value sum = tensors.add(outputs, tensors.numbers(numbers));
  outputs.replaceAllUsesExcept(sum, sum.getDefiningOp());
}
