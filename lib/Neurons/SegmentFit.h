//===- SegmentFit.h - knots and slopes for clamped segments ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_SEGMENTFIT_H
#define RHEOBASE_LIB_NEURONS_SEGMENTFIT_H

#include "rheobase/Neurons/Neuron.h"

namespace rheobase::neurons {

/// Parameters of the segment kind: knots placed by curvature, moved by pattern search, read out by least squares on the
/// counted input.
std::vector<std::vector<float>> fitSegments(const Neuron::Problem &problem);

/// The `count` + 1 knots of a good continuous piecewise-linear function on the interval.
std::vector<double> placeKnots(const Function &function, Interval interval, int count,
                               const std::vector<float> &calibration);

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_SEGMENTFIT_H
