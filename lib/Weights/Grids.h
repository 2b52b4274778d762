//===- Grids.h - what formats with scales of groups share ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_WEIGHTS_GRIDS_H
#define RHEOBASE_LIB_WEIGHTS_GRIDS_H

#include "Grouping.h"
#include "rheobase/Weights/Format.h"

namespace rheobase::weights {

/// The sum of the squares of what the nearest codes lose, of each weight times its importance, 1 where that is empty.
double squaredError(const Grid &grid, llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance);

/// The grid with this scale as it is stored; an all-zero group keeps one that is a number.
Grid withScale(Grid grid, float scale, Grouping grouping);

/// Of grids whose ends come nearer than those of `whole` the one with the least squares; `turns`: also the other way
/// round.
Grid leastSquaresGrid(const Grid &whole, bool turns, llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance,
                      Grouping grouping);

} // namespace rheobase::weights

#endif // RHEOBASE_LIB_WEIGHTS_GRIDS_H
