//===- CodebookReader.cpp - weights by their indices ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/CodebookReader.h"

#include "lib/Codegen/Partition.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Lanes of the registers that can be permuted by any indices.
static constexpr int64_t kWide = 16, kHalf = 8;

CodebookReader::CodebookReader(Emitter &e, rt::PackedMatmulOp op, const Target &target, DotProducts &dot)
    : e(e), weights(op.getWeights()), book(op.getCodebook()), target(target), dot(dot),
      bits(static_cast<int64_t>(op.getBits())), length(cast<MemRefType>(book.getType()).getDimSize(0) * rt::kQuad) {}

bool CodebookReader::isInRegisters() const {
  return bits == rt::kNibbleBits && target.registerLanes >= kHalf;
}

static VectorType wordsOf(Emitter &e, int64_t lanes = kLanes) {
  return VectorType::get(lanes, e.b.getI32Type());
}

static Value constant(Emitter &e, int64_t value, int64_t lanes = kLanes) {
  return arith::ConstantOp::create(
      e.b, e.loc, DenseElementsAttr::get(wordsOf(e, lanes), e.b.getI32IntegerAttr(static_cast<int32_t>(value))));
}

/// The words of 16 entries.
Value CodebookReader::table(int64_t quad) {
  return vector::LoadOp::create(e.b, e.loc, wordsOf(e), book, ValueRange{e.index(quad), e.index(0)});
}

static Value intrinsic(Emitter &e, StringRef name, VectorType type, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(e.b, e.loc, type, e.b.getStringAttr(name), operands)->getResult(0);
}

static Value part(Emitter &e, Value vector, int64_t first, int64_t count) {
  return vector::ExtractStridedSliceOp::create(e.b, e.loc, vector, ArrayRef<int64_t>(first), ArrayRef<int64_t>(count),
                                               ArrayRef<int64_t>(1));
}

Value codegen::lookedUp(Emitter &e, const Target &target, Value table, Value indices) {
  if (target.registerLanes == kWide)
    return intrinsic(e, "llvm.x86.avx512.permvar.si.512", wordsOf(e), {table, indices});
  Value results = e.zero(wordsOf(e)), low = part(e, table, 0, kHalf), high = part(e, table, kHalf, kHalf);
  for (int64_t first = 0; first < kLanes; first += kHalf) {
    Value lanes = part(e, indices, first, kHalf);
    auto of = [&](Value half) { return intrinsic(e, "llvm.x86.avx2.permd", wordsOf(e, kHalf), {half, lanes}); };
    Value bit = arith::AndIOp::create(e.b, e.loc, lanes, constant(e, kHalf, kHalf));
    Value isHigh = e.compare(arith::CmpIPredicate::ne, bit, e.zero(wordsOf(e, kHalf)));
    Value chosen = arith::SelectOp::create(e.b, e.loc, isHigh, of(high), of(low));
    results = vector::InsertStridedSliceOp::create(e.b, e.loc, chosen, results, ArrayRef<int64_t>(first),
                                                   ArrayRef<int64_t>(1));
  }
  return results;
}

/// Lane by lane: what targets have as one instruction takes longer than so many loads.
Value CodebookReader::gathered(int64_t quad, Value group, Value block, Value place, int64_t bit) {
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    Value at = e.add(place, lane * rt::kQuad + bit / rt::kByteBits);
    Value index = memref::LoadOp::create(e.b, e.loc, weights, ValueRange{group, block, at});
    if (bits < rt::kByteBits) {
      auto byte = [&](int64_t value) { return arith::ConstantIntOp::create(e.b, e.loc, e.b.getI8Type(), value); };
      index = arith::ShRUIOp::create(e.b, e.loc, index, byte(bit % rt::kByteBits));
      index = arith::AndIOp::create(e.b, e.loc, index, byte((int64_t(1) << bits) - 1));
    }
    Value entry = arith::IndexCastUIOp::create(e.b, e.loc, e.b.getIndexType(), index);
    lanes.push_back(memref::LoadOp::create(e.b, e.loc, book, ValueRange{e.index(quad), entry}));
  }
  return vector::FromElementsOp::create(e.b, e.loc, wordsOf(e), lanes);
}

Value CodebookReader::words(Value group, Value block, Value column) {
  VectorType bytes = VectorType::get(kLanes * rt::kQuad, e.b.getI8Type());
  Value loaded = vector::LoadOp::create(e.b, e.loc, bytes, weights, ValueRange{group, block, e.mul(column, rt::kQuad)});
  return vector::BitCastOp::create(e.b, e.loc, wordsOf(e), loaded);
}

SmallVector<Value> CodebookReader::right(Value group, Value block, Value column, int64_t step) {
  int64_t quads = length / rt::kQuad, quad = step % quads, bit = step / quads * bits;
  VectorType bytes = VectorType::get(kLanes * rt::kQuad, e.b.getI8Type());
  if (!isInRegisters()) {
    Value found = gathered(quad, group, block, e.mul(column, rt::kQuad), bit);
    return dot.prepareRight(vector::BitCastOp::create(e.b, e.loc, bytes, found));
  }
  Value indices = words(group, block, column);
  if (bit > 0)
    indices = arith::ShRUIOp::create(e.b, e.loc, indices, constant(e, bit));
  if (target.hasVnni) {
    // What makes bytes an operand of the instruction is done to the table, once.
    Value prepared = dot.prepareRight(vector::BitCastOp::create(e.b, e.loc, bytes, table(quad))).front();
    Value found = lookedUp(e, target, vector::BitCastOp::create(e.b, e.loc, wordsOf(e), prepared), indices);
    return {vector::BitCastOp::create(e.b, e.loc, bytes, found)};
  }
  return dot.prepareRight(vector::BitCastOp::create(e.b, e.loc, bytes, lookedUp(e, target, table(quad), indices)));
}
