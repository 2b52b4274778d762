//===- ExpandMeasuredReductions.cpp - reductions over axes that are computed ---------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every axis is reduced, and the tensor goes on reduced or as it was: a computed axis says which. What an operator does
// with the elements before and with the sums behind is done once.
//
//===----------------------------------------------------------------------===//

#include "ComputedSizes.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

/// An operator as another that can be done axis by axis, with elementwise operators around it; empty is none.
struct Stages {
  StringLiteral op, before, core, after;
};
constexpr StringLiteral kSquare = "square";
constexpr Stages kStages[] = {
    {"ReduceL1", "Abs", "ReduceSum", ""},     {"ReduceL2", kSquare, "ReduceSum", "Sqrt"},
    {"ReduceLogSum", "", "ReduceSum", "Log"}, {"ReduceLogSumExp", "", "ReduceLogSumExp", ""},
    {"ReduceMax", "", "ReduceMax", ""},       {"ReduceMean", "", "ReduceMean", ""},
    {"ReduceMin", "", "ReduceMin", ""},       {"ReduceProd", "", "ReduceProd", ""},
    {"ReduceSum", "", "ReduceSum", ""},       {"ReduceSumSquare", kSquare, "ReduceSum", ""},
};

class Reducer {
public:
  explicit Reducer(Expander &e) : e(e), c(e), rank(e.rank(e.input(0))), axes(c.fromFront(e.input(1), rank)) {}

  void write(const Stages &stages) {
    // The mean of means is rounded at every step where elements are integers.
    bool divides = stages.core == "ReduceMean" && isa<IntegerType>(e.type(e.input(0)));
    Value x = stages.before == kSquare ? e.mul(e.input(0), e.input(0)) : stage(stages.before, e.input(0));
    SmallVector<Value> keeps, sizes;
    for (int64_t axis = 0; axis < rank && !e.hasFailed(); ++axis) {
      Value isReduced = reduces(axis);
      x = reduceWhere(x, axis, isReduced, divides ? "ReduceSum" : StringRef(stages.core));
      keeps.push_back(c.toVector(e.op("Not", isReduced)));
    }
    if (divides) {
      Value count = e.div(e.op("Size", e.input(0)), c.max(e.op("Size", x), e.scalar(1)));
      x = e.div(x, e.cast(c.max(count, e.scalar(1)), e.type(x)));
    }
    if (e.intOr("keepdims", 1) == 0)
      x = withoutReduced(x, keeps);
    e.result(0, stage(stages.after, x));
  }

private:
  Value stage(StringRef op, Value x) { return op.empty() ? x : e.op(op, x); }

  /// No axes at all are all of them, unless the operator says otherwise.
  Value reduces(int64_t axis) {
    Value listed = c.contains(axes, axis);
    if (e.intOr("noop_with_empty_axes", 0) != 0 || e.knownSize(axes, 0).value_or(0) > 0)
      return listed;
    return e.op("Or", {listed, c.isEqual(e.sizeOf(axes, 0), e.scalar(0))});
  }

  /// The axis with its reduction behind it: of that, the one or the other is taken.
  Value reduceWhere(Value x, int64_t axis, Value isReduced, StringRef op) {
    Value both = e.concat({x, e.reduce(op, x, axis, /*keepdims=*/true)}, axis);
    Value size = e.sizeOf(x, axis), one = e.scalar(1);
    return e.gather(both, c.places(e.where(isReduced, one, size), e.where(isReduced, size, e.scalar(0)), one), axis);
  }

  Value withoutReduced(Value x, ArrayRef<Value> keeps) {
    bool isAll = e.knownSize(axes, 0) == 0 && e.intOr("noop_with_empty_axes", 0) == 0;
    int64_t left = isAll ? 0 : rank - e.size(axes, 0);
    if (left < 0 && !e.hasFailed())
      e.error() << rank - left << " axes of a tensor of rank " << rank << " found, at most " << rank
                << " were expected";
    if (left <= 0)
      return e.reshape(x, {});
    Value sizes = c.compact(e.shapeOf(x), e.concat(keeps, 0), left);
    return e.op("Reshape", {x, e.measured(sizes)}, e.attr("allowzero", int64_t(1)));
  }

  Expander &e;
  ComputedSizes c;
  int64_t rank;
  Value axes;
};

void expandReduction(Expander &e) {
  Reducer(e).write(*find_if(kStages, [&](const Stages &stages) { return stages.op == e.node().op; }));
}

/// CumSum and CumProd: along every axis, of which one counts.
void expandCumulation(Expander &e) {
  ComputedSizes c(e);
  Value x = e.input(0), axis = e.input(1), result = x;
  if (e.rank(axis) > 0)
    axis = e.reshape(axis, {});
  axis = c.fromFront(axis, e.rank(x));
  SmallVector<NamedAttribute> attributes(e.node().attributes.begin(), e.node().attributes.end());
  for (int64_t i = 0; i < e.rank(x) && !e.hasFailed(); ++i)
    result = e.where(c.isEqual(axis, e.scalar(i)), e.op(e.node().op, {x, e.scalar(i)}, attributes), result);
  e.result(0, result);
}

constexpr MeasuredExpansion kExpansions[] = {
    {"CumProd", {1}, expandCumulation},     {"CumSum", {1}, expandCumulation},
    {"ReduceL1", {1}, expandReduction},     {"ReduceL2", {1}, expandReduction},
    {"ReduceLogSum", {1}, expandReduction}, {"ReduceLogSumExp", {1}, expandReduction},
    {"ReduceMax", {1}, expandReduction},    {"ReduceMean", {1}, expandReduction},
    {"ReduceMin", {1}, expandReduction},    {"ReduceProd", {1}, expandReduction},
    {"ReduceSum", {1}, expandReduction},    {"ReduceSumSquare", {1}, expandReduction},
};

} // namespace

ArrayRef<MeasuredExpansion> rheobase::measuredReductionExpansions() {
  return kExpansions;
}
