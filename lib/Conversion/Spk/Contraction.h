//===- Contraction.h - a product of codes, and what its steps are ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_CONTRACTION_H
#define RHEOBASE_LIB_CONVERSION_SPK_CONTRACTION_H

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"

#include "mlir/IR/PatternMatch.h"

namespace rheobase::spk {

/// One side of a MatMul that is an integer times a step: a decoded train or unpacked weights.
struct CodedOperand {
  mlir::Value train;   ///< the train, or null
  mlir::Value weights; ///< int8 codes, or null
  mlir::Value step;    ///< f32, constant along the contracted axis
  mlir::Value zero;    ///< i32 of the step's shape, the code of 0 of a train with an offset, or null

  explicit operator bool() const { return train || weights; }
  /// The integers in value form.
  mlir::Value integers(mlir::OpBuilder &b, mlir::Location loc) const;
  /// How to read their storage.
  bool isUnsigned() const;
};

/// The coded form of operand `side` (0: left, 1: right) of a MatMul; empty where it has none, or where its step varies
/// along the contracted axis, so that it cannot be taken out of the sum.
CodedOperand codedOperand(onnx::MatMulOp op, unsigned side);

/// spk.matmul of two coded operands, in the narrower of i32 and i64 that surely holds the sum, without the left one's
/// offset.
mlir::Value integerProduct(mlir::OpBuilder &b, onnx::MatMulOp op, const CodedOperand &lhs, const CodedOperand &rhs);

/// Whether `weights`, numbers or codes or codes with their scales (spk.unpack), are constants that can be read, so that
/// an offset beside them can be taken out.
bool hasKnownSums(mlir::Value weights);

/// acc - zero * (the sum of each output's weights): what a code's offset added to a product with constant weights.
/// `zero` may be null; integers stay integers.
mlir::Value withoutOffset(mlir::OpBuilder &b, mlir::Location loc, mlir::Value acc, mlir::Value zero,
                          mlir::Value weights);

/// Replaces `op` by float(acc) * (lhs step * rhs step): the one scalar program behind every accumulator, in both forms.
void replaceByScaled(mlir::RewriterBase &rewriter, onnx::MatMulOp op, mlir::Value acc, mlir::Value lhsStep,
                     mlir::Value rhsStep);

/// Value form: MatMul of two coded operands becomes spk.matmul.
void populateFoldPatterns(mlir::RewritePatternSet &patterns);

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_CONTRACTION_H
