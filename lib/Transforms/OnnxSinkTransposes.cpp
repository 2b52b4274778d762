//===- OnnxSinkTransposes.cpp - onnx-sink-transposes ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriting.h"

#include "rheobase/Transforms/Passes.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace rheobase {
#define GEN_PASS_DEF_ONNXSINKTRANSPOSES
#include "rheobase/Transforms/Passes.h.inc"
} // namespace rheobase

using namespace rheobase;
using namespace rheobase::onnx;

namespace {

/// The order that puts the last axis behind the first: [N, spatial..., C] to [N, C, spatial...].
SmallVector<int64_t> channelsFirst(int64_t rank) {
  SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(0, rank - 1));
  perm.insert(perm.begin() + 1, rank - 1);
  return perm;
}

/// Its inverse.
SmallVector<int64_t> channelsLast(int64_t rank) {
  SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  std::rotate(perm.begin() + 1, perm.begin() + 2, perm.end());
  return perm;
}

/// The value with channels last that `value` is a transpose of, else null.
Value beforeTranspose(Value value) {
  auto op = value.getDefiningOp<TransposeOp>();
  int64_t rank = op && op.getPerm() ? static_cast<int64_t>(op.getPerm()->size()) : 0;
  return rank >= 3 && *op.getPerm() == ArrayRef<int64_t>(channelsFirst(rank)) ? op.getData() : Value();
}

/// The value behind a transpose from channels first to last, where there is one already.
bool hasTransposed(Value value, int64_t rank) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    auto op = dyn_cast<TransposeOp>(user);
    return op && op.getPerm() && *op.getPerm() == ArrayRef<int64_t>(channelsLast(rank));
  });
}

class Sinker {
public:
  Sinker(Operation *op, SymbolicShapes &shapes) : builder(op, shapes), shapes(shapes) {}

  Value elementwise(Operation *op);
  Value pool(GlobalAveragePoolOp op);
  Value join(ReshapeOp op);
  Value concat(ConcatOp op);

private:
  Value withChannelsLast(Value operand, int64_t rank);

  OnnxBuilder builder;
  SymbolicShapes &shapes;
};

} // namespace

/// An operand of an elementwise op as it stands beside channels last; null where that costs a transpose.
Value Sinker::withChannelsLast(Value operand, int64_t rank) {
  ArrayRef<SymExpr> dims = shapes.shapeOf(operand);
  int64_t own = dims.size();
  if (Value before = own == rank ? beforeTranspose(operand) : Value())
    return before;
  auto isOne = [](SymExpr size) { return sym::asConstant(size) == 1; };
  if (llvm::all_of(dims, isOne))
    return operand;
  // Two dimensions at most that are not 1 (one number for each sample and channel) move at no cost worth naming.
  bool isSmall = llvm::count_if(dims, [&](SymExpr size) { return !isOne(size); }) <= 2;
  if (!isSmall && !operand.getDefiningOp<ConstantOp>() && !(own == rank && hasTransposed(operand, rank)))
    return nullptr;
  SmallVector<SymExpr> aligned(rank - own, shapes.constant(1));
  aligned.append(dims.begin(), dims.end());
  Value whole = builder.reshape(operand, aligned);
  return whole ? builder.transpose(whole, channelsLast(rank)) : Value();
}

/// f(T(x), c) = T(f(x, T'(c))).
Value Sinker::elementwise(Operation *op) {
  int64_t rank = shapes.shapeOf(op->getResult(0)).size();
  if (op->getNumResults() != 1 || llvm::none_of(op->getOperands(), [](Value v) { return v && beforeTranspose(v); }))
    return nullptr;
  IRMapping mapping;
  for (Value operand : op->getOperands()) {
    Value before = withChannelsLast(operand, rank);
    if (!before)
      return nullptr;
    mapping.map(operand, before);
  }
  return builder.transpose(builder.clone(op, mapping), channelsFirst(rank));
}

/// The mean over all places, which stand between the samples and the channels.
Value Sinker::pool(GlobalAveragePoolOp op) {
  Value before = beforeTranspose(op.getX());
  if (!before)
    return nullptr;
  int64_t rank = shapes.shapeOf(before).size();
  Value axes = builder.constant(llvm::to_vector(llvm::seq<int64_t>(1, rank - 1)));
  OpBuilder &b = builder.getBuilder();
  Value mean = builder.create<ReduceMeanOp>(before, axes, b.getI64IntegerAttr(1), b.getI64IntegerAttr(0));
  SmallVector<SymExpr> dims(shapes.shapeOf(op.getY()));
  return builder.reshape(mean, dims);
}

/// Where all places are joined, [N, C, H, W] to [N, C, H*W], they are joined before.
Value Sinker::join(ReshapeOp op) {
  Value before = beforeTranspose(op.getData());
  ArrayRef<SymExpr> from = shapes.shapeOf(op.getData()), to = shapes.shapeOf(op.getReshaped());
  if (!before || from.size() == 3 || to.size() != 3 || to[0] != from[0] || to[1] != from[1])
    return nullptr;
  Value joined = builder.reshape(before, {to[0], to[2], to[1]});
  return joined ? builder.transpose(joined, channelsFirst(3)) : Value();
}

Value Sinker::concat(ConcatOp op) {
  SmallVector<Value> inputs = llvm::map_to_vector(op.getInputs(), beforeTranspose);
  if (!llvm::all_of(inputs, [](Value before) { return before != nullptr; }))
    return nullptr;
  int64_t rank = shapes.shapeOf(inputs.front()).size(), axis = static_cast<int64_t>(op.getAxis());
  SmallVector<int64_t> perm = channelsFirst(rank);
  Value joined =
      builder.create<ConcatOp>(inputs, builder.getBuilder().getI64IntegerAttr(perm[axis < 0 ? axis + rank : axis]));
  return builder.transpose(joined, perm);
}

static Value rewrite(Operation *op, SymbolicShapes &shapes) {
  Sinker sinker(op, shapes);
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](GlobalAveragePoolOp pool) { return sinker.pool(pool); })
      .Case([&](ReshapeOp reshape) { return sinker.join(reshape); })
      .Case([&](ConcatOp concat) { return sinker.concat(concat); })
      .Default([&](Operation *other) { return other->hasTrait<Elementwise>() ? sinker.elementwise(other) : Value(); });
}

namespace {
struct OnnxSinkTransposes : rheobase::impl::OnnxSinkTransposesBase<OnnxSinkTransposes> {
  void runOnOperation() override {
    if (failed(rewriteOps(getOperation(), rewrite)))
      signalPassFailure();
  }
};
} // namespace
