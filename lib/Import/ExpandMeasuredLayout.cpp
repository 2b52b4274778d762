//===- ExpandMeasuredLayout.cpp - layouts whose sizes are computed ------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operators whose result has a shape that the elements of an operand say. The elements are brought into the form that
// says sizes alone (no -1, no bound behind the end), measured, and the operator is written with what is known then; or
// every axis is read at places that are computed.
//
//===----------------------------------------------------------------------===//

#include "ComputedSizes.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Elements of a shape operand that are sizes: what they say holds after all that the operator does with -1, 0 and 1.
SmallVector<SymExpr> sizesIn(Expander &e, Value shape) {
  SmallVector<SymExpr> sizes(e.partialContent(shape));
  for (SymExpr &size : sizes)
    if (!e.isAtLeast(size, 2) && !(size && !sym::asConstant(size) && e.isAtLeast(size, 1)))
      size = SymExpr();
  return sizes;
}

/// 0 copies a dimension, -1 takes what is left.
void expandReshape(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0), shape = e.input(1), zero = e.scalar(0), one = e.scalar(1);
  int64_t rank = e.size(shape, 0), copied = std::min(rank, e.rank(x));
  SmallVector<SymExpr> known = sizesIn(e, shape);
  if (e.intOr("allowzero", 0) == 0) {
    Value sizes = e.shapeOf(x, 0, copied);
    if (copied < rank)
      sizes = e.concat({sizes, e.vector(SmallVector<int64_t>(rank - copied, 0))}, 0);
    shape = e.where(c.isEqual(shape, zero), sizes, shape);
  }
  Value isOpen = c.isEqual(shape, e.scalar(-1));
  Value given = e.reduce("ReduceProd", e.where(isOpen, one, shape), 0, false);
  Value left = e.div(e.op("Size", x), c.max(given, one));
  Value target = e.measured(e.where(isOpen, left, shape), known);
  e.result(0, e.op("Reshape", {x, target}, e.attr("allowzero", int64_t(1))));
}

/// A vector of sizes with ones in front.
Value padded(Expander &e, Value sizes, int64_t missing) {
  return missing > 0 ? e.concat({e.vector(SmallVector<int64_t>(missing, 1)), sizes}, 0) : sizes;
}

/// What is 1 on one side has the size of the other. A dimension that is not known to be 1 is none that is repeated.
void expandExpand(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0), shape = e.input(1);
  int64_t own = e.rank(x), stated = e.size(shape, 0), rank = std::max(own, stated);
  Value sizes = padded(e, e.shapeOf(x), rank - own), wanted = padded(e, shape, rank - stated);
  SmallVector<SymExpr> known(rank);
  for (auto [i, dim] : enumerate(e.dims(x)))
    known[rank - own + i] = sym::asConstant(dim) == 1 ? SymExpr() : dim;
  Value one = e.scalar(1), target = e.where(c.isEqual(sizes, one), wanted, sizes);
  // A size of 1 is repeated, any other must be what is there: -1 is no size.
  Value fits = e.op("Or", {c.isEqual(wanted, target), c.isEqual(wanted, one)});
  e.result(0, e.expand(x, e.measured(e.where(fits, target, e.scalar(-1)), known)));
}

void expandConstantOfShape(Expander &e) {
  SmallVector<NamedAttribute> attributes(e.node().attributes.begin(), e.node().attributes.end());
  e.result(0, e.op("ConstantOfShape", e.measured(e.input(0), sizesIn(e, e.input(0))), attributes));
}

/// The dimensions but those in `axes`, which must be 1.
void expandSqueeze(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0);
  int64_t rank = e.rank(x), removed = e.size(e.input(1), 0);
  if (!e.hasFailed() && removed > rank) {
    e.error() << removed << " axes found, at most " << rank << " were expected";
    return;
  }
  Value axes = c.fromFront(e.input(1), rank);
  SmallVector<Value> keeps;
  for (int64_t i = 0; i < rank; ++i)
    keeps.push_back(c.toVector(e.op("Not", c.contains(axes, i))));
  if (rank == removed)
    return e.result(0, e.reshape(x, {}));
  Value sizes = c.compact(e.shapeOf(x), e.concat(keeps, 0), rank - removed);
  e.result(0, e.op("Reshape", {x, e.measured(sizes)}, e.attr("allowzero", int64_t(1))));
}

void expandUnsqueeze(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0), axes = e.input(1);
  int64_t rank = e.rank(x) + (e.rank(axes) == 0 ? 1 : e.size(axes, 0));
  if (e.rank(axes) == 0)
    axes = c.toVector(axes);
  axes = c.fromFront(axes, rank);
  SmallVector<Value> sizes;
  Value before = e.scalar(0);
  for (int64_t i = 0; i < rank && !e.hasFailed(); ++i) {
    Value isNew = c.contains(axes, i), size = e.scalar(1);
    if (e.rank(x) > 0)
      size = e.where(isNew, size, e.gather(e.shapeOf(x), c.clip(before, e.scalar(0), e.scalar(e.rank(x) - 1)), 0));
    before = e.where(isNew, before, e.add(before, e.scalar(1)));
    sizes.push_back(c.toVector(size));
  }
  e.result(0, e.op("Reshape", {x, e.measured(e.concat(sizes, 0))}, e.attr("allowzero", int64_t(1))));
}

//===----------------------------------------------------------------------===//
// Places along axes
//===----------------------------------------------------------------------===//

/// Lists of one number for each of some axes: those of an operand that may be absent, known or computed.
class PerAxis {
public:
  PerAxis(Expander &e, Value axes, int64_t rank, Value sizedLike, int64_t numbersPerAxis) : e(e), c(e) {
    if (!axes) {
      count = e.size(sizedLike, 0) / numbersPerAxis;
      for (int64_t i = 0; i < count; ++i)
        known.push_back(i);
    } else if (std::optional<SmallVector<int64_t>> numbers = e.knownInts(axes)) {
      for (int64_t axis : *numbers)
        known.push_back(e.axis(axis, rank));
      count = known.size();
    } else {
      computed = c.fromFront(axes, rank);
      count = e.size(axes, 0);
    }
  }

  bool has(int64_t axis) const { return computed || is_contained(known, axis); }
  /// The number for `axis` in part `part` of the list; an absent list, and an axis that is not in it, say `otherwise`.
  Value number(Value list, int64_t axis, int64_t otherwise, int64_t part = 0) {
    if (!list)
      return e.scalar(otherwise);
    Value wide = c.toInt64(list);
    if (!computed)
      return c.at(wide, part * count + (find(known, axis) - known.begin()));
    Value own = count == e.knownSize(list, 0) ? wide : e.slice(wide, 0, part * count, (part + 1) * count);
    return c.numberFor(own, computed, axis, otherwise);
  }

private:
  Expander &e;
  ComputedSizes c;
  int64_t count = 0;
  SmallVector<int64_t> known;
  Value computed;
};

/// The part of one axis: bounds count from the end where they are negative, and are held within the axis.
Value sliceAxis(Expander &e, Value x, int64_t axis, Value start, Value end, Value step) {
  ComputedSizes c(e);
  Value size = e.sizeOf(x, axis), zero = e.scalar(0), one = e.scalar(1), minusOne = e.scalar(-1);
  // A longer step reads no other elements than one that leads behind the end, and adds up without overflow.
  Value most = e.add(size, one);
  step = c.clip(step, e.op("Neg", most), most);
  Value isForward = e.op("Greater", {step, zero}), last = e.sub(size, one);
  auto bound = [&](Value given, Value leastBackward, Value mostBackward) {
    Value counted = e.where(c.isLess(given, zero), e.add(given, size), given);
    return e.where(isForward, c.clip(counted, zero, size), c.clip(counted, leastBackward, mostBackward));
  };
  Value from = bound(start, zero, last), to = bound(end, minusOne, last);
  Value distance = e.where(isForward, e.sub(to, from), e.sub(from, to));
  Value count = c.ceilDiv(c.max(distance, zero), c.max(e.op("Abs", step), one));
  return e.gather(x, c.places(e.op("Min", {count, size}), from, step), axis);
}

void expandSlice(Expander &e) {
  Value x = e.input(0);
  PerAxis axes(e, e.input(3), e.rank(x), e.input(1), 1);
  for (int64_t axis = 0; axis < e.rank(x) && !e.hasFailed(); ++axis)
    if (axes.has(axis))
      x = sliceAxis(e, x, axis, axes.number(e.input(1), axis, 0),
                    axes.number(e.input(2), axis, std::numeric_limits<int64_t>::max()),
                    axes.number(e.input(4), axis, 1));
  e.result(0, x);
}

/// Where an element behind the end of an axis of `size` elements is read.
Value reflected(Expander &e, Value place, Value size, StringRef mode) {
  ComputedSizes c(e);
  Value one = e.scalar(1), last = e.sub(size, one);
  if (mode == "edge")
    return c.clip(place, e.scalar(0), last);
  if (mode == "wrap")
    return e.op("Mod", {place, c.max(size, one)});
  Value period = c.max(e.mul(last, e.scalar(2)), one), within = e.op("Mod", {place, period});
  return e.op("Min", {within, e.sub(period, within)});
}

void expandPad(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0), pads = e.input(1), fill = e.input(2) ? e.input(2) : e.numberLike(0, x);
  std::string mode = e.textOr("mode", "constant");
  PerAxis axes(e, e.input(3), e.rank(x), pads, 2);
  for (int64_t axis = 0; axis < e.rank(x) && !e.hasFailed(); ++axis) {
    if (!axes.has(axis))
      continue;
    Value before = axes.number(pads, axis, 0, 0), after = axes.number(pads, axis, 0, 1), size = e.sizeOf(x, axis);
    Value places = c.places(e.add(e.add(before, size), after), e.op("Neg", before), e.scalar(1));
    x = mode == "constant" ? c.gatherOrFill(x, places, axis, fill)
                           : e.gather(x, reflected(e, places, size, mode), axis);
  }
  e.result(0, x);
}

void expandTile(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0), zero = e.scalar(0), one = e.scalar(1);
  for (int64_t axis = 0; axis < e.rank(x) && !e.hasFailed(); ++axis) {
    Value size = e.sizeOf(x, axis);
    Value places = c.places(e.mul(size, c.at(e.input(1), axis)), zero, one);
    x = e.gather(x, e.op("Mod", {places, c.max(size, one)}), axis);
  }
  e.result(0, x);
}

/// The middle of every axis, with zeros around it where it is too short.
void expandCenterCropPad(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0), two = e.scalar(2), one = e.scalar(1);
  SmallVector<int64_t> axes = to_vector(seq<int64_t>(0, e.rank(x)));
  if (std::optional<Expander::Ints> given = e.ints("axes"))
    axes.assign(given->begin(), given->end());
  for (size_t i = 0; i < axes.size() && !e.hasFailed(); ++i) {
    int64_t axis = e.axis(axes[i], e.rank(x));
    Value target = c.at(c.toInt64(e.input(1)), i), size = e.sizeOf(x, axis);
    Value cut = e.div(e.sub(size, target), two), added = e.div(e.sub(target, size), two);
    Value start = e.where(c.isLess(target, size), cut, e.op("Neg", added));
    x = c.gatherOrFill(x, c.places(target, start, one), axis, e.numberLike(0, x));
  }
  e.result(0, x);
}

void expandSplit(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0), start = e.scalar(0);
  int64_t axis = e.axis(e.intOr("axis", 0), e.rank(x));
  if (e.hasFailed())
    return;
  // The parts are all of the axis.
  e.measured(c.sum(e.input(1)), e.dims(x)[axis]);
  for (size_t i = 0; i < e.node().outputs.size() && !e.hasFailed(); ++i) {
    Value size = c.at(e.input(1), i);
    e.result(i, e.gather(x, c.places(size, start, e.scalar(1)), axis));
    start = e.add(start, size);
  }
}

//===----------------------------------------------------------------------===//
// Counts
//===----------------------------------------------------------------------===//

void expandTopK(Expander &e) {
  SmallVector<NamedAttribute> attributes(e.node().attributes.begin(), e.node().attributes.end());
  SmallVector<Value> made = e.ops("TopK", {e.input(0), e.measured(e.input(1))}, attributes, 2);
  e.result(0, made[0]);
  e.result(1, made[1]);
}

/// start + i * delta below limit.
void expandRange(Expander &e) {
  ComputedSizes c(e);
  Value start = e.input(0), delta = e.input(2), distance = e.sub(e.input(1), start);
  Value count;
  if (isa<FloatType>(e.type(start))) {
    count = c.max(c.toInt64(e.op("Ceil", e.div(distance, delta))), e.scalar(0));
  } else {
    Value isFalling = c.isLess(c.toInt64(delta), e.scalar(0));
    Value length = c.toInt64(e.where(isFalling, e.op("Neg", distance), distance));
    Value step = c.toInt64(e.op("Abs", delta)), one = e.scalar(1);
    count = c.ceilDiv(c.max(length, e.scalar(0)), c.max(step, one));
    // A step of nothing has no end: -1 is no size.
    count = e.where(c.isLess(step, one), e.scalar(-1), count);
  }
  Value i = e.cast(c.places(count, e.scalar(0), e.scalar(1)), e.type(start));
  e.result(0, e.add(start, e.mul(i, delta)));
}

/// Rows for which a condition holds; without an axis, elements.
void expandCompress(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0), condition = e.input(1);
  bool hasAxis = e.node().getInt("axis").has_value();
  int64_t axis = hasAxis ? e.axis(e.intOr("axis", 0), e.rank(x)) : 0;
  e.result(0, e.gather(hasAxis ? x : e.reshape(x, -1), c.placesOf(condition), axis));
}

constexpr MeasuredExpansion kExpansions[] = {
    {"CenterCropPad", {1}, expandCenterCropPad},
    {"Compress", {1}, expandCompress},
    {"ConstantOfShape", {0}, expandConstantOfShape},
    {"Expand", {1}, expandExpand},
    {"Pad", {1, 3}, expandPad},
    {"Range", {0, 1, 2}, expandRange},
    {"Reshape", {1}, expandReshape},
    {"Slice", {1, 2, 3, 4}, expandSlice},
    {"Split", {1}, expandSplit},
    {"Squeeze", {1}, expandSqueeze},
    {"Tile", {1}, expandTile},
    {"TopK", {1}, expandTopK},
    {"Unsqueeze", {1}, expandUnsqueeze},
};

} // namespace

ArrayRef<MeasuredExpansion> rheobase::measuredLayoutExpansions() {
  return kExpansions;
}
