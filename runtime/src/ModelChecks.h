//===- ModelChecks.h - parts of the check of a manifest ---------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_RUNTIME_MODELCHECKS_H
#define RHEOBASE_RUNTIME_MODELCHECKS_H

#include "Model.h"

namespace rheobase::runtime {

/// "damaged manifest: WHAT FOUND in 'WHERE', there are COUNT"
Status outOfRange(const char *what, uint64_t found, uint64_t count, const char *where);

/// By symbol: whether some input has it as a dimension, alone or times a number.
std::vector<bool> symbolsOfInputs(const Model &model);

/// The states, once all tensors are known to be sound.
Status checkStates(const Model &model);

/// Nothing but the session says how much room the states have: `bound` are the symbols that have a value, to which the
/// rooms come.
Status checkRooms(const Model &model, std::vector<bool> &bound);

/// What is said of weights, held against `constants`, once all buffers are known to be sound.
Status checkWeights(const Model &model, Bytes constants);

} // namespace rheobase::runtime

#endif // RHEOBASE_RUNTIME_MODELCHECKS_H
