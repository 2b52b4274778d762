//===- OddWeights.cpp - weights on odd multiples of a scale ---------------------- ===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/WeightFormats.h"

using namespace mlir;
using namespace rheobase::spk;

/// Codes are bytes.
static constexpr unsigned kMostBits = 8;

LogicalResult OddWeightsAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned bits, int64_t group) {
  return verifyGrouping(emitError, getMnemonic(), {bits, 1, kMostBits}, group);
}

std::string OddWeightsAttr::getFormatName(bool) const {
  return withGroup(getBits() == 1 ? "sign" : "rescaw" + std::to_string(getBits()), getGroup());
}

int64_t OddWeightsAttr::getGroupLength(int64_t inputs) const {
  return getGroup() == 0 ? inputs : getGroup();
}

unsigned OddWeightsAttr::getCodeBits() const {
  return getBits();
}

bool OddWeightsAttr::isOdd() const {
  return true;
}

LogicalResult OddWeightsAttr::verifyParts(function_ref<InFlightDiagnostic()> emitError, RankedTensorType codes,
                                          RankedTensorType scale, RankedTensorType zero) const {
  if (failed(verifyGroups(emitError, *this, codes, scale)))
    return failure();
  return verifyNoZero(emitError, *this, zero);
}
