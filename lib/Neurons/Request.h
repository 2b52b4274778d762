//===- Request.h - a fit request with everything filled in -----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_NEURONS_REQUEST_H
#define RHEOBASE_LIB_NEURONS_REQUEST_H

#include "rheobase/Neurons/Neuron.h"

namespace rheobase::neurons {

/// A request whose names are found and whose defaults are taken.
struct Request {
  const Neuron *kind = nullptr;
  const Function *function = nullptr;
  Shape shape;
  /// Empty: the best.
  std::string variant;
  std::vector<float> calibration;
  uint64_t seed = 1;
  int64_t budget = 0;
};

Result<Request> checkRequest(const FitRequest &request);

/// The errors that more than one function reports.
Error unknownKind(std::string_view name);
Error unknownFunction(std::string_view name);
std::optional<Error> checkDomain(const Function &function, Interval interval);
std::optional<Error> checkInterval(const Function &function, Interval interval);
std::optional<Error> checkCalibration(const std::vector<float> &calibration);

} // namespace rheobase::neurons

#endif // RHEOBASE_LIB_NEURONS_REQUEST_H
