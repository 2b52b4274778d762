//===- PlanBuffers.cpp - the rt-plan-buffers pass -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/rt/Rt.h"
#include "lib/Codegen/SizeExpr.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTPLANBUFFERS
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

struct Slot {
  int64_t bytes = 0;
  bool isFree = true;
};

/// Gives out slots: the free one that fits best, else the largest free one, which grows.
class SlotPool {
public:
  unsigned take(int64_t bytes) {
    Slot *best = nullptr;
    for (Slot &slot : slots)
      if (slot.isFree && (!best || isBetter(slot, *best, bytes)))
        best = &slot;
    if (!best)
      best = &slots.emplace_back();
    best->isFree = false;
    best->bytes = std::max(best->bytes, bytes);
    return best - slots.data();
  }
  void release(unsigned slot) { slots[slot].isFree = true; }

private:
  static bool isBetter(const Slot &a, const Slot &b, int64_t bytes) {
    bool fitsA = a.bytes >= bytes, fitsB = b.bytes >= bytes;
    if (fitsA != fitsB)
      return fitsA;
    return fitsA ? a.bytes < b.bytes : a.bytes > b.bytes;
  }

  SmallVector<Slot> slots;
};

struct PlanBuffers : codegen::impl::RtPlanBuffersBase<PlanBuffers> {
  void runOnOperation() override {
    for (auto program : getOperation().getOps<rt::ProgramOp>())
      if (failed(plan(program)))
        return signalPassFailure();
  }

  LogicalResult plan(rt::ProgramOp program);
};

} // namespace

/// A typical value of an open dimension, to compare buffers by.
static int64_t guess(const artifact::Symbol &symbol) {
  int64_t value = std::max<int64_t>(symbol.min, 64);
  return symbol.max > 0 ? std::min(value, symbol.max) : value;
}

LogicalResult PlanBuffers::plan(rt::ProgramOp program) {
  auto symbols = programSymbols(program);
  if (failed(symbols))
    return failure();
  SizeExprs exprs(*symbols);
  SmallVector<int64_t> guesses = llvm::map_to_vector(*symbols, guess);

  SmallVector<rt::DispatchOp> dispatches(program.getBody().getOps<rt::DispatchOp>());
  DenseMap<Value, unsigned> lastUse;
  for (auto [number, dispatch] : llvm::enumerate(dispatches))
    for (Value buffer : dispatch.getBuffers())
      lastUse[buffer] = number;

  int64_t before = 0;
  for (Operation &op : program.getBody().front()) {
    before += isa<rt::DispatchOp>(op);
    // What is measured stays until the dispatch behind the measure.
    if (auto measure = dyn_cast<rt::MeasureBufferOp>(op))
      lastUse[measure.getBuffer()] = std::max<int64_t>(lastUse.lookup(measure.getBuffer()), before);
  }

  SlotPool pool;
  Builder builder(&getContext());
  for (auto [number, dispatch] : llvm::enumerate(dispatches)) {
    SmallVector<rt::BufferOp> buffers;
    for (Value value : dispatch.getBuffers())
      if (auto buffer = value.getDefiningOp<rt::BufferOp>(); buffer && !llvm::is_contained(buffers, buffer))
        buffers.push_back(buffer);
    for (rt::BufferOp buffer : buffers) {
      if (buffer.getSlot())
        continue;
      auto bytes = exprs.bytes(cast<RankedTensorType>(buffer.getType()), buffer.getDims());
      if (failed(bytes))
        return failure();
      buffer.setSlotAttr(builder.getI32IntegerAttr(pool.take(evaluate(*bytes, guesses))));
    }
    for (rt::BufferOp buffer : buffers)
      if (lastUse[buffer] == number)
        pool.release(*buffer.getSlot());
  }
  for (auto buffer : llvm::make_early_inc_range(program.getBody().getOps<rt::BufferOp>()))
    if (buffer.use_empty())
      buffer.erase();
  return success();
}
