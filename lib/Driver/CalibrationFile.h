//===- CalibrationFile.h - statistics kept between compilations ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An npz file with a few arrays for every site (docs/calibration.md): what samples showed, so that a model is compiled
// again with other options without running them.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_CALIBRATIONFILE_H
#define RHEOBASE_LIB_DRIVER_CALIBRATIONFILE_H

#include "Statistics.h"

#include <string>

namespace rheobase {

/// A site by its name, with what was seen there.
struct NamedStatistics {
  std::string site;
  /// How many channels it has; -1 where that is not known when compiling.
  int64_t channels = -1;
  SiteStatistics statistics;
};

/// Returns what went wrong, or "".
std::string saveCalibration(const std::string &path, llvm::ArrayRef<NamedStatistics> sites);
/// Fills in the statistics of the named sites; a file may hold more.
std::string loadCalibration(const std::string &path, llvm::MutableArrayRef<NamedStatistics> sites);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_CALIBRATIONFILE_H
