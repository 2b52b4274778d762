//===- PlanBuffers.cpp - the rt-plan-buffers pass -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/rt/Rt.h"
#include "lib/Codegen/ArenaOrder.h"
#include "lib/Codegen/SizeExpr.h"
#include "rheobase/Codegen/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/MapVector.h"

namespace rheobase::codegen {
#define GEN_PASS_DEF_RTPLANBUFFERS
#include "rheobase/Codegen/Passes.h.inc"
} // namespace rheobase::codegen

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

namespace {

/// Buffers begin at multiples of this, and as much lies behind each.
constexpr int64_t kAlignment = 64;
/// What an open dimension is likely to be, more or less.
constexpr int64_t kCommonSize = 64;

struct PlanBuffers : codegen::impl::RtPlanBuffersBase<PlanBuffers> {
  void runOnOperation() override {
    for (auto program : getOperation().getOps<rt::ProgramOp>())
      if (failed(plan(program)))
        return signalPassFailure();
  }

  LogicalResult plan(rt::ProgramOp program);
};

} // namespace

/// Values of the open dimensions in calls that are likely: all of a common size, and each of them small beside the
/// others (one sample, one token).
static SmallVector<SmallVector<int64_t>> likelyCalls(ArrayRef<artifact::Symbol> symbols) {
  auto valueOf = [](const artifact::Symbol &symbol) {
    int64_t value = std::max(symbol.min, kCommonSize);
    return symbol.max > 0 ? std::min(value, symbol.max) : value;
  };
  SmallVector<SmallVector<int64_t>> calls{llvm::map_to_vector(symbols, valueOf)};
  constexpr size_t most = 6;
  for (size_t small = 0; small < symbols.size() && small < most; ++small) {
    calls.push_back(calls.front());
    calls.back()[small] = std::max<int64_t>(symbols[small].min, 1);
  }
  return calls;
}

/// The first and the last dispatch that needs each buffer; what is measured stays until the dispatch behind the
/// measure.
static llvm::MapVector<rt::BufferOp, ArenaBuffer> lifetimesOf(rt::ProgramOp program) {
  llvm::MapVector<rt::BufferOp, ArenaBuffer> lifetimes;
  int64_t number = 0;
  auto use = [&](Value value) {
    auto buffer = value.getDefiningOp<rt::BufferOp>();
    if (!buffer)
      return;
    auto [entry, isNew] = lifetimes.insert({buffer, {{}, number, number}});
    entry->second.last = number;
  };
  for (Operation &op : program.getBody().front()) {
    if (auto measure = dyn_cast<rt::MeasureBufferOp>(op))
      use(measure.getBuffer());
    auto dispatch = dyn_cast<rt::DispatchOp>(op);
    if (!dispatch)
      continue;
    llvm::for_each(dispatch.getBuffers(), use);
    ++number;
  }
  return lifetimes;
}

LogicalResult PlanBuffers::plan(rt::ProgramOp program) {
  auto symbols = programSymbols(program);
  if (failed(symbols))
    return failure();
  SizeExprs exprs(*symbols);
  SmallVector<SmallVector<int64_t>> calls = likelyCalls(*symbols);
  auto lifetimes = lifetimesOf(program);
  SmallVector<ArenaBuffer> buffers;
  for (auto &[op, buffer] : lifetimes) {
    rt::BufferOp sized = op;
    auto bytes = exprs.bytes(cast<RankedTensorType>(sized.getType()), sized.getDims());
    if (failed(bytes))
      return failure();
    // As the runtime places them, with what vector loops may touch behind a buffer.
    for (ArrayRef<int64_t> call : calls)
      buffer.bytes.push_back(llvm::alignTo(std::max<int64_t>(evaluate(*bytes, call), 0), kAlignment) + kAlignment);
    buffers.push_back(buffer);
  }
  Builder builder(&getContext());
  for (auto [slot, buffer] : llvm::enumerate(arenaOrder(buffers))) {
    rt::BufferOp op = lifetimes.begin()[buffer].first;
    op.setSlotAttr(builder.getI32IntegerAttr(static_cast<int32_t>(slot)));
  }
  for (auto buffer : llvm::make_early_inc_range(program.getBody().getOps<rt::BufferOp>()))
    if (buffer.use_empty())
      buffer.erase();
  return success();
}
