//===- EmitPackedMatmul.cpp - products with packed weights in groups ------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/DotProducts.h"
#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/KernelEmitters.h"
#include "lib/Codegen/PackedBits.h"
#include "lib/Codegen/Partition.h"

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

  void emitColumns(Value column);
  void emitTile(Value row, Value column, int64_t rows);
  Values sumGroup(Value row, Value column, Value number, int64_t rows);
  void addBlock(Values &sums, Value row, Value column, Value block);
  Value unpack(Value block, int64_t step, Value column);
  Value loadLeft(Value row, Value block, int64_t step);
  Values scaled(Value row, Value column, Value number, ValueRange integers, ValueRange sums);
  Value added(Value row, Value first, Value number);
  Value loadRow(Value memref, Value number, Value first, Type element);
  void store(Value row, Value first, Value sum);

  VectorType vectorOf(Type element, int64_t count = kLanes) { return VectorType::get(count, element); }
  MemRefType typeOf(Value memref) { return cast<MemRefType>(memref.getType()); }

  Emitter e;
  rt::PackedMatmulOp op;
  unsigned bits;
  DotProducts dot;
  SmallVector<BitPart, 3> parts;
  int64_t lanes, groups, blocksOfGroup, numColumns, vectorsPerTile, rowsPerTile;
  Value group, rowBegin, rowEnd;
};

} // namespace

/// Codes of fewer than 8 bits are stored as numbers that are not negative, and fit either operand of a dot product of
/// unsigned by signed bytes.
static DotOperands operandsOf(rt::PackedMatmulOp op, Type sum) {
  bool isByte = op.getBits() == kByte;
  Shift signedLeft = isByte ? Shift::Right : Shift::Swapped;
  return {rt::PackKind::Quads, sum, op.getIsUnsigned(), /*rhsUnsigned=*/!isByte,
          op.getIsUnsigned() ? Shift::None : signedLeft};
}

PackedMatmulEmitter::PackedMatmulEmitter(OpBuilder &builder, rt::PackedMatmulOp op, const Target &target)
    : e(builder), op(op), bits(op.getBits()), dot(e, operandsOf(op, builder.getI32Type()), target, /*fitsVnni=*/true),
      parts(bitParts(bits)) {
  ArrayRef<int64_t> packed = typeOf(op.getWeights()).getShape();
  lanes = packed[2] / (static_cast<int64_t>(bits) * kStepRows);
  groups = typeOf(op.getScales()).getDimSize(0), blocksOfGroup = packed[1] / groups;
  numColumns = typeOf(op.getOut()).getDimSize(1);
  vectorsPerTile = std::min(lanes / kLanes, dot.vectors());
  rowsPerTile = dot.rows(vectorsPerTile);
}

void PackedMatmulEmitter::emit(Value begin, Value end) {
  Value rows = e.dim(op.getOut(), 0), blocks = e.ceilDiv(rows, kMatmulRows);
  e.loop(begin, end, 1, [&](Value item) {
    rowBegin = e.mul(e.rem(item, blocks), kMatmulRows), rowEnd = e.min(e.add(rowBegin, kMatmulRows), rows);
    group = e.div(item, blocks);
    int64_t width = vectorsPerTile * kLanes;
    if (width == lanes)
      return emitColumns(e.index(0));
    e.loop(e.index(0), e.index(lanes), width, [&](Value column) { emitColumns(column); });
  });
}

/// All rows of the block in ever smaller tiles.
void PackedMatmulEmitter::emitColumns(Value column) {
  Value next = rowBegin;
  for (int64_t rows : {rowsPerTile, int64_t(4), int64_t(1)}) {
    if (rows > rowsPerTile)
      continue;
    Value stop = e.add(next, e.roundDown(e.sub(rowEnd, next), rows));
    e.loop(next, stop, rows, [&](Value row) { emitTile(row, column, rows); });
    next = stop;
  }
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
  for (int64_t step = 0; step < kBlockSteps; ++step) {
    SmallVector<Values> right;
    for (int64_t v = 0; v < vectorsPerTile; ++v)
      right.push_back(dot.prepareRight(unpack(block, step, e.add(column, v * kLanes))));
    for (int64_t i = 0; i * vectorsPerTile < static_cast<int64_t>(sums.size()); ++i) {
      Values left = dot.prepareLeft(loadLeft(e.add(row, i), block, step));
      for (int64_t v = 0; v < vectorsPerTile; ++v) {
        Value &sum = sums[i * vectorsPerTile + v];
        sum = dot.accumulate(sum, left, right[v]);
      }
    }
  }
}

Value PackedMatmulEmitter::loadLeft(Value row, Value block, int64_t step) {
  Value k = e.add(e.mul(block, rt::kGroupUnit), step * kStepRows);
  return vector::LoadOp::create(e.b, e.loc, vectorOf(e.b.getI8Type(), kStepRows), op.getLhs(), ValueRange{row, k});
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
    Value loaded = vector::LoadOp::create(e.b, e.loc, bytes, op.getWeights(), ValueRange{group, block, place});
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

/// 16 elements of a row of scales or zeros, widened.
Value PackedMatmulEmitter::loadRow(Value memref, Value number, Value first, Type element) {
  Value row =
      vector::LoadOp::create(e.b, e.loc, vectorOf(typeOf(memref).getElementType()), memref, ValueRange{number, first});
  return e.widen(row, element, /*isUnsigned=*/true);
}

/// What the sums of a row have too much, because codes are not stored as what they mean: the sum of the row's inputs
/// times what was added to the weights; null where that is nothing.
Value PackedMatmulEmitter::added(Value row, Value first, Value number) {
  Type i32 = e.b.getI32Type();
  int64_t moved = bits == kByte && dot.startsFromLeftSum() ? int64_t(1) << (kByte - 1) : middleOf(bits);
  if (!op.getZeros() && moved == 0)
    return {};
  Value sum = memref::LoadOp::create(e.b, e.loc, op.getRowSums(), ValueRange{row, number});
  if (op.getZeros())
    return e.times(e.splat(sum, kLanes), loadRow(op.getZeros(), number, first, i32));
  return e.splat(e.times(sum, arith::ConstantIntOp::create(e.b, e.loc, i32, moved)), kLanes);
}

/// The f32 sums with a group's integer sums times its scales.
SmallVector<Value> PackedMatmulEmitter::scaled(Value row, Value column, Value number, ValueRange integers,
                                               ValueRange sums) {
  Type f32 = e.b.getF32Type();
  Value first = e.add(e.mul(group, lanes), column);
  Values scales, result;
  for (int64_t v = 0; v < vectorsPerTile; ++v)
    scales.push_back(loadRow(op.getScales(), number, e.add(first, v * kLanes), f32));
  for (auto [i, integer] : llvm::enumerate(integers)) {
    int64_t v = static_cast<int64_t>(i) % vectorsPerTile;
    Value exact = integer, current = e.add(row, static_cast<int64_t>(i) / vectorsPerTile);
    if (Value more = added(current, e.add(first, v * kLanes), number))
      exact = arith::SubIOp::create(e.b, e.loc, exact, more);
    Value number32 = arith::SIToFPOp::create(e.b, e.loc, vectorOf(f32), exact);
    result.push_back(e.plus(sums[i], e.times(number32, scales[v])));
  }
  return result;
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
