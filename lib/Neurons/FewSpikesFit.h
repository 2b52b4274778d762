//===- FewSpikesFit.h - a search for few-spikes tables ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_FEWSPIKESFIT_H
#define RHEOBASE_LIB_NEURONS_FEWSPIKESFIT_H

#include "rheobase/Neurons/Neuron.h"

namespace rheobase::neurons {

/// Parameters of the fs kind: thresholds and resets by annealing from the halving code, outputs and bias by least
/// squares.
std::vector<std::vector<float>> fitFewSpikes(const Neuron::Problem &problem);

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_FEWSPIKESFIT_H
