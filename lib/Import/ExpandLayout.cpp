//===- ExpandLayout.cpp - blocks of space, crops -----------------===//
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

/// The side of the blocks of [N, C, H, W]; nothing, and a report, where there are none.
std::optional<int64_t> blockSize(Expander &e, Value x) {
  int64_t block = e.intOr("blocksize", 1);
  if (e.rank(x) == 4 && block >= 1)
    return block;
  e.error() << "blocks of " << block << " of a tensor of rank " << e.rank(x)
            << " found, a positive number and a tensor of rank 4 were expected";
  return std::nullopt;
}

/// [N, C, H, W] with the blocks' depth in two dimensions of their own.
void expandDepthToSpace(Expander &e) {
  Value x = e.input(0);
  std::optional<int64_t> given = blockSize(e, x);
  if (!given)
    return;
  int64_t block = *given;
  bool depthFirst = e.textOr("mode", "DCR") == "DCR";
  Value batch = e.shapeOf(x, 0, 1), space = e.shapeOf(x, 2, 4);
  Value blocks = depthFirst ? e.vector({block, block, -1}) : e.vector({-1, block, block});
  Value parted = e.reshapeTo(x, e.concat({batch, blocks, space}, 0));
  Value moved = e.transpose(parted, depthFirst ? Expander::Ints{0, 3, 4, 1, 5, 2} : Expander::Ints{0, 1, 4, 2, 5, 3});
  e.result(0, e.reshapeTo(moved, e.concat({batch, e.vector(-1), e.mul(space, e.vector(block))}, 0)));
}

void expandSpaceToDepth(Expander &e) {
  Value x = e.input(0);
  std::optional<int64_t> given = blockSize(e, x);
  if (!given)
    return;
  int64_t block = *given;
  bool depthFirst = e.textOr("mode", "DCR") == "DCR";
  Value size = e.vector(block);
  Value height = e.div(e.shapeOf(x, 2, 3), size), width = e.div(e.shapeOf(x, 3, 4), size);
  Value parted = e.reshapeTo(x, e.concat({e.shapeOf(x, 0, 2), height, size, width, size}, 0));
  Value moved = e.transpose(parted, depthFirst ? Expander::Ints{0, 3, 5, 1, 2, 4} : Expander::Ints{0, 1, 3, 5, 2, 4});
  e.result(0, e.reshapeTo(moved, e.concat({e.shapeOf(x, 0, 1), e.vector(-1), height, width}, 0)));
}

/// Cuts or pads one dimension around its middle.
Value cropOrPad(Expander &e, Value x, int64_t axis, int64_t target) {
  int64_t size = e.size(x, axis);
  if (target == size || e.hasFailed())
    return x;
  if (target < size) {
    int64_t start = (size - target) / 2;
    return e.slice(x, axis, start, start + target);
  }
  int64_t before = (target - size) / 2;
  Value pads = e.vector({before, target - size - before});
  return e.op("Pad", {x, pads, Value(), e.vector(axis)});
}

void expandCenterCropPad(Expander &e) {
  Value x = e.input(0);
  SmallVector<int64_t> target = e.constantInts(e.input(1), "shape");
  SmallVector<int64_t> axes = to_vector(seq<int64_t>(0, e.rank(x)));
  if (std::optional<Expander::Ints> given = e.ints("axes"))
    axes.assign(given->begin(), given->end());
  if (!e.hasFailed() && axes.size() != target.size()) {
    e.error() << target.size() << " sizes for " << axes.size() << " axes found, one each was expected";
    return;
  }
  for (size_t i = 0; i < target.size() && !e.hasFailed(); ++i) {
    if (target[i] < 0) {
      e.error() << "size " << target[i] << " found, one that is not negative was expected";
      return;
    }
    x = cropOrPad(e, x, e.axis(axes[i], e.rank(x)), target[i]);
  }
  e.result(0, x);
}

/// Ones on diagonal k.
void expandEyeLike(Expander &e) {
  Value x = e.input(0);
  if (e.rank(x) != 2) {
    e.error() << "a tensor of rank " << e.rank(x) << " found, rank 2 was expected";
    return;
  }
  Value rows = e.unsqueeze(e.range(e.sizeOf(x, 0)), 1), columns = e.range(e.sizeOf(x, 1));
  Value diagonal = e.op("Equal", {e.add(rows, e.scalar(e.intOr("k", 0))), columns});
  if (e.node().getInt("dtype"))
    e.result(0, e.op("Cast", diagonal, e.attr("to", e.intOr("dtype", 1))));
  else
    e.result(0, e.cast(diagonal, e.type(x)));
}

constexpr NamedExpansion kExpansions[] = {
    {"CenterCropPad", expandCenterCropPad},
    {"DepthToSpace", expandDepthToSpace},
    {"EyeLike", expandEyeLike},
    {"SpaceToDepth", expandSpaceToDepth},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::layoutExpansions() {
  return kExpansions;
}
