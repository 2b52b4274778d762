//===- SymbolSolver.h - symbols that a model's equations determine -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_TRANSFORMS_SYMBOLSOLVER_H
#define RHEOBASE_LIB_TRANSFORMS_SYMBOLSOLVER_H

#include "rheobase/Interfaces/SymbolicShapes.h"
#include "llvm/ADT/SmallBitVector.h"

namespace rheobase {

/// What one equation says: by what each symbol is replaced, null where it stays, and the ranges of those that stay.
struct Solution {
  llvm::SmallVector<SymExpr> replacements;
  llvm::SmallVector<Symbol> symbols;
  mlir::Operation *op;
};

/// Solves one of the equations that `shapes` assumes; the easiest first. Nullopt where none can be solved.
/// `sources` are the shapes of the inputs, and the sizes that are measured: a symbol must remain readable from one of
/// them. `measured` are the symbols that the shapes of the inputs do not tell: nothing is guessed about those.
std::optional<Solution> solveSymbols(const SymbolicShapes &shapes, llvm::ArrayRef<llvm::ArrayRef<SymExpr>> sources,
                                     const llvm::SmallBitVector &measured);

/// Whether the assumption is about a measured size.
bool mentionsAny(const Assumption &assumption, const llvm::SmallBitVector &symbols);

/// The left side minus the right, without the factors of both that are never 0.
SymExpr differenceOf(const Assumption &assumption, const SymbolicShapes &shapes);

} // namespace rheobase

#endif // RHEOBASE_LIB_TRANSFORMS_SYMBOLSOLVER_H
