//===- Windows.h - windows that slide over space ---------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_ONNX_SHAPES_WINDOWS_H
#define RHEOBASE_DIALECTS_ONNX_SHAPES_WINDOWS_H

#include "ShapeModels.h"

namespace rheobase::onnx {

/// The attributes that convolution and pooling share; what is absent has the standard's default.
struct Window {
  llvm::StringRef autoPad;
  bool ceil;
  llvm::SmallVector<int64_t> kernel;
  std::optional<llvm::ArrayRef<int64_t>> strides, pads, dilations;
};

/// The number of positions of the window in every spatial dimension.
llvm::FailureOr<Dims> slideWindow(mlir::Operation *op, const Window &window, llvm::ArrayRef<SymExpr> spatial,
                                  SymbolicShapes &shapes);

} // namespace rheobase::onnx

#endif // RHEOBASE_DIALECTS_ONNX_SHAPES_WINDOWS_H
