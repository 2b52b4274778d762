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
  void copyColumns();
  void copyElements();
  Value elementAt(Value n, Value k);
  void packElements(Value lane, Value step);
  Value columnAt(Value lane) { return e.add(e.mul(group, lanes), lane); }
  Value interleave(Value a, Value b) { return vector::InterleaveOp::create(e.b, e.loc, a, b); }
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
    auto isContiguous = [&](unsigned dim) {
      return type.getElementType() == element && accessAlong(pack.getMap(), type, dim) == Access::Contiguous;
    };
    Value full = e.compare(arith::CmpIPredicate::ule, e.mul(e.add(group, 1), lanes), numColumns);
    if (isContiguous(numBatch))
      e.ifThen(full, [&] { copyRows(); }, [&] { copyElements(); });
    else if (depth > 1 && isContiguous(numBatch + 1))
      copyColumns();
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

/// A group whose columns lie together in the source: whole vectors of the rows of a step, interleaved.
void PackEmitter::copyRows() {
  auto type = VectorType::get(kLanes, element);
  Value whole = e.div(numK, e.index(depth));
  e.loop(e.index(0), whole, 1, [&](Value step) {
    for (int64_t lane = 0; lane < lanes; lane += kLanes) {
      Values rows;
      for (int64_t i = 0; i < depth; ++i)
        rows.push_back(vector::LoadOp::create(e.b, e.loc, type, op.getSource(),
                                              sourceAt(columnAt(e.index(lane)), e.add(e.mul(step, depth), i))));
      for (; rows.size() > 1; rows.truncate(rows.size() / 2))
        for (size_t i = 0, half = rows.size() / 2; i < half; ++i)
          rows[i] = interleave(rows[i], rows[i + half]);
      vector::StoreOp::create(e.b, e.loc, rows.front(), op.getPacked(), packedAt(step, e.index(lane * depth)));
    }
  });
  e.loop(e.index(0), e.index(lanes), 1,
         [&](Value lane) { e.loop(whole, e.ceilDiv(numK, depth), 1, [&](Value step) { packElements(lane, step); }); });
}

/// Columns that are contiguous in the source: a step of one at once.
void PackEmitter::copyColumns() {
  auto type = VectorType::get(depth, element);
  e.loop(e.index(0), e.index(lanes), 1, [&](Value lane) {
    Value column = columnAt(lane);
    Value inside = e.compare(arith::CmpIPredicate::ult, column, numColumns);
    Value whole = arith::SelectOp::create(e.b, e.loc, inside, e.div(numK, e.index(depth)), e.index(0));
    e.loop(e.index(0), whole, 1, [&](Value step) {
      Value part = vector::LoadOp::create(e.b, e.loc, type, op.getSource(), sourceAt(column, e.mul(step, depth)));
      vector::StoreOp::create(e.b, e.loc, part, op.getPacked(), packedAt(step, e.mul(lane, depth)));
    });
    e.loop(whole, e.ceilDiv(numK, depth), 1, [&](Value step) { packElements(lane, step); });
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

void PackEmitter::packElements(Value lane, Value step) {
  for (int64_t i = 0; i < depth; ++i) {
    Value value = elementAt(columnAt(lane), e.add(e.mul(step, depth), i));
    memref::StoreOp::create(e.b, e.loc, value, op.getPacked(), packedAt(step, e.add(e.mul(lane, depth), i)));
  }
}

void PackEmitter::copyElements() {
  e.loop(e.index(0), e.index(lanes), 1, [&](Value lane) {
    e.loop(e.index(0), e.ceilDiv(numK, depth), 1, [&](Value step) { packElements(lane, step); });
  });
}

/// -128 times the sum of each column, from the packed elements: the bytes of a word are those of one column.
void PackEmitter::emitSums() {
  auto words = VectorType::get(kLanes, e.b.getI32Type());
  auto bytes = VectorType::get(kLanes * depth, element);
  int64_t width = 8 * sizeof(int32_t) / depth;
  auto splat = [&](int64_t value) {
    return arith::ConstantOp::create(e.b, e.loc, DenseElementsAttr::get(words, static_cast<int32_t>(value)));
  };
  e.loop(e.index(0), e.index(lanes), kLanes, [&](Value lane) {
    Value sum = e.loop(e.index(0), e.ceilDiv(numK, depth), 1, e.zero(words), [&](Value step, ValueRange carried) {
                   Value total = carried.front();
                   Value packed =
                       vector::LoadOp::create(e.b, e.loc, bytes, op.getPacked(), packedAt(step, e.mul(lane, depth)));
                   Value word = vector::BitCastOp::create(e.b, e.loc, words, packed);
                   for (int64_t i = 1; i <= depth; ++i) {
                     Value top = arith::ShLIOp::create(e.b, e.loc, word, splat(width * (depth - i)));
                     Value value = arith::ShRSIOp::create(e.b, e.loc, top, splat(width * (depth - 1)));
                     total = arith::AddIOp::create(e.b, e.loc, total, value);
                   }
                   return Values{total};
                 }).front();
    Values indices(batch);
    indices.push_back(columnAt(lane));
    Value moved = arith::MulIOp::create(e.b, e.loc, sum, splat(-128));
    vector::StoreOp::create(e.b, e.loc, moved, op.getSums(), indices);
  });
}

void codegen::emitPack(OpBuilder &builder, rt::PackOp op, Value begin, Value end) {
  PackEmitter(builder, op).emit(begin, end);
}
