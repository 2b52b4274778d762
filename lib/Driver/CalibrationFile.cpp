//===- CalibrationFile.cpp - statistics kept between compilations --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CalibrationFile.h"

#include "npy/Npy.h"

#include <cmath>
#include <cstring>

using namespace rheobase;
using rhb::npy::Array;
using rhb::npy::Arrays;

namespace {

/// The array that says what the file is, and its version.
constexpr const char *kVersionName = "rheobase calibration";
constexpr int64_t kVersion = 1;
constexpr const char *kRange = ":range", *kPeaks = ":peaks", *kSquares = ":squares", *kHistogram = ":histogram",
                     *kRows = ":rows";

template <typename T> Array arrayOf(rhb_dtype dtype, const std::vector<T> &values) {
  Array array{dtype, {static_cast<int64_t>(values.size())}, {}};
  array.bytes.resize(values.size() * sizeof(T));
  if (!values.empty())
    std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

/// Reads arrays of a file by name and keeps the first complaint.
class Reader {
public:
  Reader(const std::string &path, const Arrays &arrays) : path(path), arrays(arrays) {}

  /// `count` values, or any number of them where that is -1.
  template <typename T> std::vector<T> read(const std::string &name, rhb_dtype dtype, int64_t count) {
    std::vector<T> values;
    auto found = arrays.find(name);
    if (found == arrays.end()) {
      complain("has no array '" + name + "'; it is of another model, make it again with --calibrate=SAMPLES");
      return values;
    }
    const Array &array = found->second;
    bool fits = array.dtype == dtype && array.dims.size() == 1 && (count < 0 || array.dims[0] == count);
    if (!fits) {
      complain("has an array '" + name + "' of " + std::to_string(array.elements()) + " " +
               rhb_dtype_name(array.dtype) + ", " + (count < 0 ? "a vector" : std::to_string(count)) + " of " +
               rhb_dtype_name(dtype) + " expected; make it again with --calibrate=SAMPLES");
      return values;
    }
    values.resize(array.dims[0]);
    if (!values.empty())
      std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
    return values;
  }

  bool has(const std::string &name) const { return arrays.count(name) > 0; }

  void complain(const std::string &text) {
    if (error.empty())
      error = "'" + path + "' " + text;
  }
  const std::string &complaint() const { return error; }

private:
  const std::string &path;
  const Arrays &arrays;
  std::string error;
};

bool areMagnitudes(llvm::ArrayRef<float> values) {
  return llvm::all_of(values, [](float each) { return std::isfinite(each) && each >= 0; });
}

/// Whole rows of the site's channels.
void readRows(Reader &reader, NamedStatistics &site) {
  auto rows = reader.read<float>(site.site + kRows, RHB_F32, -1);
  auto channels = static_cast<int64_t>(site.statistics.peaks.size());
  bool areRows = rows.empty() || (channels > 0 && static_cast<int64_t>(rows.size()) % channels == 0);
  if (!areRows || !llvm::all_of(rows, [](float each) { return std::isfinite(each); }))
    return reader.complain("has rows of '" + site.site + "' that are not " + std::to_string(channels) +
                           " finite numbers each; make it again with --calibrate=SAMPLES");
  site.statistics.rows.set(std::move(rows));
}

void readSite(Reader &reader, NamedStatistics &site) {
  SiteStatistics &statistics = site.statistics;
  auto range = reader.read<float>(site.site + kRange, RHB_F32, 2);
  auto counts = reader.read<int64_t>(site.site + kHistogram, RHB_I64, Histogram::kBins);
  statistics.peaks = reader.read<float>(site.site + kPeaks, RHB_F32, site.channels);
  auto squares = reader.read<float>(site.site + kSquares, RHB_F32, static_cast<int64_t>(statistics.peaks.size()));
  if (reader.has(site.site + kRows))
    readRows(reader, site);
  if (!reader.complaint().empty())
    return;
  bool isRange = std::isfinite(range[0]) && std::isfinite(range[1]) && range[0] <= range[1];
  bool areCounts = llvm::all_of(counts, [](int64_t each) { return each >= 0; });
  if (!isRange || !areCounts || !areMagnitudes(statistics.peaks) || !areMagnitudes(squares))
    return reader.complain("has statistics of '" + site.site +
                           "' that are no ranges, magnitudes and counts; make it again with --calibrate=SAMPLES");
  statistics.low = range[0];
  statistics.high = range[1];
  for (auto [bin, count] : llvm::enumerate(counts))
    statistics.magnitudes.setCount(bin, count);
  statistics.setMeanSquares(squares);
}

} // namespace

std::string rheobase::saveCalibration(const std::string &path, llvm::ArrayRef<NamedStatistics> sites) {
  Arrays arrays;
  arrays[kVersionName] = arrayOf(RHB_I64, std::vector<int64_t>{kVersion});
  for (const NamedStatistics &site : sites) {
    const SiteStatistics &statistics = site.statistics;
    std::vector<int64_t> counts;
    for (size_t bin = 0; bin < Histogram::kBins; ++bin)
      counts.push_back(static_cast<int64_t>(statistics.magnitudes.count(bin)));
    arrays[site.site + kRange] = arrayOf(RHB_F32, std::vector<float>{statistics.low, statistics.high});
    arrays[site.site + kPeaks] = arrayOf(RHB_F32, statistics.peaks);
    arrays[site.site + kSquares] = arrayOf(RHB_F32, statistics.meanSquares());
    arrays[site.site + kHistogram] = arrayOf(RHB_I64, counts);
    if (llvm::ArrayRef<float> rows = statistics.rows.values(); !rows.empty())
      arrays[site.site + kRows] = arrayOf(RHB_F32, rows.vec());
  }
  return rhb::npy::writeAll(path, arrays);
}

std::string rheobase::loadCalibration(const std::string &path, llvm::MutableArrayRef<NamedStatistics> sites) {
  Arrays arrays;
  if (std::string error = rhb::npy::readAll(path, arrays); !error.empty())
    return error;
  auto version = arrays.find(kVersionName);
  if (version == arrays.end())
    return "'" + path + "' holds no statistics (it has no array '" + kVersionName +
           "'); samples are given with --calibrate";
  Reader reader(path, arrays);
  if (auto found = reader.read<int64_t>(kVersionName, RHB_I64, 1); !found.empty() && found[0] != kVersion)
    reader.complain("is of version " + std::to_string(found[0]) + ", version " + std::to_string(kVersion) +
                    " expected; make it again with --calibrate=SAMPLES");
  for (NamedStatistics &site : sites)
    if (reader.complaint().empty())
      readSite(reader, site);
  return reader.complaint();
}
