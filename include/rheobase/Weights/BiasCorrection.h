//===- BiasCorrection.h - what codes do to mean outputs ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bias correction (Nagel et al., arXiv 1906.04721) in its empirical form: codes Q of weights W move the mean output by
// mean(x)^T (W - Q), which a bias takes back.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_WEIGHTS_BIASCORRECTION_H
#define RHEOBASE_WEIGHTS_BIASCORRECTION_H

#include "rheobase/Weights/Algorithm.h"

namespace rheobase::weights {

/// The mean of the rows of a layer's inputs, and of how many.
struct InputMean {
  /// Empty where it is not asked for.
  std::vector<double> values;
  int64_t rows = 0;
};

/// What samples show of a layer's inputs: nothing where they are not known.
struct InputMoments {
  Hessian hessian;
  InputMean mean;
};

/// What codes take off each mean output: zeros without a mean.
std::vector<double> biasCorrection(const Layer &layer, const Codes &codes, const InputMean &mean);

} // namespace rheobase::weights

#endif // RHEOBASE_WEIGHTS_BIASCORRECTION_H
