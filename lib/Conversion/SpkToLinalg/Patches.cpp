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

/// [lead.., N, C, spatial..] to [lead.., N, group, windows, C / group * taps]; `lead` is the plane axis of a train in
/// time form.
SymTensor windowRows(LoweringContext &ctx, spk::PatchesOp op, const SymTensor &input) {
  int64_t spatial = op.getKernel().size(), lead = input.rank() - spatial - 2, group = op.getGroup();
  Window window;
  window.kernel.assign(op.getKernel().begin(), op.getKernel().end());
  window.strides.assign(op.getStrides().begin(), op.getStrides().end());
  window.dilations.assign(op.getDilations().begin(), op.getDilations().end());
  SymExpr windows = ctx.constant(1), taps = ctx.constant(1);
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t low = op.getPads()[i], high = op.getPads()[spatial + i];
    int64_t reach = (window.kernel[i] - 1) * window.dilations[i] + 1;
    SymExpr room = input.dims[lead + 2 + i] + (low + high - reach);
    window.low.push_back(ctx.constant(low));
    window.high.push_back(ctx.constant(high));
    window.positions.push_back(room.floorDiv(window.strides[i]) + 1);
    windows = windows * window.positions.back();
    taps = taps * window.kernel[i];
  }
  Dims outer(ArrayRef<SymExpr>(input.dims).take_front(lead + 1));
  outer.push_back(ctx.constant(group));
  SymExpr channels = input.dims[lead + 1].floorDiv(group);
  Dims split(outer);
  split.push_back(channels);
  split.append(input.dims.begin() + lead + 2, input.dims.end());
  SymTensor rows = patches(ctx, reshape(ctx, input, split), window, outer.size(), numberAttr(input.elementType(), 0));
  outer.append({windows, channels * taps});
  return reshape(ctx, rows, outer);
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
