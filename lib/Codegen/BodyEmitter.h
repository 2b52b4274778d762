//===- BodyEmitter.h - a linalg body at one point, in lanes or not ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_BODYEMITTER_H
#define RHEOBASE_LIB_CODEGEN_BODYEMITTER_H

#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/Partition.h"

namespace rheobase::codegen {

/// Evaluates the body of a linalg.generic on memrefs at `ivs`, for `lanes` consecutive values of the vector loop at
/// once.
///
/// A value is kept as one scalar for as long as all lanes agree on it, or as a first lane where lanes count up by one,
/// so that broadcasts and row gathers cost one load.
class BodyEmitter {
public:
  BodyEmitter(Emitter &e, mlir::linalg::GenericOp op, const Partition &partition)
      : ivs(op.getNumLoops()), e(e), op(op), partition(partition) {}

  /// The values the body yields; `accumulators` stand for the output arguments (null where one is not used).
  llvm::SmallVector<mlir::Value> evaluate(int64_t lanes, mlir::ValueRange accumulators);
  /// What an output holds at `ivs` before.
  mlir::Value loadOutput(unsigned number, int64_t lanes);
  void storeOutput(unsigned number, mlir::Value value, int64_t lanes);
  /// Loads the inputs that no vector or reduction loop moves, once for a whole row. Forget them with `forgetRow`.
  void loadRow();
  void forgetRow() { row.clear(); }

  /// The loops' induction variables, set by whoever opens the loops; that of the vector loop is the first lane's.
  llvm::SmallVector<mlir::Value> ivs;

private:
  enum class Form { Uniform, Counting, Lanes };
  struct Item {
    mlir::Value value;
    Form form = Form::Uniform;
  };

  Item load(mlir::OpOperand &operand, int64_t lanes);
  llvm::SmallVector<mlir::Value> indicesAt(mlir::AffineMap map, int64_t lane);
  Item evaluateOp(mlir::Operation &nested, int64_t lanes);
  Item evaluateLoad(mlir::memref::LoadOp load, int64_t lanes);
  bool evaluateCounting(mlir::Operation &nested, Item &result);
  mlir::Value asLanes(const Item &item, int64_t lanes);
  mlir::Value laneOf(const Item &item, int64_t lane);
  Item lookup(mlir::Value value);

  Emitter &e;
  mlir::linalg::GenericOp op;
  const Partition &partition;
  llvm::DenseMap<mlir::Value, Item> values;
  llvm::DenseMap<mlir::OpOperand *, mlir::Value> row;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_BODYEMITTER_H
