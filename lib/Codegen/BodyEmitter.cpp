//===- BodyEmitter.cpp - a linalg body at one point, in lanes or not ------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/BodyEmitter.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

BodyEmitter::Item BodyEmitter::lookup(Value value) {
  auto known = values.find(value);
  // Values from outside the body are the same for all lanes.
  return known == values.end() ? Item{value, Form::Uniform} : known->second;
}

Value BodyEmitter::asLanes(const Item &item, int64_t lanes) {
  if (lanes == 1 || item.form == Form::Lanes)
    return item.value;
  Value all = e.splat(item.value, lanes);
  if (item.form == Form::Uniform)
    return all;
  auto numbers = llvm::to_vector(llvm::seq<int64_t>(lanes));
  auto type = cast<VectorType>(all.getType());
  Value steps = arith::ConstantOp::create(
      e.b, e.loc, DenseElementsAttr::get(type, llvm::map_to_vector(numbers, [&](int64_t n) -> Attribute {
                                           return IntegerAttr::get(type.getElementType(), n);
                                         })));
  return arith::AddIOp::create(e.b, e.loc, all, steps);
}

Value BodyEmitter::laneOf(const Item &item, int64_t lane) {
  if (item.form == Form::Uniform)
    return item.value;
  if (item.form == Form::Counting)
    return e.add(item.value, lane);
  return vector::ExtractOp::create(e.b, e.loc, item.value, lane);
}

SmallVector<Value> BodyEmitter::indicesAt(AffineMap map, int64_t lane) {
  if (!lane)
    return e.apply(map, ivs);
  SmallVector<Value> moved(ivs);
  moved[*partition.vector] = e.add(moved[*partition.vector], lane);
  return e.apply(map, moved);
}

static Value gather(Emitter &e, Value memref, int64_t lanes, llvm::function_ref<SmallVector<Value>(int64_t)> indices) {
  auto type = VectorType::get(lanes, cast<MemRefType>(memref.getType()).getElementType());
  SmallVector<Value> elements;
  for (int64_t lane = 0; lane < lanes; ++lane)
    elements.push_back(memref::LoadOp::create(e.b, e.loc, memref, indices(lane)));
  return vector::FromElementsOp::create(e.b, e.loc, type, elements);
}

BodyEmitter::Item BodyEmitter::load(OpOperand &operand, int64_t lanes) {
  if (Value loaded = row.lookup(&operand))
    return {loaded, Form::Uniform};
  Value memref = operand.get();
  AffineMap map = op.getMatchingIndexingMap(&operand);
  Access access = lanes == 1 ? Access::Uniform : accessAlong(map, memref.getType(), *partition.vector);
  if (access == Access::Uniform)
    return {memref::LoadOp::create(e.b, e.loc, memref, indicesAt(map, 0)), Form::Uniform};
  if (access == Access::Strided)
    return {gather(e, memref, lanes, [&](int64_t lane) { return indicesAt(map, lane); }), Form::Lanes};
  auto type = VectorType::get(lanes, getElementTypeOrSelf(memref));
  return {vector::LoadOp::create(e.b, e.loc, type, memref, indicesAt(map, 0)), Form::Lanes};
}

void BodyEmitter::loadRow() {
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    bool moves = map.isFunctionOfDim(*partition.vector) ||
                 llvm::any_of(partition.reductions, [&](unsigned loop) { return map.isFunctionOfDim(loop); });
    if (!moves && !op.getMatchingBlockArgument(input).use_empty())
      row[input] = memref::LoadOp::create(e.b, e.loc, input->get(), indicesAt(map, 0));
  }
}

Value BodyEmitter::loadOutput(unsigned number, int64_t lanes) {
  return asLanes(load(*op.getDpsInitOperand(number), lanes), lanes);
}

void BodyEmitter::storeOutput(unsigned number, Value value, int64_t lanes) {
  OpOperand *out = op.getDpsInitOperand(number);
  AffineMap map = op.getMatchingIndexingMap(out);
  if (lanes == 1) {
    memref::StoreOp::create(e.b, e.loc, value, out->get(), indicesAt(map, 0));
  } else if (accessAlong(map, out->get().getType(), *partition.vector) == Access::Contiguous) {
    vector::StoreOp::create(e.b, e.loc, value, out->get(), indicesAt(map, 0));
  } else {
    for (int64_t lane = 0; lane < lanes; ++lane)
      memref::StoreOp::create(e.b, e.loc, vector::ExtractOp::create(e.b, e.loc, value, lane), out->get(),
                              indicesAt(map, lane));
  }
}

/// A load from a tensor the body gathers from: one row in lanes where only the last index counts up.
BodyEmitter::Item BodyEmitter::evaluateLoad(memref::LoadOp load, int64_t lanes) {
  SmallVector<Item> items = llvm::map_to_vector(load.getIndices(), [&](Value index) { return lookup(index); });
  auto at = [&](int64_t lane) {
    return llvm::map_to_vector(items, [&](const Item &item) { return laneOf(item, lane); });
  };
  auto uniform = [](const Item &item) { return item.form == Form::Uniform; };
  if (llvm::all_of(items, uniform))
    return {memref::LoadOp::create(e.b, e.loc, load.getMemRef(), at(0)), Form::Uniform};
  bool isRow = llvm::all_of(ArrayRef<Item>(items).drop_back(), uniform) && items.back().form == Form::Counting;
  if (!isRow)
    return {gather(e, load.getMemRef(), lanes, at), Form::Lanes};
  auto type = VectorType::get(lanes, load.getMemRefType().getElementType());
  return {vector::LoadOp::create(e.b, e.loc, type, load.getMemRef(), at(0)), Form::Lanes};
}

/// Sums of a counting index and uniform ones still count up.
bool BodyEmitter::evaluateCounting(Operation &nested, Item &result) {
  if (!isa<arith::AddIOp, arith::SubIOp>(nested))
    return false;
  Item a = lookup(nested.getOperand(0)), b = lookup(nested.getOperand(1));
  if (isa<arith::AddIOp>(nested) && b.form == Form::Counting)
    std::swap(a, b);
  if (a.form != Form::Counting || b.form != Form::Uniform)
    return false;
  Value value = isa<arith::AddIOp>(nested) ? e.add(a.value, b.value) : e.sub(a.value, b.value);
  result = {value, Form::Counting};
  return true;
}

BodyEmitter::Item BodyEmitter::evaluateOp(Operation &nested, int64_t lanes) {
  if (auto index = dyn_cast<linalg::IndexOp>(nested)) {
    bool counts = lanes > 1 && index.getDim() == *partition.vector;
    return {ivs[index.getDim()], counts ? Form::Counting : Form::Uniform};
  }
  if (auto load = dyn_cast<memref::LoadOp>(nested))
    return evaluateLoad(load, lanes);
  Item counting;
  if (evaluateCounting(nested, counting))
    return counting;

  SmallVector<Item> items = llvm::map_to_vector(nested.getOperands(), [&](Value operand) { return lookup(operand); });
  bool uniform = llvm::all_of(items, [](const Item &item) { return item.form == Form::Uniform; });
  Operation *clone = e.b.clone(nested);
  e.b.setInsertionPoint(clone);
  for (auto [i, item] : llvm::enumerate(items))
    clone->setOperand(i, uniform ? item.value : asLanes(item, lanes));
  e.b.setInsertionPointAfter(clone);
  if (!uniform)
    for (OpResult result : clone->getResults())
      result.setType(VectorType::get(lanes, result.getType()));
  return {clone->getResult(0), uniform ? Form::Uniform : Form::Lanes};
}

SmallVector<Value> BodyEmitter::evaluate(int64_t lanes, ValueRange accumulators) {
  values.clear();
  for (OpOperand *input : op.getDpsInputOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(input);
    if (!argument.use_empty())
      values[argument] = load(*input, lanes);
  }
  for (auto [argument, value] : llvm::zip_equal(op.getRegionOutputArgs(), accumulators))
    if (value)
      values[argument] = {value, lanes > 1 ? Form::Lanes : Form::Uniform};
  for (Operation &nested : op.getBody()->without_terminator())
    values[nested.getResult(0)] = evaluateOp(nested, lanes);
  return llvm::map_to_vector(op.getBody()->getTerminator()->getOperands(),
                             [&](Value value) { return asLanes(lookup(value), lanes); });
}
