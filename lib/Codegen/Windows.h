//===- Windows.h - windows that a matmul reads in place ---------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_WINDOWS_H
#define RHEOBASE_LIB_CODEGEN_WINDOWS_H

#include "lib/Codegen/Contraction.h"

namespace rheobase::codegen {

/// Places of a tensor at constant strides, as a memref over its elements; only the first size may be open.
struct StridedPlaces {
  llvm::SmallVector<int64_t> shape, strides;
};

/// The left operand of a contraction as places of the tensor that its elements are copied from, at constant strides:
/// the overlapping windows of a convolution over channels that are innermost.
struct Windows {
  mlir::Value source;
  StridedPlaces places;
  /// How often the first size fits into the tensor's first dimension.
  int64_t inFirst = 1;
  /// (batch..., m, n, k) to the memref's dimensions: m and k are each parted into several.
  mlir::AffineMap map;
};

/// A copy of windows as one in fewer and longer loops. Nullopt where the op does something else, or its loops are no
/// fewer than they were.
std::optional<StridedPlaces> matchStridedCopy(mlir::linalg::GenericOp op);

/// Matches a left operand that is a copy of windows, or a view of one. `depth` elements of k are read at once: a
/// stretch of memory must hold a whole number of them, or all of k.
std::optional<Windows> matchWindows(mlir::linalg::GenericOp op, const Contraction &contraction, int64_t depth);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_WINDOWS_H
