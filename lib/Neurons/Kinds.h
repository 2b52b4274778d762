//===- Kinds.h - one line for each kind of neuron --------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_KINDS_H
#define RHEOBASE_LIB_NEURONS_KINDS_H

#include "rheobase/Neurons/Neuron.h"

namespace rheobase::neurons {

const Neuron &mbe();
const Neuron &extendedMbe();
const Neuron &fewSpikes();
const Neuron &segment();

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_KINDS_H
