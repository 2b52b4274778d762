//===- ByteSource.h - bytes and who keeps them ---------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_IMPORT_BYTESOURCE_H
#define RHEOBASE_LIB_IMPORT_BYTESOURCE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <memory>

namespace rheobase {

/// Bytes of a mapped file or of memory, with a share in what keeps them readable.
struct ByteSource {
  llvm::ArrayRef<char> bytes;
  std::shared_ptr<const void> owner;
  /// The file's identity; both 0 for memory.
  uint64_t device = 0, inode = 0;
};

/// Maps a regular file of 1 to `limit` bytes for reading.
llvm::Expected<ByteSource> mapFile(llvm::StringRef path, uint64_t limit);

/// Maps the file at `relative` below `directory`: every component is opened without following links, and the file has
/// one name only, so that nothing outside the directory can be read.
llvm::Expected<ByteSource> mapFileBeneath(llvm::StringRef directory, llvm::StringRef relative, uint64_t limit);

ByteSource sourceOf(std::unique_ptr<llvm::MemoryBuffer> memory);

} // namespace rheobase

#endif // RHEOBASE_LIB_IMPORT_BYTESOURCE_H
