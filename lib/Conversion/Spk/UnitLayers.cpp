//===- UnitLayers.cpp - what a network may do without ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/UnitLayers.h"

#include "Sites.h"
#include "UnitTracer.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "llvm/ADT/DenseSet.h"

#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

StringRef rheobase::spk::unitKindName(UnitKind kind) {
  static constexpr StringLiteral names[] = {"units", "heads", "channels"};
  static_assert(std::size(names) == std::size(kUnitKinds), "a name for each kind");
  return names[static_cast<size_t>(kind)];
}

std::optional<UnitKind> rheobase::spk::unitKindByName(StringRef name) {
  for (UnitKind kind : kUnitKinds)
    if (unitKindName(kind) == name)
      return kind;
  return std::nullopt;
}

SmallVector<int64_t> UnitAxis::kept(ArrayRef<bool> stays) const {
  SmallVector<int64_t> indices;
  for (auto [index, unit] : llvm::enumerate(units))
    if (unit < 0 || stays[unit])
      indices.push_back(static_cast<int64_t>(index));
  return indices;
}

std::vector<double> UnitLayer::lengthsIn() const {
  std::vector<double> lengths(units, 1);
  for (onnx::MatMulOp producer : producers) {
    const UnitAxis &columns = constants.find(&producer->getOpOperand(1))->second;
    ConstantData data = *ConstantData::of(producer.getB());
    std::vector<double> squares(units);
    auto outputs = static_cast<int64_t>(columns.units.size());
    for (int64_t i = 0; i < data.size(); ++i)
      if (int64_t unit = columns.units[i % outputs]; unit >= 0)
        squares[unit] += data.number(i) * data.number(i);
    for (auto [length, square] : llvm::zip_equal(lengths, squares))
      length *= std::sqrt(square);
  }
  return lengths;
}

std::vector<double> UnitLayer::lengthsOut() const {
  std::vector<double> lengths(units);
  for (const Reader &reader : readers) {
    ConstantData data = *ConstantData::of(onnx::MatMulOp(reader.product).getB());
    const UnitAxis &rowUnits = rows(reader);
    int64_t outputs = data.getType().getShape().back();
    for (int64_t i = 0; i < data.size(); ++i)
      if (int64_t unit = rowUnits.units[i / outputs]; unit >= 0)
        lengths[unit] += data.number(i) * data.number(i);
  }
  for (double &length : lengths)
    length = std::sqrt(length);
  return lengths;
}

namespace {

class Finder {
public:
  Finder(const SymbolicShapes *shapes, ArrayRef<UnitKind> kinds) : tracer(shapes), kinds(kinds) {}

  void seek(onnx::MatMulOp product) {
    if (softmaxBehind(product.getA()))
      seekHeads(product.getY());
    else if (std::optional<ConstantData> data = ConstantData::of(product.getB());
             data && data->getType().getRank() == 2 && data->getElementType().isF32())
      add(product.getY(), product.getY().getType().getRank() - 1, /*together=*/1, UnitKind::Units);
  }

  SmallVector<UnitLayer> take() { return std::move(layers); }

private:
  /// As few heads together as there can be: several share their keys and values where these are repeated.
  void seekHeads(TypedValue<TensorType> result) {
    int64_t axis = cast<RankedTensorType>(result.getType()).getRank() - 3;
    int64_t heads = axis < 0 ? 1 : cast<RankedTensorType>(result.getType()).getDimSize(axis);
    for (int64_t together = 1; 2 * together <= heads; ++together)
      if (heads % together == 0 && add(result, axis, together, UnitKind::Heads))
        return;
  }

  bool add(Value seed, int64_t axis, int64_t together, UnitKind kind) {
    int64_t size = cast<RankedTensorType>(seed.getType()).getDimSize(axis);
    if (size < 2)
      return false;
    UnitAxis units{axis, std::vector<int64_t>(size)};
    for (int64_t i = 0; i < size; ++i)
      units.units[i] = i / together;
    std::optional<UnitLayer> layer = tracer.trace(seed, std::move(units), kind);
    if (!layer || !llvm::is_contained(kinds, layer->kind))
      return false;
    auto isTaken = [&](const auto &each) { return taken.contains({each.first, each.second.axis}); };
    if (llvm::any_of(layer->values, isTaken))
      return false;
    for (const auto &[value, at] : layer->values)
      taken.insert({value, at.axis});
    layers.push_back(*std::move(layer));
    return true;
  }

  UnitTracer tracer;
  ArrayRef<UnitKind> kinds;
  llvm::DenseSet<std::pair<Value, int64_t>> taken;
  SmallVector<UnitLayer> layers;
};

} // namespace

SmallVector<UnitLayer> rheobase::spk::unitLayers(func::FuncOp func, ArrayRef<UnitKind> kinds) {
  bool hasDims = llvm::all_of(llvm::seq(func.getNumArguments()),
                              [&](unsigned i) { return func.getArgAttr(i, kDimsAttr) != nullptr; });
  FailureOr<SymbolicShapes> shapes = hasDims ? SymbolicShapes::compute(func) : FailureOr<SymbolicShapes>();
  Finder finder(succeeded(shapes) ? &*shapes : nullptr, kinds);
  func.walk([&](onnx::MatMulOp op) { finder.seek(op); });
  return finder.take();
}

/// The units with the greatest scores, of equal ones the first.
static SmallVector<bool> best(ArrayRef<double> scores, uint64_t count) {
  SmallVector<int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int64_t a, int64_t b) { return std::pair(-scores[a], a) < std::pair(-scores[b], b); });
  SmallVector<bool> stays(scores.size(), false);
  for (int64_t unit : ArrayRef(order).take_front(std::max<uint64_t>(count, 1)))
    stays[unit] = true;
  return stays;
}

static uint64_t staying(uint64_t units, double share) {
  return units - static_cast<uint64_t>(std::floor(share * static_cast<double>(units)));
}

static SmallVector<bool> stayingOf(ArrayRef<double> scores, double share) {
  constexpr uint64_t kGroup = 32;
  uint64_t units = scores.size(), kept = staying(units, share);
  if (uint64_t whole = llvm::alignTo(kept, kGroup); units % kGroup == 0 && whole < units)
    kept = whole;
  return best(scores, kept);
}

/// Of the heads of all layers, those that are the greatest part of theirs; of each layer one stays.
static void chooseHeads(ArrayRef<UnitLayer> layers, ArrayRef<std::vector<double>> scores, double share,
                        MutableArrayRef<SmallVector<bool>> stays) {
  std::vector<double> parts;
  std::vector<std::pair<size_t, size_t>> heads;
  for (auto [i, layer] : llvm::enumerate(layers)) {
    if (layer.kind != UnitKind::Heads)
      continue;
    double sum = std::accumulate(scores[i].begin(), scores[i].end(), 0.0);
    size_t most = std::max_element(scores[i].begin(), scores[i].end()) - scores[i].begin();
    for (auto [head, score] : llvm::enumerate(scores[i])) {
      parts.push_back(head == most ? std::numeric_limits<double>::infinity() : score / (sum > 0 ? sum : 1));
      heads.push_back({i, head});
    }
    stays[i].assign(scores[i].size(), false);
  }
  if (heads.empty())
    return;
  for (auto [head, part, stay] : llvm::zip_equal(heads, parts, best(parts, staying(heads.size(), share))))
    stays[head.first][head.second] = stay || std::isinf(part);
}

SmallVector<SmallVector<bool>> rheobase::spk::stayingUnits(ArrayRef<UnitLayer> layers,
                                                           ArrayRef<std::vector<double>> scores, double share) {
  SmallVector<SmallVector<bool>> stays(layers.size());
  for (auto [i, layer] : llvm::enumerate(layers))
    if (layer.kind != UnitKind::Heads)
      stays[i] = stayingOf(scores[i], share);
  chooseHeads(layers, scores, share, stays);
  return stays;
}
