//===- EmitScatter.cpp - rows written to places that are data ------------------===//
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

/// An index that counts from the end where it is negative, clamped to the dimension.
static Value placeOf(Emitter &e, Value index, Value size) {
  if (!index.getType().isIndex())
    index = arith::IndexCastOp::create(e.b, e.loc, e.b.getIndexType(), index);
  Value fromEnd = arith::AddIOp::create(e.b, e.loc, index, size);
  Value negative = e.compare(arith::CmpIPredicate::slt, index, e.index(0));
  Value place = arith::SelectOp::create(e.b, e.loc, negative, fromEnd, index);
  Value last = arith::SubIOp::create(e.b, e.loc, size, e.index(1));
  return arith::MaxSIOp::create(e.b, e.loc, arith::MinSIOp::create(e.b, e.loc, place, last), e.index(0));
}

/// The larger or smaller of two values; NaN where one of two floats is.
static Value extremum(Emitter &e, Value x, Value y, bool larger, bool isUnsigned) {
  using Kind = arith::AtomicRMWKind;
  if (isa<FloatType>(x.getType()))
    return arith::getReductionOp(larger ? Kind::maximumf : Kind::minimumf, e.b, e.loc, x, y);
  Kind bySign = larger ? Kind::maxs : Kind::mins, byZero = larger ? Kind::maxu : Kind::minu;
  return arith::getReductionOp(isUnsigned ? byZero : bySign, e.b, e.loc, x, y);
}

static Value combine(Emitter &e, rt::ScatterOp op, Value before, Value update) {
  switch (op.getCombine()) {
  case rt::Combine::Replace:
    break;
  case rt::Combine::Add:
    return e.plus(before, update);
  case rt::Combine::Mul:
    return e.times(before, update);
  case rt::Combine::Max:
  case rt::Combine::Min:
    return extremum(e, before, update, op.getCombine() == rt::Combine::Max, op.getIsUnsigned());
  }
  return update;
}

void codegen::emitScatter(OpBuilder &builder, rt::ScatterOp op, Value begin, Value end) {
  Emitter e(builder);
  Value updates = op.getUpdates(), target = op.getTarget(), indices = op.getIndices();
  unsigned components = cast<MemRefType>(target.getType()).getRank() - 1;
  auto row = [&](Value number) {
    SmallVector<Value> place;
    for (unsigned i = 0; i < components; ++i) {
      Value index = memref::LoadOp::create(builder, e.loc, indices, ValueRange{number, e.index(i)});
      place.push_back(placeOf(e, index, e.dim(target, i)));
    }
    e.loop(e.index(0), e.dim(updates, 1), 1, [&](Value column) {
      place.push_back(column);
      Value update = memref::LoadOp::create(builder, e.loc, updates, ValueRange{number, column});
      Value before = memref::LoadOp::create(builder, e.loc, target, place);
      memref::StoreOp::create(builder, e.loc, combine(e, op, before, update), target, place);
      place.pop_back();
    });
  };
  e.loop(begin, end, 1, [&](Value) { e.loop(e.index(0), e.dim(updates, 0), 1, row); });
}
