//===- CachedSite.h - a code of what a session has kept ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_CACHEDSITE_H
#define RHEOBASE_LIB_CONVERSION_SPK_CACHEDSITE_H

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/Spk.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/IR/Builders.h"

namespace rheobase::spk {

/// encode(path(concat(past, fresh))), which nothing else reads but the next run: as the path only moves and scales
/// elements and each row has a step of its own, or all runs have one, it is path(concat(codes of past, encode(fresh))).
class CachedSite {
public:
  mlir::BlockArgument past;

  /// The site behind an argument and the result that is its next value; nothing where it is not so, and `why`.
  static std::optional<CachedSite> of(mlir::BlockArgument past, mlir::Value next, const SymbolicShapes &shapes,
                                      llvm::StringRef &why);

  bool hasRowSteps() const { return rowStep != nullptr; }

  /// The next value of the codes, and, of rows with steps, of these.
  struct Joined {
    mlir::Value codes, steps;
  };
  /// Makes `past` codes; `pastSteps` are their steps, null where a fixed one is theirs.
  Joined rewrite(mlir::Value pastSteps);

private:
  llvm::StringRef follow(const SymbolicShapes &shapes);
  llvm::StringRef checkStep();
  bool passes(mlir::Operation *op, mlir::Value v, const SymbolicShapes &shapes);
  mlir::Value fixedStep(mlir::OpBuilder &b);
  mlir::Value scaled(mlir::OpBuilder &b, mlir::Value fresh);
  mlir::Value moved(mlir::OpBuilder &b, mlir::Value v, bool areSteps);
  void replaceBy(const Joined &joined);
  mlir::Value join(mlir::OpBuilder &b, mlir::Value before, mlir::Value fresh);

  onnx::ConcatOp concat;
  /// From the concatenation to the code, in order; and where its rows end up.
  llvm::SmallVector<mlir::Operation *> path;
  int64_t rowAxis = 0;
  EncodeOp encode;
  RowStepOp rowStep;
};

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_CACHEDSITE_H
