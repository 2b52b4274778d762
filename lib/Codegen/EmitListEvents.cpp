//===- EmitListEvents.cpp - where the spikes of each row are --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Emitter.h"
#include "lib/Codegen/Events.h"
#include "lib/Codegen/KernelEmitters.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// Spikes that are looked at in one step: a bit of a word for each.
static constexpr int64_t kWord = 64;

namespace {

/// Silent inputs cost a share of a comparison of 64 bytes; each spike costs a bit scan.
class EventLister {
public:
  EventLister(OpBuilder &builder, rt::ListEventsOp op)
      : e(builder), op(op), value(cast<MemRefType>(op.getValues().getType()).getElementType()) {}
  void emit(Value begin, Value end);

private:
  using Values = SmallVector<Value>;

  Values listWord(Value row, Value first, ValueRange list);
  Values append(Value row, Value place, ValueRange list);
  Value spikeAt(Value row, Value place);
  void store(Value row, Value entry, Value place, Value spike);
  Value fillUp(Value row, Value count);
  Value narrow(Value index) { return arith::IndexCastOp::create(e.b, e.loc, e.b.getI32Type(), index); }

  Emitter e;
  rt::ListEventsOp op;
  Type value;
};

} // namespace

/// A list under way is how many entries it has and the sum of their spikes.
void EventLister::emit(Value begin, Value end) {
  Value columns = e.dim(op.getSpikes(), 1), whole = e.roundDown(columns, kWord);
  e.loop(begin, end, 1, [&](Value row) {
    Values empty{e.index(0), e.zero(e.b.getI32Type())};
    Values list = e.loop(e.index(0), whole, kWord, empty,
                         [&](Value first, ValueRange carried) { return listWord(row, first, carried); });
    // An entry is written for every input of the rest, and kept where there is a spike.
    list = e.loop(whole, columns, 1, list, [&](Value place, ValueRange carried) {
      Values longer = append(row, place, carried);
      Value fires = e.compare(arith::CmpIPredicate::ne, spikeAt(row, place), e.zero(e.b.getI8Type()));
      longer[0] = arith::SelectOp::create(e.b, e.loc, fires, longer[0], carried[0]);
      return longer;
    });
    Value count = isa<FloatType>(value) ? list[0] : fillUp(row, list[0]);
    memref::StoreOp::create(e.b, e.loc, narrow(count), op.getHeads(), ValueRange{row, e.index(0)});
    memref::StoreOp::create(e.b, e.loc, list[1], op.getHeads(), ValueRange{row, e.index(1)});
  });
}

/// The spikes among 64 inputs, from the lowest bit of their word up.
SmallVector<Value> EventLister::listWord(Value row, Value first, ValueRange list) {
  auto bytes = VectorType::get(kWord, e.b.getI8Type());
  Type i64 = e.b.getI64Type();
  Value spikes = vector::LoadOp::create(e.b, e.loc, bytes, op.getSpikes(), ValueRange{row, first});
  Value fires = e.compare(arith::CmpIPredicate::ne, spikes, e.zero(bytes));
  Value word = vector::BitCastOp::create(e.b, e.loc, VectorType::get(1, i64), fires);
  Values state{vector::ExtractOp::create(e.b, e.loc, word, 0)};
  state.append(list.begin(), list.end());
  auto goesOn = [&](OpBuilder &, Location, ValueRange carried) {
    Value any = e.compare(arith::CmpIPredicate::ne, carried[0], e.zero(i64));
    scf::ConditionOp::create(e.b, e.loc, any, carried);
  };
  auto next = [&](OpBuilder &, Location, ValueRange carried) {
    Value bit = math::CountTrailingZerosOp::create(e.b, e.loc, carried[0]);
    Value place = e.add(first, arith::IndexCastOp::create(e.b, e.loc, e.b.getIndexType(), bit));
    Value one = arith::ConstantIntOp::create(e.b, e.loc, i64, 1);
    Values after{arith::AndIOp::create(e.b, e.loc, carried[0], arith::SubIOp::create(e.b, e.loc, carried[0], one))};
    after.append(append(row, place, carried.drop_front()));
    scf::YieldOp::create(e.b, e.loc, after);
  };
  auto loop = scf::WhileOp::create(e.b, e.loc, TypeRange(ValueRange(state)), state, goesOn, next);
  return Values(loop.getResults().drop_front());
}

Value EventLister::spikeAt(Value row, Value place) {
  return memref::LoadOp::create(e.b, e.loc, op.getSpikes(), ValueRange{row, place});
}

SmallVector<Value> EventLister::append(Value row, Value place, ValueRange list) {
  Value spike = spikeAt(row, place);
  store(row, list[0], place, spike);
  return {e.add(list[0], 1), e.plus(list[1], e.widen(spike, e.b.getI32Type(), op.getIsUnsigned()))};
}

void EventLister::store(Value row, Value entry, Value place, Value spike) {
  if (isa<FloatType>(value))
    spike = op.getIsUnsigned() ? arith::UIToFPOp::create(e.b, e.loc, value, spike).getResult()
                               : arith::SIToFPOp::create(e.b, e.loc, value, spike).getResult();
  memref::StoreOp::create(e.b, e.loc, narrow(place), op.getPlaces(), ValueRange{row, entry});
  memref::StoreOp::create(e.b, e.loc, spike, op.getValues(), ValueRange{row, entry});
}

Value EventLister::fillUp(Value row, Value count) {
  Value full = e.mul(e.ceilDiv(count, kListedBytes), kListedBytes);
  e.loop(count, full, 1, [&](Value entry) { store(row, entry, e.index(0), e.zero(e.b.getI8Type())); });
  return full;
}

void codegen::emitListEvents(OpBuilder &builder, rt::ListEventsOp op, Value begin, Value end) {
  EventLister(builder, op).emit(begin, end);
}
