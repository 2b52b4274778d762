//===- Zip.h - the little of zip that npz needs ----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_NPY_ZIP_H
#define RHEOBASE_RUNTIME_NPY_ZIP_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rhb::npy {

/// Files of an archive by name.
using Members = std::map<std::string, std::vector<uint8_t>>;

/// Unpacks an archive: methods stored and deflate, zip64 sizes. Checks every offset, every size and every CRC.
std::string unzip(const std::vector<uint8_t> &archive, Members &members);

/// Packs an archive, stored, with zip64 sizes where they are needed and no times.
std::vector<uint8_t> zip(const Members &members);

} // namespace rhb::npy

#endif // RHEOBASE_RUNTIME_NPY_ZIP_H
