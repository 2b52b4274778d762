//===- Samples.h - calibration data --------------------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_SAMPLES_H
#define RHEOBASE_LIB_DRIVER_SAMPLES_H

#include "npy/Npy.h"

#include <string>
#include <vector>

namespace rheobase {

/// The arrays of one npz file, named like the model's inputs, with samples along the first axis.
class SampleSet {
public:
  /// Reads a file; returns what is wrong with it, or "".
  std::string load(const std::string &path);

  /// An array more, of an input that a trial has beside the model's.
  void set(const std::string &name, rhb::npy::Array array) { arrays[name] = std::move(array); }

  const rhb::npy::Array *find(const std::string &name) const;
  const rhb::npy::Arrays &all() const { return arrays; }
  int64_t count() const { return samples; }
  const std::string &source() const { return path; }

private:
  std::string path;
  rhb::npy::Arrays arrays;
  int64_t samples = 0;
};

/// The npz files a path means: itself, or those in a folder, in alphabetical order. Returns what is wrong, or "".
std::string sampleFiles(const std::string &path, std::vector<std::string> &files);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_SAMPLES_H
