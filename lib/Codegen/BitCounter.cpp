//===- BitCounter.cpp - weights of one bit by planes of bits --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/BitCounter.h"

#include "lib/Codegen/Partition.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

static MemRefType leftOf(rt::PackedMatmulOp op) {
  return cast<MemRefType>(op.getLhs().getType());
}

bool BitCounter::isFor(rt::PackedMatmulOp op) {
  return leftOf(op).getElementType().isInteger(rt::kWordBits);
}

BitCounter::BitCounter(Emitter &e, rt::PackedMatmulOp op, const Target &target)
    : e(e), lhs(op.getLhs()),
      planes(leftOf(op).getDimSize(1) / cast<MemRefType>(op.getWeights().getType()).getDimSize(1)),
      countsWords(target.countsBits),
      bytesAdded(e, {rt::PackKind::Quads, e.b.getI32Type(), /*lhsUnsigned=*/true, /*rhsUnsigned=*/false, Shift::None},
                 target, /*fitsVnni=*/true) {}

Value BitCounter::add(Value sums, Value bytes, Value row, Value block) {
  Value columns = vector::BitCastOp::create(e.b, e.loc, VectorType::get(kLanes, e.b.getI32Type()), bytes);
  for (int64_t plane = 0; plane < planes; ++plane) {
    Value word = memref::LoadOp::create(e.b, e.loc, lhs, ValueRange{row, e.add(e.mul(block, planes), plane)});
    sums = addPlane(sums, arith::AndIOp::create(e.b, e.loc, columns, e.splat(word, kLanes)), plane);
  }
  return sums;
}

Value BitCounter::addPlane(Value sums, Value met, int64_t plane) {
  auto splat = [&](Type element, int64_t count, int64_t value) {
    auto type = VectorType::get(count, element);
    return arith::ConstantOp::create(e.b, e.loc, DenseElementsAttr::get(type, e.b.getIntegerAttr(element, value)));
  };
  if (countsWords) {
    Value counted = math::CtPopOp::create(e.b, e.loc, met);
    if (plane > 0)
      counted = arith::ShLIOp::create(e.b, e.loc, counted, splat(e.b.getI32Type(), kLanes, plane));
    return arith::AddIOp::create(e.b, e.loc, sums, counted);
  }
  auto bytes = VectorType::get(kLanes * rt::kQuad, e.b.getI8Type());
  Value counted = math::CtPopOp::create(e.b, e.loc, vector::BitCastOp::create(e.b, e.loc, bytes, met)),
        weight = splat(e.b.getI8Type(), rt::kQuad, int64_t(1) << plane);
  return bytesAdded.accumulate(sums, bytesAdded.prepareLeft(weight), bytesAdded.prepareRight(counted));
}
