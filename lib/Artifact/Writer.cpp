//===- Writer.cpp - programs as artifact bytes ----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Artifact/Writer.h"

#include "Manifest.h"

#include "rheobase/Artifact/Format.h"
#include "rheobase/Artifact/Hash.h"
#include "rheobase/runtime.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

using namespace rheobase;
using namespace rheobase::artifact;

/// Puts bytes where they belong, among zeros; false stops.
using Place = std::function<bool(uint64_t offset, const void *data, size_t size)>;

static void hashZeros(uint64_t count, Hasher &hasher) {
  static const uint8_t zeros[kConstantAlignment] = {};
  for (; count > sizeof(zeros); count -= sizeof(zeros))
    hasher.update(zeros, sizeof(zeros));
  hasher.update(zeros, count);
}

/// Calls `take` with every blob of the constants section and where it begins: at a multiple of the alignment, nothing
/// behind the last. Returns the section's size.
static uint64_t layOut(const std::vector<ConstantBlob> &blobs,
                       const std::function<void(const ConstantBlob &blob, uint64_t start)> &take) {
  uint64_t end = 0;
  for (const ConstantBlob &blob : blobs)
    if (blob.size != 0) {
      uint64_t start = alignUp(end, kConstantAlignment);
      take(blob, start);
      end = start + blob.size;
    }
  return end;
}

/// Each blob's bytes are asked for once, and their checksum comes of the same.
static bool placeConstants(const std::vector<ConstantBlob> &blobs, uint64_t offset, const Place &place,
                           uint64_t &hash) {
  Hasher hasher;
  uint64_t end = 0;
  bool placed = true;
  layOut(blobs, [&](const ConstantBlob &blob, uint64_t start) {
    if (!placed)
      return;
    hashZeros(start - end, hasher);
    end = start + blob.size;
    blob.visit([&](const uint8_t *bytes) {
      hasher.update(bytes, blob.size);
      placed = place(offset + start, bytes, blob.size);
    });
  });
  hash = hasher.digest();
  return placed;
}

namespace {
/// Where everything goes: all but the bytes of the sections.
struct Layout {
  Header header = {};
  std::vector<SectionEntry> table;
  std::vector<uint8_t> manifest;
};
} // namespace

static void addSection(Layout &layout, SectionKind kind, uint64_t size) {
  uint64_t offset = alignUp(layout.header.fileSize, sectionAlignment(kind));
  layout.table.push_back({kind, 0, offset, size, 0});
  layout.header.fileSize = offset + size;
}

/// What a reader must know to take the file for what it is.
static uint64_t featuresOf(const Program &program) {
  auto isNarrow = [](const TensorInfo &tensor) { return tensor.dtype > DType::Bool; };
  auto anyNarrow = [&](const std::vector<TensorInfo> &tensors) {
    return std::any_of(tensors.begin(), tensors.end(), isNarrow);
  };
  bool narrow =
      anyNarrow(program.inputs) || anyNarrow(program.outputs) ||
      std::any_of(program.taps.begin(), program.taps.end(), [&](const Tap &tap) { return isNarrow(tap.tensor); });
  bool scratch = std::any_of(program.dispatches.begin(), program.dispatches.end(),
                             [](const Dispatch &dispatch) { return !dispatch.scratch.empty(); });
  bool avxVnni = std::any_of(program.code.begin(), program.code.end(),
                             [](const CodeSection &code) { return (code.features & cpu_feature::kAvxVnni) != 0; });
  bool growth = std::any_of(program.states.begin(), program.states.end(),
                            [](const State &state) { return state.growth.has_value(); });
  return (program.code.empty() ? 0 : kFeatureMachineCode) | (program.measures.empty() ? 0 : kFeatureMeasures) |
         (narrow ? kFeatureNarrowTypes : 0) | (scratch ? kFeatureScratch : 0) | (avxVnni ? kFeatureAvxVnni : 0) |
         (growth ? kFeatureGrowth : 0);
}

/// All but the checksums of what is placed later.
static std::string makeLayout(const Program &program, Layout &layout) {
  uint64_t constantsSize = layOut(program.constants, [](const ConstantBlob &, uint64_t) {});
  uint32_t constantSections = constantsSize != 0 ? 1 : 0;
  size_t sections = constantSections + program.code.size();
  if (sections > limit::kSections)
    return "the program has " + std::to_string(sections) + " sections, at most " + std::to_string(limit::kSections) +
           " fit in an artifact: compile for fewer targets";
  layout.manifest = buildManifest(program, constantSections);

  Header &header = layout.header;
  header.tableOffset = sizeof(Header);
  header.manifestOffset = alignUp(sizeof(Header) + sections * sizeof(SectionEntry), kManifestAlignment);
  header.manifestSize = layout.manifest.size();
  header.fileSize = header.manifestOffset + header.manifestSize;
  if (constantSections != 0)
    addSection(layout, SectionKind::Constants, constantsSize);
  for (const CodeSection &code : program.code) {
    if (code.image.empty())
      return "the machine code for '" + code.target + "' is empty";
    addSection(layout, SectionKind::MachineCode, code.image.size());
  }

  memcpy(header.magic, kMagic, sizeof(kMagic));
  header.endianMarker = kEndianMarker;
  header.formatMajor = kFormatMajor;
  header.formatMinor = kFormatMinor;
  header.features = featuresOf(program);
  header.manifestHash = hash64(layout.manifest.data(), layout.manifest.size());
  header.sectionCount = static_cast<uint32_t>(sections);
  header.sectionEntrySize = sizeof(SectionEntry);
  return {};
}

/// Sections first: what stands in front of them has their checksums.
static bool emit(const Program &program, Layout &layout, const Place &place) {
  auto code = program.code.begin();
  for (SectionEntry &entry : layout.table) {
    bool placed = true;
    if (entry.kind == SectionKind::Constants) {
      placed = placeConstants(program.constants, entry.offset, place, entry.hash);
    } else {
      const std::vector<uint8_t> &image = code++->image;
      entry.hash = hash64(image.data(), image.size());
      placed = place(entry.offset, image.data(), image.size());
    }
    if (!placed)
      return false;
  }
  Header &header = layout.header;
  size_t tableSize = layout.table.size() * sizeof(SectionEntry);
  header.tableHash = hash64(layout.table.data(), tableSize);
  header.headerHash = hash64(&header, offsetof(Header, headerHash));
  return place(header.manifestOffset, layout.manifest.data(), layout.manifest.size()) &&
         (tableSize == 0 || place(header.tableOffset, layout.table.data(), tableSize)) &&
         place(0, &header, sizeof(Header));
}

std::string artifact::sizeOfArtifact(const Program &program, uint64_t &size) {
  Layout layout;
  std::string failure = makeLayout(program, layout);
  size = layout.header.fileSize;
  return failure;
}

std::string artifact::serializeArtifact(const Program &program, const std::function<uint8_t *(size_t size)> &allocate) {
  Layout layout;
  if (std::string failure = makeLayout(program, layout); !failure.empty())
    return failure;
  uint8_t *bytes = allocate(layout.header.fileSize);
  emit(program, layout, [&](uint64_t offset, const void *data, size_t size) {
    memcpy(bytes + offset, data, size);
    return true;
  });
  return {};
}

std::string artifact::serializeArtifact(const Program &program, std::vector<uint8_t> &bytes) {
  return serializeArtifact(program, [&](size_t size) {
    bytes.assign(size, 0);
    return bytes.data();
  });
}

namespace {
/// A new file beside `path`, removed unless it is renamed into place.
class FileBeside {
public:
  explicit FileBeside(const std::string &path) : path(path) {
    static std::atomic<unsigned> count{0};
    beside = path + ".tmp" + std::to_string(getpid()) + "-" + std::to_string(count++);
    // As fopen would make it, but never through a link that waits there.
    descriptor = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  }
  ~FileBeside() {
    if (descriptor >= 0)
      ::close(descriptor);
    if (!beside.empty())
      unlink(beside.c_str());
  }
  FileBeside(const FileBeside &) = delete;
  FileBeside &operator=(const FileBeside &) = delete;

  const std::string &name() const { return beside; }
  bool isOpen() const { return descriptor >= 0; }
  /// What is skipped is zeros.
  bool write(uint64_t offset, const void *data, size_t size) {
    const auto *bytes = static_cast<const uint8_t *>(data);
    while (size > 0) {
      ssize_t written = pwrite(descriptor, bytes, size, static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return false;
      bytes += written;
      offset += static_cast<uint64_t>(written);
      size -= static_cast<size_t>(written);
    }
    return true;
  }
  bool close() {
    int closing = descriptor;
    descriptor = -1;
    return ::close(closing) == 0;
  }
  bool moveIntoPlace() {
    if (rename(beside.c_str(), path.c_str()) != 0)
      return false;
    beside.clear();
    return true;
  }

private:
  std::string path, beside;
  int descriptor;
};
} // namespace

static std::string cannotWrite(const std::string &path) {
  return "cannot write '" + path + "': " + strerror(errno);
}

/// A file that is renamed into place takes the place of whatever is there: a device or a pipe is left alone.
static bool isInTheWay(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

std::string artifact::writeArtifact(Program program, const std::string &path) {
  Layout layout;
  if (std::string failure = makeLayout(program, layout); !failure.empty())
    return failure;
  if (isInTheWay(path))
    return "cannot write '" + path + "': it exists and is no regular file; name another";
  FileBeside file(path);
  if (!file.isOpen())
    return cannotWrite(path);
  bool written = emit(program, layout,
                      [&](uint64_t offset, const void *data, size_t size) { return file.write(offset, data, size); });
  if (!written || !file.close())
    return cannotWrite(path);
  // The check reads the whole file: large constants are not held twice.
  program.constants.clear();
  rhb::Artifact check;
  if (rhb::Status status = rhb::Artifact::open(file.name().c_str(), check); !status.ok())
    return "the program cannot be an artifact: " + std::string(status.message());
  return file.moveIntoPlace() ? std::string() : cannotWrite(path);
}
