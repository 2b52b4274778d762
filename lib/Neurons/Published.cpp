//===- Published.cpp - the published fits of the literal neuron -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Published.h"

using namespace rheobase::neurons;

const std::vector<PublishedFits> &rheobase::neurons::publishedFits() {
  static const std::vector<PublishedFits> all = {
      {"gelu", {-120, 10}, {{1, 7.1e-3}, {2, 4.1e-3}, {4, 2.3e-4}, {6, 1.7e-4}, {8, 1.0e-4}}},
      {"rsqrt", {0.5f, 2}, {{1, 1.4e-3}, {2, 1.2e-3}, {4, 3.1e-4}, {6, 1.0e-4}, {8, 4.9e-5}}},
      {"reciprocal", {0.5f, 1}, {{1, 8.6e-3}, {2, 2.1e-4}, {4, 1.1e-3}, {6, 2.2e-3}, {8, 4.4e-5}}},
      {"exp2", {0, 1}, {{1, 8.9e-4}, {2, 4.5e-4}, {4, 4.0e-4}, {6, 2.4e-4}, {8, 5.3e-5}}},
  };
  return all;
}

const PublishedFits *rheobase::neurons::publishedFitsOf(std::string_view function) {
  for (const PublishedFits &fits : publishedFits())
    if (fits.function == function)
      return &fits;
  return nullptr;
}
