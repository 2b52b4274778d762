//===- SparseWeights.cpp - weights that are mostly 0 ----------------------===//
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

/// What kernels unpack.
static constexpr unsigned kBits[] = {2, 4, 8};
static constexpr int64_t kKept[] = {1, 2};
/// Inputs that codes are chosen from, and what says which of them one is.
static constexpr int64_t kOf = 4, kPlaceBits = 2;

LogicalResult SparseWeightsAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned bits, int64_t group,
                                        int64_t kept) {
  if (!llvm::is_contained(kBits, bits))
    return emitError() << getMnemonic() << " weights have " << bits << " bits, 2, 4 or 8 expected";
  if (!llvm::is_contained(kKept, kept))
    return emitError() << getMnemonic() << " weights keep " << kept << " of 4, 1 or 2 expected";
  return verifyGroupSize(emitError, getMnemonic(), group);
}

std::string SparseWeightsAttr::getFormatName(bool) const {
  return withGroup("int" + std::to_string(getBits()), getGroup()) + "-" + std::to_string(getKept()) + ":4";
}

int64_t SparseWeightsAttr::getGroupLength(int64_t inputs) const {
  return getGroup() == 0 ? inputs : getGroup();
}

unsigned SparseWeightsAttr::getCodeBits() const {
  return getBits();
}

int64_t SparseWeightsAttr::getStoredBits(int64_t weights) const {
  return weights / kOf * getKept() * (getBits() + kPlaceBits);
}

LogicalResult SparseWeightsAttr::verifyParts(function_ref<InFlightDiagnostic()> emitError, RankedTensorType codes,
                                             RankedTensorType scale, RankedTensorType zero) const {
  if (failed(verifyGroups(emitError, *this, codes, scale)))
    return failure();
  if (codes.getDimSize(0) % kOf != 0)
    return emitError() << "has " << codes.getDimSize(0) << " inputs of which each " << kOf
                       << " have codes together, a multiple expected";
  return verifyNoZero(emitError, *this, zero);
}
