//===- RowTables.cpp - one row times all vectors of a codebook -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/RowTables.h"

#include "lib/Codegen/PackedBits.h"
#include "lib/Codegen/Partition.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Pairs of vectors in a word of 8 indices, and numbers of a pair's table.
static constexpr int64_t kPairs = 4, kPairNumbers = 2 * kLanes;
/// Bytes of tables on a thread's stack, the most.
static constexpr int64_t kMostBytes = 1 << 16;

static int64_t blocksOf(rt::PackedMatmulOp op) {
  return cast<MemRefType>(op.getWeights().getType()).getDimSize(1);
}

bool RowTables::areFor(rt::PackedMatmulOp op, const Target &target) {
  int64_t bytes = blocksOf(op) * kPairs * kPairNumbers * static_cast<int64_t>(sizeof(int16_t));
  return op.getTables() && target.hasVnni && target.registerLanes == kLanes && bytes <= kMostBytes;
}

static VectorType vectorOf(Emitter &e, int64_t count, unsigned width) {
  return VectorType::get(count, e.b.getIntegerType(width));
}

static Value intrinsic(Emitter &e, StringRef name, VectorType type, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(e.b, e.loc, type, e.b.getStringAttr(name), operands)->getResult(0);
}

static Value constant(Emitter &e, VectorType type, int64_t value) {
  return arith::ConstantOp::create(e.b, e.loc,
                                   DenseElementsAttr::get(type, e.b.getIntegerAttr(type.getElementType(), value)));
}

RowTables::RowTables(Emitter &e, rt::PackedMatmulOp op)
    : e(e), op(op), quads(cast<MemRefType>(op.getCodebook().getType()).getDimSize(0)) {
  OpBuilder::InsertionGuard guard(e.b);
  e.b.setInsertionPointToStart(&op->getParentOfType<func::FuncOp>().getBody().front());
  constexpr int64_t line = 64;
  tables = memref::AllocaOp::create(e.b, e.loc,
                                    MemRefType::get({blocksOf(op), kPairs, kPairNumbers}, e.b.getIntegerType(16)),
                                    ValueRange(), e.b.getI64IntegerAttr(line));
}

/// Four bytes of each of the 16 entries.
Value RowTables::entries(int64_t quad) {
  Value words = vector::LoadOp::create(e.b, e.loc, vectorOf(e, kLanes, rt::kWordBits), op.getCodebook(),
                                       ValueRange{e.index(quad), e.index(0)});
  return vector::BitCastOp::create(e.b, e.loc, vectorOf(e, kLanes * rt::kQuad, rt::kByteBits), words);
}

/// Unsigned bytes on the left times the entries.
Value RowTables::products(Value sums, Value left, int64_t quad) {
  return intrinsic(e, "llvm.x86.avx512.vpdpbusd.512", vectorOf(e, kLanes, rt::kWordBits), {sums, left, entries(quad)});
}

void RowTables::build(Value row) {
  VectorType words = vectorOf(e, kLanes, rt::kWordBits), bytes = vectorOf(e, kLanes * rt::kQuad, rt::kByteBits);
  // Inputs are moved up by 128 to be unsigned, which adds this to every sum.
  constexpr int64_t moved = 128;
  Value more = e.zero(words);
  for (int64_t quad = 0; quad < quads; ++quad)
    more = products(more, constant(e, bytes, -moved), quad);
  Value less = arith::SubIOp::create(e.b, e.loc, e.zero(words), more);
  e.loop(e.index(0), e.index(blocksOf(op)), 1, [&](Value block) {
    Value first = e.mul(block, 2 * kPairs * quads * rt::kQuad);
    for (int64_t vector = 0; vector < 2 * kPairs; ++vector) {
      Value sums = less;
      for (int64_t quad = 0; quad < quads; ++quad) {
        Value k = e.add(first, (vector * quads + quad) * rt::kQuad);
        Value four =
            vector::LoadOp::create(e.b, e.loc, vectorOf(e, rt::kQuad, rt::kByteBits), op.getLhs(), ValueRange{row, k});
        Value word = vector::ExtractOp::create(
            e.b, e.loc, vector::BitCastOp::create(e.b, e.loc, vectorOf(e, 1, rt::kWordBits), four), 0);
        Value up = arith::XOrIOp::create(e.b, e.loc, e.splat(word, kLanes),
                                         constant(e, words, static_cast<int32_t>(0x80808080)));
        sums = products(sums, vector::BitCastOp::create(e.b, e.loc, bytes, up), quad);
      }
      Value numbers = arith::TruncIOp::create(e.b, e.loc, vectorOf(e, kLanes, 16), sums);
      vector::StoreOp::create(e.b, e.loc, numbers, tables,
                              ValueRange{block, e.index(vector % kPairs), e.index(vector / kPairs * kLanes)});
    }
  });
}

Value RowTables::add(Value sums, Value words, Value block) {
  VectorType numbers = vectorOf(e, kPairNumbers, 16), wide = vectorOf(e, kLanes, rt::kWordBits);
  for (int64_t pair = 0; pair < kPairs; ++pair) {
    Value indices = words;
    if (pair > 0)
      indices = arith::ShRUIOp::create(e.b, e.loc, indices, constant(e, wide, pair * rt::kNibbleBits));
    // The upper half of a word looks into the second table of the pair.
    indices = arith::AndIOp::create(e.b, e.loc, indices, constant(e, wide, 0x000f000f));
    indices = arith::OrIOp::create(e.b, e.loc, indices, constant(e, wide, 0x00100000));
    Value table = vector::LoadOp::create(e.b, e.loc, numbers, tables, ValueRange{block, e.index(pair), e.index(0)});
    Value found = intrinsic(e, "llvm.x86.avx512.permvar.hi.512", numbers,
                            {table, vector::BitCastOp::create(e.b, e.loc, numbers, indices)});
    Value added = intrinsic(e, "llvm.x86.avx512.pmaddw.d.512", wide, {found, constant(e, numbers, 1)});
    sums = arith::AddIOp::create(e.b, e.loc, sums, added);
  }
  return sums;
}
