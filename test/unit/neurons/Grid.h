//===- Grid.h - inputs at equal distances ----------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_NEURONS_GRID_H
#define RHEOBASE_TEST_UNIT_NEURONS_GRID_H

#include <vector>

/// first, first + step, ... below last.
template <typename T> std::vector<T> grid(T first, T last, T step) {
  std::vector<T> inputs;
  for (int i = 0; first + static_cast<T>(i) * step < last; ++i)
    inputs.push_back(first + static_cast<T>(i) * step);
  return inputs;
}

#endif // RHEOBASE_TEST_UNIT_NEURONS_GRID_H
