//===- Container.h - a file's parts, found and checksummed ------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_CONTAINER_H
#define RHEOBASE_RUNTIME_CONTAINER_H

#include "Memory.h"
#include "Status.h"

#include "rheobase/Artifact/Format.h"

#include <vector>

namespace rheobase::runtime {

/// The parts of a file whose header, section table, padding and checksums have been verified. Only `open` makes one.
class Container {
public:
  /// Checks in the order of docs/artifact.md, "Checks". `file` must outlive the container.
  static Status open(Bytes file, Container &container);

  const artifact::Header &header() const { return head; }
  /// A copy: the file may be mapped, and what is verified must not change afterwards.
  Bytes manifest() const { return {manifestCopy.data(), manifestCopy.size()}; }
  const std::vector<artifact::SectionEntry> &sections() const { return entries; }
  Bytes section(size_t index) const { return {file.data + entries[index].offset, entries[index].size}; }
  /// Of size 0 where there is none.
  Bytes constants() const;

private:
  Status readHeader();
  Status readTable();
  Status checkLayout() const;
  Status checkSections() const;

  Bytes file;
  artifact::Header head;
  std::vector<uint8_t> manifestCopy;
  std::vector<artifact::SectionEntry> entries;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_CONTAINER_H
