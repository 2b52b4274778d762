//===- EmitSmall.cpp - index checks and counters --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/KernelEmitters.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Opens a loop for each dimension of a memref and carries one value through all elements.
static Value forEachElement(Emitter &e, Value memref, SmallVector<Value> &indices, Value carried,
                            llvm::function_ref<Value(Value element, Value carried)> body) {
  unsigned depth = indices.size();
  if (depth == cast<MemRefType>(memref.getType()).getRank())
    return body(memref::LoadOp::create(e.b, e.loc, memref, indices), carried);
  return e
      .loop(e.index(0), e.dim(memref, depth), 1, carried,
            [&](Value iv, ValueRange arguments) {
              indices.push_back(iv);
              Value next = forEachElement(e, memref, indices, arguments.front(), body);
              indices.pop_back();
              return SmallVector<Value>{next};
            })
      .front();
}

Value codegen::emitCheckIndices(OpBuilder &builder, rt::CheckIndicesOp op, Value begin, Value end) {
  Emitter e(builder);
  Type element = cast<MemRefType>(op.getIndices().getType()).getElementType();
  Type i64 = builder.getI64Type();
  Value limit = arith::IndexCastOp::create(builder, e.loc, i64, op.getLimit());
  Value least = arith::SubIOp::create(builder, e.loc, e.zero(i64), limit);
  auto check = [&](Value index, Value wrong) -> Value {
    Value wide = element.isIndex() ? arith::IndexCastOp::create(builder, e.loc, i64, index).getResult()
                                   : e.widen(index, i64, false);
    Value low = e.compare(arith::CmpIPredicate::slt, wide, least),
          high = e.compare(arith::CmpIPredicate::sge, wide, limit);
    Value outside = arith::OrIOp::create(builder, e.loc, low, high);
    return arith::OrIOp::create(builder, e.loc, wrong, e.widen(outside, i64, /*isUnsigned=*/true));
  };
  auto item = [&](Value, ValueRange wrong) {
    SmallVector<Value> indices;
    return SmallVector<Value>{forEachElement(e, op.getIndices(), indices, wrong.front(), check)};
  };
  return e.loop(begin, end, 1, e.zero(i64), item).front();
}

/// The sum is a linalg.generic of its own, so that it runs in lanes.
static Value emitSum(Emitter &e, Value values, Value total) {
  OpBuilder &builder = e.b;
  Type i64 = builder.getI64Type();
  unsigned rank = cast<MemRefType>(values.getType()).getRank();
  AffineMap scalar = AffineMap::get(rank, 0, builder.getContext());
  SmallVector<utils::IteratorType> reductions(rank, utils::IteratorType::reduction);
  auto generic = linalg::GenericOp::create(
      builder, e.loc, TypeRange(), values, total, ArrayRef<AffineMap>{builder.getMultiDimIdentityMap(rank), scalar},
      reductions, [&](OpBuilder &body, Location loc, ValueRange arguments) {
        Emitter inner(body);
        linalg::YieldOp::create(body, loc,
                                inner.plus(inner.widen(arguments[0], i64, /*isUnsigned=*/true), arguments[1]));
      });
  Fills fills;
  fills[total] = e.zero(i64);
  emitGeneric(builder, generic, fills, e.index(0), e.index(1));
  generic.erase();
  return memref::LoadOp::create(builder, e.loc, total, ValueRange());
}

void codegen::emitAddCount(OpBuilder &builder, rt::AddCountOp op, Value begin, Value end) {
  Emitter e(builder);
  Type i64 = builder.getI64Type();
  Value total = memref::AllocaOp::create(builder, e.loc, MemRefType::get({}, i64));
  e.loop(begin, end, 1, [&](Value) {
    Value sum = emitSum(e, op.getValues(), total);
    Value factor = arith::IndexCastOp::create(builder, e.loc, i64, op.getFactor());
    Value before = memref::LoadOp::create(builder, e.loc, op.getCounters(), op.getPosition());
    memref::StoreOp::create(builder, e.loc, e.plus(before, e.times(sum, factor)), op.getCounters(), op.getPosition());
  });
}
