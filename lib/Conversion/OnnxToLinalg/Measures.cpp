//===- Measures.cpp - sizes that are read off tensors ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "dialects/rt/Rt.h"

using namespace mlir;
using namespace rheobase;

/// The tensor goes on as it is: shapes that depend on it are written in the symbols.
static LogicalResult lowerMeasure(rt::MeasureOp op, LoweringContext &ctx) {
  Value source = ctx.lookup(op.getSource());
  rt::MeasureOp::create(ctx.builder, TypeRange(), source, op.getSizes());
  if (op.getResult())
    ctx.replace(op.getResult(), source);
  return success();
}

void lower::addMeasureLowering(LoweringInterface &table) {
  table.add<rt::MeasureOp>(lowerMeasure);
}
