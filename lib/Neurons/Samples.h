//===- Samples.h - the inputs a fit is judged on ---------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_SAMPLES_H
#define RHEOBASE_LIB_NEURONS_SAMPLES_H

#include "rheobase/Neurons/Function.h"

#include <vector>

namespace rheobase::neurons {

/// Inputs with the function's values. Inputs are floats, as the neuron will see them.
struct Samples {
  std::vector<float> x;
  std::vector<double> y;
};

/// `count` inputs at equal distances from end to end: without the ends, a fit would stop short of them.
Samples uniformSamples(const Function &function, Interval interval, size_t count);
/// `count` quantiles of the calibration inputs, or of the natural distribution where there are none, moved into the
/// interval.
Samples naturalSamples(const Function &function, Interval interval, size_t count,
                       const std::vector<float> &calibration);
/// `count` quantiles of N(0, deviation^2), not limited to any interval.
Samples normalSamples(const Function &function, double deviation, size_t count);
/// Half uniform, half natural, by increasing x.
Samples mixedSamples(const Function &function, Interval interval, size_t count, const std::vector<float> &calibration);

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_SAMPLES_H
