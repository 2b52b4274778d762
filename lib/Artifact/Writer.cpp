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
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

using namespace rheobase;
using namespace rheobase::artifact;

/// Takes bytes in order; false stops.
using Sink = std::function<bool(const void *data, size_t size)>;

static bool emitZeros(uint64_t count, const Sink &sink) {
  static const uint8_t zeros[kCodeAlignment] = {};
  for (; count > sizeof(zeros); count -= sizeof(zeros))
    if (!sink(zeros, sizeof(zeros)))
      return false;
  return count == 0 || sink(zeros, count);
}

/// The constants section: every blob at a multiple of the alignment, nothing behind the last.
static bool emitConstants(const std::vector<ConstantBlob> &blobs, const Sink &sink) {
  uint64_t position = 0;
  for (const ConstantBlob &blob : blobs) {
    uint64_t start = alignUp(position, kConstantAlignment);
    if (blob.size != 0 && !(emitZeros(start - position, sink) && sink(blob.data, blob.size)))
      return false;
    position = blob.size != 0 ? start + blob.size : position;
  }
  return true;
}

namespace {
/// Where everything goes: all but the bytes of the sections.
struct Layout {
  Header header = {};
  std::vector<SectionEntry> table;
  std::vector<uint8_t> manifest;
};
} // namespace

static void addSection(Layout &layout, SectionKind kind, uint64_t size, uint64_t hash) {
  uint64_t offset = alignUp(layout.header.fileSize, sectionAlignment(kind));
  layout.table.push_back({kind, 0, offset, size, hash});
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

static std::string makeLayout(const Program &program, Layout &layout) {
  Hasher hasher;
  uint64_t constantsSize = 0;
  emitConstants(program.constants, [&](const void *data, size_t size) {
    hasher.update(data, size);
    constantsSize += size;
    return true;
  });
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
    addSection(layout, SectionKind::Constants, constantsSize, hasher.digest());
  for (const CodeSection &code : program.code) {
    if (code.image.empty())
      return "the machine code for '" + code.target + "' is empty";
    addSection(layout, SectionKind::MachineCode, code.image.size(), hash64(code.image.data(), code.image.size()));
  }

  memcpy(header.magic, kMagic, sizeof(kMagic));
  header.endianMarker = kEndianMarker;
  header.formatMajor = kFormatMajor;
  header.formatMinor = kFormatMinor;
  header.features = featuresOf(program);
  header.manifestHash = hash64(layout.manifest.data(), layout.manifest.size());
  header.sectionCount = static_cast<uint32_t>(sections);
  header.sectionEntrySize = sizeof(SectionEntry);
  header.tableHash = hash64(layout.table.data(), sections * sizeof(SectionEntry));
  header.headerHash = hash64(&header, offsetof(Header, headerHash));
  return {};
}

static bool emit(const Program &program, const Layout &layout, const Sink &sink) {
  uint64_t position = 0;
  Sink counted = [&](const void *data, size_t size) {
    position += size;
    return sink(data, size);
  };
  auto pad = [&](uint64_t offset) { return emitZeros(offset - position, counted); };
  if (!counted(&layout.header, sizeof(Header)))
    return false;
  if (!layout.table.empty() && !counted(layout.table.data(), layout.table.size() * sizeof(SectionEntry)))
    return false;
  if (!pad(layout.header.manifestOffset) || !counted(layout.manifest.data(), layout.manifest.size()))
    return false;
  auto code = program.code.begin();
  for (const SectionEntry &entry : layout.table) {
    if (!pad(entry.offset))
      return false;
    bool done = entry.kind == SectionKind::Constants ? emitConstants(program.constants, counted)
                                                     : counted(code->image.data(), code->image.size());
    code += entry.kind == SectionKind::MachineCode;
    if (!done)
      return false;
  }
  return true;
}

std::string artifact::serializeArtifact(const Program &program, std::vector<uint8_t> &bytes) {
  Layout layout;
  if (std::string failure = makeLayout(program, layout); !failure.empty())
    return failure;
  bytes.clear();
  bytes.reserve(layout.header.fileSize);
  emit(program, layout, [&](const void *data, size_t size) {
    const uint8_t *begin = static_cast<const uint8_t *>(data);
    bytes.insert(bytes.end(), begin, begin + size);
    return true;
  });
  return {};
}

namespace {
/// A new file beside `path`, removed unless it is renamed into place.
class FileBeside {
public:
  explicit FileBeside(const std::string &path) : path(path) {
    static std::atomic<unsigned> count{0};
    beside = path + ".tmp" + std::to_string(getpid()) + "-" + std::to_string(count++);
    // As fopen would make it, but never through a link that waits there.
    int descriptor = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    file = descriptor < 0 ? nullptr : fdopen(descriptor, "wb");
  }
  ~FileBeside() {
    if (file)
      fclose(file);
    if (!beside.empty())
      unlink(beside.c_str());
  }
  FileBeside(const FileBeside &) = delete;
  FileBeside &operator=(const FileBeside &) = delete;

  const std::string &name() const { return beside; }
  bool isOpen() const { return file; }
  bool write(const void *data, size_t size) { return fwrite(data, 1, size, file) == size; }
  bool close() {
    FILE *closing = file;
    file = nullptr;
    return fclose(closing) == 0;
  }
  bool moveIntoPlace() {
    if (rename(beside.c_str(), path.c_str()) != 0)
      return false;
    beside.clear();
    return true;
  }

private:
  std::string path, beside;
  FILE *file;
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
  bool written = emit(program, layout, [&](const void *data, size_t size) { return file.write(data, size); });
  if (!file.close() || !written)
    return cannotWrite(path);
  // The check reads the whole file: large constants are not held twice.
  program.constants.clear();
  rhb::Artifact check;
  if (rhb::Status status = rhb::Artifact::open(file.name().c_str(), check); !status.ok())
    return "the program cannot be an artifact: " + std::string(status.message());
  return file.moveIntoPlace() ? std::string() : cannotWrite(path);
}
