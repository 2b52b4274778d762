//===- Work.h - what the nodes of a network have to compute --------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_WORK_H
#define RHEOBASE_LIB_DRIVER_WORK_H

#include "rheobase/Interfaces/SymbolicShapes.h"

#include "llvm/ADT/StringMap.h"

#include <map>
#include <string>

namespace rheobase {

/// Shapes of inputs, by name.
using InputShapes = std::map<std::string, std::vector<int64_t>>;

/// The shapes of the samples that `path` means, of one sample each; empty where there is no such file.
InputShapes sampleShapes(const std::string &path);

/// The size that open dimensions count with where no sample says how large they are.
inline constexpr int64_t kAssumedSize = 64;

/// Operations of one sample, counted on the shapes: every size is an expression over the symbols, and these get the
/// values that samples show, or else kAssumedSize, as far as their range allows.
class WorkCounter {
public:
  static llvm::FailureOr<WorkCounter> of(mlir::func::FuncOp func, const InputShapes &inputs);

  /// Elements of a tensor or train.
  double elements(mlir::Value value) const;
  /// Multiply-accumulates of a product with these operands and this result.
  double macs(mlir::Value lhs, mlir::Value result) const;
  /// Multiply-accumulates of a product or convolution, results of any other arithmetic, nothing for what only moves.
  double operations(mlir::Operation *op) const;
  /// Of all ops.
  double total(mlir::func::FuncOp func) const;

private:
  explicit WorkCounter(SymbolicShapes shapes) : shapes(std::move(shapes)) {}

  double size(SymExpr e) const;

  SymbolicShapes shapes;
  llvm::SmallVector<int64_t> values;
  /// Samples that one call of the network takes.
  double batch = 1;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_WORK_H
