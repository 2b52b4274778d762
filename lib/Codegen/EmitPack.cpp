//===- EmitPack.cpp - run-time packing of the right operand of a matmul ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/KernelEmitters.h"
#include "lib/Codegen/Partition.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

class PackEmitter {
public:
  PackEmitter(OpBuilder &builder, rt::PackOp op)
      : e(builder), op(op), pack(op.getPack()), numBatch(pack.getNumBatchDims()), lanes(pack.getLanes()),
        depth(pack.getDepth()), element(cast<MemRefType>(op.getPacked().getType()).getElementType()) {}

  void emit(Value begin, Value end);

private:
  using Values = SmallVector<Value>;

  Value rangeOf(unsigned dim) {
    return e.dim(op.getSource(), *pack.getMap().getResultPosition(e.b.getAffineDimExpr(dim)));
  }
  Values sourceAt(Value n, Value k) {
    Values dims(batch);
    dims.append({n, k});
    return e.apply(pack.getMap(), dims);
  }
  Values packedAt(Value k, Value position) {
    Values indices(batch);
    indices.append({group, k, position});
    return indices;
  }
  void openItem(Value item);
  void copyRows();
  void copyElements();
  Value elementAt(Value n, Value k);
  void emitSums();

  Emitter e;
  rt::PackOp op;
  rt::PackAttr pack;
  unsigned numBatch;
  int64_t lanes, depth;
  Type element;
  Values batch;
  Value group, numColumns, numK;
};

} // namespace

void PackEmitter::emit(Value begin, Value end) {
  numColumns = rangeOf(numBatch), numK = rangeOf(numBatch + 1);
  e.loop(begin, end, 1, [&](Value item) {
    openItem(item);
    auto type = cast<MemRefType>(op.getSource().getType());
    bool rows = depth == 1 && type.getElementType() == element &&
                accessAlong(pack.getMap(), type, numBatch) == Access::Contiguous;
    Value full = e.compare(arith::CmpIPredicate::ule, e.mul(e.add(group, 1), lanes), numColumns);
    if (rows)
      e.ifThen(full, [&] { copyRows(); }, [&] { copyElements(); });
    else
      copyElements();
    if (op.getSums())
      emitSums();
  });
}

void PackEmitter::openItem(Value item) {
  Value groups = e.ceilDiv(numColumns, lanes);
  group = numBatch ? e.rem(item, groups) : item;
  item = numBatch ? e.div(item, groups) : item;
  batch.assign(numBatch, nullptr);
  for (unsigned i = numBatch; i-- > 0;) {
    batch[i] = i == 0 ? item : e.rem(item, rangeOf(i));
    item = i == 0 ? item : e.div(item, rangeOf(i));
  }
}

/// A group whose columns lie together in the source: whole vectors.
void PackEmitter::copyRows() {
  auto type = VectorType::get(kLanes, element);
  e.loop(e.index(0), numK, 1, [&](Value k) {
    for (int64_t lane = 0; lane < lanes; lane += kLanes) {
      Value column = e.add(e.mul(group, lanes), lane);
      Value row = vector::LoadOp::create(e.b, e.loc, type, op.getSource(), sourceAt(column, k));
      vector::StoreOp::create(e.b, e.loc, row, op.getPacked(), packedAt(k, e.index(lane)));
    }
  });
}

/// The element at column n and row k, or zero outside the matrix.
Value PackEmitter::elementAt(Value n, Value k) {
  Value inside = arith::AndIOp::create(e.b, e.loc, e.compare(arith::CmpIPredicate::ult, n, numColumns),
                                       e.compare(arith::CmpIPredicate::ult, k, numK));
  auto load = [&] {
    Value value = memref::LoadOp::create(e.b, e.loc, op.getSource(), sourceAt(n, k));
    return Values{e.widen(value, element, op.getIsUnsigned())};
  };
  return e.select(inside, load, [&] { return Values{e.zero(element)}; }).front();
}

void PackEmitter::copyElements() {
  e.loop(e.index(0), e.index(lanes), 1, [&](Value lane) {
    Value column = e.add(e.mul(group, lanes), lane);
    e.loop(e.index(0), e.ceilDiv(numK, depth), 1, [&](Value step) {
      for (int64_t i = 0; i < depth; ++i) {
        Value value = elementAt(column, e.add(e.mul(step, depth), i));
        memref::StoreOp::create(e.b, e.loc, value, op.getPacked(), packedAt(step, e.add(e.mul(lane, depth), i)));
      }
    });
  });
}

/// -128 times the sum of each column, from the packed elements.
void PackEmitter::emitSums() {
  Type i32 = e.b.getI32Type();
  e.loop(e.index(0), e.index(lanes), 1, [&](Value lane) {
    Value sum = e.loop(e.index(0), e.ceilDiv(numK, depth), 1, e.zero(i32), [&](Value step, ValueRange carried) {
                   Value total = carried.front();
                   for (int64_t i = 0; i < depth; ++i) {
                     Value value = memref::LoadOp::create(e.b, e.loc, op.getPacked(),
                                                          packedAt(step, e.add(e.mul(lane, depth), i)));
                     total = e.plus(total, e.widen(value, i32, /*isUnsigned=*/false));
                   }
                   return Values{total};
                 }).front();
    Values indices(batch);
    indices.push_back(e.add(e.mul(group, lanes), lane));
    Value factor = arith::ConstantIntOp::create(e.b, e.loc, i32, -128);
    memref::StoreOp::create(e.b, e.loc, e.times(sum, factor), op.getSums(), indices);
  });
}

void codegen::emitPack(OpBuilder &builder, rt::PackOp op, Value begin, Value end) {
  PackEmitter(builder, op).emit(begin, end);
}
