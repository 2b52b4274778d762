//===- EmitPackedMatmul.cpp - products with packed weights in groups ------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/BitCounter.h"
#include "lib/Codegen/CodebookReader.h"
#include "lib/Codegen/DotProducts.h"
#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/KernelEmitters.h"
#include "lib/Codegen/PackedBits.h"
#include "lib/Codegen/Partition.h"
#include "lib/Codegen/RowTables.h"
#include "lib/Codegen/SparseReader.h"
#include "lib/Codegen/WindowReader.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

constexpr unsigned kByte = 8;

/// Tiles of rows times vectors of 16 columns, as rt.matmul has them. The integer sums of a group stay in registers over
/// its blocks of 32 inputs, whose weights are unpacked a vector at a time, are freed of what storage added to the
/// weights, and go to the f32 sums, which are the tile's.
class PackedMatmulEmitter {
public:
  PackedMatmulEmitter(OpBuilder &builder, rt::PackedMatmulOp op, const Target &target);
  void emit(Value begin, Value end);

private:
  using Values = SmallVector<Value>;

  void emitRows();
  void overColumns(llvm::function_ref<void(Value)> body);
  void emitTile(Value row, Value column, int64_t rows);
  Values sumGroup(Value row, Value column, Value number, int64_t rows);
  void addBlock(Values &sums, Value row, Value column, Value block);
  void countBlock(Values &sums, Value row, Value column, Value block);
  Values prepareRight(Value block, int64_t step, Value column);
  Value loadBytes(Value block, Value place);
  bool addsByTables(int64_t rows) const { return tables && rows == 1; }
  Value unpack(Value block, int64_t step, Value column);
  Value unpackSparse(Value block, int64_t step, Value column);
  Value loadLeft(Value row, Value block, int64_t step);
  Values scaled(Value row, Value column, Value number, ValueRange integers, ValueRange sums);
  Value added(Value row, Value column, Value number);
  Value rowSum(Value row, Value number);
  Value times(Value scaled, Value row, Value number);
  Value loadRow(Value memref, Value number, Value column, Type element);
  void store(Value row, Value first, Value sum);

  /// Of each group: one of scales, and one of offsets where there are any.
  int64_t scaleRows() { return op.getHasOffsets() ? 2 : 1; }
  VectorType vectorOf(Type element, int64_t count = kLanes) { return VectorType::get(count, element); }
  MemRefType typeOf(Value memref) { return cast<MemRefType>(memref.getType()); }

  Emitter e;
  rt::PackedMatmulOp op;
  unsigned bits;
  DotProducts dot;
  SmallVector<BitPart, 3> parts;
  /// Where weights are looked up.
  std::optional<CodebookReader> codebook;
  /// Where they are taps of windows.
  std::optional<WindowReader> windows;
  /// Where some of each 4 weights are stored.
  std::optional<SparseReader> sparse;
  /// Where neither side is unpacked.
  std::optional<BitCounter> counter;
  /// For single rows.
  std::optional<RowTables> tables;
  int64_t stepsOfBlock = kBlockSteps;
  int64_t lanes, groups, blocksOfGroup, numColumns, vectorsPerTile, rowsPerTile;
  Value group, groupBegin, groupEnd, rowBegin, rowEnd;
};

} // namespace

/// Whether what is multiplied is a byte with a sign.
static bool isByte(rt::PackedMatmulOp op) {
  return op.getCodebook() || op.getBits() == kByte;
}

/// Codes of fewer than 8 bits are stored as numbers that are not negative, and fit either operand of a dot product of
/// unsigned by signed bytes.
static DotOperands operandsOf(rt::PackedMatmulOp op, Type sum) {
  Shift signedLeft = isByte(op) ? Shift::Right : Shift::Swapped;
  return {rt::PackKind::Quads, sum, op.getIsUnsigned(), /*rhsUnsigned=*/!isByte(op),
          op.getIsUnsigned() ? Shift::None : signedLeft};
}

PackedMatmulEmitter::PackedMatmulEmitter(OpBuilder &builder, rt::PackedMatmulOp op, const Target &target)
    : e(builder), op(op), bits(op.getBits()), dot(e, operandsOf(op, builder.getI32Type()), target, /*fitsVnni=*/true),
      parts(bitParts(bits)) {
  ArrayRef<int64_t> packed = typeOf(op.getWeights()).getShape();
  lanes = packed[2] / (static_cast<int64_t>(bits) * kStepRows);
  int64_t blocks = packed[1];
  if (WindowReader::isFor(op)) {
    windows.emplace(e, op, target);
    blocks *= rt::kWindowTaps;
  } else if (op.getCodebook()) {
    codebook.emplace(e, op, target, dot);
    stepsOfBlock = codebook->steps(), lanes = packed[2] / rt::kQuad;
    if (RowTables::areFor(op, target))
      tables.emplace(e, op);
  }
  if (rt::isSparse(op.getKept())) {
    sparse.emplace(e, op, target);
    stepsOfBlock = sparse->steps(), lanes = packed[2] / ((sparseVectors(bits) + 1) * kStepRows);
  }
  groups = typeOf(op.getScales()).getDimSize(1) / scaleRows(), blocksOfGroup = blocks / groups;
  numColumns = typeOf(op.getOut()).getDimSize(1);
  vectorsPerTile = std::min(lanes / kLanes, dot.vectors());
  rowsPerTile = dot.rows(vectorsPerTile);
  if (BitCounter::isFor(op)) {
    counter.emplace(e, op, target);
    rowsPerTile = std::min(rowsPerTile, BitCounter::kRows);
  }
}

void PackedMatmulEmitter::emit(Value begin, Value end) {
  Value rows = e.dim(op.getOut(), 0), blocks = e.ceilDiv(rows, kMatmulRows);
  int64_t columnGroups = typeOf(op.getWeights()).getDimSize(0);
  e.loop(begin, end, 1, [&](Value item) {
    rowBegin = e.mul(e.rem(item, blocks), kMatmulRows), rowEnd = e.min(e.add(rowBegin, kMatmulRows), rows);
    groupBegin = e.div(item, blocks), groupEnd = e.add(groupBegin, 1);
    if (op.getTables()) {
      groupBegin = e.mul(groupBegin, kTableGroups);
      groupEnd = e.min(e.add(groupBegin, kTableGroups), e.index(columnGroups));
    }
    emitRows();
  });
}

/// All rows of the block in ever smaller tiles.
void PackedMatmulEmitter::emitRows() {
  Value next = rowBegin;
  int64_t last = rowsPerTile + 1;
  for (int64_t rows : {rowsPerTile, int64_t(4), int64_t(1)}) {
    if (rows >= last)
      continue;
    last = rows;
    Value stop = e.add(next, e.roundDown(e.sub(rowEnd, next), rows));
    if (rows == 1 && tables)
      e.loop(next, stop, 1, [&](Value row) {
        tables->build(row);
        overColumns([&](Value column) { emitTile(row, column, 1); });
      });
    else
      overColumns([&](Value column) { e.loop(next, stop, rows, [&](Value row) { emitTile(row, column, rows); }); });
    next = stop;
  }
}

/// The tiles in the groups of columns of the work item.
void PackedMatmulEmitter::overColumns(llvm::function_ref<void(Value)> body) {
  auto columns = [&](Value number) {
    group = number;
    int64_t width = vectorsPerTile * kLanes;
    if (width == lanes)
      return body(e.index(0));
    e.loop(e.index(0), e.index(lanes), width, body);
  };
  if (op.getTables())
    e.loop(groupBegin, groupEnd, 1, columns);
  else
    columns(groupBegin);
}

void PackedMatmulEmitter::emitTile(Value row, Value column, int64_t rows) {
  Values zeros(rows * vectorsPerTile, e.zero(vectorOf(e.b.getF32Type())));
  Values sums = e.loop(e.index(0), e.index(groups), 1, zeros, [&](Value number, ValueRange carried) {
    return scaled(row, column, number, sumGroup(row, column, number, rows), carried);
  });
  Value first = e.add(e.mul(group, lanes), column);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t v = 0; v < vectorsPerTile; ++v)
      store(e.add(row, i), e.add(first, v * kLanes), sums[i * vectorsPerTile + v]);
}

SmallVector<Value> PackedMatmulEmitter::sumGroup(Value row, Value column, Value number, int64_t rows) {
  Values sums(rows * vectorsPerTile, e.zero(vectorOf(e.b.getI32Type())));
  Value from = e.mul(number, blocksOfGroup);
  if (blocksOfGroup == 1) {
    addBlock(sums, row, column, from);
    return sums;
  }
  return e.loop(from, e.add(from, blocksOfGroup), 1, sums, [&](Value block, ValueRange carried) {
    Values next(carried);
    addBlock(next, row, column, block);
    return next;
  });
}

void PackedMatmulEmitter::addBlock(Values &sums, Value row, Value column, Value block) {
  if (addsByTables(static_cast<int64_t>(sums.size()) / vectorsPerTile)) {
    for (auto [v, sum] : llvm::enumerate(sums))
      sum = tables->add(sum, codebook->words(group, block, e.add(column, static_cast<int64_t>(v) * kLanes)), block);
    return;
  }
  if (counter)
    return countBlock(sums, row, column, block);
  for (int64_t step = 0; step < stepsOfBlock; ++step) {
    SmallVector<Values> right;
    for (int64_t v = 0; v < vectorsPerTile; ++v)
      right.push_back(prepareRight(block, step, e.add(column, v * kLanes)));
    for (int64_t i = 0; i * vectorsPerTile < static_cast<int64_t>(sums.size()); ++i) {
      Values left = dot.prepareLeft(loadLeft(e.add(row, i), block, step));
      for (int64_t v = 0; v < vectorsPerTile; ++v) {
        Value &sum = sums[i * vectorsPerTile + v];
        sum = dot.accumulate(sum, left, right[v]);
      }
    }
  }
}

/// Of one bit each, the weights of a block are a vector of words for 16 columns.
void PackedMatmulEmitter::countBlock(Values &sums, Value row, Value column, Value block) {
  Values columns;
  for (int64_t v = 0; v < vectorsPerTile; ++v)
    columns.push_back(loadBytes(block, e.mul(e.add(column, v * kLanes), kStepRows)));
  for (auto [i, sum] : llvm::enumerate(sums)) {
    auto number = static_cast<int64_t>(i);
    sum = counter->add(sum, columns[number % vectorsPerTile], e.add(row, number / vectorsPerTile), block);
  }
}

Value PackedMatmulEmitter::loadLeft(Value row, Value block, int64_t step) {
  Value k = e.add(e.mul(block, stepsOfBlock * kStepRows), step * kStepRows);
  return vector::LoadOp::create(e.b, e.loc, vectorOf(e.b.getI8Type(), kStepRows), op.getLhs(), ValueRange{row, k});
}

/// What 16 columns and 4 rows are multiplied with.
SmallVector<Value> PackedMatmulEmitter::prepareRight(Value block, int64_t step, Value column) {
  if (windows)
    return dot.prepareRight(windows->looked(unpack(windows->stored(block), step, column), block));
  if (!codebook)
    return dot.prepareRight(sparse ? unpackSparse(block, step, column) : unpack(block, step, column));
  return codebook->right(group, block, column, step);
}

Value PackedMatmulEmitter::loadBytes(Value block, Value place) {
  return vector::LoadOp::create(e.b, e.loc, vectorOf(e.b.getI8Type(), kLanes * kStepRows), op.getWeights(),
                                ValueRange{group, block, place});
}

/// The codes of 16 columns and 4 rows, a byte each: the bits of each part brought to their place.
Value PackedMatmulEmitter::unpack(Value block, int64_t step, Value column) {
  VectorType bytes = vectorOf(e.b.getI8Type(), kLanes * kStepRows), words = vectorOf(e.b.getI32Type());
  auto constant = [&](uint32_t value) {
    return arith::ConstantOp::create(e.b, e.loc,
                                     DenseElementsAttr::get(words, e.b.getI32IntegerAttr(static_cast<int32_t>(value))));
  };
  Value codes;
  for (const BitPart &part : parts) {
    Value place = e.add(e.mul(column, kStepRows), part.vectorOf(step) * lanes * kStepRows);
    Value loaded = loadBytes(block, place);
    if (part.width == kByte)
      return loaded;
    Value word = vector::BitCastOp::create(e.b, e.loc, words, loaded);
    unsigned bit = part.bitOf(step);
    if (bit > part.shift)
      word = arith::ShRUIOp::create(e.b, e.loc, word, constant(bit - part.shift));
    else if (bit < part.shift)
      word = arith::ShLIOp::create(e.b, e.loc, word, constant(part.shift - bit));
    constexpr uint32_t everyByte = 0x01010101;
    word = arith::AndIOp::create(e.b, e.loc, word, constant((((1U << part.width) - 1) << part.shift) * everyByte));
    codes = codes ? arith::OrIOp::create(e.b, e.loc, codes, word).getResult() : word;
  }
  return vector::BitCastOp::create(e.b, e.loc, bytes, codes);
}

/// The same where some of 4 rows are stored: parts of powers of two, which stored codes have, are one.
Value PackedMatmulEmitter::unpackSparse(Value block, int64_t step, Value column) {
  Value stored = unpack(block, step / sparse->stepsOfStored(), column);
  Value loaded = loadBytes(block, e.add(e.mul(column, kStepRows), sparseVectors(bits) * lanes * kStepRows));
  Value places = vector::BitCastOp::create(e.b, e.loc, vectorOf(e.b.getI32Type()), loaded);
  return sparse->expanded(stored, places, step);
}

/// 16 elements of a row of scales or zeros, widened.
Value PackedMatmulEmitter::loadRow(Value memref, Value number, Value column, Type element) {
  Value row = vector::LoadOp::create(e.b, e.loc, vectorOf(typeOf(memref).getElementType()), memref,
                                     ValueRange{group, number, column});
  return e.widen(row, element, /*isUnsigned=*/true);
}

/// What the sums of a row have too much, because codes are not stored as what they mean: the sum of the row's inputs
/// times what was added to the weights; null where that is nothing.
Value PackedMatmulEmitter::added(Value row, Value column, Value number) {
  Type i32 = e.b.getI32Type();
  int64_t moved = op.getHasOffsets() ? 0 : middleOf(bits);
  if (isByte(op))
    moved = dot.startsFromLeftSum() ? int64_t(1) << (kByte - 1) : 0;
  // Twice as much is in twice the sum, which lacks the 1 of 2 q + 1.
  if (op.getOdd())
    moved = 2 * moved - 1;
  if (!op.getZeros() && moved == 0)
    return {};
  Value sum = memref::LoadOp::create(e.b, e.loc, op.getRowSums(), ValueRange{row, number});
  if (op.getZeros())
    return e.times(e.splat(sum, kLanes), loadRow(op.getZeros(), number, column, i32));
  return e.splat(e.times(sum, arith::ConstantIntOp::create(e.b, e.loc, i32, moved)), kLanes);
}

/// The f32 sums with a group's integer sums times its scales, and the sum of the row's inputs times its offsets.
SmallVector<Value> PackedMatmulEmitter::scaled(Value row, Value column, Value number, ValueRange integers,
                                               ValueRange sums) {
  Type f32 = e.b.getF32Type();
  Values scales, offsets, result;
  Value scaleRow = e.mul(number, scaleRows());
  for (int64_t v = 0; v < vectorsPerTile; ++v) {
    Value place = e.add(column, v * kLanes);
    scales.push_back(loadRow(op.getScales(), scaleRow, place, f32));
    if (op.getHasOffsets())
      offsets.push_back(loadRow(op.getScales(), e.add(scaleRow, 1), place, f32));
  }
  for (auto [i, integer] : llvm::enumerate(integers)) {
    int64_t v = static_cast<int64_t>(i) % vectorsPerTile;
    // A code q stands for itself, or for 2 q + 1.
    Value exact = op.getOdd() ? e.plus(integer, integer) : Value(integer),
          current = e.add(row, static_cast<int64_t>(i) / vectorsPerTile);
    bool isExact = addsByTables(static_cast<int64_t>(integers.size()) / vectorsPerTile);
    if (Value more = isExact ? Value() : added(current, e.add(column, v * kLanes), number))
      exact = arith::SubIOp::create(e.b, e.loc, exact, more);
    Value number32 = arith::SIToFPOp::create(e.b, e.loc, vectorOf(f32), exact);
    Value sum = e.plus(sums[i], times(e.times(number32, scales[v]), current, number));
    if (op.getHasOffsets())
      sum = e.plus(sum, times(e.times(rowSum(current, number), offsets[v]), current, number));
    result.push_back(sum);
  }
  return result;
}

/// The sum of a row's inputs of a group, as a number for each column.
Value PackedMatmulEmitter::rowSum(Value row, Value number) {
  Value sum = memref::LoadOp::create(e.b, e.loc, op.getRowSums(), ValueRange{row, number});
  return e.splat(arith::SIToFPOp::create(e.b, e.loc, e.b.getF32Type(), sum), kLanes);
}

/// Times the step that the row has for the group, where it has one.
Value PackedMatmulEmitter::times(Value scaled, Value row, Value number) {
  if (!op.getSteps())
    return scaled;
  Value step = memref::LoadOp::create(e.b, e.loc, op.getSteps(), ValueRange{row, number});
  return e.times(scaled, e.splat(step, kLanes));
}

/// As many of 16 sums as the result has columns.
void PackedMatmulEmitter::store(Value row, Value first, Value sum) {
  auto whole = [&] { vector::StoreOp::create(e.b, e.loc, sum, op.getOut(), ValueRange{row, first}); };
  if (numColumns % lanes == 0)
    return whole();
  auto some = [&] {
    for (int64_t i = 0; i < numColumns % kLanes; ++i)
      memref::StoreOp::create(e.b, e.loc, vector::ExtractOp::create(e.b, e.loc, sum, i), op.getOut(),
                              ValueRange{row, e.add(first, i)});
  };
  Value fits = e.compare(arith::CmpIPredicate::ule, e.add(first, kLanes), e.index(numColumns));
  Value begins = e.compare(arith::CmpIPredicate::ult, first, e.index(numColumns));
  e.ifThen(fits, whole, [&] { e.ifThen(begins, some); });
}

void codegen::emitPackedMatmul(OpBuilder &builder, rt::PackedMatmulOp op, const Target &target, Value begin,
                               Value end) {
  PackedMatmulEmitter(builder, op, target).emit(begin, end);
}
