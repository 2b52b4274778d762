//===- WeightAllocation.h - formats by what they cost and lose -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_WEIGHTALLOCATION_H
#define RHEOBASE_LIB_DRIVER_WEIGHTALLOCATION_H

#include "llvm/ADT/ArrayRef.h"

#include <cstddef>
#include <vector>

namespace rheobase {

/// What the weights of a site take and lose in one format.
struct FormatCost {
  double bytes, error;
};

/// For each site the number of the format that is chosen of its own, which are in ascending order of bytes.
using FormatChoice = std::vector<size_t>;

double bytesOf(llvm::ArrayRef<std::vector<FormatCost>> sites, llvm::ArrayRef<size_t> choice);
double errorOf(llvm::ArrayRef<std::vector<FormatCost>> sites, llvm::ArrayRef<size_t> choice);

/// A knapsack: every site has its smallest format, then the step to a larger one that brings most for a byte is taken
/// again and again: as long as all fit into `most` bytes, and until the errors add up to at most `enough`.
FormatChoice allocateFormats(llvm::ArrayRef<std::vector<FormatCost>> sites, double most, double enough);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_WEIGHTALLOCATION_H
