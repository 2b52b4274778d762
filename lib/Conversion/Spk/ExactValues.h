//===- ExactValues.h - which tensors are of few levels ------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_EXACTVALUES_H
#define RHEOBASE_LIB_CONVERSION_SPK_EXACTVALUES_H

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Levels.h"

namespace rheobase::spk {

/// What is known of every element of a tensor. NaN is between no two ends: where an input may be one, so may be what is
/// rounded, and a code takes it as 0.
struct KnownNumbers {
  /// Within these ends; infinite where nothing is known.
  float least, most;
  /// Integers times a step, each number to the last bit, also where none of `least` and `most` is finite.
  std::optional<Levels> levels;
};

/// Follows exact numbers through a function, op by op.
class ExactValues {
public:
  explicit ExactValues(mlir::func::FuncOp func);

  /// Nothing where the numbers of the tensor may be any.
  std::optional<Levels> of(mlir::Value v) const;

private:
  KnownNumbers known(mlir::Value v) const;
  KnownNumbers resultOf(mlir::Operation *op) const;

  llvm::DenseMap<mlir::Value, KnownNumbers> numbers;
};

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_EXACTVALUES_H
