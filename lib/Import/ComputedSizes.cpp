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
  // A Gather counts from the end too, and says which index is outside.
  return e.gather(e.vector(to_vector(seq<int64_t>(0, rank))), toInt64(axes), 0);
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
  return e.add(e.mul(e.range(e.measured(count)), step), start);
}

Value ComputedSizes::along(Value vector, int64_t axis, int64_t rank) {
  SmallVector<int64_t> others;
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      others.push_back(i);
  return others.empty() ? vector : e.unsqueeze(vector, others);
}

Value ComputedSizes::gatherOrFill(Value x, Value places, int64_t axis, Value fill) {
  // What is outside is read from one element more, so that an axis without elements has one to read.
  SmallVector<Value> sizes;
  if (axis > 0)
    sizes.push_back(e.shapeOf(x, 0, axis));
  sizes.push_back(e.vector(1));
  if (axis + 1 < e.rank(x))
    sizes.push_back(e.shapeOf(x, axis + 1, e.rank(x)));
  Value behind = e.expand(fill, e.concat(sizes, 0)), size = e.sizeOf(x, axis);
  Value isOutside = e.op("Or", {isLess(places, e.scalar(0)), e.op("GreaterOrEqual", {places, size})});
  return e.gather(e.concat({x, behind}, axis), e.where(isOutside, size, places), axis);
}
