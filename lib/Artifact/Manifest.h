//===- Manifest.h - a program as a FlatBuffer -------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_ARTIFACT_MANIFEST_H
#define RHEOBASE_LIB_ARTIFACT_MANIFEST_H

#include "rheobase/Artifact/Program.h"

namespace rheobase::artifact {

/// The manifest of `program`, whose machine code sections follow one another from `firstCodeSection` on.
std::vector<uint8_t> buildManifest(const Program &program, uint32_t firstCodeSection);

} // namespace rheobase::artifact

#endif // RHEOBASE_LIB_ARTIFACT_MANIFEST_H
