//===- ExpandSampling.cpp - sampling at places that are data -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"

#include <limits>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

//===----------------------------------------------------------------------===//
// AffineGrid
//===----------------------------------------------------------------------===//

/// The places of a grid over [-1, 1] in every dimension, last dimension first, then 1; times the matrix of each sample.
void expandAffineGrid(Expander &e) {
  Value theta = e.input(0);
  SmallVector<int64_t> size = e.constantInts(e.input(1), "size");
  if (e.hasFailed())
    return;
  int64_t spatial = int64_t(size.size()) - 2, count = 1;
  for (int64_t n : ArrayRef(size).drop_front(std::min<size_t>(size.size(), 2)))
    count = n >= 0 && n <= (1 << 22) && count <= (1 << 22) ? count * n : -1;
  if ((spatial != 2 && spatial != 3) || count < 0 || count > (1 << 22) || e.rank(theta) != 3) {
    e.error() << size.size() << " sizes and matrices of rank " << e.rank(theta)
              << " found, 4 or 5 sizes of up to 2^22 places and rank 3 were expected";
    return;
  }
  bool aligned = e.intOr("align_corners", 0) != 0;
  auto place = [&](int64_t i, int64_t n) {
    if (aligned)
      return n > 1 ? -1 + 2.0 * double(i) / double(n - 1) : -1.0;
    return (2 * double(i) + 1) / double(n) - 1;
  };
  SmallVector<double> grid;
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    for (int64_t axis = spatial - 1; axis >= 0; --axis) {
      grid.push_back(place(rest % size[2 + axis], size[2 + axis]));
      rest /= size[2 + axis];
    }
    grid.push_back(1);
  }
  Value places = e.reshape(e.numbers(grid, e.type(theta)), {count, spatial + 1});
  Value moved = e.matmul(places, e.transpose(theta, {0, 2, 1}));
  SmallVector<int64_t> shape(size.begin() + 2, size.end());
  shape.insert(shape.begin(), 0);
  shape.push_back(spatial);
  // The first dimension is copied; the others part the second one.
  e.result(0, e.reshape(moved, shape));
}

//===----------------------------------------------------------------------===//
// GridSample
//===----------------------------------------------------------------------===//

/// Along one dimension: the elements that count for a place, and how much.
struct Tap {
  Value index, weight;
};

class GridSample {
public:
  explicit GridSample(Expander &e)
      : e(e), x(e.input(0)), grid(e.input(1)), spatial(e.rank(e.input(0)) - 2), mode(e.textOr("mode", "linear")),
        padding(e.textOr("padding_mode", "zeros")), aligned(e.intOr("align_corners", 0) != 0) {
    if (mode == "bilinear" || mode == "bicubic")
      mode = mode == "bilinear" ? "linear" : "cubic";
  }

  void write() {
    if (spatial < 1 || spatial > 3 || e.rank(grid) != spatial + 2 ||
        !is_contained({"linear", "nearest", "cubic"}, mode) ||
        !is_contained({"zeros", "border", "reflection"}, padding)) {
      e.error() << "mode '" << mode << "', padding '" << padding << "' and a tensor of rank " << spatial + 2
                << " found, the standard's modes and a rank of 3 to 5, that of the grid, were expected";
      return;
    }
    // [batch, places..., channels], so that a tuple of indices picks all channels.
    SmallVector<int64_t> perm = {0}, back = {0, spatial + 1};
    for (int64_t i = 0; i < spatial; ++i) {
      perm.push_back(2 + i);
      back.push_back(1 + i);
    }
    perm.push_back(1);
    rows = e.transpose(x, perm);
    for (int64_t axis = 0; axis < spatial; ++axis)
      taps.push_back(tapsOf(axis));
    sum(0, {}, Value());
    e.result(0, e.transpose(total, back));
  }

private:
  Value number(double value) { return e.numberLike(value, grid); }

  /// x between low and high; beyond, mirrored there as often as needed.
  Value reflected(Value place, Value low, Value high) {
    Value range = e.sub(high, low), distance = e.op("Abs", e.sub(place, low));
    Value turns = e.op("Floor", e.div(distance, range));
    Value rest = e.sub(distance, e.mul(turns, range));
    Value half = e.mul(turns, number(0.5));
    Value isEven = e.op("Equal", {half, e.op("Floor", half)});
    return e.where(isEven, e.add(low, rest), e.sub(high, rest));
  }

  SmallVector<Tap> tapsOf(int64_t axis) {
    Value size = e.cast(e.sizeOf(x, 2 + axis), e.type(grid)), last = e.sub(size, number(1)), zero = number(0);
    Value low = aligned ? zero : number(-0.5), high = aligned ? last : e.sub(size, number(0.5));
    // The grid has the last dimension first.
    Value given = e.gather(grid, e.scalar(spatial - 1 - axis), spatial + 1);
    Value place = aligned ? e.mul(e.add(given, number(1)), e.mul(last, number(0.5)))
                          : e.mul(e.sub(e.mul(e.add(given, number(1)), size), number(1)), number(0.5));
    if (mode == "nearest")
      place = e.op("Round", place);
    if (padding == "border")
      place = e.op("Clip", {place, zero, last});
    else if (padding == "reflection")
      place = reflected(place, low, high);
    if (mode == "nearest")
      return {tapAt(place, Value(), low, high, last)};
    Value base = e.op("Floor", place), part = e.sub(place, base);
    SmallVector<Tap> made;
    for (auto [offset, weight] : enumerate(mode == "linear" ? linear(part) : cubic(part))) {
      double step = double(offset) - (mode == "linear" ? 0 : 1);
      made.push_back(tapAt(e.add(base, number(step)), weight, low, high, last));
    }
    return made;
  }

  SmallVector<Value> linear(Value part) { return {e.sub(number(1), part), part}; }

  SmallVector<Value> cubic(Value part) {
    constexpr double a = -0.75;
    auto polynomial = [&](Value d, double c3, double c2, double c1, double c0) {
      Value sum = e.add(e.mul(d, number(c3)), number(c2));
      return e.add(e.mul(e.add(e.mul(sum, d), number(c1)), d), number(c0));
    };
    Value rest = e.sub(number(1), part);
    auto near = [&](Value d) { return polynomial(d, a + 2, -(a + 3), 0, 1); };
    auto far = [&](Value d) { return polynomial(e.add(d, number(1)), a, -5 * a, 8 * a, -4 * a); };
    return {far(part), near(part), near(rest), far(rest)};
  }

  /// What lies outside counts as zero, or is the element at the edge, or the mirrored one.
  Tap tapAt(Value place, Value weight, Value low, Value high, Value last) {
    if (padding == "zeros") {
      Value inside = e.op("And", {e.op("GreaterOrEqual", {place, number(0)}), e.op("LessOrEqual", {place, last})});
      weight = e.where(inside, weight ? weight : number(1), number(0));
    } else if (padding == "reflection") {
      place = reflected(place, low, high);
    }
    Type index = IntegerType::get(e.node().loc.getContext(), 64);
    return {e.cast(e.op("Clip", {place, number(0), last}), index), weight};
  }

  /// Adds up the elements of all combinations of taps.
  void sum(int64_t axis, SmallVector<Value> indices, Value weight) {
    if (axis < spatial) {
      for (const Tap &tap : taps[axis]) {
        SmallVector<Value> longer = indices;
        longer.push_back(e.unsqueeze(tap.index, spatial + 1));
        Value product = weight && tap.weight ? e.mul(weight, tap.weight) : (weight ? weight : tap.weight);
        sum(axis + 1, longer, product);
      }
      return;
    }
    Value tuples = indices.size() == 1 ? indices.front() : e.concat(indices, spatial + 1);
    Value picked = e.op("GatherND", {rows, tuples}, e.attr("batch_dims", int64_t(1)));
    if (weight)
      picked = e.mul(picked, e.cast(e.unsqueeze(weight, spatial + 1), e.type(x)));
    total = total ? e.add(total, picked) : picked;
  }

  Expander &e;
  Value x, grid, rows, total;
  int64_t spatial;
  std::string mode, padding;
  bool aligned;
  SmallVector<SmallVector<Tap>> taps;
};

void expandGridSample(Expander &e) {
  GridSample(e).write();
}

constexpr NamedExpansion kExpansions[] = {
    {"AffineGrid", expandAffineGrid},
    {"GridSample", expandGridSample},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::samplingExpansions() {
  return kExpansions;
}
