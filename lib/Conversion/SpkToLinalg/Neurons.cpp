//===- Neurons.cpp - static neurons -------------------------------------------===//
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

LogicalResult lowerMbe(spk::MbeOp op, LoweringContext &ctx) {
  SymTensor x = ctx.operand(op.getInput());
  SymTensor y = mapElements(ctx, x, ctx.builder.getF32Type(), [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
    return op.getReduction().emitOutput(b, b.getLoc(), args[0], op.getNeuron());
  });
  ctx.replace(op.getOutput(), y);
  SymTensor spikes =
      mapElements(ctx, x, ctx.builder.getI32Type(), [&](ImplicitLocOpBuilder &b, ValueRange args) -> Value {
        return op.getReduction().emitSpikeCount(b, b.getLoc(), args[0], op.getNeuron());
      });
  count(ctx, spikes, ctx.constant(1), "neuron_spikes");
  return success();
}

} // namespace

void lower::addNeuronLowerings(LoweringInterface &table) {
  table.add<spk::MbeOp>(lowerMbe);
}
