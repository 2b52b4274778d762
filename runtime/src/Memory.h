//===- Memory.h - mapped files, executable memory, the arena ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_MEMORY_H
#define RHEOBASE_RUNTIME_MEMORY_H

#include "Status.h"

#include <cstddef>
#include <cstdint>

namespace rheobase::runtime {

/// Bytes that somebody else owns.
struct Bytes {
  const uint8_t *data = nullptr;
  size_t size = 0;
};

/// A region from mmap, given back at the end of its life.
class Mapping {
public:
  Mapping() = default;
  Mapping(Mapping &&other) noexcept;
  Mapping &operator=(Mapping &&other) noexcept;
  ~Mapping();

  uint8_t *data() const { return base; }
  size_t size() const { return length; }

  /// A whole file, read-only and private.
  static Status mapFile(const char *path, Mapping &mapping);
  /// Gives back the pages within `bytes` that are this region's; what lay there must not be read again.
  void forget(Bytes bytes);
  /// Gives back what lies behind the first `size` bytes, in whole pages.
  void shrinkTo(size_t size);
  /// Zeroed memory, page aligned.
  static Status allocate(size_t size, Mapping &mapping);
  /// A copy of `code` that can be executed and not written.
  static Status makeExecutable(Bytes code, Mapping &mapping);

private:
  uint8_t *base = nullptr;
  size_t length = 0;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_MEMORY_H
