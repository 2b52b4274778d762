//===- BiasCorrection.cpp - what codes do to mean outputs ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Weights/BiasCorrection.h"

using namespace rheobase::weights;

std::vector<double> rheobase::weights::biasCorrection(const Layer &layer, const Codes &codes, const InputMean &mean) {
  std::vector<double> lost(layer.outputs);
  for (int64_t i = 0, count = static_cast<int64_t>(mean.values.size()); i < count; ++i)
    for (int64_t n = 0; n < layer.outputs; ++n)
      lost[n] += mean.values[i] * (double(layer.weight(i, n)) - codes.weight(layer, i, n));
  return lost;
}
