//===- CachedSite.cpp - a code of what a session has kept ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CachedSite.h"

#include "Sites.h"
#include "TensorBuilder.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

RankedTensorType typeOf(Value v) {
  return cast<RankedTensorType>(v.getType());
}

/// What computes with the elements of `v`; its shape, and what is returned, do not.
SmallVector<Operation *> readersOf(Value v) {
  SmallVector<Operation *> readers;
  for (Operation *user : v.getUsers())
    if (!isa<onnx::ShapeOp, func::ReturnOp>(user) && !llvm::is_contained(readers, user))
      readers.push_back(user);
  return readers;
}

/// Whether `op` multiplies all elements of `v` by one number, or divides them.
bool isScale(Operation *op, Value v) {
  if (!isa<onnx::MulOp, onnx::DivOp>(op) || op->getResult(0).getType() != v.getType())
    return false;
  unsigned other = op->getOperand(0) == v ? 1 : 0;
  return (other == 1 || isa<onnx::MulOp>(op)) && uniformConstant(op->getOperand(other)).has_value();
}

/// An operand that says a shape, with 1 at `fromEnd` from its end.
Value withOneAt(OpBuilder &b, Location loc, Value shape, int64_t fromEnd) {
  TensorBuilder tensors(b, loc);
  int64_t size = typeOf(shape).getDimSize(0), at = size - fromEnd;
  if (std::optional<ConstantData> data = ConstantData::of(shape)) {
    SmallVector<int64_t> sizes;
    for (int64_t i = 0; i < size; ++i)
      sizes.push_back(data->integer(i).value_or(1));
    sizes[at] = 1;
    return tensors.vector(sizes);
  }
  auto part = [&](int64_t from, int64_t to) -> Value {
    return onnx::SliceOp::create(b, loc, typeOf(shape).clone({to - from}), shape, tensors.vector({from}),
                                 tensors.vector({to}), tensors.vector({0}), tensors.vector({1}));
  };
  SmallVector<Value> parts{part(0, at), tensors.vector({1})};
  if (at + 1 < size)
    parts.push_back(part(at + 1, size));
  return onnx::ConcatOp::create(b, loc, shape.getType(), parts, b.getI64IntegerAttr(0));
}

/// A step for each of `heads` from one for each of their copies, which lie side by side; null where copies differ.
Value stepsOfCopied(OpBuilder &b, Location loc, const ConstantData &steps, int64_t heads) {
  int64_t copies = steps.getType().getDimSize(0) / heads, channels = steps.size() / steps.getType().getDimSize(0);
  SmallVector<float> kept;
  for (int64_t i = 0; i < steps.size(); ++i) {
    int64_t head = i / channels, first = head / copies * copies * channels + i % channels;
    if (steps.number(i) != steps.number(first))
      return {};
    if (head % copies == 0)
      kept.push_back(static_cast<float>(steps.number(i)));
  }
  return TensorBuilder(b, loc).numbers(kept, {heads, 1, channels});
}

} // namespace

std::optional<CachedSite> CachedSite::of(BlockArgument past, Value next, const SymbolicShapes &shapes, StringRef &why) {
  CachedSite site;
  site.past = past;
  site.concat = next.getDefiningOp<onnx::ConcatOp>();
  auto isReturn = [](OpOperand &use) { return isa<func::ReturnOp>(use.getOwner()); };
  SmallVector<Operation *> readers = readersOf(past);
  bool isAppended = site.concat && readers.size() == 1 && readers.front() == site.concat &&
                    site.concat.getInputs().size() == 2 && site.concat.getInputs()[0] == past &&
                    typeOf(past).getRank() > 1 && llvm::none_of(past.getUses(), isReturn) &&
                    llvm::count_if(next.getUses(), isReturn) == 1;
  if (!isAppended) {
    why = "its next value is not it with what is new behind it, or something else reads it";
    return std::nullopt;
  }
  why = site.follow(shapes);
  if (why.empty())
    why = site.checkStep();
  return why.empty() ? std::optional(site) : std::nullopt;
}

/// Walks to the code; what is in the way, or nothing.
StringRef CachedSite::follow(const SymbolicShapes &shapes) {
  Value v = concat.getConcatResult();
  rowAxis = typeOf(v).getRank() - 1;
  while (true) {
    SmallVector<Operation *> readers = readersOf(v);
    for (Operation *reader : readers)
      if (auto found = dyn_cast<EncodeOp>(reader))
        encode = found;
    if (encode) {
      rowStep = encode.getLsb().getDefiningOp<RowStepOp>();
      bool isAlone = llvm::all_of(readers, [&](Operation *each) { return each == encode || each == rowStep; });
      return isAlone ? "" : "more than one code is made of it";
    }
    if (readers.size() != 1 || !passes(readers.front(), v, shapes))
      return "it is computed with before it is encoded";
    path.push_back(readers.front());
    v = readers.front()->getResult(0);
  }
}

/// Whether `op` moves or scales the elements of `v` and keeps its rows; follows their axis.
bool CachedSite::passes(Operation *op, Value v, const SymbolicShapes &shapes) {
  if (isScale(op, v))
    return true;
  if (auto transpose = dyn_cast<onnx::TransposeOp>(op)) {
    std::optional<ArrayRef<int64_t>> permutation = transpose.getPerm();
    if (!permutation)
      return false;
    rowAxis = llvm::find(*permutation, rowAxis) - permutation->begin();
    return true;
  }
  if (!isa<onnx::ReshapeOp, onnx::ExpandOp>(op) || op->getOperand(0) != v)
    return false;
  // Where the axis of rows and all behind it stay, rows stay, and their order.
  ArrayRef<SymExpr> from = shapes.shapeOf(v), to = shapes.shapeOf(op->getResult(0));
  size_t behind = from.size() - rowAxis;
  rowAxis = static_cast<int64_t>(to.size() - behind);
  return behind <= to.size() && from.take_back(behind) == to.take_back(behind);
}

/// What of the step depends on more than a row or is known only when running, or nothing.
StringRef CachedSite::checkStep() {
  if (encode.getZero())
    return "its code has an offset";
  if (rowStep)
    return rowStep.getAxes() == ArrayRef(rowAxis)
               ? ""
               : "its step is set by all of a sample; --calibrate=FILE gives it a fixed one";
  OpBuilder b(encode);
  Value step = isConstant(encode.getLsb()) ? fixedStep(b) : Value();
  int64_t axis = concat.getAxis(), rank = typeOf(past).getRank();
  int64_t fromEnd = axis < 0 ? -axis : rank - axis;
  if (!step || (typeOf(step).getRank() >= fromEnd && typeOf(step).getDimSize(typeOf(step).getRank() - fromEnd) != 1))
    return "its step is not one for all tokens";
  return "";
}

/// The constant step as it applies before the path; null where it cannot be said.
Value CachedSite::fixedStep(OpBuilder &b) {
  Value step = encode.getLsb();
  auto moves = [](Operation *op) { return isa<onnx::TransposeOp, onnx::ReshapeOp, onnx::ExpandOp>(op); };
  SmallVector<Operation *> moving = llvm::to_vector(llvm::make_filter_range(path, moves));
  if (moving.empty() || typeOf(step).getRank() == 0)
    return b.clone(*step.getDefiningOp())->getResult(0);
  // Heads that queries share: [b, h, s, d] to [b, h, 1, s, d] to [b, h, n, s, d] to [b, h n, s, d].
  std::optional<ConstantData> data = ConstantData::of(step);
  ArrayRef<int64_t> cache = typeOf(past).getShape();
  if (!data || moving.size() != 3 || cache.size() != 4 ||
      step.getType() != typeOf(step).clone({typeOf(step).getDimSize(0), 1, cache[3]}))
    return {};
  ArrayRef<int64_t> apart = typeOf(moving[0]->getResult(0)).getShape(),
                    spread = typeOf(moving[1]->getResult(0)).getShape();
  int64_t heads = cache[1], all = typeOf(step).getDimSize(0);
  bool isRepeat = isa<onnx::ReshapeOp>(moving[0]) && isa<onnx::ExpandOp>(moving[1]) &&
                  isa<onnx::ReshapeOp>(moving[2]) && heads > 0 && all % heads == 0 && apart.size() == 5 &&
                  spread.size() == 5 && apart[1] == heads && apart[2] == 1 && spread[1] == heads &&
                  spread[2] == all / heads;
  return isRepeat ? stepsOfCopied(b, encode.getLoc(), *data, heads) : Value();
}

/// The path's scales on what is new, in their order: the same bits, element by element.
Value CachedSite::scaled(OpBuilder &b, Value fresh) {
  Value before = concat.getConcatResult();
  for (Operation *op : path) {
    if (isScale(op, before)) {
      IRMapping map;
      map.map(before, fresh);
      for (Value operand : op->getOperands())
        if (operand != before)
          map.map(operand, b.clone(*operand.getDefiningOp())->getResult(0));
      Operation *copy = b.clone(*op, map);
      copy->getResult(0).setType(fresh.getType());
      fresh = copy->getResult(0);
    }
    before = op->getResult(0);
  }
  return fresh;
}

/// The path's moves on codes, or on steps, of which a row is one.
Value CachedSite::moved(OpBuilder &b, Value v, bool areSteps) {
  Value before = concat.getConcatResult();
  int64_t row = typeOf(before).getRank() - 1;
  for (Operation *op : path) {
    if (!isScale(op, before)) {
      IRMapping map;
      map.map(before, v);
      SmallVector<int64_t> shape(typeOf(op->getResult(0)).getShape());
      int64_t behind = typeOf(before).getRank() - row;
      if (auto transpose = dyn_cast<onnx::TransposeOp>(op)) {
        row = llvm::find(*transpose.getPerm(), row) - transpose.getPerm()->begin();
      } else {
        row = static_cast<int64_t>(shape.size()) - behind;
        if (areSteps)
          map.map(op->getOperand(1), withOneAt(b, op->getLoc(), op->getOperand(1), behind));
      }
      if (areSteps)
        shape[row] = 1;
      Operation *copy = b.clone(*op, map);
      copy->getResult(0).setType(typeOf(v).clone(shape));
      v = copy->getResult(0);
    }
    before = op->getResult(0);
  }
  return v;
}

Value CachedSite::join(OpBuilder &b, Value before, Value fresh) {
  SmallVector<int64_t> shape(typeOf(concat.getConcatResult()).getShape());
  shape.back() = typeOf(fresh).getShape().back();
  return onnx::ConcatOp::create(b, concat.getLoc(), typeOf(fresh).clone(shape), ValueRange{before, fresh},
                                concat.getAxisAttr());
}

CachedSite::Joined CachedSite::rewrite(Value pastSteps) {
  OpBuilder b(concat);
  Location loc = encode.getLoc();
  Value fresh = scaled(b, concat.getInputs()[1]);
  auto rows = typeOf(fresh);
  CodeInterface code = encode.getTrain().getType().getCode();
  Value step;
  if (rowStep) {
    SmallVector<int64_t> shape(rows.getShape());
    shape.back() = 1;
    step = RowStepOp::create(b, loc, rows.clone(shape), Type(), fresh, b.getDenseI64ArrayAttr({rows.getRank() - 1}),
                             code, IntegerAttr())
               .getLsb();
  } else {
    step = fixedStep(b);
  }
  auto train = TrainType::get(b.getContext(), rows.getShape(), code);
  Value spikes = EncodeOp::create(b, loc, train, fresh, step, Value());
  past.setType(typeOf(past).clone(code.getStorageType()));
  Joined joined{join(b, past, CodesOp::create(b, loc, train.getCodesType(), spikes)), {}};
  if (rowStep)
    joined.steps = join(b, pastSteps, step);
  replaceBy(joined);
  return joined;
}

/// Leads the code to its readers and takes out what it was made by.
void CachedSite::replaceBy(const Joined &joined) {
  // The sizes that moves take may be computed behind the concatenation.
  OpBuilder b(encode);
  Value all =
      FromCodesOp::create(b, encode.getLoc(), encode.getTrain().getType(), moved(b, joined.codes, /*areSteps=*/false));
  encode.getTrain().replaceAllUsesWith(all);
  if (rowStep)
    rowStep.getLsb().replaceUsesWithIf(moved(b, joined.steps, /*areSteps=*/true),
                                       [&](OpOperand &use) { return use.getOwner() != encode; });
  encode.erase();
  if (rowStep)
    rowStep.erase();
  for (Operation *op : llvm::reverse(path))
    op->erase();
  concat.getConcatResult().replaceAllUsesWith(joined.codes);
  concat.erase();
}
