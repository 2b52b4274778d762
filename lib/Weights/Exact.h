//===- Exact.h - scales that weights were made with ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_WEIGHTS_EXACT_H
#define RHEOBASE_LIB_WEIGHTS_EXACT_H

#include "Grouping.h"

#include "llvm/ADT/SmallVector.h"

#include <cmath>
#include <limits>

namespace rheobase::weights {

/// The scales that can be stored and whose multiples round to what `scale` was read off: it and its neighbours.
inline llvm::SmallVector<float, 3> scalesNear(float scale, const Grouping &grouping) {
  llvm::SmallVector<float, 3> found;
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (float each : {scale, std::nextafter(scale, 0.0f), std::nextafter(scale, infinity)})
    if (each > 0 && grouping.stored(each) == each)
      found.push_back(each);
  return found;
}

} // namespace rheobase::weights

#endif // RHEOBASE_LIB_WEIGHTS_EXACT_H
