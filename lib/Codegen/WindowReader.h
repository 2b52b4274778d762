//===- WindowReader.h - weights of windows by their indices ---------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_WINDOWREADER_H
#define RHEOBASE_LIB_CODEGEN_WINDOWREADER_H

#include "dialects/rt/Rt.h"
#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/Target.h"

namespace rheobase::codegen {

/// Of a codebook of windows: the indices of the channels serve every tap, each with a table of its own in registers, in
/// which bytes of indices are looked up by byte shuffles of 16 entries.
class WindowReader {
public:
  static bool isFor(rt::PackedMatmulOp op) { return op.getCodebook() && typeOf(op).getElementType().isInteger(8); }

  WindowReader(Emitter &e, rt::PackedMatmulOp op, const Target &target);

  /// Blocks of inputs are taps times blocks of channels: the one that holds the indices.
  mlir::Value stored(mlir::Value block) { return e.rem(block, blocks); }
  /// The numbers at the block's tap of indices, bytes below the number of entries.
  mlir::Value looked(mlir::Value indices, mlir::Value block);

private:
  static mlir::MemRefType typeOf(rt::PackedMatmulOp op) {
    return mlir::cast<mlir::MemRefType>(op.getCodebook().getType());
  }
  mlir::Value shuffled(mlir::Value table, mlir::Value indices);

  Emitter &e;
  mlir::Value book;
  const Target &target;
  mlir::Value blocks;
  int64_t entries;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_WINDOWREADER_H
