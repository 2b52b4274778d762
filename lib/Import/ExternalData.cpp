//===- ExternalData.cpp - tensors in files beside the model ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExternalData.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SHA1.h"

#include <optional>

using namespace llvm;
using namespace rheobase;

namespace {

/// What the key and value entries of one tensor say.
struct Reference {
  std::optional<StringRef> location, offset, length, checksum;
};

Expected<Reference> readEntries(const ::onnx::TensorProto &tensor) {
  Reference result;
  for (const ::onnx::StringStringEntryProto &entry : tensor.external_data()) {
    auto *slot = StringSwitch<std::optional<StringRef> *>(entry.key())
                     .Case("location", &result.location)
                     .Case("offset", &result.offset)
                     .Case("length", &result.length)
                     .Case("checksum", &result.checksum)
                     .Default(nullptr);
    if (!slot)
      return createStringError("its external data has the key '" + entry.key() +
                               "', location, offset, length or checksum was expected");
    if (*slot)
      return createStringError("its external data has the key '" + entry.key() + "' twice");
    *slot = entry.value();
  }
  if (!result.location)
    return createStringError("its external data has no location");
  return result;
}

Error checkLocation(StringRef location) {
  auto refuse = [&](StringRef why) {
    return createStringError(
        formatv("its external data lies at '{0}', which {1}; a relative path below the model's folder "
                "was expected",
                location, why));
  };
  if (location.empty())
    return refuse("is empty");
  if (location.starts_with("/"))
    return refuse("is an absolute path");
  if (location.contains('\\'))
    return refuse("contains a backslash");
  if (location.size() >= 2 && isAlpha(location[0]) && location[1] == ':')
    return refuse("names a drive");
  SmallVector<StringRef> components;
  location.split(components, '/');
  for (StringRef component : components) {
    if (component == "..")
      return refuse("leaves its folder by '..'");
    if (component.empty() || component == ".")
      return refuse("has an empty component or '.'");
  }
  return Error::success();
}

/// Decimal digits only: no sign, space, exponent or prefix.
Expected<uint64_t> readDecimal(StringRef key, StringRef text) {
  uint64_t value;
  if (text.empty() || !all_of(text, isDigit) || text.getAsInteger(10, value))
    return createStringError("its external data has " + key + " '" + text +
                             "', a decimal number below 2^64 was expected");
  return value;
}

} // namespace

Expected<ByteSource> ExternalData::open(StringRef location) {
  auto [entry, isNew] = files.try_emplace(location);
  if (!isNew)
    return entry->second;
  Expected<ByteSource> file = mapFileBeneath(directory, location, limit);
  if (!file) {
    files.erase(entry);
    return file;
  }
  if (file->inode == modelInode && file->device == modelDevice) {
    files.erase(entry);
    return createStringError("its external data lies in the model file itself, another file was expected");
  }
  entry->second = *file;
  return file;
}

Error ExternalData::check(StringRef location, StringRef checksum) {
  auto [entry, isNew] = checksums.try_emplace(location);
  if (isNew) {
    ArrayRef<char> bytes = files.lookup(location).bytes;
    auto digest = SHA1::hash({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()});
    entry->second = toHex(digest, /*LowerCase=*/true);
  }
  if (!checksum.equals_insensitive(entry->second))
    return createStringError("its external data file '" + location + "' has the SHA-1 checksum " + entry->second +
                             ", " + checksum + " was expected; the file is damaged or belongs to another model");
  return Error::success();
}

Expected<ByteSource> ExternalData::read(const ::onnx::TensorProto &tensor, uint64_t size) {
  Expected<Reference> reference = readEntries(tensor);
  if (!reference)
    return reference.takeError();
  StringRef location = *reference->location;
  if (Error error = checkLocation(location))
    return error;
  Expected<uint64_t> offset = readDecimal("offset", reference->offset.value_or("0"));
  if (!offset)
    return offset.takeError();
  if (directory.empty())
    return createStringError("its elements are in the file '" + location +
                             "', but a model from memory has no folder; give the data directory");
  Expected<ByteSource> file = open(location);
  if (!file)
    return file.takeError();
  uint64_t available = file->bytes.size();
  if (*offset > available)
    return createStringError(
        formatv("its external data starts at byte {0} of '{1}', which has {2} bytes", *offset, location, available));
  uint64_t length = available - *offset;
  if (reference->length) {
    Expected<uint64_t> stated = readDecimal("length", *reference->length);
    if (!stated)
      return stated.takeError();
    if (*stated > length)
      return createStringError(
          formatv("its external data ends {0} bytes behind the end of '{1}'", *stated - length, location));
    length = *stated;
  }
  if (length != size)
    return createStringError(formatv("its external data has {0} bytes, {1} were expected from its type", length, size));
  if (reference->checksum)
    if (Error error = check(location, *reference->checksum))
      return error;
  file->bytes = file->bytes.slice(*offset, length);
  return file;
}
