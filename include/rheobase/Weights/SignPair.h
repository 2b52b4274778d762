//===- SignPair.h - matrices as products of signs -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_WEIGHTS_SIGNPAIR_H
#define RHEOBASE_WEIGHTS_SIGNPAIR_H

#include "rheobase/Weights/Algorithm.h"

namespace rheobase::weights {

/// W = L R with signs times a scale, none of them 0, in each column of L [inputs, rank] and of R [rank, outputs].
struct SignPair {
  int64_t rank;
  std::vector<float> left, right;

  /// L R, as many outputs as R has.
  std::vector<float> product() const;
};

/// A pair near the weights of a layer; its errors count by `layer.hessian`, alike where that is empty.
SignPair factorSigns(const Layer &layer, int64_t rank);

} // namespace rheobase::weights

#endif // RHEOBASE_WEIGHTS_SIGNPAIR_H
