//===- Memory.cpp - mapped files, executable memory, the arena ------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include "rheobase/Artifact/Format.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace rheobase;
using namespace rheobase::runtime;

/// From this size on the kernel is asked for large pages.
static constexpr size_t kLargePages = size_t(8) << 20;

Mapping::Mapping(Mapping &&other) noexcept {
  *this = std::move(other);
}

Mapping &Mapping::operator=(Mapping &&other) noexcept {
  std::swap(base, other.base);
  std::swap(length, other.length);
  return *this;
}

Mapping::~Mapping() {
  if (base)
    munmap(base, length);
}

namespace {
struct File {
  int descriptor;
  ~File() {
    if (descriptor >= 0)
      close(descriptor);
  }
};
} // namespace

Status Mapping::mapFile(const char *path, Mapping &mapping) {
  // Without O_NONBLOCK a named pipe would wait for a writer for ever.
  File file{open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.descriptor < 0)
    return error(errno == ENOENT ? RHB_NOT_FOUND : RHB_IO, "cannot open '%s': %s", path, strerror(errno));
  struct stat facts;
  if (fstat(file.descriptor, &facts) != 0)
    return error(RHB_IO, "cannot read '%s': %s", path, strerror(errno));
  if (!S_ISREG(facts.st_mode))
    return error(RHB_IO, "cannot read '%s': not a regular file", path);
  uint64_t size = static_cast<uint64_t>(facts.st_size);
  if (size == 0)
    return error(RHB_CORRUPT, "'%s' is empty", path);
  if (size > artifact::limit::kFileSize)
    return error(RHB_CORRUPT, "'%s' has %llu bytes, more than an artifact may have", path, (unsigned long long)size);
  void *base = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0);
  if (base == MAP_FAILED)
    return error(RHB_IO, "cannot map '%s': %s", path, strerror(errno));
  if (size >= kLargePages)
    madvise(base, size, MADV_HUGEPAGE);
  Mapping made;
  made.base = static_cast<uint8_t *>(base);
  made.length = size;
  mapping = std::move(made);
  return nullptr;
}

void Mapping::forget(Bytes bytes) {
  auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (std::less<>()(bytes.data, base) || std::less<>()(base + length, bytes.data + bytes.size))
    return;
  // Whole pages within `bytes`; a mapping begins with one.
  auto first = static_cast<size_t>(bytes.data - base), end = (first + bytes.size) / page * page;
  first = (first + page - 1) / page * page;
  if (first < end)
    madvise(base + first, end - first, MADV_DONTNEED);
}

void Mapping::shrinkTo(size_t size) {
  auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t end = (size + page - 1) / page * page;
  if (size == 0 || size >= length)
    return;
  if (end < length)
    munmap(base + end, length - end);
  length = size;
}

Status Mapping::allocate(size_t size, Mapping &mapping) {
  void *base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED)
    return error(RHB_OUT_OF_MEMORY, "cannot allocate %zu bytes: %s", size, strerror(errno));
  if (size >= kLargePages)
    madvise(base, size, MADV_HUGEPAGE);
  Mapping made;
  made.base = static_cast<uint8_t *>(base);
  made.length = size;
  mapping = std::move(made);
  return nullptr;
}

Status Mapping::makeExecutable(Bytes code, Mapping &mapping) {
  Mapping copy;
  if (Status status = allocate(code.size, copy))
    return status;
  memcpy(copy.base, code.data, code.size);
  if (mprotect(copy.base, copy.length, PROT_READ | PROT_EXEC) != 0)
    return error(RHB_IO, "the system does not allow machine code to be loaded: %s", strerror(errno));
  mapping = std::move(copy);
  return nullptr;
}
