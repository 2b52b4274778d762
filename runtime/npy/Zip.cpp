//===- Zip.cpp - the little of zip that npz needs ------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Zip.h"

#include <zlib.h>

#include <cstring>
#include <limits>

using namespace rhb::npy;

namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                   kLocator64 = 0x07064b50;
constexpr uint32_t kNarrow = 0xffffffffu;
constexpr uint16_t kZip64 = 1, kStored = 0, kDeflated = 8;
constexpr size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
/// No deflate stream is smaller than its contents by more.
constexpr uint64_t kMaxRatio = 1032;

/// Reads little-endian numbers that are known to be inside.
template <typename T> T get(const uint8_t *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

template <typename T> void put(std::vector<uint8_t> &out, T value) {
  const auto *bytes = reinterpret_cast<const uint8_t *>(&value);
  out.insert(out.end(), bytes, bytes + sizeof(T));
}

struct Entry {
  std::string name;
  uint16_t flags, method;
  uint32_t crc;
  uint64_t packed, unpacked, local;
};

class Reader {
public:
  explicit Reader(const std::vector<uint8_t> &archive) : data(archive.data()), size(archive.size()) {}

  std::string read(Members &members);

private:
  bool has(uint64_t offset, uint64_t count) const { return offset <= size && count <= size - offset; }
  std::string findDirectory(uint64_t &offset, uint64_t &count) const;
  std::string readEntry(uint64_t &offset, Entry &entry) const;
  std::string readZip64(const uint8_t *extra, size_t length, Entry &entry) const;
  std::string unpack(const Entry &entry, std::vector<uint8_t> &out) const;

  const uint8_t *data;
  uint64_t size;
};

std::string Reader::findDirectory(uint64_t &offset, uint64_t &count) const {
  // The end record is last, but for a comment of up to 65535 bytes.
  for (uint64_t back = kEndSize; back <= size && back <= kEndSize + 65535; ++back) {
    const uint8_t *end = data + size - back;
    if (get<uint32_t>(end) != kEnd || get<uint16_t>(end + 20) != back - kEndSize)
      continue;
    count = get<uint16_t>(end + 10);
    offset = get<uint32_t>(end + 16);
    if (count != 0xffff && offset != kNarrow)
      return "";
    if (back + kLocatorSize > size || get<uint32_t>(end - kLocatorSize) != kLocator64)
      return "has no zip64 directory though its end record asks for one";
    uint64_t record = get<uint64_t>(end - kLocatorSize + 8);
    if (!has(record, kEnd64Size) || get<uint32_t>(data + record) != kEnd64)
      return "has a zip64 directory outside the file";
    count = get<uint64_t>(data + record + 32);
    offset = get<uint64_t>(data + record + 48);
    return "";
  }
  return "is no zip archive: no end record found";
}

std::string Reader::readZip64(const uint8_t *extra, size_t length, Entry &entry) const {
  while (length >= 4) {
    uint16_t id = get<uint16_t>(extra), bytes = get<uint16_t>(extra + 2);
    if (bytes > length - 4)
      break;
    if (id == kZip64) {
      const uint8_t *at = extra + 4;
      size_t left = bytes;
      for (uint64_t *field : {&entry.unpacked, &entry.packed, &entry.local}) {
        if (*field != kNarrow)
          continue;
        if (left < 8)
          return "member '" + entry.name + "' has a zip64 field that is too short";
        *field = get<uint64_t>(at);
        at += 8;
        left -= 8;
      }
    }
    extra += 4 + bytes;
    length -= 4 + bytes;
  }
  return "";
}

std::string Reader::readEntry(uint64_t &offset, Entry &entry) const {
  if (!has(offset, kCentralSize) || get<uint32_t>(data + offset) != kCentral)
    return "has a damaged directory";
  const uint8_t *at = data + offset;
  uint16_t nameLength = get<uint16_t>(at + 28), extraLength = get<uint16_t>(at + 30),
           commentLength = get<uint16_t>(at + 32);
  uint64_t whole = kCentralSize + uint64_t(nameLength) + extraLength + commentLength;
  if (!has(offset, whole))
    return "has a directory that ends early";
  entry.flags = get<uint16_t>(at + 8);
  entry.method = get<uint16_t>(at + 10);
  entry.crc = get<uint32_t>(at + 16);
  entry.packed = get<uint32_t>(at + 20);
  entry.unpacked = get<uint32_t>(at + 24);
  entry.local = get<uint32_t>(at + 42);
  entry.name.assign(reinterpret_cast<const char *>(at + kCentralSize), nameLength);
  offset += whole;
  return readZip64(at + kCentralSize + nameLength, extraLength, entry);
}

std::string Reader::unpack(const Entry &entry, std::vector<uint8_t> &out) const {
  auto bad = [&](const char *what) { return "member '" + entry.name + "' " + what; };
  if (entry.flags & 1)
    return bad("is encrypted");
  if (!has(entry.local, kLocalSize) || get<uint32_t>(data + entry.local) != kLocal)
    return bad("has no local header where the directory says");
  uint64_t start =
      entry.local + kLocalSize + get<uint16_t>(data + entry.local + 26) + get<uint16_t>(data + entry.local + 28);
  if (!has(start, entry.packed))
    return bad("reaches beyond the end of the file");
  bool possible = entry.method == kStored ? entry.packed == entry.unpacked
                                          : entry.method == kDeflated && entry.unpacked / kMaxRatio <= entry.packed;
  if (!possible)
    return bad("is neither stored nor deflated, or has sizes that cannot be");
  out.resize(entry.unpacked);
  if (entry.method == kStored) {
    if (!out.empty())
      std::memcpy(out.data(), data + start, out.size());
  } else {
    if (entry.packed > std::numeric_limits<uInt>::max() || entry.unpacked > std::numeric_limits<uInt>::max())
      return bad("is deflated and larger than 4 GiB; store it uncompressed (numpy.savez)");
    z_stream stream = {};
    stream.next_in = const_cast<uint8_t *>(data + start);
    stream.avail_in = static_cast<uInt>(entry.packed);
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      return bad("cannot be inflated: out of memory");
    int result = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (result != Z_STREAM_END || stream.avail_out != 0)
      return bad("does not inflate to the size it states");
  }
  if (crc32_z(0, out.data(), out.size()) != entry.crc)
    return bad("does not match its checksum");
  return "";
}

std::string Reader::read(Members &members) {
  uint64_t offset = 0, count = 0;
  if (std::string error = findDirectory(offset, count); !error.empty())
    return error;
  for (uint64_t i = 0; i < count; ++i) {
    Entry entry;
    if (std::string error = readEntry(offset, entry); !error.empty())
      return error;
    auto [place, isNew] = members.try_emplace(entry.name);
    if (!isNew)
      return "has two members named '" + entry.name + "'";
    if (std::string error = unpack(entry, place->second); !error.empty())
      return error;
  }
  return "";
}

/// What the local and the central header say alike, from the version on.
void putHeader(std::vector<uint8_t> &out, const std::string &name, uint64_t size, uint32_t crc, bool wide,
               size_t extra) {
  put<uint16_t>(out, wide ? 45 : 20);
  put<uint16_t>(out, 0);
  put<uint16_t>(out, kStored);
  put<uint16_t>(out, 0);
  put<uint16_t>(out, 0x21); // 1 January 1980, the earliest date there is
  put<uint32_t>(out, crc);
  put<uint32_t>(out, wide ? kNarrow : static_cast<uint32_t>(size));
  put<uint32_t>(out, wide ? kNarrow : static_cast<uint32_t>(size));
  put<uint16_t>(out, static_cast<uint16_t>(name.size()));
  put<uint16_t>(out, static_cast<uint16_t>(extra));
}

void putEnd(std::vector<uint8_t> &out, uint64_t count, uint64_t directory) {
  uint64_t end = out.size();
  put<uint32_t>(out, kEnd64);
  put<uint64_t>(out, kEnd64Size - 12);
  put<uint16_t>(out, 45);
  put<uint16_t>(out, 45);
  put<uint32_t>(out, 0);
  put<uint32_t>(out, 0);
  for (uint64_t value : {count, count, end - directory, directory})
    put<uint64_t>(out, value);
  put<uint32_t>(out, kLocator64);
  put<uint32_t>(out, 0);
  put<uint64_t>(out, end);
  put<uint32_t>(out, 1);
  put<uint32_t>(out, kEnd);
  put<uint32_t>(out, 0);
  put<uint16_t>(out, count < 0xffff ? static_cast<uint16_t>(count) : 0xffff);
  put<uint16_t>(out, count < 0xffff ? static_cast<uint16_t>(count) : 0xffff);
  put<uint32_t>(out, end - directory < kNarrow ? static_cast<uint32_t>(end - directory) : kNarrow);
  put<uint32_t>(out, directory < kNarrow ? static_cast<uint32_t>(directory) : kNarrow);
  put<uint16_t>(out, 0);
}

} // namespace

std::string rhb::npy::unzip(const std::vector<uint8_t> &archive, Members &members) {
  return Reader(archive).read(members);
}

std::vector<uint8_t> rhb::npy::zip(const Members &members) {
  std::vector<uint8_t> out, directory;
  for (const auto &[name, bytes] : members) {
    uint64_t local = out.size();
    uint32_t crc = static_cast<uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
    bool wide = bytes.size() >= kNarrow || local >= kNarrow;
    put<uint32_t>(out, kLocal);
    putHeader(out, name, bytes.size(), crc, wide, wide ? 20 : 0);
    out.insert(out.end(), name.begin(), name.end());
    put<uint32_t>(directory, kCentral);
    put<uint16_t>(directory, 45);
    putHeader(directory, name, bytes.size(), crc, wide, wide ? 28 : 0);
    put<uint16_t>(directory, 0);
    put<uint16_t>(directory, 0);
    put<uint16_t>(directory, 0);
    put<uint32_t>(directory, 0);
    put<uint32_t>(directory, wide ? kNarrow : static_cast<uint32_t>(local));
    directory.insert(directory.end(), name.begin(), name.end());
    if (wide) {
      for (auto *header : {&out, &directory}) {
        put<uint16_t>(*header, kZip64);
        put<uint16_t>(*header, header == &out ? 16 : 24);
        put<uint64_t>(*header, bytes.size());
        put<uint64_t>(*header, bytes.size());
      }
      put<uint64_t>(directory, local);
    }
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  uint64_t start = out.size();
  out.insert(out.end(), directory.begin(), directory.end());
  putEnd(out, members.size(), start);
  return out;
}
