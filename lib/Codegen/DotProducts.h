//===- DotProducts.h - one step of a dot product on each target ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_DOTPRODUCTS_H
#define RHEOBASE_LIB_CODEGEN_DOTPRODUCTS_H

#include "dialects/rt/Rt.h"
#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/Target.h"

namespace rheobase::codegen {

/// What a target that multiplies unsigned by signed bytes moves up by 128 where both operands are signed.
/// Swapped: nothing; the right operand, though signed, is never negative and takes the unsigned one's place.
enum class Shift { None, Left, Right, Swapped };

/// What is multiplied: how the right operand is stored, the type of the sums, how integers are widened.
struct DotOperands {
  rt::PackKind kind;
  mlir::Type result;
  bool lhsUnsigned, rhsUnsigned;
  Shift shift;
};

/// How 16 sums take in one step (1, 2 or 4 values) of k: fma, or multiply and add, or an integer dot-product
/// instruction. All integer forms give the same sums, modulo 2^32.
class DotProducts {
public:
  DotProducts(Emitter &e, rt::MatmulOp op, const Target &target);
  /// `fitsVnni` says that one operand is unsigned, or that sums can start from what makes one so.
  DotProducts(Emitter &e, const DotOperands &operands, const Target &target, bool fitsVnni);

  /// The best tile: vectors of 16 columns, and rows for a number of vectors.
  int64_t vectors() const;
  int64_t rows(int64_t vectors) const;
  /// Whether sums start from the op's `sums`, because the left operand is made unsigned.
  bool startsFromSums() const { return form == Form::Vnni && operands.shift == Shift::Left; }
  /// Whether sums start from -128 times the sum of the left operand, because the right one is made unsigned.
  bool startsFromLeftSum() const { return form == Form::Vnni && operands.shift == Shift::Right; }

  llvm::SmallVector<mlir::Value> prepareRight(mlir::Value packed);
  llvm::SmallVector<mlir::Value> prepareLeft(mlir::Value loaded);
  mlir::Value accumulate(mlir::Value sum, mlir::ValueRange left, mlir::ValueRange right);

private:
  enum class Form { Multiply, Pairs, Quads, Vnni };

  mlir::Value movedUp(mlir::Value bytes);
  mlir::Value broadcastStep(mlir::Value loaded);
  llvm::SmallVector<mlir::Value> splitBytes(mlir::Value words, bool isUnsigned);
  /// An intrinsic on registers, for each register that the operands of 16 lanes take; the result has 32-bit lanes.
  mlir::Value perRegister(llvm::StringRef name, mlir::ValueRange operands);
  mlir::Value multiplyPairs(mlir::Value sum, mlir::Value left, mlir::Value right);

  Emitter &e;
  DotOperands operands;
  const Target &target;
  Form form;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_DOTPRODUCTS_H
