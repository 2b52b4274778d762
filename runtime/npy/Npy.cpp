//===- Npy.cpp - NumPy's npy and npz files -------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Npy.h"

#include "Zip.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

using namespace rhb::npy;

namespace {

constexpr uint8_t kMagic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

struct TypeName {
  rhb_dtype dtype;
  std::string_view descr;
};
constexpr TypeName kTypes[] = {
    {RHB_F32, "<f4"},
    {RHB_F16, "<f2"},
    {RHB_F64, "<f8"},
    {RHB_I8, "|i1"},
    {RHB_I16, "<i2"},
    {RHB_I32, "<i4"},
    {RHB_I64, "<i8"},
    {RHB_U8, "|u1"},
    {RHB_U16, "<u2"},
    {RHB_U32, "<u4"},
    {RHB_U64, "<u8"},
    {RHB_BOOL, "|b1"},
    {RHB_BF16, "<V2"},
    // What NumPy writes of ml_dtypes' types of a byte, whichever it is: codes; only one of them has a name.
    {RHB_U8, "|V1"},
    {RHB_F8E5M2, "|f1"},
};
/// NumPy itself reads "|f1" back as nothing.
constexpr std::string_view kCodes = "|V1";

/// The text behind 'key': in the header's dictionary, up to the comma or brace that ends the value.
std::string_view valueOf(std::string_view header, std::string_view key) {
  size_t at = header.find("'" + std::string(key) + "'");
  if (at == std::string_view::npos)
    return {};
  at = header.find(':', at);
  if (at == std::string_view::npos)
    return {};
  at = header.find_first_not_of(' ', at + 1);
  if (at == std::string_view::npos)
    return {};
  size_t end = header[at] == '(' ? header.find(')', at) : header.find_first_of(",}", at);
  return end == std::string_view::npos ? std::string_view() : header.substr(at, end - at);
}

/// "(2, 3" as dimensions; false where it is anything else.
bool readShape(std::string_view text, std::vector<int64_t> &dims) {
  if (text.empty() || text[0] != '(')
    return false;
  int64_t value = -1;
  for (char c : text.substr(1)) {
    if (c >= '0' && c <= '9') {
      value = value < 0 ? 0 : value;
      if (value > (std::numeric_limits<int64_t>::max() - 9) / 10)
        return false;
      value = value * 10 + (c - '0');
    } else if (c == ',') {
      if (value < 0)
        return false;
      dims.push_back(value);
      value = -1;
    } else if (c != ' ') {
      return false;
    }
  }
  if (value >= 0)
    dims.push_back(value);
  return dims.size() <= 32;
}

std::string parseHeader(std::string_view header, Array &array) {
  std::string_view descr = valueOf(header, "descr"), order = valueOf(header, "fortran_order"),
                   shape = valueOf(header, "shape");
  if (descr.size() < 2 || order.empty() || shape.empty())
    return "has no header of an npy file";
  descr = descr.substr(1, descr.size() - 2);
  bool known = false;
  for (const TypeName &type : kTypes)
    // A one-byte type has no byte order.
    if (descr == type.descr || (type.descr[0] == '|' && descr.size() == 3 && descr.substr(1) == type.descr.substr(1))) {
      array.dtype = type.dtype;
      known = true;
    }
  if (!known)
    return "has elements of type '" + std::string(descr) + "', little-endian numbers or bools expected";
  if (order != "False")
    return "is in Fortran order, C order expected; save numpy.ascontiguousarray(x)";
  if (!readShape(shape, array.dims))
    return "has the shape '" + std::string(shape) + ")', a tuple of sizes expected";
  return "";
}

/// Elements times element size, or false where it is more than memory can hold.
bool byteCount(const Array &array, size_t &bytes) {
  bytes = rhb_dtype_size(array.dtype);
  for (int64_t d : array.dims)
    if (__builtin_mul_overflow(bytes, static_cast<size_t>(d), &bytes))
      return false;
  return bytes <= static_cast<size_t>(std::numeric_limits<int64_t>::max());
}

std::string readFile(const std::string &path, std::vector<uint8_t> &bytes) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0)
    return "cannot read '" + path + "': " + std::strerror(errno);
  if (!S_ISREG(info.st_mode))
    return "cannot read '" + path + "': it is no file";
  std::ifstream in(path, std::ios::binary);
  bytes.resize(static_cast<size_t>(info.st_size));
  if (!in || !in.read(reinterpret_cast<char *>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
    return "cannot read '" + path + "'";
  return "";
}

/// Beside, then renamed, so that a reader never sees half a file. A device or a pipe must not be replaced by a file.
std::string writeFile(const std::string &path, const std::vector<uint8_t> &bytes) {
  struct stat info;
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return "cannot write '" + path + "': it exists and is no regular file; name another";
  std::string beside = path + ".tmp" + std::to_string(getpid());
  {
    std::ofstream out(beside, std::ios::binary);
    out.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) {
      std::remove(beside.c_str());
      return "cannot write '" + path + "': " + std::strerror(errno);
    }
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    std::string reason = std::strerror(errno);
    std::remove(beside.c_str());
    return "cannot write '" + path + "': " + reason;
  }
  return "";
}

} // namespace

int64_t Array::elements() const {
  int64_t count = 1;
  for (int64_t d : dims)
    count *= d;
  return count;
}

std::string rhb::npy::parse(const uint8_t *data, size_t size, Array &array) {
  if (size < 10 || std::memcmp(data, kMagic, sizeof(kMagic)) != 0)
    return "is no npy file";
  uint8_t version = data[6];
  size_t start = version == 1 ? 10 : 12;
  if (version < 1 || version > 3 || size < start)
    return "is npy version " + std::to_string(version) + ", 1 to 3 expected";
  uint32_t length = data[8] | data[9] << 8;
  if (version > 1)
    length |= static_cast<uint32_t>(data[10]) << 16 | static_cast<uint32_t>(data[11]) << 24;
  if (length > size - start)
    return "has a header longer than the file";
  Array read;
  std::string_view header(reinterpret_cast<const char *>(data) + start, length);
  if (std::string error = parseHeader(header, read); !error.empty())
    return error;
  size_t bytes = 0;
  if (!byteCount(read, bytes) || bytes != size - start - length)
    return "holds " + std::to_string(size - start - length) + " bytes of elements, which its shape does not ask for";
  read.bytes.assign(data + start + length, data + size);
  array = std::move(read);
  return "";
}

std::vector<uint8_t> rhb::npy::format(const Array &array) {
  std::string_view descr = kCodes;
  if (array.dtype <= RHB_BOOL)
    descr = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeName &type) {
              return type.dtype == array.dtype;
            })->descr;
  std::string header = "{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < array.dims.size(); ++i)
    header += (i ? ", " : "") + std::to_string(array.dims[i]);
  header += array.dims.size() == 1 ? ",), }" : "), }";
  bool wide = header.size() + 64 > 65535;
  size_t start = wide ? 12 : 10;
  // Elements start at a multiple of 64.
  header.append((64 - (start + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  std::vector<uint8_t> out(kMagic, kMagic + sizeof(kMagic));
  out.push_back(wide ? 2 : 1);
  out.push_back(0);
  for (size_t i = 0; i < start - 8; ++i)
    out.push_back(static_cast<uint8_t>(header.size() >> (8 * i)));
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), array.bytes.begin(), array.bytes.end());
  return out;
}

std::string rhb::npy::read(const std::string &path, Array &array) {
  std::vector<uint8_t> bytes;
  if (std::string error = readFile(path, bytes); !error.empty())
    return error;
  std::string error = parse(bytes.data(), bytes.size(), array);
  return error.empty() ? "" : "'" + path + "' " + error;
}

std::string rhb::npy::write(const std::string &path, const Array &array) {
  return writeFile(path, format(array));
}

std::string rhb::npy::readAll(const std::string &path, Arrays &arrays) {
  std::vector<uint8_t> bytes;
  if (std::string error = readFile(path, bytes); !error.empty())
    return error;
  Members members;
  if (std::string error = unzip(bytes, members); !error.empty())
    return "'" + path + "' " + error;
  for (const auto &[member, content] : members) {
    bool isNpy = member.size() > 4 && member.compare(member.size() - 4, 4, ".npy") == 0;
    std::string name = isNpy ? member.substr(0, member.size() - 4) : member;
    if (std::string error = parse(content.data(), content.size(), arrays[name]); !error.empty())
      return "'" + path + "': array '" + name + "' " + error;
  }
  return "";
}

std::string rhb::npy::writeAll(const std::string &path, const Arrays &arrays) {
  Members members;
  for (const auto &[name, array] : arrays)
    members[name + ".npy"] = format(array);
  return writeFile(path, zip(members));
}
