//===- SizeExpr.h - index arithmetic of a program as the artifact's expressions ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_SIZEEXPR_H
#define RHEOBASE_LIB_CODEGEN_SIZEEXPR_H

#include "dialects/rt/Rt.h"
#include "rheobase/Artifact/Program.h"

#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/StringMap.h"

namespace rheobase::codegen {

/// The symbols of a program, as the artifact lists them.
llvm::FailureOr<std::vector<artifact::Symbol>> programSymbols(rt::ProgramOp program);

/// Turns index values of a program into expressions over its symbols.
class SizeExprs {
public:
  explicit SizeExprs(const std::vector<artifact::Symbol> &symbols);

  /// The expression of an index value; reports an error where it is not one of symbols.
  llvm::FailureOr<artifact::Expr> of(mlir::Value value);
  /// The dimensions of a tensor type whose open ones are `open`.
  llvm::FailureOr<std::vector<artifact::Expr>> dims(mlir::RankedTensorType type, mlir::ValueRange open);
  /// The bytes of such a tensor.
  llvm::FailureOr<artifact::Expr> bytes(mlir::RankedTensorType type, mlir::ValueRange open);

private:
  llvm::FailureOr<artifact::Expr> ofAffine(mlir::AffineExpr expr, mlir::ValueRange dims, unsigned numDims,
                                           mlir::Location loc);
  llvm::FailureOr<artifact::Expr> combine(artifact::ExprOp::Code code, llvm::FailureOr<artifact::Expr> a,
                                          llvm::FailureOr<artifact::Expr> b);

  llvm::StringMap<int64_t> numbers;
  llvm::DenseMap<mlir::Value, artifact::Expr> known;
};

artifact::Expr constantExpr(int64_t value);
/// The value of an expression; 0 where a division by zero or an overflow makes it meaningless.
int64_t evaluate(const artifact::Expr &expr, llvm::ArrayRef<int64_t> symbols);
/// Bytes of one element in memory.
int64_t elementBytes(mlir::Type element);

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_SIZEEXPR_H
