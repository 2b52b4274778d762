//===- Hash.h - XXH64 of bytes and of streams ---------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_ARTIFACT_HASH_H
#define RHEOBASE_ARTIFACT_HASH_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>

namespace rheobase::artifact {

/// The checksum of every part of an artifact: XXH64 with seed 0.
inline uint64_t hash64(const void *data, size_t size) {
  return XXH64(data, size, 0);
}

class Hasher {
public:
  Hasher() { XXH64_reset(&state, 0); }
  void update(const void *data, size_t size) { XXH64_update(&state, data, size); }
  uint64_t digest() const { return XXH64_digest(&state); }

private:
  XXH64_state_t state;
};

} // namespace rheobase::artifact

#endif // RHEOBASE_ARTIFACT_HASH_H
