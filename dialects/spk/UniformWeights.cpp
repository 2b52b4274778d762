//===- UniformWeights.cpp - weights on equal steps ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/WeightFormats.h"

using namespace mlir;
using namespace rheobase::spk;

/// The fewest and most bits of a code, and the most beside a zero of the group's own: differences of two codes are
/// bytes.
static constexpr unsigned kFewestBits = 2, kMostBits = 8, kMostBitsWithZero = 7;

LogicalResult UniformWeightsAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned bits, int64_t group) {
  return verifyGrouping(emitError, getMnemonic(), {bits, kFewestBits, kMostBits}, group);
}

std::string UniformWeightsAttr::getFormatName(bool hasZero) const {
  return withGroup((hasZero ? "uint" : "int") + std::to_string(getBits()), getGroup());
}

int64_t UniformWeightsAttr::getGroupLength(int64_t inputs) const {
  return getGroup() == 0 ? inputs : getGroup();
}

unsigned UniformWeightsAttr::getCodeBits() const {
  return getBits();
}

LogicalResult UniformWeightsAttr::verifyParts(function_ref<InFlightDiagnostic()> emitError, RankedTensorType codes,
                                              RankedTensorType scale, RankedTensorType zero) const {
  if (failed(verifyGroups(emitError, *this, codes, scale)))
    return failure();
  if (zero && zero.getShape() != scale.getShape())
    return emitError() << "has a zero " << zero << ", the shape of its scale " << scale << " expected";
  if (zero && getBits() > kMostBitsWithZero)
    return emitError() << "has a zero beside codes of " << getBits() << " bits, at most " << kMostBitsWithZero
                       << " expected";
  return success();
}
