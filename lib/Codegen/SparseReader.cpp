//===- SparseReader.cpp - some weights of 4, at their places --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/SparseReader.h"

#include "lib/Codegen/CodebookReader.h"
#include "lib/Codegen/PackedBits.h"
#include "lib/Codegen/Partition.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Bits that say which of 4 rows a code is of, and what a shuffle of bytes makes 0 of.
static constexpr int64_t kPlaceBits = 2;
static constexpr uint32_t kNothing = 0x80;
/// 32-bit lanes of the narrowest registers that can be looked up in, and of the parts in which bytes are shuffled.
static constexpr int64_t kLookupLanes = 8, kPartLanes = 4;

static VectorType vectorOf(Emitter &e, int64_t lanes, unsigned width) {
  return VectorType::get(lanes, e.b.getIntegerType(width));
}

Value SparseReader::constant(ArrayRef<uint32_t> words) {
  SmallVector<int32_t> numbers(words.begin(), words.end());
  return arith::ConstantOp::create(e.b, e.loc,
                                   DenseElementsAttr::get(vectorOf(e, kLanes, 32), ArrayRef<int32_t>(numbers)));
}

static Value bitcast(Emitter &e, Value value, VectorType type) {
  return vector::BitCastOp::create(e.b, e.loc, type, value);
}

/// Bytes of 16 lanes by their numbers within 4 lanes, register by register.
Value SparseReader::shuffle(Value bytes, Value control) {
  int64_t width = target.registerLanes * rt::kQuad;
  StringRef name = target.registerLanes == kLanes ? "llvm.x86.avx512.pshuf.b.512" : "llvm.x86.avx2.pshuf.b";
  Value results = e.zero(vectorOf(e, kLanes * rt::kQuad, 8));
  for (int64_t first = 0; first < kLanes * rt::kQuad; first += width) {
    SmallVector<Value> parts;
    for (Value operand : {bytes, control})
      parts.push_back(vector::ExtractStridedSliceOp::create(e.b, e.loc, operand, ArrayRef<int64_t>(first),
                                                            ArrayRef<int64_t>(width), ArrayRef<int64_t>(1)));
    Value result =
        LLVM::CallIntrinsicOp::create(e.b, e.loc, vectorOf(e, width, 8), e.b.getStringAttr(name), parts)->getResult(0);
    results = vector::InsertStridedSliceOp::create(e.b, e.loc, result, results, ArrayRef<int64_t>(first),
                                                   ArrayRef<int64_t>(1));
  }
  return results;
}

/// The table has for each 4 bits of places, of which one kept code takes two, the bytes of a lane that go to its rows.
Value SparseReader::shuffled(Value stored, Value places, int64_t step) {
  int64_t firstByte = step % stepsOfStored() * kept;
  SmallVector<uint32_t> table, lanes;
  for (int64_t entry = 0; entry < kLanes; ++entry) {
    uint32_t word = kNothing * 0x01010101;
    for (int64_t j = 0; j < kept; ++j) {
      auto bit = static_cast<uint32_t>(8 * (entry >> (kPlaceBits * j) & 3));
      word = (word & ~(0xffU << bit)) | static_cast<uint32_t>(firstByte + j) << bit;
    }
    table.push_back(word);
    lanes.push_back(static_cast<uint32_t>(entry % kPartLanes * rt::kQuad) * 0x01010101);
  }
  Value control = arith::OrIOp::create(e.b, e.loc, lookedUp(e, target, constant(table), places), constant(lanes));
  return shuffle(stored, bitcast(e, control, vectorOf(e, kLanes * rt::kQuad, 8)));
}

/// Each stored byte by its own distance.
Value SparseReader::shifted(Value stored, Value places, int64_t step) {
  auto all = [&](uint32_t value) { return constant(SmallVector<uint32_t>(kLanes, value)); };
  Value words = bitcast(e, stored, vectorOf(e, kLanes, 32)), result;
  for (int64_t j = 0; j < kept; ++j) {
    auto from = static_cast<uint32_t>(8 * (step % stepsOfStored() * kept + j));
    Value code = arith::AndIOp::create(e.b, e.loc, arith::ShRUIOp::create(e.b, e.loc, words, all(from)), all(0xff));
    Value place = arith::ShRUIOp::create(e.b, e.loc, places, all(static_cast<uint32_t>(kPlaceBits * j)));
    place = arith::AndIOp::create(e.b, e.loc, place, all(3));
    Value distance = arith::ShLIOp::create(e.b, e.loc, place, all(3));
    Value moved = arith::ShLIOp::create(e.b, e.loc, code, distance);
    result = result ? arith::OrIOp::create(e.b, e.loc, result, moved).getResult() : moved;
  }
  return bitcast(e, result, vectorOf(e, kLanes * rt::kQuad, 8));
}

Value SparseReader::expanded(Value stored, Value places, int64_t step) {
  int64_t bit = step * kept * kPlaceBits;
  if (bit > 0)
    places =
        arith::ShRUIOp::create(e.b, e.loc, places, constant(SmallVector<uint32_t>(kLanes, static_cast<uint32_t>(bit))));
  Value bytes = target.registerLanes >= kLookupLanes ? shuffled(stored, places, step) : shifted(stored, places, step);
  int64_t middle = middleOf(bits);
  if (middle == 0)
    return bytes;
  Value words =
      arith::XOrIOp::create(e.b, e.loc, bitcast(e, bytes, vectorOf(e, kLanes, 32)),
                            constant(SmallVector<uint32_t>(kLanes, static_cast<uint32_t>(middle) * 0x01010101)));
  return bitcast(e, words, vectorOf(e, kLanes * rt::kQuad, 8));
}
