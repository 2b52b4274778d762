//===- Anneal.h - search by small random changes ---------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_ANNEAL_H
#define RHEOBASE_LIB_NEURONS_ANNEAL_H

#include "Random.h"

#include <functional>
#include <vector>

namespace rheobase::neurons {

/// A cost over points, re-evaluated cheaply where one group of coordinates changed.
class Landscape {
public:
  virtual ~Landscape() = default;

  /// The coordinates that change together, and how far each goes in a large step.
  struct Group {
    std::vector<size_t> coordinates;
    std::vector<double> reach;
  };
  virtual const std::vector<Group> &groups() const = 0;
  /// Moves a point back to where the cost is defined.
  virtual void limit(std::vector<double> &point, const Group &group) const = 0;
  /// The cost of a point, everything computed anew; it becomes the current point.
  virtual double start(const std::vector<double> &point) = 0;
  /// The cost of a point that differs from the current one in one group.
  virtual double attempt(const std::vector<double> &point, size_t group) = 0;
  /// Makes the last attempted point the current one.
  virtual void keep() = 0;
};

/// Improves a point by threshold accepting: random changes in one group whose size and whose permitted worsening shrink
/// geometrically to nothing. Returns the best cost; `point` is where it was found.
double anneal(Landscape &landscape, std::vector<double> &point, int64_t evaluations, uint64_t seed);

/// The best points found from many starts: half of the evaluations on short searches from all, half on the two best of
/// them. `start` gives the point to begin search number i with. Several, because a cost on samples misses what happens
/// between them.
std::vector<std::vector<double>> annealFromMany(Landscape &landscape, int starts,
                                                const std::function<std::vector<double>(int, Random &)> &start,
                                                int64_t evaluations, uint64_t seed);

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_ANNEAL_H
