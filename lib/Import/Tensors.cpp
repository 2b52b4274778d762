//===- Tensors.cpp - tensor payloads as attributes --------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensors.h"

#include "dialects/onnx/shapes/ElementTypes.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/FormatVariadic.h"

#include <cstring>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

static_assert(llvm::endianness::native == llvm::endianness::little, "model files are little endian");

namespace {

using Proto = ::onnx::TensorProto;

constexpr ElementKind kKinds[] = {
    {Proto::FLOAT, "float32", 4},
    {Proto::UINT8, "uint8", 1},
    {Proto::INT8, "int8", 1},
    {Proto::UINT16, "uint16", 2},
    {Proto::INT16, "int16", 2},
    {Proto::INT32, "int32", 4},
    {Proto::INT64, "int64", 8},
    {Proto::BOOL, "bool", 1},
    {Proto::FLOAT16, "float16", 2},
    {Proto::DOUBLE, "float64", 8},
    {Proto::UINT32, "uint32", 4},
    {Proto::UINT64, "uint64", 8},
    {Proto::BFLOAT16, "bfloat16", 2},
    {Proto::FLOAT8E4M3FN, "float8e4m3fn", 1},
    {Proto::FLOAT8E4M3FNUZ, "float8e4m3fnuz", 1},
    {Proto::FLOAT8E5M2, "float8e5m2", 1},
    {Proto::FLOAT8E5M2FNUZ, "float8e5m2fnuz", 1},
    {Proto::FLOAT8E8M0, "float8e8m0", 1},
    {Proto::UINT4, "uint4", 1, /*perByte=*/2},
    {Proto::INT4, "int4", 1, /*perByte=*/2},
    {Proto::FLOAT4E2M1, "float4e2m1", 1, /*perByte=*/2},
    {Proto::UINT2, "uint2", 1, /*perByte=*/4},
    {Proto::INT2, "int2", 1, /*perByte=*/4},
};

constexpr size_t kMaxRank = 8;
constexpr uint64_t kMaxElements = uint64_t(1) << 40;
/// Tensors up to this many elements become dense attributes: shapes, axes, scalars.
constexpr uint64_t kSmallTensor = 64;

/// The typed field that carries elements of a kind; the other fields of a tensor are for other kinds.
PayloadField typedFieldOf(const ElementKind &kind) {
  switch (kind.number) {
  case Proto::FLOAT:
    return PayloadField::Float;
  case Proto::DOUBLE:
    return PayloadField::Double;
  case Proto::INT64:
    return PayloadField::Int64;
  case Proto::UINT32:
  case Proto::UINT64:
    return PayloadField::Uint64;
  default:
    return PayloadField::Int32;
  }
}

/// True where a value of a varint field is a value of the kind. The field holds the bits of floats.
bool inRange(int64_t value, const ElementKind &kind) {
  switch (kind.number) {
  case Proto::BOOL:
    return value == 0 || value == 1;
  case Proto::INT8:
    return isInt<8>(value);
  case Proto::INT16:
    return isInt<16>(value);
  case Proto::INT32:
    return isInt<32>(value);
  case Proto::UINT8:
  case Proto::FLOAT8E4M3FN:
  case Proto::FLOAT8E4M3FNUZ:
  case Proto::FLOAT8E5M2:
  case Proto::FLOAT8E5M2FNUZ:
  case Proto::FLOAT8E8M0:
    return value >= 0 && isUInt<8>(value);
  case Proto::UINT32:
    return value >= 0 && isUInt<32>(value);
  case Proto::UINT16:
  case Proto::FLOAT16:
  case Proto::BFLOAT16:
    return value >= 0 && isUInt<16>(value);
  default:
    return true;
  }
}

ByteSource heapCopy(ArrayRef<char> bytes) {
  auto copy = std::make_shared<std::vector<char>>(bytes.begin(), bytes.end());
  ArrayRef<char> view(*copy);
  return {view, std::move(copy), 0, 0};
}

/// Where the numbers of a packed field end early, or are out of range, `result` stays short.
void decodeVarints(ArrayRef<char> bytes, const ElementKind &kind, std::vector<char> &result) {
  size_t position = 0;
  while (position < bytes.size()) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0x80;
    for (; (byte & 0x80) && position < bytes.size() && shift < 70; shift += 7) {
      byte = bytes[position++];
      value |= shift < 64 ? uint64_t(byte & 0x7f) << shift : 0;
    }
    if ((byte & 0x80) || !inRange(int64_t(value), kind))
      return;
    // Little endian: the low bytes come first.
    result.insert(result.end(), reinterpret_cast<char *>(&value), reinterpret_cast<char *>(&value) + kind.bytes);
  }
}

} // namespace

Type ElementKind::type(MLIRContext *context) const {
  return rheobase::onnx::elementTypeOfNumber(number, context);
}

const ElementKind *rheobase::findElementKind(int64_t number) {
  for (const ElementKind &kind : kKinds)
    if (kind.number == number)
      return &kind;
  return nullptr;
}

const ElementKind &rheobase::elementKindOf(Type type) {
  const ElementKind *result = &kKinds[0];
  for (const ElementKind &kind : kKinds)
    if (kind.type(type.getContext()) == type)
      result = &kind;
  return *result;
}

std::string rheobase::elementTypeName(int64_t number) {
  if (const ElementKind *kind = findElementKind(number))
    return kind->name.str();
  if (isInt<32>(number) && ::onnx::TensorProto_DataType_IsValid(int(number)))
    return StringRef(::onnx::TensorProto_DataType_Name(Proto::DataType(number))).lower();
  return formatv("number {0}", number);
}

std::string rheobase::elementTypeNames(uint32_t mask) {
  SmallVector<StringRef> names;
  for (const ElementKind &kind : kKinds)
    if (mask >> kind.number & 1)
      names.push_back(kind.name);
  return join(names, ", ");
}

Expected<uint64_t> rheobase::countElements(ArrayRef<int64_t> dims) {
  if (dims.size() > kMaxRank)
    return createStringError(formatv("it has {0} dimensions, at most {1} are supported", dims.size(), kMaxRank));
  // The product without zeros is bounded too: no later product of some dimensions can overflow.
  uint64_t bound = 1;
  for (int64_t dim : dims) {
    if (dim < 0)
      return createStringError(formatv("it has a dimension of {0}, at least 0 was expected", dim));
    std::optional<uint64_t> product = checkedMulUnsigned<uint64_t>(bound, std::max<int64_t>(dim, 1));
    if (!product || *product > kMaxElements)
      return createStringError(
          formatv("its shape [{0}] has more than 2^40 elements", make_range(dims.begin(), dims.end())));
    bound = *product;
  }
  return is_contained(dims, 0) ? 0 : bound;
}

/// The elements of a typed field, as they would lie in memory.
Expected<ByteSource> TensorReader::decode(const TensorPayload::Part &part, const ElementKind &kind, uint64_t count) {
  uint64_t size = count * kind.bytes;
  bool fixed =
      part.field == PayloadField::Raw || part.field == PayloadField::Float || part.field == PayloadField::Double;
  if (fixed) {
    if (part.bytes.size() != size)
      return createStringError(formatv("its {0} has {1} bytes, {2} were expected from its type", nameOf(part.field),
                                       part.bytes.size(), size));
    return ByteSource{part.bytes, model.source.owner, 0, 0};
  }
  auto values = std::make_shared<std::vector<char>>();
  // Every number takes at least one byte of the file.
  values->reserve(std::min<uint64_t>(count, part.bytes.size()) * kind.bytes);
  decodeVarints(part.bytes, kind, *values);
  if (values->size() != size)
    return createStringError(formatv("its {0} has {1} valid {2} numbers, {3} were expected from its type",
                                     nameOf(part.field), values->size() / kind.bytes, kind.name, count));
  ArrayRef<char> view(*values);
  return ByteSource{view, std::move(values), 0, 0};
}

Expected<ByteSource> TensorReader::elementsOf(const Proto &tensor, const ElementKind &kind, uint64_t count) {
  static const TensorPayload kNone;
  const TensorPayload *found = model.payloadOf(tensor);
  const TensorPayload &payload = found ? *found : kNone;
  if (payload.parts.size() > 1)
    return createStringError("it has both " + nameOf(payload.parts[0].field) + " and " +
                             nameOf(payload.parts[1].field) + ", one field with elements was expected");
  if (tensor.data_location() == Proto::EXTERNAL) {
    if (!payload.parts.empty())
      return createStringError("it has " + nameOf(payload.parts[0].field) +
                               ", although its elements are in another file");
    return external.read(tensor, count * kind.bytes);
  }
  if (tensor.external_data_size())
    return createStringError("it has external data entries, although its elements are in the model");
  if (payload.parts.empty()) {
    if (count)
      return createStringError(formatv("it has no elements, {0} were expected from its shape", count));
    return ByteSource();
  }
  const TensorPayload::Part &part = payload.parts[0];
  if (part.field != PayloadField::Raw && part.field != typedFieldOf(kind))
    return createStringError("its elements are in " + nameOf(part.field) + ", raw_data or " +
                             nameOf(typedFieldOf(kind)) + " was expected for " + kind.name);
  return decode(part, kind, count);
}

/// Elements share a byte, the first in its lowest bits; here each has one of its own.
Expected<ByteSource> TensorReader::unpacked(const Proto &tensor, const ElementKind &kind, uint64_t count) {
  Expected<ByteSource> packed = elementsOf(tensor, *findElementKind(Proto::UINT8), divideCeil(count, kind.perByte));
  if (!packed)
    return packed;
  unsigned bits = 8 / kind.perByte;
  auto bytes = std::make_shared<std::vector<char>>(count);
  for (uint64_t i = 0; i < count; ++i)
    (*bytes)[i] = char(uint8_t(packed->bytes[i / kind.perByte]) >> (i % kind.perByte * bits) & ((1u << bits) - 1));
  ArrayRef<char> view(*bytes);
  return ByteSource{view, std::move(bytes), 0, 0};
}

static Expected<ElementsAttr> boolAttribute(RankedTensorType type, ArrayRef<char> bytes) {
  for (char byte : bytes)
    if (byte != 0 && byte != 1)
      return createStringError(formatv("it has the bool {0}, 0 or 1 was expected", unsigned(uint8_t(byte))));
  ArrayRef<bool> values(reinterpret_cast<const bool *>(bytes.data()), bytes.size());
  return ElementsAttr(DenseElementsAttr::get(type, values));
}

/// A resource over the bytes, which lives as long as the context and keeps their owner.
static ElementsAttr resourceAttribute(RankedTensorType type, StringRef name, ByteSource bytes, unsigned alignment) {
  AsmResourceBlob blob(
      bytes.bytes, alignment, [owner = std::move(bytes.owner)](void *, size_t, size_t) {},
      /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

Expected<ElementsAttr> TensorReader::read(const Proto &tensor, StringRef name, MLIRContext *context) {
  const ElementKind *kind = findElementKind(tensor.data_type());
  if (!kind)
    return createStringError("its element type is " + elementTypeName(tensor.data_type()) + ", one of " +
                             elementTypeNames(~0u) + " was expected");
  SmallVector<int64_t> dims(tensor.dims().begin(), tensor.dims().end());
  Expected<uint64_t> count = countElements(dims);
  if (!count)
    return count.takeError();
  Expected<ByteSource> elements =
      kind->perByte > 1 ? unpacked(tensor, *kind, *count) : elementsOf(tensor, *kind, *count);
  if (!elements)
    return elements.takeError();
  auto type = RankedTensorType::get(dims, kind->type(context));
  if (kind->number == Proto::BOOL)
    return boolAttribute(type, elements->bytes);
  // Protobuf does not align, and nobody reads resources but by bytes: they are not copied for that.
  bool misaligned = reinterpret_cast<uintptr_t>(elements->bytes.data()) % kind->bytes != 0;
  if (*count > kSmallTensor)
    return resourceAttribute(type, name, *std::move(elements), misaligned ? 1 : kind->bytes);
  if (misaligned)
    elements = heapCopy(elements->bytes);
  return ElementsAttr(DenseElementsAttr::getFromRawBuffer(type, elements->bytes));
}
