//===- Requests.h - fits that tests ask for ---------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_TEST_UNIT_NEURONS_REQUESTS_H
#define RHEOBASE_TEST_UNIT_NEURONS_REQUESTS_H

#include "rheobase/Neurons/Neuron.h"

#include <optional>

inline rheobase::neurons::FitRequest requestFor(const char *kind, const char *function, int steps,
                                                std::optional<rheobase::neurons::Interval> interval = {}) {
  rheobase::neurons::FitRequest request;
  request.kind = kind;
  request.function = function;
  request.steps = steps;
  request.interval = interval;
  return request;
}

#endif // RHEOBASE_TEST_UNIT_NEURONS_REQUESTS_H
