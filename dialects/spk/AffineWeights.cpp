//===- AffineWeights.cpp - weights on equal steps from an offset ---------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/WeightFormats.h"

using namespace mlir;
using namespace rheobase::spk;

/// The fewest and most bits of a code: differences of two codes are bytes.
static constexpr unsigned kFewestBits = 2, kMostBits = 7;

LogicalResult AffineWeightsAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned bits, int64_t group) {
  return verifyGrouping(emitError, getMnemonic(), {bits, kFewestBits, kMostBits}, group);
}

std::string AffineWeightsAttr::getFormatName(bool) const {
  return withGroup("affine" + std::to_string(getBits()), getGroup());
}

int64_t AffineWeightsAttr::getGroupLength(int64_t inputs) const {
  return getGroup() == 0 ? inputs : getGroup();
}

unsigned AffineWeightsAttr::getCodeBits() const {
  return getBits();
}

bool AffineWeightsAttr::hasOffsets() const {
  return true;
}

LogicalResult AffineWeightsAttr::verifyParts(function_ref<InFlightDiagnostic()> emitError, RankedTensorType codes,
                                             RankedTensorType scale, RankedTensorType zero) const {
  if (failed(verifyGroups(emitError, *this, codes, scale)))
    return failure();
  return verifyNoZero(emitError, *this, zero);
}
