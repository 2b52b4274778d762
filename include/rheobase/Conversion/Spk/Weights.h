//===- Weights.h - constant weights become codes -----------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_WEIGHTS_H
#define RHEOBASE_CONVERSION_SPK_WEIGHTS_H

#include "rheobase/Weights/Algorithm.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace rheobase::spk {

/// Constant weights beside a decoded train.
struct CodedWeights {
  mlir::Operation *product;
  /// Which operand they are, and the contracted axis, counted from the end.
  unsigned side;
  int64_t contracted;

  mlir::Value value() const { return product->getOperand(side); }
  mlir::Value inputs() const { return product->getOperand(1 - side); }
  /// The numbers of a matrix [inputs, outputs], with leading dimensions of 1 or none: what every format holds.
  bool isMatrix() const;
};

/// All weights of a function that have no codes yet, in order.
llvm::SmallVector<CodedWeights> codedWeights(mlir::func::FuncOp func);

/// What is known of the inputs that meet weights; empty where nothing is.
using InputsOf = llvm::function_ref<const weights::Hessian &(const CodedWeights &)>;

/// Writes the weights as codes of a format, chosen by an algorithm. What is no matrix of whole groups becomes bytes
/// with a scale for each output, what has infinities or NaN stays.
void quantizeWeights(llvm::ArrayRef<CodedWeights> found, const weights::Format &format,
                     const weights::Algorithm &algorithm, InputsOf inputsOf);

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_WEIGHTS_H
