//===- Container.cpp - a file's parts, found and checksummed --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Container.h"

#include "rheobase/Artifact/Hash.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

using namespace rheobase;
using namespace rheobase::artifact;
using namespace rheobase::runtime;

static Status corrupt(const char *what) {
  return error(RHB_CORRUPT, "damaged artifact: %s; fetch or compile the file again", what);
}

static bool isZero(const uint8_t *begin, const uint8_t *end) {
  return std::all_of(begin, end, [](uint8_t byte) { return byte == 0; });
}

Status Container::readHeader() {
  if (file.size < sizeof(kMagic) || memcmp(file.data, kMagic, sizeof(kMagic)) != 0)
    return error(RHB_CORRUPT, "not a Rheobase artifact: the file does not begin with the artifact signature");
  if (file.size < sizeof(Header))
    return error(RHB_CORRUPT, "damaged artifact: %zu bytes, a header has %zu", file.size, sizeof(Header));
  memcpy(&head, file.data, sizeof(Header));
  if (head.endianMarker != kEndianMarker)
    return corrupt("its byte order is not little-endian");
  if (head.formatMajor != kFormatMajor)
    return error(RHB_UNSUPPORTED, "the artifact has format version %u.%u, this runtime reads %u.x: compile it again",
                 head.formatMajor, head.formatMinor, kFormatMajor);
  if (hash64(file.data, offsetof(Header, headerHash)) != head.headerHash)
    return corrupt("the checksum of its header does not match");
  if (head.features & ~kKnownFeatures)
    return error(RHB_UNSUPPORTED,
                 "the artifact needs features 0x%" PRIx64 " that this runtime does not know: update it",
                 head.features & ~kKnownFeatures);
  if (head.fileSize != file.size)
    return error(RHB_CORRUPT, "damaged artifact: %zu bytes found, its header says %" PRIu64, file.size, head.fileSize);
  if (!isZero(head.reserved, head.reserved + sizeof(head.reserved)))
    return corrupt("reserved bytes of its header are not zero");
  return nullptr;
}

Status Container::readTable() {
  if (head.tableOffset != sizeof(Header) || head.sectionEntrySize != sizeof(SectionEntry))
    return corrupt("its section table is not where it must be");
  if (head.sectionCount > limit::kSections)
    return error(RHB_CORRUPT, "damaged artifact: %u sections, at most %u are allowed", head.sectionCount,
                 limit::kSections);
  size_t size = head.sectionCount * sizeof(SectionEntry);
  if (size > file.size - sizeof(Header))
    return corrupt("its section table ends after the file");
  const uint8_t *table = file.data + sizeof(Header);
  if (hash64(table, size) != head.tableHash)
    return corrupt("the checksum of its section table does not match");
  entries.resize(head.sectionCount);
  if (size != 0)
    memcpy(entries.data(), table, size);
  return nullptr;
}

namespace {
/// Walks the parts of a file from its start: each begins at the next aligned byte, with zeros before it.
class LayoutWalk {
public:
  LayoutWalk(Bytes file, uint64_t position) : file(file), position(position) {}

  Status step(uint64_t offset, uint64_t size, uint64_t alignment) {
    if (offset != alignUp(position, alignment))
      return corrupt("a part does not begin where the part before it ends");
    if (offset > file.size || size == 0 || size > file.size - offset)
      return corrupt("a part is empty or ends after the file");
    if (!isZero(file.data + position, file.data + offset))
      return corrupt("padding is not zero");
    position = offset + size;
    return nullptr;
  }
  bool atEnd() const { return position == file.size; }

private:
  Bytes file;
  uint64_t position;
};
} // namespace

Status Container::checkLayout() const {
  if (head.manifestSize > limit::kManifestSize)
    return error(RHB_CORRUPT, "damaged artifact: a manifest of %" PRIu64 " bytes, at most %" PRIu64 " are allowed",
                 head.manifestSize, limit::kManifestSize);
  LayoutWalk walk(file, sizeof(Header) + entries.size() * sizeof(SectionEntry));
  if (Status status = walk.step(head.manifestOffset, head.manifestSize, kManifestAlignment))
    return status;
  for (const SectionEntry &entry : entries) {
    if (entry.kind != SectionKind::Constants && entry.kind != SectionKind::MachineCode)
      return error(RHB_CORRUPT, "damaged artifact: a section of unknown kind %u", static_cast<unsigned>(entry.kind));
    if (entry.flags != 0)
      return corrupt("a section has unknown flags");
    if (Status status = walk.step(entry.offset, entry.size, sectionAlignment(entry.kind)))
      return status;
  }
  if (!walk.atEnd())
    return corrupt("bytes follow its last part");
  return nullptr;
}

Status Container::checkSections() const {
  size_t constants = 0, code = 0;
  for (const SectionEntry &entry : entries) {
    if (hash64(file.data + entry.offset, entry.size) != entry.hash)
      return corrupt("the checksum of a section does not match");
    ++(entry.kind == SectionKind::Constants ? constants : code);
  }
  if (constants > 1)
    return corrupt("it has several sections of constants");
  if ((code != 0) != ((head.features & kFeatureMachineCode) != 0))
    return corrupt("its machine code feature bit does not match its sections");
  return nullptr;
}

Status Container::open(Bytes file, Container &container) {
  container.file = file;
  if (Status status = container.readHeader())
    return status;
  if (Status status = container.readTable())
    return status;
  if (Status status = container.checkLayout())
    return status;
  const uint8_t *manifest = file.data + container.head.manifestOffset;
  container.manifestCopy.assign(manifest, manifest + container.head.manifestSize);
  if (hash64(container.manifestCopy.data(), container.manifestCopy.size()) != container.head.manifestHash)
    return corrupt("the checksum of its manifest does not match");
  return container.checkSections();
}

Bytes Container::constants() const {
  for (size_t i = 0; i < entries.size(); ++i)
    if (entries[i].kind == SectionKind::Constants)
      return section(i);
  return {};
}
