//===- Patches.cpp - windows of numbers and of trains -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;

namespace {

/// [lead.., N, spatial.., C] to [lead.., N, group, windows, taps * C / group]; `lead` is the plane axis of a train in
/// time form. The windows of one group are read in place by the products that take them.
SymTensor windowRows(LoweringContext &ctx, spk::PatchesOp op, SymTensor input) {
  int64_t spatial = op.getKernel().size(), outer = input.rank() - spatial - 1, group = op.getGroup();
  auto is = [](int64_t wanted) { return [=](int64_t number) { return number == wanted; }; };
  bool hasPadding = !llvm::all_of(op.getPads(), is(0));
  if (!hasPadding && group == 1 && llvm::all_of(op.getKernel(), is(1)) && llvm::all_of(op.getStrides(), is(1))) {
    // Every pixel is a window.
    SymExpr windows = ctx.constant(1);
    for (int64_t i = 0; i < spatial; ++i)
      windows = windows * input.dims[outer + i];
    Dims joined(ArrayRef<SymExpr>(input.dims).take_front(outer));
    joined.append({ctx.constant(1), windows, input.dims.back()});
    return reshape(ctx, input, joined);
  }
  auto padding = [&](ArrayRef<int64_t> pads) {
    Dims dims(input.rank(), ctx.constant(0));
    for (auto [i, size] : llvm::enumerate(pads))
      dims[outer + i] = ctx.constant(size);
    return dims;
  };
  if (hasPadding)
    input = pad(ctx, input, padding(op.getPads().take_front(spatial)), padding(op.getPads().drop_front(spatial)),
                numberAttr(input.elementType(), 0));

  // Loops: lead, N, group, places of the window, taps, channels of a group.
  Dims loops(ArrayRef<SymExpr>(input.dims).take_front(outer)), kernel;
  loops.push_back(ctx.constant(group));
  SymExpr windows = ctx.constant(1), taps = ctx.constant(1), channels = input.dims.back().floorDiv(group);
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t reach = (op.getKernel()[i] - 1) * op.getDilations()[i] + 1;
    loops.push_back((input.dims[outer + i] - reach).floorDiv(op.getStrides()[i]) + 1);
    kernel.push_back(ctx.constant(op.getKernel()[i]));
    windows = windows * loops.back();
    taps = taps * kernel.back();
  }
  loops.append(kernel);
  loops.push_back(channels);

  auto loop = [&](int64_t i) { return ctx.builder.getAffineDimExpr(i); };
  SmallVector<AffineExpr> places = llvm::map_to_vector(llvm::seq<int64_t>(0, outer), loop);
  for (int64_t i = 0; i < spatial; ++i)
    places.push_back(loop(outer + 1 + i) * op.getStrides()[i] + loop(outer + 1 + spatial + i) * op.getDilations()[i]);
  places.append({loop(outer), loop(outer + 1 + 2 * spatial)});
  Dims split(ArrayRef<SymExpr>(input.dims).drop_back());
  split.append({ctx.constant(group), channels});
  AffineMap map = AffineMap::get(loops.size(), 0, places, ctx.builder.getContext());
  SymTensor rows = generic(ctx, Mapped{reshape(ctx, input, split), map}, loops, input.elementType(),
                           [](ImplicitLocOpBuilder &, ValueRange args) { return args.front(); });
  Dims joined(ArrayRef<SymExpr>(loops).take_front(outer + 1));
  joined.append({windows, taps * channels});
  return reshape(ctx, rows, joined);
}

LogicalResult lowerPatches(spk::PatchesOp op, LoweringContext &ctx) {
  SymTensor input{ctx.lookup(op.getInput()), ctx.dimsOf(op.getInput())};
  if (isa<spk::TrainType>(op.getInput().getType()) && isInPlanes(op.getInput()))
    input.dims.insert(input.dims.begin(), ctx.constant(codeOf(op.getInput()).getPlaneCount()));
  ctx.replace(op.getOutput(), windowRows(ctx, op, input).value);
  return success();
}

} // namespace

void lower::addPatchesLowering(LoweringInterface &table) {
  table.add<spk::PatchesOp>(lowerPatches);
}
