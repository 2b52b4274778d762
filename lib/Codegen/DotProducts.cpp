//===- DotProducts.cpp - one step of a dot product on each target ---------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/DotProducts.h"

#include "lib/Codegen/Partition.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

static DotOperands operandsOf(rt::MatmulOp op) {
  Shift shift = op.getLhsUnsigned() ? Shift::None : Shift::Left;
  return {op.getPack().getKind(), cast<MemRefType>(op.getOut().getType()).getElementType(), op.getLhsUnsigned(),
          op.getRhsUnsigned(), shift};
}

DotProducts::DotProducts(Emitter &e, rt::MatmulOp op, const Target &target)
    : DotProducts(e, operandsOf(op), target,
                  /*fitsVnni=*/!op.getRhsUnsigned() && (op.getLhsUnsigned() || op.getSums())) {}

DotProducts::DotProducts(Emitter &e, const DotOperands &operands, const Target &target, bool fitsVnni)
    : e(e), operands(operands), target(target) {
  switch (operands.kind) {
  case rt::PackKind::Singles:
    form = Form::Multiply;
    break;
  case rt::PackKind::Pairs:
    form = Form::Pairs;
    break;
  case rt::PackKind::Quads:
    form = target.hasVnni && fitsVnni ? Form::Vnni : Form::Quads;
    break;
  }
}

int64_t DotProducts::vectors() const {
  if (target.registerLanes < kLanes)
    return 1;
  return form == Form::Vnni || form == Form::Pairs ? 4 : 2;
}

int64_t DotProducts::rows(int64_t vectors) const {
  if (target.registerLanes < 8)
    return 2;
  if (target.registerLanes < kLanes)
    return form == Form::Multiply || form == Form::Vnni ? 6 : 4;
  return vectors >= 4 ? 6 : 12;
}

static VectorType vectorOf(Emitter &e, int64_t lanes, unsigned width) {
  return VectorType::get(lanes, e.b.getIntegerType(width));
}

static Value bitcast(Emitter &e, Value value, VectorType type) {
  return vector::BitCastOp::create(e.b, e.loc, type, value);
}

static Value constant(Emitter &e, VectorType type, int64_t value) {
  return arith::ConstantOp::create(e.b, e.loc,
                                   DenseElementsAttr::get(type, e.b.getIntegerAttr(type.getElementType(), value)));
}

/// One step of the left operand (32 bits) in all 16 lanes.
Value DotProducts::broadcastStep(Value loaded) {
  Value word = vector::ExtractOp::create(e.b, e.loc, bitcast(e, loaded, vectorOf(e, 1, 32)), 0);
  return e.splat(word, kLanes);
}

/// The even and the odd bytes of 16-bit words, widened to 16 bits: two operands for pairwise products.
SmallVector<Value> DotProducts::splitBytes(Value bytes, bool isUnsigned) {
  VectorType words = vectorOf(e, 2 * kLanes, 16);
  Value word = bitcast(e, bytes, words), eight = constant(e, words, 8);
  if (isUnsigned)
    return {arith::AndIOp::create(e.b, e.loc, word, constant(e, words, 255)),
            arith::ShRUIOp::create(e.b, e.loc, word, eight)};
  Value high = arith::ShLIOp::create(e.b, e.loc, word, eight);
  return {arith::ShRSIOp::create(e.b, e.loc, high, eight), arith::ShRSIOp::create(e.b, e.loc, word, eight)};
}

/// Signed bytes plus 128, unsigned.
Value DotProducts::movedUp(Value bytes) {
  VectorType words = vectorOf(e, kLanes, 32);
  Value moved =
      arith::XOrIOp::create(e.b, e.loc, bitcast(e, bytes, words), constant(e, words, static_cast<int32_t>(0x80808080)));
  return bitcast(e, moved, vectorOf(e, 4 * kLanes, 8));
}

SmallVector<Value> DotProducts::prepareRight(Value packed) {
  switch (form) {
  case Form::Multiply:
    return {e.widen(packed, operands.result, operands.rhsUnsigned)};
  case Form::Quads:
    return splitBytes(packed, operands.rhsUnsigned);
  case Form::Vnni:
    if (operands.shift == Shift::Right)
      return {movedUp(packed)};
    break;
  case Form::Pairs:
    break;
  }
  return {packed};
}

SmallVector<Value> DotProducts::prepareLeft(Value loaded) {
  if (form == Form::Multiply)
    return {e.splat(e.widen(loaded, operands.result, operands.lhsUnsigned), kLanes)};
  Value words = broadcastStep(loaded);
  if (form == Form::Quads)
    return splitBytes(words, operands.lhsUnsigned);
  if (form == Form::Pairs)
    return {bitcast(e, words, vectorOf(e, 2 * kLanes, 16))};
  Value bytes = bitcast(e, words, vectorOf(e, 4 * kLanes, 8));
  return {operands.shift == Shift::Left ? movedUp(bytes) : bytes};
}

/// pmaddwd, in as many registers as 16 lanes take.
Value DotProducts::perRegister(StringRef name, ValueRange operands) {
  int64_t width = target.registerLanes;
  VectorType type = vectorOf(e, width, 32);
  Value results = e.zero(vectorOf(e, kLanes, 32));
  for (int64_t first = 0; first < kLanes; first += width) {
    SmallVector<Value> parts;
    for (Value operand : operands) {
      int64_t perLane = cast<VectorType>(operand.getType()).getNumElements() / kLanes;
      parts.push_back(vector::ExtractStridedSliceOp::create(e.b, e.loc, operand, ArrayRef<int64_t>(perLane * first),
                                                            ArrayRef<int64_t>(perLane * width), ArrayRef<int64_t>(1)));
    }
    Value result = LLVM::CallIntrinsicOp::create(e.b, e.loc, type, e.b.getStringAttr(name), parts)->getResult(0);
    results = vector::InsertStridedSliceOp::create(e.b, e.loc, result, results, ArrayRef<int64_t>(first),
                                                   ArrayRef<int64_t>(1));
  }
  return results;
}

Value DotProducts::multiplyPairs(Value sum, Value left, Value right) {
  int64_t width = target.registerLanes;
  StringRef name = width == 4   ? "llvm.x86.sse2.pmadd.wd"
                   : width == 8 ? "llvm.x86.avx2.pmadd.wd"
                                : "llvm.x86.avx512.pmaddw.d.512";
  return arith::AddIOp::create(e.b, e.loc, sum, perRegister(name, {left, right}));
}

Value DotProducts::accumulate(Value sum, ValueRange left, ValueRange right) {
  if (form == Form::Vnni) {
    // The unsigned operand comes first.
    bool rightFirst = operands.shift == Shift::Right || operands.shift == Shift::Swapped;
    ValueRange first = rightFirst ? right : left, second = rightFirst ? left : right;
    // Where the target has AVX-VNNI only, LLVM chooses that form of the 256-bit one.
    StringRef name = target.registerLanes == 8 ? "llvm.x86.avx512.vpdpbusd.256" : "llvm.x86.avx512.vpdpbusd.512";
    return perRegister(name, {sum, first.front(), second.front()});
  }
  if (form == Form::Multiply) {
    if (isa<FloatType>(operands.result) && target.hasFma)
      return math::FmaOp::create(e.b, e.loc, left.front(), right.front(), sum);
    return e.plus(sum, e.times(left.front(), right.front()));
  }
  for (auto [a, b] : llvm::zip_equal(left, right))
    sum = multiplyPairs(sum, a, b);
  return sum;
}
