//===- SymbolicShapes.h - shapes as expressions over symbols -----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_INTERFACES_SYMBOLICSHAPES_H
#define RHEOBASE_INTERFACES_SYMBOLICSHAPES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>

namespace rheobase {

/// A dimension that the model leaves open, with the range the program accepts.
struct Symbol {
  std::string name;
  int64_t min = 1;
  /// The largest accepted value; 0 is unbounded.
  int64_t max = 0;
};

/// Function attribute with the symbols: an array of dictionaries {name, min, max}. Position is the symbol's number.
inline constexpr llvm::StringLiteral kSymbolsAttr = "rheobase.symbols";
/// Argument and result attribute with a tensor's name in the model.
inline constexpr llvm::StringLiteral kNameAttr = "rheobase.name";
/// Argument attribute with the dimensions: an array of strings, each a symbol's name or a decimal number.
inline constexpr llvm::StringLiteral kDimsAttr = "rheobase.dims";

/// One integer, as an expression of the function's symbols (`s0`, `s1`, ...).
using SymExpr = mlir::AffineExpr;

/// The shapes (and small integer contents) of every tensor of one function, over its symbols.
///
/// Recomputed where needed, never stored in the IR: types carry `?`, and `rt.symbol` gives a symbol's value at run time.
class SymbolicShapes {
public:
  /// Runs the shape function of every op, in order. Reports every op that fails, then fails.
  static llvm::FailureOr<SymbolicShapes> compute(mlir::func::FuncOp func);

  llvm::ArrayRef<Symbol> symbols() const { return table; }

  /// The shape of `value`: one expression per dimension. `value` must have been visited.
  llvm::ArrayRef<SymExpr> shapeOf(mlir::Value value) const;
  void setShape(mlir::Value value, llvm::ArrayRef<SymExpr> dims);

  /// The elements of a small integer (or bool) tensor in row-major order, where they are known expressions.
  std::optional<llvm::ArrayRef<SymExpr>> contentOf(mlir::Value value) const;
  void setContent(mlir::Value value, llvm::ArrayRef<SymExpr> elements);

  SymExpr constant(int64_t value) const { return mlir::getAffineConstantExpr(value, context); }
  /// True and the number, where the expression is a constant.
  static std::optional<int64_t> asConstant(SymExpr e);

  /// The smallest and largest value of an expression over the symbols' ranges; nullopt where unbounded or unknown.
  std::optional<int64_t> minOf(SymExpr e) const;
  std::optional<int64_t> maxOf(SymExpr e) const;

  /// The tensor type with the known dimensions of `value` and `?` elsewhere.
  mlir::RankedTensorType refinedType(mlir::Value value) const;

  mlir::MLIRContext *getContext() const { return context; }

private:
  explicit SymbolicShapes(mlir::MLIRContext *context) : context(context) {}

  mlir::MLIRContext *context;
  llvm::SmallVector<Symbol> table;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<SymExpr>> shapes;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<SymExpr>> contents;
};

} // namespace rheobase

#include "rheobase/Interfaces/SymbolicShapeOpInterface.h.inc"

#endif // RHEOBASE_INTERFACES_SYMBOLICSHAPES_H
