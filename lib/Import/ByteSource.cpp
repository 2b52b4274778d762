//===- ByteSource.cpp - bytes and who keeps them --------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteSource.h"

#include "rheobase/Interfaces/ConstantMemory.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FormatVariadic.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace rheobase;

namespace {

/// An open file descriptor.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(Descriptor &&other) : fd(other.fd) { other.fd = -1; }
  Descriptor &operator=(Descriptor &&other) {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Descriptor() {
    if (fd >= 0)
      close(fd);
  }
  bool valid() const { return fd >= 0; }
  int get() const { return fd; }

private:
  int fd;
};

Error fileError(StringRef path, const Twine &what) {
  return createStringError("cannot read '" + path + "': " + what);
}

StringRef kindOf(mode_t mode) {
  if (S_ISDIR(mode))
    return "a directory";
  if (S_ISFIFO(mode))
    return "a pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode))
    return "a device";
  return "a special file";
}

Expected<ByteSource> mapDescriptor(const Descriptor &file, const struct stat &status, StringRef path, uint64_t limit) {
  if (!S_ISREG(status.st_mode))
    return fileError(path, "it is " + kindOf(status.st_mode) + ", a regular file was expected");
  uint64_t size = status.st_size;
  if (size == 0)
    return fileError(path, "the file is empty");
  if (size > limit)
    return fileError(
        path, formatv("the file has {0} bytes, at most {1} are accepted; raise the file size limit", size, limit));
  void *data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED)
    return fileError(path, std::strerror(errno));
  return ByteSource{{static_cast<const char *>(data), size}, ownMappedFile(data, size), status.st_dev, status.st_ino};
}

/// A pipe or a device must not block the open: whether the file is regular is asked of the open descriptor.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

/// Why a component below `folder` could not be opened.
Error openError(const Descriptor &folder, const std::string &component, StringRef path) {
  int reason = errno;
  struct stat status;
  if (fstatat(folder.get(), component.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode))
    return fileError(path, "symbolic links are not followed; replace the link by the file");
  return fileError(path, std::strerror(reason));
}

} // namespace

Expected<ByteSource> rheobase::mapFile(StringRef path, uint64_t limit) {
  Descriptor file(open(path.str().c_str(), kOpenFlags));
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0)
    return fileError(path, std::strerror(errno));
  return mapDescriptor(file, status, path, limit);
}

Expected<ByteSource> rheobase::mapFileBeneath(StringRef directory, StringRef relative, uint64_t limit) {
  Descriptor at(open(directory.str().c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (!at.valid())
    return fileError(directory, std::strerror(errno));
  SmallVector<StringRef> components;
  relative.split(components, '/');
  for (StringRef component : components) {
    bool last = component.end() == relative.end();
    int flags = kOpenFlags | O_NOFOLLOW | (last ? 0 : O_DIRECTORY);
    Descriptor next(openat(at.get(), component.str().c_str(), flags));
    if (!next.valid())
      return openError(at, component.str(), relative);
    at = std::move(next);
  }
  struct stat status;
  if (fstat(at.get(), &status) != 0)
    return fileError(relative, std::strerror(errno));
  if (S_ISREG(status.st_mode) && status.st_nlink != 1)
    return fileError(relative, formatv("the file has {0} names (hard links), one was expected; copy the file",
                                       uint64_t(status.st_nlink)));
  return mapDescriptor(at, status, relative, limit);
}

ByteSource rheobase::sourceOf(std::unique_ptr<MemoryBuffer> memory) {
  ArrayRef<char> bytes(memory->getBufferStart(), memory->getBufferSize());
  return {bytes, std::shared_ptr<const void>(std::move(memory)), 0, 0};
}
