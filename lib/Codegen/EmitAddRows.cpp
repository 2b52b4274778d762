//===- EmitAddRows.cpp - rows of weights added where an input fires -------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/DotProducts.h"
#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/Events.h"
#include "lib/Codegen/KernelEmitters.h"
#include "lib/Codegen/Partition.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Bytes that one unpack instruction works on, whatever the width of the register.
static constexpr int64_t kUnpackBytes = 16;

/// Registers that hold the sums of two rows and leave room for what is added to them.
static constexpr int64_t kManyRegisters = 32;

namespace {

/// The sums of 64 columns stay in registers while the list of a row is walked; the rows of a block meet the same 64
/// columns of weights, which the second-level cache holds. Rows of f32 are multiplied and added one by one; of bytes,
/// four are interleaved in registers for one step of a dot product.
class RowAdder {
public:
  RowAdder(OpBuilder &builder, rt::AddRowsOp op, const Target &target);
  void emit(Value begin, Value end);

private:
  using Values = SmallVector<Value>;

  void emitRows(Value row, int64_t count);
  void fetchAhead(Value row, int64_t count);
  Values walk(Value from, Value to, Value row, ValueRange sums);
  Values startValues(Value row);
  void takeNumbers(Values &sums, Value row, Value entry);
  void takeBytes(Values &sums, Value row, Value entry);
  Values inColumnOrder(ValueRange sums);
  void storeSums(Value row, ValueRange sums);
  void storeFirst(Value row, ValueRange sums, int64_t columns);
  Value loadWeights(Value row, Value entry, int64_t lane, int64_t width);
  Value shuffle(Value a, Value b, ArrayRef<int64_t> mask) { return vector::ShuffleOp::create(e.b, e.loc, a, b, mask); }
  Value headOf(Value row, int64_t i) {
    return memref::LoadOp::create(e.b, e.loc, op.getHeads(), ValueRange{row, e.index(i)});
  }

  Emitter e;
  rt::AddRowsOp op;
  bool numbers;
  /// More chains of loads on the way at once, where there are registers for their sums.
  int64_t rowsAtOnce;
  DotProducts dot;
  Type result;
  Value group;
};

} // namespace

static DotOperands operandsOf(rt::AddRowsOp op, bool numbers) {
  Type result = cast<MemRefType>(op.getOut().getType()).getElementType();
  return {numbers ? rt::PackKind::Singles : rt::PackKind::Quads, result, op.getIsUnsigned(), /*rhsUnsigned=*/false,
          op.getIsUnsigned() ? Shift::None : Shift::Right};
}

RowAdder::RowAdder(OpBuilder &builder, rt::AddRowsOp op, const Target &target)
    : e(builder), op(op), numbers(isa<FloatType>(cast<MemRefType>(op.getValues().getType()).getElementType())),
      rowsAtOnce(target.numRegisters >= kManyRegisters ? 2 : 1),
      dot(e, operandsOf(op, numbers), target, /*fitsVnni=*/true),
      result(cast<MemRefType>(op.getOut().getType()).getElementType()) {}

void RowAdder::emit(Value begin, Value end) {
  Value rows = e.dim(op.getOut(), 0), blocks = e.ceilDiv(rows, kMatmulRows);
  e.loop(begin, end, 1, [&](Value item) {
    Value next = e.mul(e.rem(item, blocks), kMatmulRows), stop = e.min(e.add(next, kMatmulRows), rows);
    group = e.div(item, blocks);
    for (int64_t count = rowsAtOnce; count > 0; --count) {
      Value whole = e.add(next, e.roundDown(e.sub(stop, next), count));
      e.loop(next, whole, count, [&](Value row) { emitRows(row, count); });
      next = whole;
    }
  });
}

/// The lists of some rows side by side as far as the shortest goes, then what is left of each.
void RowAdder::emitRows(Value row, int64_t count) {
  Values sums, lengths;
  Value common;
  fetchAhead(e.add(row, count), count);
  for (int64_t i = 0; i < count; ++i) {
    Value current = e.add(row, i);
    llvm::append_range(sums, startValues(current));
    lengths.push_back(arith::IndexCastOp::create(e.b, e.loc, e.b.getIndexType(), headOf(current, 0)));
    common = i == 0 ? lengths[0] : e.min(common, lengths[i]);
  }
  sums = walk(e.index(0), common, row, sums);
  int64_t each = kEventLanes / kLanes;
  for (int64_t i = 0; i < count; ++i) {
    Value current = e.add(row, i);
    Values own(ArrayRef<Value>(sums).slice(i * each, each));
    if (count > 1)
      own = walk(common, lengths[i], current, own);
    storeSums(current, numbers ? own : inColumnOrder(own));
  }
}

/// What the next rows write lies a whole row apart, too far for a prefetcher; the walk of this row's list hides the way
/// to memory.
void RowAdder::fetchAhead(Value row, int64_t count) {
  Value last = e.sub(e.dim(op.getOut(), 0), e.index(1)), first = e.mul(group, kEventLanes);
  for (int64_t i = 0; i < count; ++i) {
    Value next = e.min(e.add(row, i), last);
    for (int64_t lane = 0; lane < kEventLanes; lane += kLanes)
      e.prefetch(op.getOut(), ValueRange{next, e.add(first, lane)}, /*isWrite=*/true);
  }
}

/// Takes the entries from `from` to `to` of as many rows as there are sums for.
SmallVector<Value> RowAdder::walk(Value from, Value to, Value row, ValueRange sums) {
  int64_t each = kEventLanes / kLanes, step = numbers ? 1 : kListedBytes;
  return e.loop(from, to, step, sums, [&](Value entry, ValueRange carried) {
    Values next;
    for (int64_t i = 0; i * each < static_cast<int64_t>(carried.size()); ++i) {
      Values own(carried.slice(i * each, each));
      Value current = e.add(row, i);
      numbers ? takeNumbers(own, current, entry) : takeBytes(own, current, entry);
      llvm::append_range(next, own);
    }
    return next;
  });
}

SmallVector<Value> RowAdder::startValues(Value row) {
  Value start = e.zero(result);
  if (dot.startsFromLeftSum())
    start = e.times(headOf(row, 1), arith::ConstantIntOp::create(e.b, e.loc, result, -128));
  return Values(kEventLanes / kLanes, e.splat(start, kLanes));
}

Value RowAdder::loadWeights(Value row, Value entry, int64_t lane, int64_t width) {
  Value place = memref::LoadOp::create(e.b, e.loc, op.getPlaces(), ValueRange{row, entry});
  place = arith::IndexCastUIOp::create(e.b, e.loc, e.b.getIndexType(), place);
  auto type = VectorType::get(width, cast<MemRefType>(op.getWeights().getType()).getElementType());
  return vector::LoadOp::create(e.b, e.loc, type, op.getWeights(), ValueRange{group, place, e.index(lane)});
}

void RowAdder::takeNumbers(Values &sums, Value row, Value entry) {
  Values left = dot.prepareLeft(memref::LoadOp::create(e.b, e.loc, op.getValues(), ValueRange{row, entry}));
  for (auto [i, sum] : llvm::enumerate(sums))
    sum =
        dot.accumulate(sum, left, dot.prepareRight(loadWeights(row, entry, static_cast<int64_t>(i) * kLanes, kLanes)));
}

/// Of two vectors, element i of the lower (or upper) half of each 16 bytes of one, then of the other: what unpack
/// instructions do.
static SmallVector<int64_t> unpackMask(int64_t size, int64_t perUnpack, bool upper) {
  SmallVector<int64_t> mask;
  for (int64_t first = 0; first < size; first += perUnpack)
    for (int64_t i = 0; i < perUnpack / 2; ++i) {
      int64_t element = first + i + (upper ? perUnpack / 2 : 0);
      mask.append({element, size + element});
    }
  return mask;
}

/// Four rows of 64 bytes become four vectors of 16 columns with their four bytes together: vector j has columns
/// 4 j to 4 j + 3 of each 16.
void RowAdder::takeBytes(Values &sums, Value row, Value entry) {
  auto words = VectorType::get(kEventLanes / 2, e.b.getI16Type()),
       bytes = VectorType::get(kEventLanes, e.b.getI8Type());
  Values rows;
  for (int64_t i = 0; i < kListedBytes; ++i)
    rows.push_back(loadWeights(row, e.add(entry, i), 0, kEventLanes));
  auto load = VectorType::get(kListedBytes, e.b.getI8Type());
  Values left = dot.prepareLeft(vector::LoadOp::create(e.b, e.loc, load, op.getValues(), ValueRange{row, entry}));
  for (bool upperBytes : {false, true}) {
    SmallVector<int64_t> mask = unpackMask(kEventLanes, kUnpackBytes, upperBytes);
    Value first = vector::BitCastOp::create(e.b, e.loc, words, shuffle(rows[0], rows[1], mask));
    Value second = vector::BitCastOp::create(e.b, e.loc, words, shuffle(rows[2], rows[3], mask));
    for (bool upperWords : {false, true}) {
      Value quads = shuffle(first, second, unpackMask(kEventLanes / 2, kUnpackBytes / 2, upperWords));
      Value &sum = sums[2 * static_cast<size_t>(upperBytes) + static_cast<size_t>(upperWords)];
      sum = dot.accumulate(sum, left, dot.prepareRight(vector::BitCastOp::create(e.b, e.loc, bytes, quads)));
    }
  }
}

/// Undoes the order that takeBytes leaves the columns in.
SmallVector<Value> RowAdder::inColumnOrder(ValueRange sums) {
  Values ordered;
  for (int64_t i = 0; i < kLanes; i += 4) {
    SmallVector<int64_t> pair, whole;
    for (int64_t j = 0; j < 8; ++j)
      pair.push_back(j < 4 ? i + j : kLanes + i + j - 4);
    for (int64_t j = 0; j < kLanes; ++j)
      whole.push_back(j);
    ordered.push_back(shuffle(shuffle(sums[0], sums[1], pair), shuffle(sums[2], sums[3], pair), whole));
  }
  return ordered;
}

void RowAdder::storeSums(Value row, ValueRange sums) {
  int64_t columns = cast<MemRefType>(op.getOut().getType()).getDimSize(1), rest = columns % kEventLanes;
  Value isWhole = e.compare(arith::CmpIPredicate::ult, group, e.index(columns / kEventLanes));
  if (rest == 0)
    return storeFirst(row, sums, kEventLanes);
  e.ifThen(isWhole, [&] { storeFirst(row, sums, kEventLanes); }, [&] { storeFirst(row, sums, rest); });
}

/// The first `columns` of the group.
void RowAdder::storeFirst(Value row, ValueRange sums, int64_t columns) {
  Value first = e.mul(group, kEventLanes);
  for (int64_t lane = 0; lane < columns; lane += kLanes) {
    Value sum = sums[lane / kLanes];
    if (lane + kLanes <= columns) {
      vector::StoreOp::create(e.b, e.loc, sum, op.getOut(), ValueRange{row, e.add(first, lane)});
      continue;
    }
    for (int64_t i = lane; i < columns; ++i)
      memref::StoreOp::create(e.b, e.loc, vector::ExtractOp::create(e.b, e.loc, sum, i - lane), op.getOut(),
                              ValueRange{row, e.add(first, i)});
  }
}

void codegen::emitAddRows(OpBuilder &builder, rt::AddRowsOp op, const Target &target, Value begin, Value end) {
  RowAdder(builder, op, target).emit(begin, end);
}
