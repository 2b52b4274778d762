//===- ExpandNormalization.cpp - norms and normalisation -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expander.h"
#include "Tensors.h"

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

SmallVector<int64_t> axesFrom(int64_t begin, int64_t end) {
  return to_vector(seq<int64_t>(begin, std::max(begin, end)));
}

/// (x - mean) / sqrt(variance + epsilon) over the axes.
Value standardized(Expander &e, Value x, Expander::Ints axes, double epsilon) {
  Value centred = e.sub(x, e.reduce("ReduceMean", x, axes, true));
  Value variance = e.reduce("ReduceMean", e.mul(centred, centred), axes, true);
  return e.div(centred, e.op("Sqrt", e.add(variance, e.numberLike(epsilon, x))));
}

/// One number per channel, beside a tensor whose channels are dimension 1.
Value perChannel(Expander &e, Value value, int64_t rank) {
  return rank > 2 ? e.unsqueeze(value, axesFrom(1, rank - 1)) : value;
}

/// The type that statistics are computed in: `stash_type`, float32 unless it says otherwise.
Type stashType(Expander &e, Value x) {
  const ElementKind *kind = findElementKind(e.intOr("stash_type", 1));
  Type type = kind ? kind->type(e.node().loc.getContext()) : Type();
  if (type && isa<FloatType>(type))
    return e.type(x).isF64() ? e.type(x) : type;
  e.error() << "attribute 'stash_type' is " << e.intOr("stash_type", 1) << ", the number of a float type was expected";
  return e.type(x);
}

bool expectRank(Expander &e, Value x, int64_t least) {
  if (e.rank(x) >= least)
    return true;
  e.error() << "a tensor of rank " << e.rank(x) << " found, at least " << least << " was expected";
  return false;
}

void expandInstanceNormalization(Expander &e) {
  Value x = e.input(0);
  if (!expectRank(e, x, 3))
    return;
  int64_t rank = e.rank(x);
  Value y = standardized(e, x, axesFrom(2, rank), e.floatOr("epsilon", 1e-5));
  e.result(0, e.add(e.mul(y, perChannel(e, e.input(1), rank)), perChannel(e, e.input(2), rank)));
}

/// Until opset 20 there was one scale per group, since then there is one per channel: the sizes tell.
void expandGroupNormalization(Expander &e) {
  Value x = e.input(0), scale = e.input(1), bias = e.input(2);
  if (!expectRank(e, x, 2))
    return;
  int64_t groups = e.intOr("num_groups", 1), rank = e.rank(x);
  Type type = e.type(x), wide = stashType(e, x);
  if (groups < 1) {
    e.error() << "attribute 'num_groups' is " << groups << ", a positive number was expected";
    return;
  }
  Value y = e.reshape(e.cast(x, wide), {0, groups, -1});
  y = e.cast(standardized(e, y, 2, e.floatOr("epsilon", 1e-5)), type);
  bool perGroup = e.node().version < 21 && e.knownSize(scale, 0) == groups && e.knownSize(x, 1) != groups;
  if (perGroup)
    y = e.add(e.mul(y, e.unsqueeze(scale, 1)), e.unsqueeze(bias, 1));
  y = e.reshapeLike(y, x);
  if (!perGroup)
    y = e.add(e.mul(y, perChannel(e, scale, rank)), perChannel(e, bias, rank));
  e.result(0, y);
}

void expandRMSNormalization(Expander &e) {
  Value x = e.input(0), scale = e.input(1);
  int64_t axis = e.axis(e.intOr("axis", -1), e.rank(x));
  Value wide = e.cast(x, stashType(e, x));
  Value square = e.reduce("ReduceMean", e.mul(wide, wide), axesFrom(axis, e.rank(x)), true);
  Value root = e.op("Sqrt", e.add(square, e.numberLike(e.floatOr("epsilon", 1e-5), square)));
  e.result(0, e.mul(e.cast(e.div(wide, root), e.type(scale)), scale));
}

/// A row of zeros stays one.
void expandLpNormalization(Expander &e) {
  Value x = e.input(0);
  int64_t axis = e.axis(e.intOr("axis", -1), e.rank(x)), p = e.intOr("p", 2);
  if (p != 1 && p != 2) {
    e.error() << "attribute 'p' is " << p << ", 1 or 2 was expected";
    return;
  }
  Value norm = e.reduce(p == 1 ? "ReduceL1" : "ReduceL2", x, axis, true), zero = e.numberLike(0, x);
  e.result(0, e.where(e.op("Equal", {norm, zero}), zero, e.div(x, norm)));
}

void expandMeanVarianceNormalization(Expander &e) {
  Value x = e.input(0);
  SmallVector<int64_t> axes = {0, 2, 3};
  if (std::optional<Expander::Ints> given = e.ints("axes"))
    axes.assign(given->begin(), given->end());
  Value centred = e.sub(x, e.reduce("ReduceMean", x, axes, true));
  Value variance = e.reduce("ReduceMean", e.mul(centred, centred), axes, true);
  e.result(0, e.div(centred, e.add(e.op("Sqrt", variance), e.numberLike(1e-9, x))));
}

/// x / (bias + alpha / size * (the squares of the channels around))^beta: the sum is `size` times an average over a
/// window of channels, whose padding counts.
void expandLRN(Expander &e) {
  Value x = e.input(0);
  int64_t size = e.intOr("size", 1);
  if (!expectRank(e, x, 3))
    return;
  if (size < 1) {
    e.error() << "attribute 'size' is " << size << ", a positive number was expected";
    return;
  }
  Value squares =
      e.op("Reshape", {e.mul(x, x), e.concat({e.shapeOf(x, 0, 1), e.vector(1), e.shapeOf(x, 1, 2), e.vector(-1)}, 0)});
  int64_t before = (size - 1) / 2;
  Value mean =
      e.op("AveragePool", squares,
           {e.attr("kernel_shape", Expander::Ints{size, 1}),
            e.attr("pads", Expander::Ints{before, 0, size - 1 - before, 0}), e.attr("count_include_pad", int64_t(1))});
  Value base = e.add(e.mul(e.reshapeLike(mean, x), e.numberLike(e.floatOr("alpha", 1e-4), x)),
                     e.numberLike(e.floatOr("bias", 1), x));
  e.result(0, e.div(x, e.op("Pow", {base, e.numberLike(e.floatOr("beta", 0.75), x)})));
}

void expandGlobalLpPool(Expander &e) {
  Value x = e.input(0);
  if (!expectRank(e, x, 3))
    return;
  double p = double(e.intOr("p", 2));
  Value powers = e.op("Pow", {e.op("Abs", x), e.numberLike(p, x)});
  Value total = e.reduce("ReduceSum", powers, axesFrom(2, e.rank(x)), true);
  e.result(0, e.op("Pow", {total, e.numberLike(1 / p, x)}));
}

constexpr NamedExpansion kExpansions[] = {
    {"GlobalLpPool", expandGlobalLpPool},
    {"GroupNormalization", expandGroupNormalization},
    {"InstanceNormalization", expandInstanceNormalization},
    {"LRN", expandLRN},
    {"LpNormalization", expandLpNormalization},
    {"MeanVarianceNormalization", expandMeanVarianceNormalization},
    {"RMSNormalization", expandRMSNormalization},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::normalizationExpansions() {
  return kExpansions;
}
