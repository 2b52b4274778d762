//===- WindowReader.cpp - weights of windows by their indices -------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/WindowReader.h"

#include "lib/Codegen/Partition.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Bytes that a shuffle looks up in, and of the smallest register.
static constexpr int64_t kShuffled = 16;

WindowReader::WindowReader(Emitter &e, rt::PackedMatmulOp op, const Target &target)
    : e(e), book(op.getCodebook()), target(target),
      blocks(e.index(cast<MemRefType>(op.getWeights().getType()).getDimSize(1))), entries(typeOf(op).getDimSize(1)) {}

static VectorType bytesOf(Emitter &e, int64_t count) {
  return VectorType::get(count, e.b.getI8Type());
}

/// Each 16 bytes of the result are bytes of the table, those that the low four bits of the indices say; an index
/// below 128 is expected.
Value WindowReader::shuffled(Value table, Value indices) {
  int64_t width = target.registerLanes * rt::kQuad, all = cast<VectorType>(indices.getType()).getNumElements();
  StringRef name = width == kShuffled       ? "llvm.x86.ssse3.pshuf.b.128"
                   : width == 2 * kShuffled ? "llvm.x86.avx2.pshuf.b"
                                            : "llvm.x86.avx512.pshuf.b.512";
  Value copies =
      vector::BroadcastOp::create(e.b, e.loc, VectorType::get({width / kShuffled, kShuffled}, e.b.getI8Type()), table);
  copies = vector::ShapeCastOp::create(e.b, e.loc, bytesOf(e, width), copies);
  Value result = e.zero(bytesOf(e, all));
  for (int64_t first = 0; first < all; first += width) {
    Value part = vector::ExtractStridedSliceOp::create(e.b, e.loc, indices, ArrayRef<int64_t>(first),
                                                       ArrayRef<int64_t>(width), ArrayRef<int64_t>(1));
    Value found =
        LLVM::CallIntrinsicOp::create(e.b, e.loc, bytesOf(e, width), e.b.getStringAttr(name), ValueRange{copies, part})
            ->getResult(0);
    result =
        vector::InsertStridedSliceOp::create(e.b, e.loc, found, result, ArrayRef<int64_t>(first), ArrayRef<int64_t>(1));
  }
  return result;
}

Value WindowReader::looked(Value indices, Value block) {
  Value tap = e.div(block, blocks), result;
  auto type = cast<VectorType>(indices.getType());
  for (int64_t first = 0; first < entries; first += kShuffled) {
    Value table = vector::LoadOp::create(e.b, e.loc, bytesOf(e, kShuffled), book, ValueRange{tap, e.index(first)});
    Value found = shuffled(table, indices);
    if (!result) {
      result = found;
      continue;
    }
    Value least = arith::ConstantOp::create(
        e.b, e.loc, DenseElementsAttr::get(type, e.b.getI8IntegerAttr(static_cast<int8_t>(first))));
    Value isHere = e.compare(arith::CmpIPredicate::uge, indices, least);
    result = arith::SelectOp::create(e.b, e.loc, isHere, found, result);
  }
  return result;
}
