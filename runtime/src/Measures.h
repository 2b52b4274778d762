//===- Measures.h - sizes that a run computes -------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_MEASURES_H
#define RHEOBASE_RUNTIME_MEASURES_H

#include "Model.h"

namespace rheobase::runtime {

/// The symbols of one call as they become known: first those that the inputs' shapes give, then those that are read off
/// computed tensors, in the order of the model's measures.
class Measures {
public:
  explicit Measures(const Model &model) : model(model) {}

  /// Begins a call with what the inputs' shapes say. The other symbols are taken to be `likely` until they are
  /// measured, where that is the symbols of a call whose inputs had the same shapes. Says whether it is.
  bool begin(const std::vector<int64_t> &fromInputs, const std::vector<int64_t> &likely);
  /// The next measure, where it comes before dispatch `dispatch`; else null.
  const Measure *next(size_t dispatch) const;
  /// Holds the elements of the next measure against its sizes, and goes on to the one behind it. An error names the
  /// node, what was found and what was expected.
  Status take(const int64_t *elements);

  size_t taken() const { return count; }
  const std::vector<int64_t> &symbols() const { return values; }

private:
  Status takeElement(const Measure &measure, size_t position, int64_t found);

  const Model &model;
  size_t count = 0;
  std::vector<int64_t> values;
  std::vector<bool> known;
};

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_MEASURES_H
