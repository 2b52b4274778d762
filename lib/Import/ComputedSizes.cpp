//===- ComputedSizes.cpp - sizes that a model computes -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ComputedSizes.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

Value ComputedSizes::toInt64(Value value) {
  return e.cast(value, IntegerType::get(e.node().loc.getContext(), 64));
}

Value ComputedSizes::count(Value operand, StringRef name) {
  constexpr int64_t kLargest = int64_t(1) << 40;
  if (e.hasFailed())
    return Value();
  if (e.rank(operand) > 1 || (e.rank(operand) == 1 && e.knownSize(operand, 0) != 1)) {
    e.error() << "input '" << name << "' has " << e.print(e.dims(operand)) << " elements, one number was expected";
    return Value();
  }
  Value number = toInt64(operand);
  if (e.rank(operand) == 1)
    number = e.reshape(number, {});
  std::optional<SmallVector<int64_t>> known = e.knownInts(number);
  if (known && (known->front() < 0 || known->front() > kLargest)) {
    e.error() << "input '" << name << "' is " << known->front() << ", 0 to 2^40 was expected";
    return Value();
  }
  return e.measured(number);
}

Value ComputedSizes::fromFront(Value axes, int64_t rank) {
  Value wide = toInt64(axes);
  return e.where(isLess(wide, e.scalar(0)), e.add(wide, e.scalar(rank)), wide);
}

Value ComputedSizes::contains(Value axes, int64_t axis) {
  return e.op("Greater", {sum(toInt64(isEqual(axes, e.scalar(axis)))), e.scalar(0)});
}

Value ComputedSizes::numberFor(Value values, Value axes, int64_t axis, int64_t otherwise) {
  Value found = sum(e.where(isEqual(axes, e.scalar(axis)), values, e.scalar(0)));
  return e.where(contains(axes, axis), found, e.scalar(otherwise));
}

Value ComputedSizes::compact(Value vector, Value keep, int64_t count) {
  Value place = e.sub(e.op("CumSum", {toInt64(keep), e.scalar(0)}), e.scalar(1));
  Value wanted = e.unsqueeze(e.vector(to_vector(seq<int64_t>(0, count))), 1);
  Value hit = e.op("And", {keep, isEqual(place, wanted)});
  return e.reduce("ReduceSum", e.where(hit, vector, e.scalar(0)), 1, /*keepdims=*/false);
}

Value ComputedSizes::placesOf(Value bools) {
  Value ones = toInt64(bools), all = e.range(e.sizeOf(bools, 0));
  Value count = e.measured(sum(ones));
  // Every true element writes its place into the next slot; the others write into the one behind all.
  Value slot = e.where(bools, e.sub(e.op("CumSum", {ones, e.scalar(0)}), e.scalar(1)), count);
  Value empty = e.mul(e.range(e.add(count, e.scalar(1))), e.scalar(0));
  Value filled = e.op("ScatterND", {empty, e.unsqueeze(slot, 1), all});
  return e.gather(filled, e.range(count), 0);
}

Value ComputedSizes::places(Value count, Value start, Value step) {
  return e.add(e.mul(e.range(e.measured(max(count, e.scalar(0)))), step), start);
}

Value ComputedSizes::along(Value vector, int64_t axis, int64_t rank) {
  SmallVector<int64_t> others;
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      others.push_back(i);
  return others.empty() ? vector : e.unsqueeze(vector, others);
}

Value ComputedSizes::gatherOrFill(Value x, Value places, int64_t axis, Value fill) {
  Value size = e.sizeOf(x, axis), zero = e.scalar(0);
  Value isOutside = e.op("Or", {isLess(places, zero), e.op("GreaterOrEqual", {places, size})});
  Value picked = e.gather(x, clip(places, zero, e.sub(size, e.scalar(1))), axis);
  return e.where(along(isOutside, axis, e.rank(x)), fill, picked);
}
