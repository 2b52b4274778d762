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
#include "mlir/IR/OpDefinition.h"
#include "rheobase/Interfaces/SymbolicAlgebra.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>
#include <vector>

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
/// Argument attribute with the dimensions: an array of strings, each a symbol's name, a decimal number, or an
/// expression that `sym::parse` reads.
inline constexpr llvm::StringLiteral kDimsAttr = "rheobase.dims";

/// Argument attribute of a state: the name of the result that is its value in the next run.
inline constexpr llvm::StringLiteral kStateAttr = "rheobase.state";

/// Something that must hold for the program to be right, and that the ranges of the symbols do not prove.
struct Assumption {
  enum class Kind { Equal, AtMost } kind;
  SymExpr lhs, rhs;
  /// The node that needs it.
  mlir::Operation *op;
};

/// The shapes (and small integer contents) of every tensor of one function, over its symbols.
///
/// Recomputed where needed, never stored in the IR: types carry `?`, and `rt.symbol` gives a symbol's value at run
/// time.
class SymbolicShapes {
public:
  /// No tensors yet: the importer adds them as it creates their ops.
  SymbolicShapes(mlir::MLIRContext *context, llvm::ArrayRef<Symbol> symbols);

  /// Runs the shape function of every op, in order. Reports every op that fails, then fails.
  static llvm::FailureOr<SymbolicShapes> compute(mlir::func::FuncOp func);
  /// The symbols, and the shapes of the arguments, from the function's attributes.
  static llvm::FailureOr<SymbolicShapes> forArguments(mlir::func::FuncOp func);

  llvm::ArrayRef<Symbol> symbols() const { return table; }
  llvm::SmallVector<std::string> symbolNames() const;

  /// A symbol more; the function's attribute must come to have it too.
  SymExpr addSymbol(Symbol symbol);

  /// The shape of `value`: one expression per dimension. `value` must have been visited.
  llvm::ArrayRef<SymExpr> shapeOf(mlir::Value value) const;
  bool hasShape(mlir::Value value) const { return shapes.contains(value); }
  /// Forgets the contents.
  void setShape(mlir::Value value, llvm::ArrayRef<SymExpr> dims);

  /// The element type, which need not be the one of the value's type yet.
  mlir::Type elementTypeOf(mlir::Value value) const;
  /// Sets the shape and the element type; forgets the contents.
  void setResult(mlir::Value value, mlir::Type elementType, llvm::ArrayRef<SymExpr> dims);

  /// The elements of a small integer (or bool) tensor in row-major order, where all are known expressions.
  std::optional<llvm::ArrayRef<SymExpr>> contentOf(mlir::Value value) const;
  /// As `contentOf`, where some elements may be null.
  std::optional<llvm::ArrayRef<SymExpr>> partialContentOf(mlir::Value value) const;
  void setContent(mlir::Value value, llvm::ArrayRef<SymExpr> elements);
  /// The elements, where all are numbers.
  std::optional<llvm::SmallVector<int64_t>> constantContentOf(mlir::Value value) const;

  SymExpr constant(int64_t value) const { return mlir::getAffineConstantExpr(value, context); }
  /// True and the number, where the expression is a constant.
  static std::optional<int64_t> asConstant(SymExpr e) { return sym::asConstant(e); }
  /// The number of elements of a shape.
  SymExpr product(llvm::ArrayRef<SymExpr> dims) const { return sym::product(dims, context); }

  /// The smallest and largest value of an expression over the symbols' ranges; nullopt where unbounded or unknown.
  std::optional<int64_t> minOf(SymExpr e) const { return sym::rangeOf(e, ranges()).min; }
  std::optional<int64_t> maxOf(SymExpr e) const { return sym::rangeOf(e, ranges()).max; }
  /// True where a <= b for every value of the symbols.
  bool provablyAtMost(SymExpr a, SymExpr b) const;
  bool provablyDifferent(SymExpr a, SymExpr b) const;

  /// The two must be equal for `op` to be valid: the simpler one, or null where they provably differ. What is not
  /// proved becomes an assumption.
  SymExpr unify(SymExpr a, SymExpr b, mlir::Operation *op);
  /// Makes a <= b hold: by narrowing a symbol's range, or as an assumption. Fails where it provably does not.
  llvm::LogicalResult requireAtMost(SymExpr a, SymExpr b, mlir::Operation *op);
  /// Makes a <= b hold where one symbol decides it, whose range says it from here on; false where none does.
  bool narrowToAtMost(SymExpr a, SymExpr b);
  /// The symbol with the part of its range for which `e`, which mentions no other symbol, is not negative. Nullopt
  /// where that is no range, or empty.
  std::optional<Symbol> narrow(unsigned number, SymExpr e) const;
  llvm::ArrayRef<Assumption> assumptions() const { return assumed; }

  /// The tensor type with the known dimensions of `value` and `?` elsewhere.
  mlir::RankedTensorType refinedType(mlir::Value value) const;

  /// Text for messages: an expression or a shape in the symbols' names.
  std::string print(SymExpr e) const { return sym::print(e, symbolNames()); }
  std::string print(llvm::ArrayRef<SymExpr> dims) const;

  mlir::MLIRContext *getContext() const { return context; }

private:
  llvm::SmallVector<Interval> ranges() const;
  SymExpr settled(SymExpr e) const;

  mlir::MLIRContext *context;
  llvm::SmallVector<Symbol> table;
  // Vectors without inline storage: what `shapeOf` and `contentOf` gave stays valid while other tensors are added.
  llvm::DenseMap<mlir::Value, std::vector<SymExpr>> shapes;
  llvm::DenseMap<mlir::Value, mlir::Type> elementTypes;
  llvm::DenseMap<mlir::Value, std::vector<SymExpr>> contents;
  llvm::SmallVector<Assumption> assumed;
};

/// The name of the node an op came from, or the op's own name.
std::string nodeName(mlir::Operation *op);
/// "node 'NAME' (OPERATOR): ", as messages begin.
std::string nodeText(mlir::Operation *op);
/// An error that names the node and its operator; the caller adds what was found and what was expected.
mlir::InFlightDiagnostic emitNodeError(mlir::Operation *op);

/// Reads `rheobase.symbols`; fails with a diagnostic where it is malformed.
llvm::FailureOr<llvm::SmallVector<Symbol>> readSymbols(mlir::func::FuncOp func);
void writeSymbols(mlir::func::FuncOp func, llvm::ArrayRef<Symbol> symbols);

} // namespace rheobase

#include "rheobase/Interfaces/SymbolicShapeOpInterface.h.inc"

#endif // RHEOBASE_INTERFACES_SYMBOLICSHAPES_H
