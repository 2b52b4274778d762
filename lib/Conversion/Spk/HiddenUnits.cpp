//===- HiddenUnits.cpp - units between two linear layers ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/HiddenUnits.h"

#include "LinearSite.h"
#include "TensorBuilder.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

static bool hasUnits(Value value, int64_t units) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() > 0 && type.getShape().back() == units;
}

static std::optional<ConstantData> floatsOf(Value value) {
  std::optional<ConstantData> data = ConstantData::of(value);
  return data && data->getElementType().isF32() ? data : std::nullopt;
}

/// One value along the last axis, whatever the unit.
static bool isSame(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && (type.getRank() == 0 || type.getShape().back() == 1);
}

/// A constant with the chosen elements of its last axis.
static Value columns(OpBuilder &b, Value value, ArrayRef<int64_t> chosen) {
  ConstantData data = *floatsOf(value);
  SmallVector<int64_t> shape(data.getType().getShape());
  int64_t units = shape.back(), next = 0;
  shape.back() = static_cast<int64_t>(chosen.size());
  ConstantBuilder result(data.getType().clone(shape));
  for (int64_t row = 0; row < data.size(); row += units)
    for (int64_t unit : chosen)
      result.setNumber(next++, data.number(row + unit));
  return onnx::ConstantOp::create(b, value.getLoc(), result.finish());
}

namespace {

/// Collects what is between the products that make units and the site.
class Collector {
public:
  explicit Collector(HiddenLayer &layer) : layer(layer), todo{layer.site.getInput()} {}

  bool collect() {
    while (!todo.empty())
      if (Operation *op = todo.pop_back_val().getDefiningOp(); !op || !take(op))
        return false;
    return isClosed();
  }

private:
  bool take(Operation *op) {
    if (layer.producers.contains(op) || layer.between.contains(op))
      return true;
    if (auto product = dyn_cast<onnx::MatMulOp>(op)) {
      layer.producers.insert(op);
      return floatsOf(product.getB()) && hasUnits(product.getB(), layer.units);
    }
    auto observe = dyn_cast<ObserveOp>(op);
    bool isElementwise = op->hasTrait<onnx::Elementwise>() || (observe && observe.getRole() == kNeuronRole);
    layer.between.insert(op);
    return isElementwise && op->getNumResults() == 1 && llvm::all_of(op->getOperands(), [&](Value operand) {
             if (isSame(operand))
               return true;
             if (!hasUnits(operand, layer.units))
               return false;
             if (!floatsOf(operand))
               todo.push_back(operand);
             return true;
           });
  }

  /// Whether nobody else sees a unit.
  bool isClosed() const {
    auto isInside = [&](Operation *user) { return user == layer.site || layer.between.contains(user); };
    auto isRead = [&](Operation *op) { return llvm::all_of(op->getUsers(), isInside); };
    return !layer.producers.empty() && llvm::all_of(layer.producers, isRead) && llvm::all_of(layer.between, isRead);
  }

  HiddenLayer &layer;
  SmallVector<Value> todo;
};

} // namespace

std::optional<HiddenLayer> HiddenLayer::of(ObserveOp site) {
  HiddenLayer layer{
      site, site.getInput().getType().getShape().empty() ? 0 : site.getInput().getType().getShape().back(), {}, {}, {}};
  if (site.getRole() != kLinearRole || layer.units < 2 || site->use_empty())
    return std::nullopt;
  for (Operation *user : site->getUsers()) {
    auto product = dyn_cast<onnx::MatMulOp>(user);
    std::optional<ConstantData> weights = product ? floatsOf(product.getB()) : std::nullopt;
    if (!weights || product.getA() != site.getOutput() || weights->getType().getRank() != 2)
      return std::nullopt;
    layer.readers.push_back(product);
  }
  if (!Collector(layer).collect())
    return std::nullopt;
  return layer;
}

SmallVector<HiddenLayer> rheobase::spk::hiddenLayers(func::FuncOp func) {
  SmallVector<HiddenLayer> layers;
  func.walk([&](ObserveOp op) {
    if (std::optional<HiddenLayer> layer = HiddenLayer::of(op))
      layers.push_back(*std::move(layer));
  });
  return layers;
}

std::vector<double> HiddenLayer::lengthsIn() const {
  std::vector<double> lengths(units, 1);
  for (Operation *producer : producers) {
    ConstantData data = *floatsOf(cast<onnx::MatMulOp>(producer).getB());
    std::vector<double> squares(units);
    for (int64_t i = 0; i < data.size(); ++i)
      squares[i % units] += data.number(i) * data.number(i);
    for (auto [length, square] : llvm::zip_equal(lengths, squares))
      length *= std::sqrt(square);
  }
  return lengths;
}

std::vector<double> HiddenLayer::lengthsOut() const {
  std::vector<double> lengths(units);
  for (onnx::MatMulOp reader : readers) {
    ConstantData data = *floatsOf(reader.getB());
    int64_t outputs = data.getType().getShape().back();
    for (int64_t i = 0; i < data.size(); ++i)
      lengths[i / outputs] += data.number(i) * data.number(i);
  }
  for (double &length : lengths)
    length = std::sqrt(length);
  return lengths;
}

/// What the units that go add to a product in the mean.
static SmallVector<float> offsetOf(onnx::MatMulOp reader, ArrayRef<int64_t> kept, ArrayRef<double> means) {
  ConstantData data = *floatsOf(reader.getB());
  int64_t outputs = data.getType().getShape().back();
  std::vector<double> sums(outputs);
  for (int64_t unit = 0; unit < static_cast<int64_t>(means.size()); ++unit)
    if (!llvm::is_contained(kept, unit))
      for (int64_t output = 0; output < outputs; ++output)
        sums[output] += means[unit] * data.number(unit * outputs + output);
  return llvm::map_to_vector(sums, [](double sum) { return static_cast<float>(sum); });
}

void HiddenLayer::keep(ArrayRef<int64_t> kept, ArrayRef<double> means) {
  auto narrow = [&](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.back() = static_cast<int64_t>(kept.size());
    value.setType(type.clone(shape));
  };
  auto chooseOperand = [&](OpOperand &operand) {
    OpBuilder b(operand.getOwner());
    operand.set(columns(b, operand.get(), kept));
  };
  for (Operation *producer : producers) {
    chooseOperand(producer->getOpOperand(1));
    narrow(producer->getResult(0));
  }
  for (Operation *op : between) {
    for (OpOperand &operand : op->getOpOperands())
      if (hasUnits(operand.get(), units) && floatsOf(operand.get()))
        chooseOperand(operand);
    narrow(op->getResult(0));
  }
  narrow(site.getOutput());
  for (onnx::MatMulOp reader : readers) {
    OpBuilder b(reader);
    SmallVector<float> offset = offsetOf(reader, kept, means);
    reader.setOperand(1, ChannelWeights(reader).rows(b, reader.getLoc(), kept));
    if (means.empty())
      continue;
    b.setInsertionPointAfter(reader);
    TensorBuilder tensors(b, reader.getLoc());
    Value sum = tensors.add(reader.getY(), tensors.numbers(offset));
    reader.getY().replaceAllUsesExcept(sum, sum.getDefiningOp());
  }
  units = static_cast<int64_t>(kept.size());
}
