//===- FetchAhead.h - memory asked for while a product is computed -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_FETCHAHEAD_H
#define RHEOBASE_LIB_CODEGEN_FETCHAHEAD_H

#include "dialects/rt/Rt.h"
#include "lib/Codegen/Emitter.h"

namespace rheobase::codegen {

/// The register tiles of one product inside a tile of ops ask, a line at a time over their steps of k, for what is
/// touched next: the rows that the ops behind the product read and write, and the columns of weights that the next
/// tiles multiply. Rows are short and lie far apart, and weights come from memory a page at a time: no prefetcher of
/// the processor sees either in time. Asked for all at once they would wait for one another, and the product for them.
class FetchAhead {
public:
  /// For `product`, the first in a tile, and what follows it there.
  FetchAhead(Emitter &e, rt::MatmulOp product, llvm::ArrayRef<mlir::Operation *> followers);

  /// A register tile of `count` rows from `row` on begins.
  void openTile(mlir::Value row, int64_t count);
  /// Its step `number` of k.
  void step(mlir::Value number);

private:
  struct Rows {
    mlir::Value memref;
    unsigned rowDim;
    int64_t linesPerRow;
    bool isWritten;
  };
  void addRows(rt::MatmulOp product, mlir::OpOperand &operand, bool isWritten);
  void findPanel(rt::MatmulOp product);
  void fetchRows(const Rows &rows, mlir::Value number);
  void fetchPanel(mlir::Value number);

  Emitter &e;
  llvm::SmallVector<Rows> rows;
  int64_t steps = 0;
  /// The packed weights, where the columns of them are that come next, and where in all rows the product's first is.
  mlir::Value panels, firstRow, numRows;
  llvm::SmallVector<mlir::Value> panel;
  int64_t linesPerStep = 0;
  /// Of the register tile.
  mlir::Value tileRow, panelLine, linesPerTile;
  int64_t tileRows = 0;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_FETCHAHEAD_H
