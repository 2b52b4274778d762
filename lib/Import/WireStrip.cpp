//===- WireStrip.cpp - a bounded walk over a model's wire format -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WireStrip.h"
#include "WireSchema.h"

#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"

#include <optional>

using namespace llvm;
using namespace rheobase;
using namespace rheobase::wire;

StringRef rheobase::nameOf(PayloadField field) {
  return findField(Message::Tensor, static_cast<uint32_t>(field))->name;
}

namespace {

constexpr unsigned kMaxDepth = 100;
constexpr uint64_t kMaxStringBytes = uint64_t(1) << 24;

/// A length that is filled in later takes five bytes, the most that a length below 2^32 needs.
constexpr size_t kLengthBytes = 5;

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kStartGroup = 3, kEndGroup = 4, kFixed32 = 5 };

class Stripper {
public:
  Stripper(ArrayRef<char> model, const WireLimits &limits) : model(model), limits(limits) {}

  Error run(StrippedModel &result) {
    out = &result;
    if (!walk(Message::Model, model.size(), 0))
      return createStringError(formatv("not a valid ONNX model: at byte {0}: {1}", at, what));
    return Error::success();
  }

private:
  /// A field's key and the extent of its value.
  struct Field {
    uint32_t number;
    uint32_t type;
    size_t start;
    size_t begin = 0;
    size_t end = 0;
  };

  bool walk(Message message, size_t end, unsigned depth);
  bool readField(Field &field, size_t end, StringRef message);
  bool readVarint(uint64_t &value, size_t end);
  bool skipGroup(uint32_t number, size_t end, StringRef message);
  bool copyField(const FieldSchema &schema, const Field &field, unsigned depth);
  bool copyChild(const FieldSchema &schema, const Field &field, unsigned depth);
  bool checkText(const FieldSchema &schema, const Field &field);
  bool countObject();
  void appendVarint(uint64_t value);
  void appendKey(const Field &field) { appendVarint(uint64_t(field.number) << 3 | field.type); }
  void appendReference(uint64_t payload);

  bool fail(size_t position, std::string text) {
    at = position;
    what = std::move(text);
    return false;
  }

  ArrayRef<char> model;
  WireLimits limits;
  StrippedModel *out = nullptr;
  /// Where the walk is.
  size_t cursor = 0;
  uint64_t objects = 0;
  /// The elements of the tensor that is being walked.
  TensorPayload *payload = nullptr;
  size_t at = 0;
  std::string what;
};

bool Stripper::readVarint(uint64_t &value, size_t end) {
  value = 0;
  size_t start = cursor;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (cursor == end)
      return fail(start, "a number is cut off; the file is truncated or damaged");
    uint8_t byte = model[cursor++];
    if (shift == 63 && (byte & 0x7f) > 1)
      return fail(start, "a number does not fit into 64 bits");
    value |= uint64_t(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return fail(start, "a number has more than 10 bytes");
}

/// Reads the key and finds where the value lies; the cursor ends behind it.
bool Stripper::readField(Field &field, size_t end, StringRef message) {
  uint64_t key;
  field.start = cursor;
  if (!readVarint(key, end))
    return false;
  if (key >> 32 || key >> 3 == 0)
    return fail(field.start,
                formatv("{0} has a field with number {1}, 1 to 536870911 was expected", message, key >> 3));
  field.number = key >> 3;
  field.type = key & 7;
  field.begin = cursor;
  uint64_t length = 0;
  switch (field.type) {
  case kVarint:
    if (!readVarint(length, end))
      return false;
    field.end = cursor;
    return true;
  case kBytes:
    if (!readVarint(length, end))
      return false;
    field.begin = cursor;
    break;
  case kFixed32:
    length = 4;
    break;
  case kFixed64:
    length = 8;
    break;
  case kStartGroup:
    if (!skipGroup(field.number, end, message))
      return false;
    field.end = cursor;
    return true;
  default:
    return fail(field.start,
                formatv("field {0} of {1} has wire type {2}, which does not exist or does not start a value",
                        field.number, message, field.type));
  }
  if (length > end - cursor)
    return fail(field.start,
                formatv("field {0} of {1} claims {2} bytes, {3} are left; the file is truncated or damaged",
                        field.number, message, length, end - cursor));
  cursor += length;
  field.end = cursor;
  return true;
}

/// Groups are an old form that ONNX never used: they are always unknown.
bool Stripper::skipGroup(uint32_t number, size_t end, StringRef message) {
  SmallVector<uint32_t> open = {number};
  while (!open.empty()) {
    size_t start = cursor;
    uint64_t key;
    if (!readVarint(key, end))
      return false;
    if ((key & 7) == kEndGroup) {
      if (key >> 3 != open.pop_back_val())
        return fail(start, formatv("a group in {0} is closed by another field's number", message));
      continue;
    }
    if ((key & 7) == kStartGroup) {
      if (open.size() == kMaxDepth)
        return fail(start, formatv("groups in {0} are nested more than {1} deep", message, kMaxDepth));
      open.push_back(key >> 3);
      continue;
    }
    cursor = start;
    Field field;
    if (!readField(field, end, message))
      return false;
  }
  return true;
}

bool Stripper::countObject() {
  if (++objects > limits.maxObjects)
    return fail(cursor, formatv("the model has more than {0} nodes, attributes and names; raise the object limit",
                                limits.maxObjects));
  return true;
}

bool Stripper::walk(Message message, size_t end, unsigned depth) {
  uint32_t seen = 0;
  while (cursor < end) {
    Field field;
    if (!readField(field, end, nameOf(message)))
      return false;
    const FieldSchema *schema = findField(message, field.number);
    if (!schema) {
      ++out->unknownFields;
      continue;
    }
    // Field numbers of the schema are below 32.
    uint32_t bit = uint32_t(1) << field.number;
    if (!schema->repeated && (seen & bit))
      return fail(field.start,
                  formatv("{0}.{1} appears twice; are two models in one file?", nameOf(message), schema->name));
    seen |= bit;
    if (!copyField(*schema, field, depth))
      return false;
    if (out->structure.size() > limits.maxStructureBytes)
      return fail(field.start,
                  formatv("the model has more than {0} bytes besides its tensors; raise the structure limit",
                          limits.maxStructureBytes));
  }
  return true;
}

/// The wire types that a kind of field may have: its own, and packed where it is a list of numbers.
bool accepts(const FieldSchema &schema, uint32_t type) {
  switch (schema.kind) {
  case Kind::Varint:
    return type == kVarint || (schema.repeated && type == kBytes);
  case Kind::Float:
    return type == kFixed32 || (schema.repeated && type == kBytes);
  case Kind::Bytes:
  case Kind::Text:
  case Kind::Child:
  case Kind::Payload:
  case Kind::Drop:
    return type == kBytes;
  }
  return false;
}

bool Stripper::copyField(const FieldSchema &schema, const Field &field, unsigned depth) {
  if (!accepts(schema, field.type))
    return fail(field.start, formatv("{0}.{1} has wire type {2}, which is not how the field is written",
                                     nameOf(schema.parent), schema.name, field.type));
  switch (schema.kind) {
  case Kind::Drop:
    return true;
  case Kind::Payload:
    payload->parts.push_back(
        {static_cast<PayloadField>(field.number), model.slice(field.begin, field.end - field.begin)});
    return true;
  case Kind::Child:
    return copyChild(schema, field, depth);
  case Kind::Bytes:
  case Kind::Text:
    if (!countObject() || !checkText(schema, field))
      return false;
    break;
  case Kind::Varint:
  case Kind::Float:
    break;
  }
  // Keys and lengths are written anew: an overlong one must not be read differently by Protobuf.
  appendKey(field);
  if (field.type == kBytes)
    appendVarint(field.end - field.begin);
  out->structure.append(model.data() + field.begin, field.end - field.begin);
  return true;
}

bool Stripper::checkText(const FieldSchema &schema, const Field &field) {
  auto where = [&] { return formatv("{0}.{1}", nameOf(schema.parent), schema.name).str(); };
  size_t size = field.end - field.begin;
  if (size > kMaxStringBytes)
    return fail(field.start, formatv("{0} has {1} bytes, at most {2} are accepted", where(), size, kMaxStringBytes));
  if (schema.kind == Kind::Bytes)
    return true;
  StringRef text(model.data() + field.begin, size);
  if (text.contains('\0'))
    return fail(field.start, formatv("{0} contains a NUL character", where()));
  const UTF8 *begin = reinterpret_cast<const UTF8 *>(text.begin());
  if (!isLegalUTF8String(&begin, reinterpret_cast<const UTF8 *>(text.end())))
    return fail(field.start, formatv("{0} is not valid UTF-8", where()));
  return true;
}

bool Stripper::copyChild(const FieldSchema &schema, const Field &field, unsigned depth) {
  if (depth == kMaxDepth)
    return fail(field.start, formatv("messages are nested more than {0} deep", kMaxDepth));
  if (!countObject())
    return false;
  appendKey(field);
  size_t lengthAt = out->structure.size();
  out->structure.append(kLengthBytes, '\0');

  TensorPayload elements;
  TensorPayload *enclosing = std::exchange(payload, &elements);
  cursor = field.begin;
  if (!walk(schema.child, field.end, depth + 1))
    return false;
  payload = enclosing;
  if (!elements.parts.empty()) {
    appendReference(out->payloads.size());
    out->payloads.push_back(std::move(elements));
  }

  uint64_t length = out->structure.size() - lengthAt - kLengthBytes;
  for (size_t i = 0; i < kLengthBytes; ++i, length >>= 7)
    out->structure[lengthAt + i] = char((length & 0x7f) | (i + 1 < kLengthBytes ? 0x80 : 0));
  return true;
}

void Stripper::appendVarint(uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out->structure.push_back(char(value | 0x80));
  out->structure.push_back(char(value));
}

void Stripper::appendReference(uint64_t number) {
  char bytes[8];
  support::endian::write64le(bytes, number);
  out->structure.push_back(char(static_cast<uint32_t>(PayloadField::Raw) << 3 | kBytes));
  out->structure.push_back(char(sizeof(bytes)));
  out->structure.append(bytes, sizeof(bytes));
}

} // namespace

Expected<StrippedModel> rheobase::stripModel(ArrayRef<char> model, const WireLimits &limits) {
  StrippedModel result;
  if (Error error = Stripper(model, limits).run(result))
    return error;
  return result;
}
