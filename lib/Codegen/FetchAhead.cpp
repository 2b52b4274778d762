//===- FetchAhead.cpp - memory asked for while a product is computed ------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/FetchAhead.h"

#include "lib/Codegen/Partition.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

static int64_t bytesOf(Value memref) {
  return llvm::divideCeil(cast<MemRefType>(memref.getType()).getElementTypeBitWidth(), 8);
}

/// The view of a kernel's buffer that is an operand of an op in a tile.
static memref::SubViewOp viewOfBuffer(Value memref) {
  auto view = memref.getDefiningOp<memref::SubViewOp>();
  return view && isa<BlockArgument>(view.getSource()) ? view : nullptr;
}

/// The dimension of a view that rows of contiguous elements are counted along, where no other is open.
static std::optional<unsigned> rowsOf(memref::SubViewOp view) {
  MemRefType type = view.getType();
  std::optional<unsigned> found;
  for (auto [i, size] : llvm::enumerate(type.getShape().drop_back())) {
    if (size != 1 && found)
      return std::nullopt;
    if (size != 1)
      found = i;
  }
  return type.getShape().back() != 1 ? found : std::nullopt;
}

FetchAhead::FetchAhead(Emitter &e, rt::MatmulOp product, ArrayRef<Operation *> followers) : e(e) {
  memref::SubViewOp matrix = viewOfBuffer(product.getRhs());
  // Steps of k and what each takes are the last dimensions of packed weights.
  if (!matrix || matrix.getType().isDynamicDim(matrix.getType().getRank() - 2))
    return;
  steps = matrix.getType().getDimSize(matrix.getType().getRank() - 2);
  findPanel(product);
  for (Operation *follower : followers) {
    auto generic = dyn_cast<linalg::GenericOp>(follower);
    if (!generic)
      continue;
    for (OpOperand &operand : generic->getOpOperands())
      addRows(product, operand, generic.isDpsInit(&operand));
  }
}

/// Puts a view before `op`, where what it is made of allows it.
static bool hoist(memref::SubViewOp view, Operation *op) {
  if (view->isBeforeInBlock(op))
    return true;
  for (Value operand : view->getOperands())
    if (Operation *made = operand.getDefiningOp();
        made && made->getBlock() == op->getBlock() && !made->isBeforeInBlock(op))
      return false;
  view->moveBefore(op);
  return true;
}

/// Memory that has a row for each of the product's and a column for each of its columns.
void FetchAhead::addRows(rt::MatmulOp product, OpOperand &operand, bool isWritten) {
  memref::SubViewOp view = viewOfBuffer(operand.get());
  auto isKnown = [&](const Rows &other) {
    return other.memref.getDefiningOp<memref::SubViewOp>().getSource() == view.getSource();
  };
  if (!view || llvm::any_of(rows, isKnown))
    return;
  std::optional<unsigned> rowDim = rowsOf(view);
  if (!rowDim || !hoist(view, product))
    return;
  int64_t lines = llvm::divideCeil(product.getPack().getLanes() * bytesOf(view), kCacheLine);
  rows.push_back({view, *rowDim, lines, isWritten});
}

/// The left operand's rows say how many register tiles share the way of the next columns.
void FetchAhead::findPanel(rt::MatmulOp product) {
  memref::SubViewOp matrix = viewOfBuffer(product.getRhs()), left = viewOfBuffer(product.getLhs());
  std::optional<unsigned> rowDim = left ? rowsOf(left) : std::nullopt;
  ArrayRef<int64_t> sizes = matrix.getSourceType().getShape();
  auto leading = llvm::seq<size_t>(0, sizes.size() - 2);
  auto along = llvm::find_if(llvm::reverse(leading), [&](size_t i) { return sizes[i] > 1; });
  if (!rowDim || along == llvm::reverse(leading).end())
    return;
  panels = matrix.getSource();
  for (size_t i : leading)
    panel.push_back(getValueOrCreateConstantIndexOp(e.b, e.loc, matrix.getMixedOffsets()[i]));
  panel[*along] = e.min(e.add(panel[*along], 1), e.index(sizes[*along] - 1));
  firstRow = getValueOrCreateConstantIndexOp(e.b, e.loc, left.getMixedOffsets()[*rowDim]);
  numRows = e.dim(left.getSource(), *rowDim);
  linesPerStep = llvm::divideCeil(sizes.back() * bytesOf(panels), kCacheLine);
}

void FetchAhead::openTile(Value row, int64_t count) {
  tileRow = row, tileRows = count;
  if (!panels)
    return;
  Value tiles = e.ceilDiv(numRows, count);
  linesPerTile = e.min(e.index(steps), e.div(e.add(e.sub(tiles, e.index(1)), steps * linesPerStep), tiles));
  panelLine = e.mul(e.div(e.add(firstRow, row), e.index(count)), linesPerTile);
}

void FetchAhead::step(Value number) {
  for (const Rows &each : rows)
    fetchRows(each, number);
  if (panels)
    fetchPanel(number);
}

void FetchAhead::fetchRows(const Rows &each, Value number) {
  int64_t lines = each.linesPerRow * tileRows;
  if (lines > steps)
    return;
  Value line = e.div(e.mul(number, lines), e.index(steps));
  SmallVector<Value> at(cast<MemRefType>(each.memref.getType()).getRank(), e.index(0));
  at[each.rowDim] = e.add(tileRow, e.div(line, e.index(each.linesPerRow)));
  at.back() = e.mul(e.rem(line, e.index(each.linesPerRow)), kCacheLine / bytesOf(each.memref));
  e.prefetch(each.memref, at, each.isWritten);
}

void FetchAhead::fetchPanel(Value number) {
  Value line = e.add(panelLine, e.div(e.mul(number, linesPerTile), e.index(steps)));
  Value inside = e.mul(e.rem(line, e.index(linesPerStep)), kCacheLine / bytesOf(panels));
  SmallVector<Value> at(panel);
  at.append({e.div(line, e.index(linesPerStep)), inside});
  e.prefetch(panels, at, /*isWrite=*/false);
}
