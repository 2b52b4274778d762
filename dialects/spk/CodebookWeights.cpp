//===- CodebookWeights.cpp - weights that are looked up -------------------------- ===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/WeightFormats.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace rheobase::spk;

/// The vectors and codebooks that packed products have: whole words of bytes, indices of 4 or 8 bits; of windows,
/// indices of 4 to 6 bits.
static constexpr int64_t kLengths[] = {4, 8}, kEntries[] = {16, 256}, kWindowEntries[] = {16, 32, 64};
static constexpr unsigned kNumberBits = 8;

LogicalResult CodebookWeightsAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t length, int64_t entries,
                                          bool, int64_t group) {
  if (length == kWindowTaps) {
    if (!llvm::is_contained(kWindowEntries, entries))
      return emitError() << getMnemonic() << " weights have " << entries << " windows, 16, 32 or 64 expected";
    if (group != 0)
      return emitError() << getMnemonic() << " weights have windows in groups of " << group
                         << " inputs, 0 (all) expected";
    return success();
  }
  if (!llvm::is_contained(kLengths, length))
    return emitError() << getMnemonic() << " weights have vectors of " << length
                       << " inputs, 4 or 8 expected, or windows of " << kWindowTaps;
  if (!llvm::is_contained(kEntries, entries))
    return emitError() << getMnemonic() << " weights have " << entries << " entries, 16 or 256 expected";
  if (group > 0 && group % length != 0)
    return emitError() << getMnemonic() << " weights have groups of " << group << " inputs, a multiple of their "
                       << length << " expected";
  return verifyGroupSize(emitError, getMnemonic(), group);
}

std::string CodebookWeightsAttr::getFormatName(bool) const {
  return withGroup("vq" + std::to_string(getLength()) + "x" + std::to_string(getEntries()) + (getIsSigns() ? "s" : ""),
                   getGroup());
}

int64_t CodebookWeightsAttr::getGroupLength(int64_t inputs) const {
  return getGroup() == 0 ? inputs : getGroup();
}

unsigned CodebookWeightsAttr::getCodeBits() const {
  return kNumberBits;
}

LogicalResult CodebookWeightsAttr::verifyParts(function_ref<InFlightDiagnostic()> emitError, RankedTensorType codes,
                                               RankedTensorType scale, RankedTensorType zero) const {
  if (failed(verifyGroups(emitError, *this, codes, scale)))
    return failure();
  if (codes.getDimSize(0) % getLength() != 0)
    return emitError() << "has " << codes.getDimSize(0) << " inputs in vectors of " << getLength()
                       << ", a multiple expected";
  return verifyNoZero(emitError, *this, zero);
}
