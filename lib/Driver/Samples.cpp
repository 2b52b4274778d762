//===- Samples.cpp - calibration data ------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Samples.h"

#include "llvm/Support/FileSystem.h"

#include <algorithm>

using namespace rheobase;

std::string SampleSet::load(const std::string &file) {
  path = file;
  if (std::string error = rhb::npy::readAll(file, arrays); !error.empty())
    return error;
  if (arrays.empty())
    return "'" + file + "' holds no arrays";
  samples = -1;
  for (const auto &[name, array] : arrays) {
    if (array.dims.empty() || array.dims[0] < 1)
      return "array '" + name + "' in '" + file + "' has no samples; the first axis counts them";
    if (samples >= 0 && array.dims[0] != samples)
      return "array '" + name + "' in '" + file + "' has " + std::to_string(array.dims[0]) + " samples, another has " +
             std::to_string(samples);
    samples = array.dims[0];
  }
  return "";
}

const rhb::npy::Array *SampleSet::find(const std::string &name) const {
  auto found = arrays.find(name);
  return found == arrays.end() ? nullptr : &found->second;
}

std::string rheobase::sampleFiles(const std::string &path, std::vector<std::string> &files) {
  if (!llvm::sys::fs::is_directory(path)) {
    files = {path};
    return "";
  }
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(path, error), end; entry != end && !error; entry.increment(error))
    if (llvm::StringRef(entry->path()).ends_with(".npz"))
      files.push_back(entry->path());
  if (error)
    return "cannot list '" + path + "': " + error.message();
  std::sort(files.begin(), files.end());
  return files.empty() ? "no npz file in '" + path + "'" : "";
}
