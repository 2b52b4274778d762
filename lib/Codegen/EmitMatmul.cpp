//===- EmitMatmul.cpp - register tiles of packed matmuls ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/DotProducts.h"
#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/FetchAhead.h"
#include "lib/Codegen/KernelEmitters.h"
#include "lib/Codegen/Partition.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// Emits tiles of `rows` times `vectors` vectors of 16 columns whose sums stay in registers over the whole k loop. No
/// blocking of k or n: a column group of the packed operand is small enough for the second-level cache, and is read
/// again for each row tile. Where k is parted into several dimensions of the left operand (windows read in place), it
/// is as many loops.
class MatmulEmitter {
public:
  MatmulEmitter(OpBuilder &builder, rt::MatmulOp op, const Target &target);
  void emit(Value begin, Value end);
  void emitWhole(ArrayRef<Operation *> followers);

private:
  using Values = SmallVector<Value>;

  void openItem(Value item);
  void emitColumns(Value column);
  void emitTile(Value row, Value column, int64_t rows);
  Values startValues(Value column, int64_t rows);
  Values sumOverK(ArrayRef<Values> rows, Value column, ValueRange outer, Value outerSteps, Values sums);
  Values sumOverInnerK(ArrayRef<Values> rows, Value column, Values places, Value outerSteps, Values sums);
  void step(Values &sums, ArrayRef<Values> rows, Value column, ValueRange places, Value number, Value count);
  void storeTile(Value row, Value column, ValueRange sums, int64_t rows);
  void storeVectors(Value row, Value column, ValueRange sums, int64_t rows);
  void storeElements(Value row, Value column, ValueRange sums, int64_t rows);
  Values at(unsigned map, Value row, Value column, Value k);
  Value rangeOf(unsigned dim);
  Value loadLeft(ArrayRef<Value> row, ValueRange places, Value count);

  AffineMap map(unsigned i) { return cast<AffineMapAttr>(op.getMaps()[i]).getValue(); }
  bool storesVectors();

  Emitter e;
  rt::MatmulOp op;
  DotProducts dot;
  std::optional<FetchAhead> ahead;
  unsigned numBatch;
  int64_t lanes, depth, rowsPerTile, vectorsPerTile;
  Type result;
  Value numRows, numColumns;
  /// The dimensions of the left operand that k is parted into, outermost first.
  SmallVector<unsigned> kPlaces;
  Values batchRanges, batch;
  Value group, rowBegin, rowEnd;
  bool isAhead = false;
  /// Where a tile that does not fit the result is put before its elements are copied.
  Value scratch;
};

} // namespace

MatmulEmitter::MatmulEmitter(OpBuilder &builder, rt::MatmulOp op, const Target &target)
    : e(builder), op(op), dot(e, op, target), numBatch(map(0).getNumDims() - 3), lanes(op.getPack().getLanes()),
      depth(op.getPack().getDepth()), result(cast<MemRefType>(op.getOut().getType()).getElementType()) {
  numRows = rangeOf(numBatch), numColumns = rangeOf(numBatch + 1);
  for (auto [place, expr] : llvm::enumerate(map(0).getResults()))
    if (expr.isFunctionOfDim(numBatch + 2))
      kPlaces.push_back(place);
  for (unsigned i = 0; i < numBatch; ++i)
    batchRanges.push_back(rangeOf(i));
  vectorsPerTile = std::min(lanes / kLanes, dot.vectors());
  rowsPerTile = dot.rows(vectorsPerTile);
  // Once for the kernel, not for each tile that the op may stand in.
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&op->getParentOfType<func::FuncOp>().getBody().front());
  scratch = memref::AllocaOp::create(e.b, e.loc, MemRefType::get({rowsPerTile, vectorsPerTile * kLanes}, result));
}

Value MatmulEmitter::rangeOf(unsigned dim) {
  AffineExpr expr = e.b.getAffineDimExpr(dim);
  for (auto [number, memref] : {std::make_pair(2, op.getOut()), std::make_pair(0, op.getLhs())})
    if (auto position = map(number).getResultPosition(expr))
      return e.dim(memref, *position);
  return e.index(1);
}

void MatmulEmitter::emit(Value begin, Value end) {
  e.loop(begin, end, 1, [&](Value item) {
    openItem(item);
    Value first = e.mul(group, lanes);
    if (vectorsPerTile * kLanes == lanes)
      return emitColumns(e.index(0));
    // Column tiles narrower than a group.
    Value width = e.min(e.index(lanes), e.sub(numColumns, first));
    e.loop(e.index(0), width, vectorsPerTile * kLanes, [&](Value column) { emitColumns(column); });
  });
}

void MatmulEmitter::emitWhole(ArrayRef<Operation *> followers) {
  ahead.emplace(e, op, followers);
  Value items = e.mul(e.ceilDiv(numRows, kMatmulRows), e.ceilDiv(numColumns, lanes));
  for (Value range : batchRanges)
    items = e.mul(items, range);
  emit(e.index(0), items);
}

/// Batches outermost, then column groups, then blocks of rows, so that a group stays in the cache.
void MatmulEmitter::openItem(Value item) {
  Value blocks = e.ceilDiv(numRows, kMatmulRows), groups = e.ceilDiv(numColumns, lanes);
  rowBegin = e.mul(e.rem(item, blocks), kMatmulRows);
  rowEnd = e.min(e.add(rowBegin, kMatmulRows), numRows);
  item = e.div(item, blocks);
  group = numBatch ? e.rem(item, groups) : item;
  item = numBatch ? e.div(item, groups) : item;
  batch.assign(numBatch, nullptr);
  for (unsigned i = numBatch; i-- > 0;) {
    batch[i] = i == 0 ? item : e.rem(item, batchRanges[i]);
    item = i == 0 ? item : e.div(item, batchRanges[i]);
  }
}

/// What whole tiles leave of `size`, a number or one of two, where they leave nothing but that or 0.
static std::optional<int64_t> restOf(Value size, int64_t tile) {
  if (auto known = getConstantIntValue(size))
    return *known % tile;
  auto choice = size.getDefiningOp<arith::SelectOp>();
  if (!choice)
    return std::nullopt;
  auto a = restOf(choice.getTrueValue(), tile), b = restOf(choice.getFalseValue(), tile);
  return a && b && (*a == 0 || *b == 0 || *a == *b) ? std::optional(*a | *b) : std::nullopt;
}

/// All rows of the block: full tiles, then the rest in one tile where its height is known, else in ever smaller ones.
void MatmulEmitter::emitColumns(Value column) {
  Value next = rowBegin;
  auto tiles = [&](int64_t rows) {
    Value stop = e.add(next, e.roundDown(e.sub(rowEnd, next), rows));
    e.loop(next, stop, rows, [&](Value row) { emitTile(row, column, rows); });
    next = stop;
  };
  tiles(rowsPerTile);
  std::optional<int64_t> rest = restOf(numRows, rowsPerTile);
  if (rest && kMatmulRows % rowsPerTile == 0) {
    if (*rest)
      e.ifThen(e.compare(arith::CmpIPredicate::ult, next, rowEnd), [&] { emitTile(next, column, *rest); });
    return;
  }
  for (int64_t rows : {4, 2, 1})
    if (rows < rowsPerTile)
      tiles(rows);
}

SmallVector<Value> MatmulEmitter::at(unsigned number, Value row, Value column, Value k) {
  Values dims(batch);
  dims.append({row, column, k});
  return e.applyUnsigned(map(number), dims);
}

void MatmulEmitter::emitTile(Value row, Value column, int64_t rows) {
  SmallVector<Values> left;
  Value first = op.getFirstRow() ? e.add(op.getFirstRow(), row) : row;
  for (int64_t i = 0; i < rows; ++i)
    left.push_back(at(0, e.add(first, i), e.index(0), e.index(0)));
  // A rest of a few rows, or a single one, reads weights as fast as they come.
  isAhead = ahead && rows == rowsPerTile;
  if (isAhead)
    ahead->openTile(row, rows);
  storeTile(row, column, sumOverK(left, column, {}, e.index(0), startValues(column, rows)), rows);
}

/// Sums start from zero, or from what makes an unsigned left operand signed again.
SmallVector<Value> MatmulEmitter::startValues(Value column, int64_t rows) {
  auto type = VectorType::get(kLanes, result);
  Values sums;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t v = 0; v < vectorsPerTile; ++v) {
      if (row > 0) {
        sums.push_back(sums[v]);
        continue;
      }
      if (!dot.startsFromSums()) {
        sums.push_back(e.zero(type));
        continue;
      }
      Values indices = at(1, e.index(0), e.index(0), e.index(0));
      indices.push_back(e.add(e.add(e.mul(group, lanes), column), v * kLanes));
      sums.push_back(vector::LoadOp::create(e.b, e.loc, type, op.getSums(), indices));
    }
  }
  return sums;
}

/// `count` elements of the left operand from `places` on (the indices that k gives), as the dot product wants them.
Value MatmulEmitter::loadLeft(ArrayRef<Value> row, ValueRange places, Value count) {
  Values indices(row);
  for (auto [place, index] : llvm::zip_equal(kPlaces, places))
    indices[place] = index;
  Type element = cast<MemRefType>(op.getLhs().getType()).getElementType();
  if (depth == 1)
    return memref::LoadOp::create(e.b, e.loc, op.getLhs(), indices);
  if (!count)
    return vector::LoadOp::create(e.b, e.loc, VectorType::get(depth, element), op.getLhs(), indices);
  // Fewer than a whole step: zeros beyond the end of the row.
  Values elements;
  for (int64_t i = 0; i < depth; ++i) {
    Value inside = e.compare(arith::CmpIPredicate::ult, e.index(i), count);
    auto loadElement = [&] {
      Values next(indices);
      next[kPlaces.back()] = e.add(places.back(), i);
      return Values{memref::LoadOp::create(e.b, e.loc, op.getLhs(), next)};
    };
    elements.push_back(e.select(inside, loadElement, [&] { return Values{e.zero(element)}; }).front());
  }
  return vector::FromElementsOp::create(e.b, e.loc, VectorType::get(depth, element), elements);
}

/// Step `number` of k: each vector of the right operand meets each row.
void MatmulEmitter::step(Values &sums, ArrayRef<Values> rows, Value column, ValueRange places, Value number,
                         Value count) {
  if (isAhead)
    ahead->step(number);
  Values indices = at(1, e.index(0), e.index(0), e.index(0));
  indices.append({group, number, Value()});
  auto type = VectorType::get(kLanes * depth, cast<MemRefType>(op.getRhs().getType()).getElementType());
  SmallVector<Values> right;
  for (int64_t v = 0; v < vectorsPerTile; ++v) {
    indices.back() = e.mul(e.add(column, v * kLanes), depth);
    right.push_back(dot.prepareRight(vector::LoadOp::create(e.b, e.loc, type, op.getRhs(), indices)));
  }
  for (auto [i, row] : llvm::enumerate(rows)) {
    Values left = dot.prepareLeft(loadLeft(row, places, count));
    for (int64_t v = 0; v < vectorsPerTile; ++v) {
      Value &sum = sums[i * vectorsPerTile + v];
      sum = dot.accumulate(sum, left, right[v]);
    }
  }
}

/// The outer dimensions of k are loops around the innermost one. `outerSteps` counts how often that was run through.
SmallVector<Value> MatmulEmitter::sumOverK(ArrayRef<Values> rows, Value column, ValueRange outer, Value outerSteps,
                                           Values sums) {
  if (outer.size() + 1 == kPlaces.size())
    return sumOverInnerK(rows, column, Values(outer), outerSteps, std::move(sums));
  Value size = e.dim(op.getLhs(), kPlaces[outer.size()]);
  return e.loop(e.index(0), size, 1, sums, [&](Value k, ValueRange carried) {
    Values places(outer);
    places.push_back(k);
    Value steps = e.add(e.b.createOrFold<arith::MulIOp>(e.loc, outerSteps, size), k);
    return sumOverK(rows, column, places, steps, Values(carried));
  });
}

/// Only where k is one dimension may its size be no multiple of the depth.
SmallVector<Value> MatmulEmitter::sumOverInnerK(ArrayRef<Values> rows, Value column, Values places, Value outerSteps,
                                                Values sums) {
  Value size = e.dim(op.getLhs(), kPlaces.back()), whole = e.roundDown(size, depth);
  Value before = e.b.createOrFold<arith::MulIOp>(e.loc, outerSteps, e.div(size, e.index(depth)));
  places.push_back({});
  auto run = [&](ValueRange carried, Value k, Value count) {
    Values next(carried);
    places.back() = k;
    step(next, rows, column, places, e.add(before, e.div(k, e.index(depth))), count);
    return next;
  };
  sums = e.loop(e.index(0), whole, depth, sums, [&](Value k, ValueRange carried) { return run(carried, k, nullptr); });
  if (depth == 1)
    return sums;
  Value rest = e.sub(size, whole);
  return e.select(
      e.compare(arith::CmpIPredicate::ne, rest, e.index(0)), [&] { return run(sums, whole, rest); },
      [&] { return sums; });
}

bool MatmulEmitter::storesVectors() {
  auto type = cast<MemRefType>(op.getOut().getType());
  return accessAlong(map(2), type, numBatch + 1) == Access::Contiguous;
}

void MatmulEmitter::storeTile(Value row, Value column, ValueRange sums, int64_t rows) {
  Value first = e.add(e.mul(group, lanes), column);
  if (!storesVectors())
    return storeElements(row, first, sums, rows);
  auto known = getConstantIntValue(numColumns);
  if (known && *known % (vectorsPerTile * kLanes) == 0)
    return storeVectors(row, first, sums, rows);
  Value fits = e.compare(arith::CmpIPredicate::ule, e.add(first, vectorsPerTile * kLanes), numColumns);
  e.ifThen(fits, [&] { storeVectors(row, first, sums, rows); }, [&] { storeElements(row, first, sums, rows); });
}

void MatmulEmitter::storeVectors(Value row, Value column, ValueRange sums, int64_t rows) {
  auto type = VectorType::get(kLanes, result);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t v = 0; v < vectorsPerTile; ++v) {
      Values indices = at(2, e.add(row, i), e.add(column, v * kLanes), e.index(0));
      Value sum = sums[i * vectorsPerTile + v];
      if (op.getAccumulate())
        sum = e.plus(vector::LoadOp::create(e.b, e.loc, type, op.getOut(), indices), sum);
      vector::StoreOp::create(e.b, e.loc, sum, op.getOut(), indices);
    }
  }
}

void MatmulEmitter::storeElements(Value row, Value column, ValueRange sums, int64_t rows) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t v = 0; v < vectorsPerTile; ++v)
      vector::StoreOp::create(e.b, e.loc, sums[i * vectorsPerTile + v], scratch,
                              ValueRange{e.index(i), e.index(v * kLanes)});
  Value width = e.min(e.index(vectorsPerTile * kLanes), e.sub(numColumns, column));
  e.loop(e.index(0), e.index(rows), 1, [&](Value i) {
    e.loop(e.index(0), width, 1, [&](Value j) {
      Values indices = at(2, e.add(row, i), e.add(column, j), e.index(0));
      Value sum = memref::LoadOp::create(e.b, e.loc, scratch, ValueRange{i, j});
      if (op.getAccumulate())
        sum = e.plus(memref::LoadOp::create(e.b, e.loc, op.getOut(), indices), sum);
      memref::StoreOp::create(e.b, e.loc, sum, op.getOut(), indices);
    });
  });
}

void codegen::emitMatmul(OpBuilder &builder, rt::MatmulOp op, const Target &target, Value begin, Value end) {
  MatmulEmitter(builder, op, target).emit(begin, end);
}

void codegen::emitWholeMatmul(OpBuilder &builder, rt::MatmulOp op, const Target &target,
                              ArrayRef<Operation *> followers) {
  MatmulEmitter(builder, op, target).emitWhole(followers);
}
