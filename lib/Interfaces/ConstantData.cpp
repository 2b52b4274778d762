//===- ConstantData.cpp - reading and making constant tensors ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Interfaces/ConstantData.h"

#include "rheobase/Interfaces/ConstantMemory.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace rheobase;

/// Constants up to this many bytes are written into the attribute itself; larger ones are resources.
static constexpr size_t kInlineBytes = 256;

unsigned rheobase::constantElementBytes(Type type) {
  if (type.isInteger(1) || isNarrow(type))
    return 1;
  if (isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(type) || type.isInteger(8) || type.isInteger(16) ||
      type.isInteger(32) || type.isInteger(64))
    return type.getIntOrFloatBitWidth() / 8;
  return 0;
}

template <typename T> static T load(const char *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <typename T> static void store(char *bytes, T value) {
  std::memcpy(bytes, &value, sizeof(T));
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

std::optional<ConstantData> ConstantData::get(ElementsAttr attribute) {
  auto type = llvm::dyn_cast_if_present<RankedTensorType>(attribute ? attribute.getType() : Type());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  ConstantData data(type);
  data.width = constantElementBytes(type.getElementType());
  data.count = 1;
  for (int64_t size : type.getShape())
    if (size < 0 || llvm::MulOverflow(data.count, size, data.count))
      return std::nullopt;
  int64_t total;
  if (data.width == 0 || llvm::MulOverflow(data.count, int64_t(data.width), total))
    return std::nullopt;

  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != size_t(total))
      return std::nullopt;
    data.bytes = blob->getData().data();
    return data;
  }
  auto dense = dyn_cast<DenseElementsAttr>(attribute);
  if (!dense)
    return std::nullopt;
  data.splat = dense.isSplat() && data.count != 0;
  if (type.getElementType().isInteger(1)) {
    data.unpacked = std::make_shared<std::vector<char>>();
    if (data.splat)
      data.unpacked->push_back(dense.getSplatValue<bool>());
    else
      for (bool value : dense.getValues<bool>())
        data.unpacked->push_back(value);
    data.bytes = data.unpacked->data();
    return data;
  }
  data.bytes = dense.getRawData().data();
  if (dense.getRawData().size() < data.raw().size())
    return std::nullopt;
  return data;
}

std::optional<ConstantData> ConstantData::of(Value value) {
  ElementsAttr attribute;
  if (!value || !matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  return get(attribute);
}

std::optional<int64_t> ConstantData::integer(int64_t i) const {
  auto integerType = dyn_cast<IntegerType>(getElementType());
  if (!integerType)
    return std::nullopt;
  const char *at = element(i);
  bool isUnsigned = integerType.isUnsigned();
  switch (integerType.getWidth()) {
  case 1:
    return load<uint8_t>(at) != 0;
  case 2:
  case 4: {
    uint8_t code = load<uint8_t>(at) & codeMask(integerType);
    return isUnsigned ? code : llvm::SignExtend64(code, integerType.getWidth());
  }
  case 8:
    return isUnsigned ? load<uint8_t>(at) : load<int8_t>(at);
  case 16:
    return isUnsigned ? load<uint16_t>(at) : load<int16_t>(at);
  case 32:
    return isUnsigned ? int64_t(load<uint32_t>(at)) : load<int32_t>(at);
  default:
    if (isUnsigned && load<int64_t>(at) < 0)
      return std::nullopt;
    return load<int64_t>(at);
  }
}

double ConstantData::number(int64_t i) const {
  Type type = getElementType();
  const char *at = element(i);
  if (type.isF32())
    return load<float>(at);
  if (type.isF64())
    return load<double>(at);
  if (isa<Float8E8M0FNUType>(type))
    return decodePower(load<uint8_t>(at));
  if (const SmallFloat *format = smallFloatOf(type))
    return decodeSmallFloat(*format, width == 1 ? load<uint8_t>(at) & codeMask(type) : load<uint16_t>(at));
  if (type.isUnsignedInteger(64))
    return double(load<uint64_t>(at));
  return double(integer(i).value_or(0));
}

//===----------------------------------------------------------------------===//
// Making
//===----------------------------------------------------------------------===//

ConstantBuilder::ConstantBuilder(RankedTensorType type)
    : type(type), width(constantElementBytes(type.getElementType())), size(size_t(type.getNumElements()) * width),
      bytes(zeroedBytes(size)) {}

void ConstantBuilder::setInteger(int64_t i, int64_t value) {
  char *at = element(i);
  switch (type.getElementType().getIntOrFloatBitWidth()) {
  case 1:
    return store<uint8_t>(at, value != 0);
  case 2:
  case 4:
    return store<uint8_t>(at, uint8_t(value) & codeMask(type.getElementType()));
  case 8:
    return store<uint8_t>(at, uint8_t(value));
  case 16:
    return store<uint16_t>(at, uint16_t(value));
  case 32:
    return store<uint32_t>(at, uint32_t(value));
  default:
    return store<int64_t>(at, value);
  }
}

void ConstantBuilder::setNumber(int64_t i, double value, const Narrowing &narrowing) {
  Type elementType = type.getElementType();
  if (elementType.isF32())
    return store<float>(element(i), float(value));
  if (elementType.isF64())
    return store<double>(element(i), value);
  if (isa<Float8E8M0FNUType>(elementType))
    return store<uint8_t>(element(i), encodePower(float(value), narrowing));
  if (const SmallFloat *format = smallFloatOf(elementType)) {
    uint16_t code = encodeSmallFloat(*format, value, narrowing.saturate && width == 1);
    return width == 1 ? store<uint8_t>(element(i), uint8_t(code)) : store<uint16_t>(element(i), code);
  }
  if (elementType.isInteger(1))
    return setInteger(i, value != 0);
  auto integerType = cast<IntegerType>(elementType);
  unsigned width = integerType.getWidth();
  llvm::APSInt truncated(width, integerType.isUnsigned());
  bool exact;
  // NaN becomes 0; what is out of range becomes the nearest value.
  llvm::APFloat(value).convertToInteger(truncated, llvm::APFloat::rmTowardZero, &exact);
  setInteger(i, int64_t(truncated.getRawData()[0]));
}

ElementsAttr ConstantBuilder::finish() {
  ArrayRef<char> view(bytes.get(), size);
  if (size <= kInlineBytes) {
    if (!type.getElementType().isInteger(1))
      return DenseElementsAttr::getFromRawBuffer(type, view);
    SmallVector<bool> bools(view.begin(), view.end());
    return DenseElementsAttr::get(type, bools);
  }
  AsmResourceBlob blob(view, 64, [owner = bytes](void *, size_t, size_t) {}, /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, "constant", std::move(blob));
}

ElementsAttr rheobase::codesOf(ElementsAttr attribute) {
  std::optional<ConstantData> data = ConstantData::get(attribute);
  if (!data)
    return nullptr;
  Type narrow = data->getElementType();
  RankedTensorType type = data->getType().clone(IntegerType::get(narrow.getContext(), 8));
  bool clean = llvm::all_of(data->raw(), [&](char byte) { return (uint8_t(byte) & ~codeMask(narrow)) == 0; });
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute); resource && clean)
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  ConstantBuilder codes(type);
  for (int64_t i = 0; i < data->size(); ++i)
    codes.setInteger(i, uint8_t(*data->element(i)) & codeMask(narrow));
  return codes.finish();
}

std::optional<double> rheobase::uniformConstant(Value value) {
  std::optional<ConstantData> data = ConstantData::of(value);
  if (!data || data->size() == 0)
    return std::nullopt;
  double first = data->number(0);
  if (!data->isSplat())
    for (int64_t i = 1; i < data->size(); ++i)
      if (data->number(i) != first)
        return std::nullopt;
  return first;
}
