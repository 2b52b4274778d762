//===- FormEvents.cpp - spikes times weights by lists of events -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/Events.h"
#include "lib/Codegen/Partition.h"
#include "lib/Codegen/ProgramFormer.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

/// The lists of a tensor's rows, made once for all its consumers.
FailureOr<ProgramFormer::EventLists> ProgramFormer::listEvents(rt::EventMatmulOp op, Type value) {
  Value tensor = op.getSpikes();
  // What counters alone need is listed for them alone.
  Attribute kind = builder.getArrayAttr(
      {TypeAttr::get(value), builder.getBoolAttr(op.getIsUnsigned()), builder.getBoolAttr(counting)});
  auto [known, isNew] = eventLists.try_emplace({tensor, kind});
  if (!isNew)
    return known->second;
  auto spikes = viewOf(tensor);
  if (failed(spikes))
    return failure();
  int64_t rows = spikes->type.getDimSize(0),
          room = llvm::alignTo(spikes->type.getDimSize(1), kListedBytes) + kListSpread;
  auto list = [&](int64_t width, Type element) {
    return allocate(RankedTensorType::get({rows, width}, element), sizes.openDims(tensor));
  };
  EventLists lists{list(2, builder.getI32Type()), list(room, builder.getI32Type()), list(room, value)};

  KernelBuilder kernel(builder, table);
  Value input = add(kernel, *spikes);
  Value heads = add(kernel, lists.heads, /*written=*/true), places = add(kernel, lists.places, /*written=*/true);
  Value values = add(kernel, lists.values, /*written=*/true);
  rt::ListEventsOp::create(kernel.body, builder.getUnknownLoc(), input, heads, places, values, op.getIsUnsigned());
  kernel.finish("list_events", sizes.dim(tensor, 0), op.getLoc(), counting);
  return eventLists[{tensor, kind}] = lists;
}

LogicalResult ProgramFormer::visitEventMatmul(rt::EventMatmulOp op) {
  auto type = cast<RankedTensorType>(op.getWeights().getType());
  ElementsAttr weights = constantElements(op.getWeights());
  if (!weights)
    return op.emitError() << "the weights of events are computed when running, expected a constant";
  auto lists = listEvents(op, type.getElementType());
  if (failed(lists))
    return failure();

  AffineExpr n = builder.getAffineDimExpr(0), k = builder.getAffineDimExpr(1);
  AffineMap map = AffineMap::get(2, 0, {k, n}, builder.getContext());
  auto pack = rt::PackAttr::get(builder.getContext(), rt::PackKind::Singles, kEventLanes, map);
  int64_t groups = llvm::divideCeil(type.getDimSize(1), kEventLanes);
  auto packed = MemRefType::get({groups, type.getDimSize(0), kEventLanes}, type.getElementType());
  Value constant = rt::ConstantOp::create(builder, op.getWeights().getLoc(), rt::BufferType::get(builder.getContext()),
                                          weights, pack, TypeAttr(), /*isUnsigned=*/UnitAttr(), /*sums=*/UnitAttr());

  BufferView out = allocate(op.getSums());
  KernelBuilder kernel(builder, table);
  Value heads = add(kernel, lists->heads), places = add(kernel, lists->places), values = add(kernel, lists->values);
  Value rows = add(kernel, {constant, packed, {}}), result = add(kernel, out, /*written=*/true);
  rt::AddRowsOp::create(kernel.body, builder.getUnknownLoc(), heads, places, values, rows, result, op.getIsUnsigned());
  Value grid = sizes.mul(sizes.ceilDiv(sizes.dim(op.getSums(), 0), kMatmulRows), sizes.constant(groups));
  kernel.finish("add_rows", grid, op.getLoc(), counting);
  return success();
}
