//===- TernaryWeights.cpp - weights that are -scale, 0 or scale ------------------ ===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/WeightFormats.h"

using namespace mlir;
using namespace rheobase::spk;

static constexpr unsigned kBits = 2;

LogicalResult TernaryWeightsAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t group) {
  return verifyGroupSize(emitError, getMnemonic(), group);
}

std::string TernaryWeightsAttr::getFormatName(bool) const {
  return withGroup(getMnemonic().str(), getGroup());
}

int64_t TernaryWeightsAttr::getGroupLength(int64_t inputs) const {
  return getGroup() == 0 ? inputs : getGroup();
}

unsigned TernaryWeightsAttr::getCodeBits() const {
  return kBits;
}

LogicalResult TernaryWeightsAttr::verifyParts(function_ref<InFlightDiagnostic()> emitError, RankedTensorType codes,
                                              RankedTensorType scale, RankedTensorType zero) const {
  if (failed(verifyGroups(emitError, *this, codes, scale)))
    return failure();
  return verifyNoZero(emitError, *this, zero);
}
