//===- Writer.h - programs as artifact bytes --------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_ARTIFACT_WRITER_H
#define RHEOBASE_ARTIFACT_WRITER_H

#include "rheobase/Artifact/Program.h"

#include <string>
#include <vector>

namespace rheobase::artifact {

/// Writes `program` beside `path`, opens the result with the runtime's reader, and renames it into place. Returns an
/// empty string, or what went wrong, after which `path` is as it was. Equal programs give equal bytes.
std::string writeArtifact(Program program, const std::string &path);

/// The bytes that `program` takes; an error as of serializeArtifact.
std::string sizeOfArtifact(const Program &program, uint64_t &size);

/// The same bytes in memory, not checked by the reader: `allocate` gives as many zeros as it is asked for. An error
/// only for a program that has no layout: too many sections or an empty machine code image.
std::string serializeArtifact(const Program &program, const std::function<uint8_t *(size_t size)> &allocate);
std::string serializeArtifact(const Program &program, std::vector<uint8_t> &bytes);

} // namespace rheobase::artifact

#endif // RHEOBASE_ARTIFACT_WRITER_H
