//===- Format.h - the bytes of an artifact ------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Header and section table as docs/artifact.md lays them out, and the limits a reader holds a file to. Shared by the
// writer (lib/Artifact) and the reader (runtime).
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_ARTIFACT_FORMAT_H
#define RHEOBASE_ARTIFACT_FORMAT_H

#include <cstddef>
#include <cstdint>

namespace rheobase::artifact {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "artifacts are read and written as they lie in memory");

/// The 0x89 and the line ends show a file that was sent as text.
inline constexpr uint8_t kMagic[8] = {0x89, 'R', 'H', 'E', 'O', 0x0d, 0x0a, 0x1a};
inline constexpr uint32_t kEndianMarker = 0x01020304;
inline constexpr uint16_t kFormatMajor = 1;
inline constexpr uint16_t kFormatMinor = 0;

/// Must-understand features: a reader refuses a file with a bit that it does not know.
inline constexpr uint64_t kFeatureMachineCode = 1u << 0;
/// Sizes that are read off computed tensors (Measure).
inline constexpr uint64_t kFeatureMeasures = 1u << 1;
/// A tensor is of an element type behind bool.
inline constexpr uint64_t kFeatureNarrowTypes = 1u << 2;
/// A dispatch needs scratch memory.
inline constexpr uint64_t kFeatureScratch = 1u << 3;
/// There is machine code for x86-64-v3-vnni.
inline constexpr uint64_t kFeatureAvxVnni = 1u << 4;
/// A state grows in place.
inline constexpr uint64_t kFeatureGrowth = 1u << 5;
inline constexpr uint64_t kKnownFeatures =
    kFeatureMachineCode | kFeatureMeasures | kFeatureNarrowTypes | kFeatureScratch | kFeatureAvxVnni | kFeatureGrowth;

struct Header {
  uint8_t magic[8];
  uint32_t endianMarker;
  uint16_t formatMajor;
  uint16_t formatMinor;
  uint64_t features;
  uint64_t fileSize;
  uint64_t manifestOffset;
  uint64_t manifestSize;
  uint64_t manifestHash;
  uint64_t tableOffset;
  uint32_t sectionCount;
  uint32_t sectionEntrySize;
  uint64_t tableHash;
  uint8_t reserved[40];
  /// Of the bytes before it.
  uint64_t headerHash;
};
static_assert(sizeof(Header) == 128 && offsetof(Header, headerHash) == 120);

enum class SectionKind : uint32_t { Constants = 1, MachineCode = 2 };

struct SectionEntry {
  SectionKind kind;
  uint32_t flags; ///< 0
  uint64_t offset;
  uint64_t size;
  uint64_t hash;
};
static_assert(sizeof(SectionEntry) == 32);

inline constexpr uint64_t kManifestAlignment = 64;
inline constexpr uint64_t kConstantAlignment = 64;
inline constexpr uint64_t kCodeAlignment = 4096;

inline constexpr uint64_t sectionAlignment(SectionKind kind) {
  return kind == SectionKind::MachineCode ? kCodeAlignment : kConstantAlignment;
}

/// `alignment` is a power of two and `value` at most 2^63.
inline constexpr uint64_t alignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

/// What the CPUs that machine code is made for are called; "native" is an x86-64 CPU with the section's features, tuned
/// for the one that compiled it. A new name comes with a new feature bit.
inline constexpr const char *kTargets[] = {"x86-64",    "x86-64-v3",      "x86-64-v3-vnni",
                                           "x86-64-v4", "x86-64-v4-vnni", "native"};

/// A file beyond these is refused, so that no reader needs more memory or stack than they allow.
namespace limit {
inline constexpr uint64_t kFileSize = uint64_t(1) << 46;
inline constexpr uint64_t kManifestSize = uint64_t(1) << 28;
inline constexpr uint32_t kSections = 64;
inline constexpr uint32_t kSymbols = 256;
inline constexpr uint32_t kTensors = 4096; ///< inputs, and outputs
inline constexpr uint32_t kRank = 16;
inline constexpr uint32_t kItems = 1u << 20;     ///< buffers, slots, dispatches, kernels, taps, counters, expressions
inline constexpr uint32_t kArguments = 4096;     ///< buffers, and sizes, of one dispatch
inline constexpr uint32_t kLivePairs = 1u << 22; ///< pairs of arena buffers that are needed at the same time
inline constexpr uint32_t kExpressionOps = 4096;
inline constexpr uint32_t kExpressionStack = 64;
inline constexpr uint32_t kTextSize = 1u << 16;     ///< bytes of a name or of a metadata value
inline constexpr int64_t kBytes = int64_t(1) << 46; ///< of one buffer and of the arena
} // namespace limit

} // namespace rheobase::artifact

#endif // RHEOBASE_ARTIFACT_FORMAT_H
