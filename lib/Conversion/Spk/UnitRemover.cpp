//===- UnitRemover.cpp - a network without some of its units ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/UnitLayers.h"

#include "Biases.h"
#include "UnitShapes.h"
#include "rheobase/Interfaces/ConstantData.h"

#include <cstring>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

static RankedTensorType withSize(RankedTensorType type, int64_t axis, int64_t size) {
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = size;
  return type.clone(shape);
}

/// A constant with the chosen indices of an axis.
static Value chosen(OpBuilder &b, Value value, int64_t axis, ArrayRef<int64_t> indices) {
  ConstantData data = *ConstantData::of(value);
  ArrayRef<int64_t> shape = data.getType().getShape();
  int64_t inner = 1, outer = 1, next = 0;
  for (int64_t size : shape.drop_front(axis + 1))
    inner *= size;
  for (int64_t size : shape.take_front(axis))
    outer *= size;
  ConstantBuilder result(withSize(data.getType(), axis, static_cast<int64_t>(indices.size())));
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t index : indices)
      for (int64_t j = 0; j < inner; ++j)
        std::memcpy(result.element(next++), data.element((i * shape[axis] + index) * inner + j), data.elementBytes());
  return onnx::ConstantOp::create(b, value.getLoc(), result.finish());
}

/// What the units that go add to a product in the mean.
void UnitRemover::addOffset(const UnitLayer &layer, const UnitLayer::Reader &reader, ArrayRef<bool> stays,
                            ArrayRef<double> means) {
  onnx::MatMulOp product = reader.product;
  ConstantData data = *ConstantData::of(product.getB());
  int64_t outputs = data.getType().getShape().back(), channels = static_cast<int64_t>(means.size());
  std::vector<double> &sums = offsets[product];
  sums.resize(outputs);
  for (auto [row, unit] : llvm::enumerate(layer.rows(reader).units))
    if (unit >= 0 && !stays[unit])
      for (int64_t output = 0; output < outputs; ++output)
        sums[output] += means[row % channels] * data.number(static_cast<int64_t>(row) * outputs + output);
}

void UnitRemover::keep(const UnitLayer &layer, ArrayRef<bool> stays, const UnitActivity &activity) {
  for (const UnitLayer::Reader &reader : layer.readers)
    if (auto seen = activity.sites.find(reader.site); seen != activity.sites.end())
      addOffset(layer, reader, stays, seen->second.means);
  for (onnx::MatMulOp producer : layer.producers)
    if (auto *offset = offsets.find(producer); offset != offsets.end()) {
      std::vector<double> left;
      for (int64_t column : layer.constants.find(&producer->getOpOperand(1))->second.kept(stays))
        left.push_back(offset->second[column]);
      offset->second = std::move(left);
    }
  for (const auto &[operand, units] : layer.constants) {
    OpBuilder b(operand->getOwner());
    operand->set(chosen(b, operand->get(), units.axis, units.kept(stays)));
  }
  auto stayingOn = [&](const UnitAxis &units) {
    return llvm::map_to_vector(units.units, [&](int64_t unit) { return unit < 0 || stays[unit]; });
  };
  // Bounds of parts are read off the types as they were.
  for (const auto &[value, units] : layer.values)
    for (Operation *user : value.getUsers())
      if (isa<onnx::SplitOp, onnx::SliceOp>(user) && user->getOperand(0) == value)
        if (std::optional<AxisPart> part = partOf(user->getResult(0)); part && part->axis == units.axis)
          shrinkParts(user, stayingOn(units));
  for (const auto &[value, units] : layer.values) {
    auto size = static_cast<int64_t>(units.kept(stays).size());
    Value(value).setType(withSize(cast<RankedTensorType>(value.getType()), units.axis, size));
    Operation *op = value.getDefiningOp();
    if (isa<onnx::ReshapeOp, onnx::ExpandOp>(op))
      setShapeEntry(op->getOpOperand(1), units.axis, size);
    if (auto patches = dyn_cast<PatchesOp>(op); patches && units.axis == 1)
      patches.setGroup(size);
  }
}

void UnitRemover::finish() {
  for (const auto &[op, sums] : offsets)
    addToBias(cast<onnx::MatMulOp>(op), sums);
  offsets.clear();
}
