//===- UniformWeights.cpp - weights on equal steps ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Spk.h"

using namespace mlir;
using namespace rheobase::spk;

/// The fewest and most bits of a code, and the most beside a zero of the group's own: differences of two codes are
/// bytes.
static constexpr unsigned kFewestBits = 2, kMostBits = 8, kMostBitsWithZero = 7;

LogicalResult UniformWeightsAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned bits, int64_t group) {
  if (bits < kFewestBits || bits > kMostBits)
    return emitError() << getMnemonic() << " weights have " << bits << " bits, " << kFewestBits << " to " << kMostBits
                       << " expected";
  if (group < 0)
    return emitError() << getMnemonic() << " weights have groups of " << group << " inputs, 0 (all) or more expected";
  return success();
}

std::string UniformWeightsAttr::getFormatName(bool hasZero) const {
  std::string name = (hasZero ? "uint" : "int") + std::to_string(getBits());
  return getGroup() == 0 ? name : name + "g" + std::to_string(getGroup());
}

int64_t UniformWeightsAttr::getGroupLength(int64_t inputs) const {
  return getGroup() == 0 ? inputs : getGroup();
}

unsigned UniformWeightsAttr::getCodeBits() const {
  return getBits();
}

LogicalResult UniformWeightsAttr::verifyParts(function_ref<InFlightDiagnostic()> emitError, RankedTensorType codes,
                                              RankedTensorType scale, RankedTensorType zero) const {
  if (codes.getRank() != 2 || !codes.hasStaticShape() || codes.getNumElements() == 0)
    return emitError() << "has codes " << codes << " of the format " << *this
                       << ", [inputs, outputs] of fixed sizes expected";
  int64_t inputs = codes.getDimSize(0), length = getGroupLength(inputs);
  if (inputs % length != 0)
    return emitError() << "has " << inputs << " inputs in groups of " << length << ", a multiple expected";
  const int64_t expected[] = {inputs / length, codes.getDimSize(1)};
  if (scale.getShape() != ArrayRef(expected))
    return emitError() << "has a scale " << scale << ", [" << ArrayRef(expected) << "] expected";
  if (zero && zero.getShape() != scale.getShape())
    return emitError() << "has a zero " << zero << ", the shape of its scale " << scale << " expected";
  if (zero && getBits() > kMostBitsWithZero)
    return emitError() << "has a zero beside codes of " << getBits() << " bits, at most " << kMostBitsWithZero
                       << " expected";
  return success();
}
