//===- Emitter.h - small pieces of scf and vector code ----------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_EMITTER_H
#define RHEOBASE_LIB_CODEGEN_EMITTER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/AffineMap.h"

namespace rheobase::codegen {

/// A builder at unknown locations, with folding index arithmetic.
class Emitter {
public:
  Emitter(mlir::OpBuilder &b) : b(b), loc(b.getUnknownLoc()) {}

  using Loop = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value iv, mlir::ValueRange carried)>;

  mlir::Value index(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, loc, value); }
  mlir::Value add(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::AddIOp>(loc, x, y); }
  mlir::Value add(mlir::Value x, int64_t y) { return y == 0 ? x : add(x, index(y)); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::SubIOp>(loc, x, y); }
  mlir::Value mul(mlir::Value x, int64_t y) { return b.createOrFold<mlir::arith::MulIOp>(loc, x, index(y)); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::MulIOp>(loc, x, y); }
  mlir::Value div(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::DivUIOp>(loc, x, y); }
  mlir::Value rem(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::RemUIOp>(loc, x, y); }
  mlir::Value min(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::MinUIOp>(loc, x, y); }
  mlir::Value ceilDiv(mlir::Value x, int64_t y) { return y == 1 ? x : div(add(x, y - 1), index(y)); }
  /// The largest multiple of y that is not above x.
  mlir::Value roundDown(mlir::Value x, int64_t y) { return mul(div(x, index(y)), y); }
  mlir::Value compare(mlir::arith::CmpIPredicate predicate, mlir::Value x, mlir::Value y) {
    return b.createOrFold<mlir::arith::CmpIOp>(loc, predicate, x, y);
  }
  mlir::Value dim(mlir::Value memref, int64_t i);
  /// Asks for the line that the element at `indices` is in, to stay in all caches.
  void prefetch(mlir::Value memref, mlir::ValueRange indices, bool isWrite);

  mlir::Value zero(mlir::Type type) { return mlir::arith::ConstantOp::create(b, loc, b.getZeroAttr(type)); }
  mlir::Value splat(mlir::Value scalar, int64_t lanes);
  /// The widening of integers (by sign or zero) and floats; scalars and vectors.
  mlir::Value widen(mlir::Value value, mlir::Type element, bool isUnsigned);
  mlir::Value plus(mlir::Value x, mlir::Value y);
  mlir::Value times(mlir::Value x, mlir::Value y);

  /// The values of a map's results at `dims`; the second of maps whose divisions are all of numbers that are not
  /// negative.
  llvm::SmallVector<mlir::Value> apply(mlir::AffineMap map, mlir::ValueRange dims);
  llvm::SmallVector<mlir::Value> applyUnsigned(mlir::AffineMap map, mlir::ValueRange dims);

  llvm::SmallVector<mlir::Value> loop(mlir::Value from, mlir::Value to, int64_t step, mlir::ValueRange carried,
                                      Loop body);
  void loop(mlir::Value from, mlir::Value to, int64_t step, llvm::function_ref<void(mlir::Value)> body);
  void ifThen(mlir::Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise = {});
  /// Both branches give values of the same types. A condition known when compiling emits one branch.
  llvm::SmallVector<mlir::Value> select(mlir::Value condition,
                                        llvm::function_ref<llvm::SmallVector<mlir::Value>()> then,
                                        llvm::function_ref<llvm::SmallVector<mlir::Value>()> otherwise);

  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_EMITTER_H
