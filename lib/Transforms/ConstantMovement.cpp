//===- ConstantMovement.cpp - operators that move constant elements ------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantEvaluator.h"

#include "dialects/onnx/Onnx.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstring>
#include <numeric>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

using Operands = ArrayRef<ConstantData>;

ElementsAttr rheobase::splatConstant(RankedTensorType type, ArrayRef<char> element) {
  if (type.getElementType().isInteger(1))
    return DenseElementsAttr::get(type, element.front() != 0);
  if (type.getNumElements() == 0)
    return DenseElementsAttr::getFromRawBuffer(type, {});
  return DenseElementsAttr::getFromRawBuffer(type, element);
}

static SmallVector<int64_t> stridesOf(ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> strides(sizes.size(), 1);
  for (size_t i = sizes.size(); i-- > 1;)
    strides[i - 1] = strides[i] * sizes[i];
  return strides;
}

/// Result element at index i is source element `offset + sum_k i_k * strides_k`.
static ElementsAttr copyStrided(const ConstantData &source, RankedTensorType type, int64_t offset,
                                ArrayRef<int64_t> strides) {
  if (source.isSplat())
    return splatConstant(type, source.raw());
  ConstantBuilder result(type);
  ArrayRef<int64_t> sizes = type.getShape();
  SmallVector<int64_t> index(sizes.size(), 0);
  int64_t from = offset;
  for (int64_t to = 0, count = type.getNumElements(); to < count; ++to) {
    std::memcpy(result.element(to), source.element(from), source.elementBytes());
    for (size_t axis = sizes.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < sizes[axis])
        break;
      from -= strides[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
  return result.finish();
}

/// The same elements in the same order.
static ElementsAttr reshape(const ConstantData &source, RankedTensorType type) {
  if (source.size() != type.getNumElements())
    return nullptr;
  return copyStrided(source, type, 0, stridesOf(type.getShape()));
}

static std::optional<SmallVector<int64_t>> integersOf(const ConstantData &data) {
  SmallVector<int64_t> numbers;
  for (int64_t i = 0; i < data.size(); ++i) {
    std::optional<int64_t> number = data.integer(i);
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

static ElementsAttr transpose(TransposeOp op, const ConstantData &source, RankedTensorType type) {
  SmallVector<int64_t> from = stridesOf(source.getType().getShape()), strides;
  for (int64_t i = 0, rank = from.size(); i < rank; ++i)
    strides.push_back(from[op.getPerm() ? (*op.getPerm())[i] : rank - 1 - i]);
  return copyStrided(source, type, 0, strides);
}

static ElementsAttr expand(const ConstantData &source, RankedTensorType type) {
  ArrayRef<int64_t> sizes = source.getType().getShape();
  SmallVector<int64_t> from = stridesOf(sizes), strides(type.getRank(), 0);
  int64_t lead = type.getRank() - int64_t(sizes.size());
  for (auto [i, size] : llvm::enumerate(sizes))
    strides[lead + i] = size == 1 ? 0 : from[i];
  return copyStrided(source, type, 0, strides);
}

static ElementsAttr slice(SliceOp op, Operands operands, RankedTensorType type) {
  ArrayRef<int64_t> sizes = operands[0].getType().getShape();
  SmallVector<int64_t> strides = stridesOf(sizes);
  std::optional<SmallVector<int64_t>> starts = integersOf(operands[1]), axes, steps;
  if (op.getAxes())
    axes = integersOf(operands[3]);
  if (op.getSteps())
    steps = integersOf(operands.back());
  if (!starts || type.getNumElements() == 0)
    return nullptr;
  int64_t offset = 0;
  for (auto [i, start] : llvm::enumerate(*starts)) {
    int64_t axis = axes ? (*axes)[i] : int64_t(i), step = steps ? (*steps)[i] : 1;
    axis = axis < 0 ? axis + int64_t(sizes.size()) : axis;
    int64_t size = sizes[axis], first = start < 0 ? start + size : start;
    offset += std::clamp<int64_t>(first, 0, size - 1) * strides[axis];
    strides[axis] *= step;
  }
  return copyStrided(operands[0], type, offset, strides);
}

static ElementsAttr split(SplitOp op, Operands operands, RankedTensorType type, unsigned result) {
  int64_t axis = int64_t(op.getAxis()) < 0 ? int64_t(op.getAxis()) + type.getRank() : int64_t(op.getAxis());
  SmallVector<int64_t> strides = stridesOf(operands[0].getType().getShape());
  int64_t offset = 0;
  for (Value before : op->getResults().take_front(result))
    offset += cast<RankedTensorType>(before.getType()).getDimSize(axis) * strides[axis];
  return copyStrided(operands[0], type, offset, strides);
}

/// The sizes before and after an axis, each multiplied up.
static std::pair<int64_t, int64_t> aroundAxis(ArrayRef<int64_t> sizes, int64_t axis) {
  auto product = [](ArrayRef<int64_t> part) {
    return std::accumulate(part.begin(), part.end(), int64_t(1), std::multiplies<>());
  };
  return {product(sizes.take_front(axis)), product(sizes.drop_front(axis + 1))};
}

static ElementsAttr concat(ConcatOp op, Operands operands, RankedTensorType type) {
  int64_t axis = int64_t(op.getAxis()) < 0 ? int64_t(op.getAxis()) + type.getRank() : int64_t(op.getAxis());
  auto [outer, inner] = aroundAxis(type.getShape(), axis);
  ConstantBuilder result(type);
  int64_t row = type.getDimSize(axis) * inner, offset = 0;
  for (const ConstantData &part : operands) {
    int64_t width = part.getType().getDimSize(axis) * inner;
    for (int64_t i = 0; i < outer * width; ++i)
      std::memcpy(result.element(i / width * row + offset + i % width), part.element(i), part.elementBytes());
    offset += width;
  }
  return result.finish();
}

static ElementsAttr gather(GatherOp op, Operands operands, RankedTensorType type) {
  const ConstantData &data = operands[0];
  int64_t rank = data.getType().getRank();
  int64_t axis = int64_t(op.getAxis()) < 0 ? int64_t(op.getAxis()) + rank : int64_t(op.getAxis());
  std::optional<SmallVector<int64_t>> indices = integersOf(operands[1]);
  if (!indices)
    return nullptr;
  int64_t size = data.getType().getDimSize(axis), to = 0;
  for (int64_t &index : *indices) {
    index = index < 0 ? index + size : index;
    if (index < 0 || index >= size)
      return nullptr;
  }
  auto [outer, inner] = aroundAxis(data.getType().getShape(), axis);
  ConstantBuilder result(type);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t index : *indices)
      for (int64_t i = 0; i < inner; ++i)
        std::memcpy(result.element(to++), data.element((o * size + index) * inner + i), data.elementBytes());
  return result.finish();
}

static ElementsAttr constantOfShape(ConstantOfShapeOp op, RankedTensorType type) {
  if (std::optional<ElementsAttr> value = op.getValue()) {
    std::optional<ConstantData> data = ConstantData::get(*value);
    return data && data->size() == 1 ? splatConstant(type, data->raw()) : ElementsAttr();
  }
  float zero = 0;
  return splatConstant(type, ArrayRef(reinterpret_cast<const char *>(&zero), sizeof(zero)));
}

static ElementsAttr range(Operands operands, RankedTensorType type) {
  ConstantBuilder result(type);
  std::optional<int64_t> start = operands[0].integer(0), delta = operands[2].integer(0);
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    if (start && delta)
      result.setInteger(i, int64_t(uint64_t(*start) + uint64_t(i) * uint64_t(*delta)));
    else
      result.setNumber(i, operands[0].number(0) + double(i) * operands[2].number(0));
  }
  return result.finish();
}

ElementsAttr rheobase::evaluateMovement(Operation *op, Operands operands, unsigned result) {
  auto type = cast<RankedTensorType>(op->getResult(result).getType());
  return llvm::TypeSwitch<Operation *, ElementsAttr>(op)
      .Case<ReshapeOp, SqueezeOp, UnsqueezeOp, FlattenOp, IdentityOp>([&](auto) { return reshape(operands[0], type); })
      .Case([&](TransposeOp transposed) { return transpose(transposed, operands[0], type); })
      .Case([&](ExpandOp) { return expand(operands[0], type); })
      .Case([&](SliceOp sliced) { return slice(sliced, operands, type); })
      .Case([&](SplitOp parts) { return split(parts, operands, type, result); })
      .Case([&](ConcatOp joined) { return concat(joined, operands, type); })
      .Case([&](GatherOp gathered) { return gather(gathered, operands, type); })
      .Case([&](ConstantOfShapeOp filled) { return constantOfShape(filled, type); })
      .Case([&](RangeOp) { return range(operands, type); })
      .Default(ElementsAttr());
}
