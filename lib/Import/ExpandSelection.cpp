//===- ExpandSelection.cpp - picking, placing and reordering elements -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ComputedSizes.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

void expandOneHot(Expander &e) {
  ComputedSizes c(e);
  Value values = e.input(2), indices = c.toInt64(e.input(0));
  if (e.rank(values) != 1) {
    e.error() << "values of rank " << e.rank(values) << " found, a vector of two was expected";
    return;
  }
  Value count = c.count(e.input(1), "depth");
  int64_t rank = e.rank(indices) + 1, axis = e.axis(e.intOr("axis", -1), rank);
  Value fromEnd = e.op("Less", {indices, e.scalar(0)});
  Value place = e.unsqueeze(e.where(fromEnd, e.add(indices, count), indices), axis);
  Value hit = e.op("Equal", {place, c.along(e.range(count), axis, rank)});
  e.result(0, e.where(hit, e.gather(values, e.scalar(1), 0), e.gather(values, e.scalar(0), 0)));
}

/// One where the maximum of the row is first reached.
void expandHardmax(Expander &e) {
  Value x = e.input(0);
  int64_t axis = e.axis(e.intOr("axis", -1), e.rank(x));
  Value first = e.op("ArgMax", x, {e.attr("axis", axis), e.attr("keepdims", int64_t(1))});
  Value hit = e.op("Equal", {first, ComputedSizes(e).along(e.range(e.sizeOf(x, axis)), axis, e.rank(x))});
  e.result(0, e.cast(hit, e.type(x)));
}

void expandCompress(Expander &e) {
  Value x = e.input(0);
  SmallVector<int64_t> kept;
  for (auto [i, keep] : enumerate(e.constantInts(e.input(1), "condition")))
    if (keep)
      kept.push_back(i);
  int64_t axis = 0;
  if (e.node().getInt("axis"))
    axis = e.axis(e.intOr("axis", 0), e.rank(x));
  else
    x = e.reshape(x, -1);
  e.result(0, e.gather(x, e.vector(kept), axis));
}

/// The coordinates of what is not zero, one row for each dimension.
void expandNonZero(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0);
  Value places = c.placesOf(e.reshape(e.cast(x, IntegerType::get(e.node().loc.getContext(), 1)), -1));
  SmallVector<Value> rows;
  for (int64_t axis = e.rank(x) - 1; axis >= 0 && !e.hasFailed(); --axis) {
    Value size = c.max(e.sizeOf(x, axis), e.scalar(1));
    rows.push_back(e.unsqueeze(e.op("Mod", {places, size}), 0));
    places = e.div(places, size);
  }
  std::reverse(rows.begin(), rows.end());
  // A scalar has no coordinates, but an element.
  if (e.rank(x) == 0)
    rows.push_back(c.toInt64(e.op("ConstantOfShape", e.concat({e.vector(0), e.shapeOf(places)}, 0))));
  e.result(0, e.concat(rows, 0));
}

/// Element t of a row of length n is read at n - 1 - t, behind the row's end at t.
void expandReverseSequence(Expander &e) {
  Value x = e.input(0), lengths = ComputedSizes(e).toInt64(e.input(1));
  int64_t time = e.intOr("time_axis", 0), batch = e.intOr("batch_axis", 1);
  if (e.rank(x) < 2 || time + batch != 1 || time < 0 || time > 1) {
    e.error() << "time axis " << time << " and batch axis " << batch << " of a tensor of rank " << e.rank(x)
              << " found, axes 0 and 1 of rank 2 or more were expected";
    return;
  }
  SmallVector<int64_t> swap = to_vector(seq<int64_t>(0, e.rank(x)));
  std::swap(swap[0], swap[1]);
  Value rows = time == 1 ? x : e.transpose(x, swap);
  Value t = e.range(e.sizeOf(rows, 1)), length = e.unsqueeze(lengths, 1);
  Value backwards = e.sub(e.sub(length, e.scalar(1)), t);
  Value place = e.where(e.op("Less", {t, length}), backwards, t);
  Value picked = e.op("GatherND", {rows, e.unsqueeze(place, 2)}, e.attr("batch_dims", int64_t(1)));
  e.result(0, time == 1 ? picked : e.transpose(picked, swap));
}

/// ScatterND with the index of every update in full.
Value scatterElements(Expander &e, Value data, Value indices, Value updates, int64_t axis, StringRef reduction) {
  int64_t rank = e.rank(data);
  if (e.rank(indices) != rank && !e.hasFailed())
    e.error() << "indices of rank " << e.rank(indices) << " for data of rank " << rank
              << " found, the same rank was expected";
  Value shape = e.shapeOf(indices);
  SmallVector<Value> components;
  for (int64_t i = 0; i < rank && !e.hasFailed(); ++i) {
    Value component = i == axis ? ComputedSizes(e).toInt64(indices)
                                : e.expand(ComputedSizes(e).along(e.range(e.sizeOf(indices, i)), i, rank), shape);
    components.push_back(e.unsqueeze(component, rank));
  }
  Value tuples = e.concat(components, rank);
  return e.op("ScatterND", {data, tuples, updates}, e.attr("reduction", reduction));
}

void expandScatterElements(Expander &e) {
  int64_t axis = e.axis(e.intOr("axis", 0), e.rank(e.input(0)));
  e.result(0, scatterElements(e, e.input(0), e.input(1), e.input(2), axis, e.textOr("reduction", "none")));
}

/// The update's rows go to their sequence's place on, around the end where the cache is circular.
void expandTensorScatter(Expander &e) {
  Value cache = e.input(0), update = e.input(1);
  int64_t rank = e.rank(cache), axis = e.axis(e.intOr("axis", -2), rank);
  Value place = ComputedSizes(e).along(e.range(e.sizeOf(update, axis)), axis, rank);
  if (e.input(2))
    place = e.add(place, ComputedSizes(e).along(ComputedSizes(e).toInt64(e.input(2)), 0, rank));
  if (e.textOr("mode", "linear") == "circular")
    place = e.op("Mod", {place, e.sizeOf(cache, axis)});
  e.result(0, scatterElements(e, cache, e.expand(place, e.shapeOf(update)), update, axis, "none"));
}

/// Values here are tensors: they are there, or they are not.
void expandOptionalHasElement(Expander &e) {
  e.result(0, e.number(e.input(0) ? 1 : 0, IntegerType::get(e.node().loc.getContext(), 1)));
}

void expandOptionalGetElement(Expander &e) {
  e.result(0, e.input(0) ? e.op("Identity", e.input(0)) : Value());
}

constexpr NamedExpansion kExpansions[] = {
    {"Compress", expandCompress},
    {"Hardmax", expandHardmax},
    {"NonZero", expandNonZero},
    {"OneHot", expandOneHot},
    {"OptionalGetElement", expandOptionalGetElement},
    {"OptionalHasElement", expandOptionalHasElement},
    {"ReverseSequence", expandReverseSequence},
    {"Scatter", expandScatterElements},
    {"ScatterElements", expandScatterElements},
    {"TensorScatter", expandTensorScatter},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::selectionExpansions() {
  return kExpansions;
}
