//===- OnnxSimplifyShapes.cpp - onnx-simplify-shapes ---------------------===//
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
#define GEN_PASS_DEF_ONNXSIMPLIFYSHAPES
#include "rheobase/Transforms/Passes.h.inc"
} // namespace rheobase

using namespace rheobase;
using namespace rheobase::onnx;

namespace {

/// The value that replaces an op's first result, or null where the op is simple already.
class Simplifier {
public:
  Simplifier(Operation *op, SymbolicShapes &shapes) : builder(op, shapes), shapes(shapes) {}

  Value simplify(IdentityOp op) { return op.getInput(); }
  Value simplify(DropoutOp op);
  Value simplify(CastOp op);
  Value simplify(ReshapeOp op);
  Value simplify(TransposeOp op);
  Value simplify(ConcatOp op) { return op.getInputs().size() == 1 ? op.getInputs().front() : Value(); }
  Value simplify(SplitOp op) { return op->getNumResults() == 1 ? op.getInput() : Value(); }
  Value simplify(SliceOp op) { return wholeSlice(op) ? op.getData() : Value(); }
  Value simplify(PadOp op);
  Value simplify(WhereOp op);
  Value simplify(GatherOp op);
  Value simplify(ScatterNDOp op);
  Value simplify(ReduceMeanOp op) { return withoutAxes(op); }
  Value simplify(MulOp op) { return neutral(op, op.getA(), op.getB(), 1, /*commutes=*/true); }
  Value simplify(DivOp op) { return neutral(op, op.getA(), op.getB(), 1, /*commutes=*/false); }
  Value simplify(PowOp op) { return neutral(op, op.getX(), op.getY(), 1, /*commutes=*/false); }
  Value simplify(SubOp op) { return neutral(op, op.getA(), op.getB(), 0, /*commutes=*/false); }

  /// Squeeze, Unsqueeze and Flatten: a Reshape to the same shape.
  template <typename OpT> Value asReshape(OpT op) {
    return builder.reshape(op->getOperand(0), shapes.shapeOf(op->getResult(0)));
  }
  /// Expand and Tile change nothing where the shape stays.
  template <typename OpT> Value unchanged(OpT op) {
    return sameShape(op, op->getOperand(0)) ? op->getOperand(0) : Value();
  }

private:
  bool sameShape(Operation *op, Value value) { return shapes.shapeOf(op->getResult(0)) == shapes.shapeOf(value); }
  bool wholeSlice(SliceOp op);
  Value transposeSeparated(TransposeOp op, Value data, ArrayRef<int64_t> perm);
  Value withoutAxes(ReduceMeanOp op);
  Value neutral(Operation *op, Value left, Value right, double number, bool commutes);
  Value broadcastTo(Value value, Operation *op);

  OnnxBuilder builder;
  SymbolicShapes &shapes;
};

} // namespace

Value Simplifier::simplify(DropoutOp op) {
  bool training = op.getTrainingMode() && shapes.constantContentOf(op.getTrainingMode()) != SmallVector<int64_t>{0};
  bool maskUsed = op.getMask() && !op.getMask().use_empty();
  return training || maskUsed ? Value() : op.getData();
}

Value Simplifier::simplify(CastOp op) {
  return shapes.elementTypeOf(op.getInput()) == shapes.elementTypeOf(op.getOutput()) ? op.getInput() : Value();
}

Value Simplifier::simplify(ReshapeOp op) {
  Value data = op.getData();
  while (auto inner = data.getDefiningOp<ReshapeOp>())
    data = inner.getData();
  ArrayRef<SymExpr> to = shapes.shapeOf(op.getReshaped());
  if (shapes.shapeOf(data) == to)
    return data;
  auto target = constantTarget(shapes.shapeOf(data), to, op.getContext());
  bool isCanonical =
      target ? op.getShape().getDefiningOp<ConstantOp>() && shapes.constantContentOf(op.getShape()) == *target
             : SizeMaterializer::isMaterialized(op.getShape());
  return data == op.getData() && isCanonical ? Value() : builder.reshape(data, to);
}

/// The permutation of a Transpose, also where it is left out.
static SmallVector<int64_t> permutationOf(TransposeOp op, size_t rank) {
  if (op.getPerm())
    return SmallVector<int64_t>(*op.getPerm());
  return llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
}

Value Simplifier::simplify(TransposeOp op) {
  SmallVector<int64_t> perm = permutationOf(op, shapes.shapeOf(op.getData()).size());
  Value data = op.getData();
  while (auto inner = data.getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> first = permutationOf(inner, perm.size());
    for (int64_t &axis : perm)
      axis = first[axis];
    data = inner.getData();
  }
  // Dimensions of size 1 may move: what matters is the order of the others.
  ArrayRef<SymExpr> from = shapes.shapeOf(data);
  SmallVector<int64_t> moved = perm;
  llvm::erase_if(moved, [&](int64_t axis) { return sym::asConstant(from[axis]) == 1; });
  if (llvm::is_sorted(moved))
    return builder.reshape(data, shapes.shapeOf(op.getTransposed()));
  if (Value separated = transposeSeparated(op, data, perm))
    return separated;
  return data == op.getData() ? Value() : builder.transpose(data, perm);
}

/// Where leading dimensions are joined before they stay in front, the transpose is applied before they are joined: an
/// exporter's [b*h, s, d] is the [b, h, s, d] that its neighbours work on.
Value Simplifier::transposeSeparated(TransposeOp op, Value data, ArrayRef<int64_t> perm) {
  auto join = data.getDefiningOp<ReshapeOp>();
  if (!join || perm.empty() || perm.front() != 0)
    return nullptr;
  ArrayRef<SymExpr> from = shapes.shapeOf(join.getData()), to = shapes.shapeOf(data);
  if (from.size() <= to.size() || from.take_back(to.size() - 1) != to.drop_front())
    return nullptr;
  int64_t extra = from.size() - to.size();
  SmallVector<int64_t> wider = llvm::to_vector(llvm::seq<int64_t>(0, extra));
  for (int64_t axis : perm)
    wider.push_back(axis + extra);
  return builder.reshape(builder.transpose(join.getData(), wider), shapes.shapeOf(op.getTransposed()));
}

bool Simplifier::wholeSlice(SliceOp op) {
  if (!sameShape(op, op.getData()))
    return false;
  if (!op.getSteps())
    return true;
  // As many elements as before in steps of 1 are all of them; a step of -1 would turn their order around.
  std::optional<SmallVector<int64_t>> steps = shapes.constantContentOf(op.getSteps());
  return steps && llvm::all_of(*steps, [](int64_t step) { return step == 1; });
}

/// Not by the shape: padding may also cut off, at one end what it adds at the other.
Value Simplifier::simplify(PadOp op) {
  std::optional<SmallVector<int64_t>> pads = shapes.constantContentOf(op.getPads());
  return pads && llvm::all_of(*pads, [](int64_t pad) { return pad == 0; }) ? op.getData() : Value();
}

/// An assignment to the whole tensor.
Value Simplifier::simplify(ScatterNDOp op) {
  bool whole = op.getReduction() == "none" && shapes.shapeOf(op.getUpdates()) == shapes.shapeOf(op.getData()) &&
               isIndexGrid(op.getIndices(), shapes);
  return whole ? op.getUpdates() : Value();
}

/// One constant index: a slice of one, without its dimension.
Value Simplifier::simplify(GatherOp op) {
  std::optional<SmallVector<int64_t>> index = shapes.constantContentOf(op.getIndices());
  SmallVector<SymExpr> from(shapes.shapeOf(op.getData()));
  if (!index || index->size() != 1)
    return nullptr;
  // A dimension that is open must have the element for all its sizes.
  int64_t axis = int64_t(op.getAxis()) < 0 ? int64_t(op.getAxis()) + int64_t(from.size()) : int64_t(op.getAxis());
  int64_t needed = index->front() < 0 ? -index->front() : index->front() + 1;
  if (shapes.minOf(from[axis]).value_or(0) < needed)
    return nullptr;
  // The slice that ends at the last element ends with the dimension, not at 0.
  int64_t end = index->front() == -1 ? INT64_MAX : index->front() + 1;
  SmallVector<SymExpr> dims(shapes.shapeOf(op.getOutput()));
  Value slice = builder.create<SliceOp>(op.getData(), builder.constant(index->front()), builder.constant(end),
                                        builder.constant(axis), Value());
  return builder.reshape(slice, dims);
}

Value Simplifier::withoutAxes(ReduceMeanOp op) {
  bool none = !op.getAxes() || shapes.constantContentOf(op.getAxes()) == SmallVector<int64_t>{};
  return op.getNoopWithEmptyAxes() && none ? op.getData() : Value();
}

/// An operand that an op with a neutral second operand gives back.
Value Simplifier::neutral(Operation *op, Value left, Value right, double number, bool commutes) {
  if (sameShape(op, left) && uniformConstant(right) == number)
    return left;
  if (commutes && sameShape(op, right) && uniformConstant(left) == number)
    return right;
  return nullptr;
}

Value Simplifier::broadcastTo(Value value, Operation *op) {
  if (sameShape(op, value))
    return value;
  ArrayRef<SymExpr> dims = shapes.shapeOf(op->getResult(0));
  SizeMaterializer sizes(op->getParentOfType<func::FuncOp>(), shapes);
  if (!sizes.canMaterialize(dims, shapes))
    return nullptr;
  SmallVector<SymExpr> copy(dims);
  return builder.create<ExpandOp>(value, sizes.materialize(copy, builder));
}

Value Simplifier::simplify(WhereOp op) {
  std::optional<double> condition = uniformConstant(op.getCondition());
  if (std::optional<SmallVector<int64_t>> content = shapes.constantContentOf(op.getCondition());
      content && !content->empty() && llvm::all_equal(*content))
    condition = double(content->front());
  if (!condition)
    return nullptr;
  return broadcastTo(*condition != 0 ? op.getX() : op.getY(), op);
}

static Value simplifyOp(Operation *op, SymbolicShapes &shapes) {
  Simplifier simplifier(op, shapes);
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<SqueezeOp, UnsqueezeOp, FlattenOp>([&](auto typed) { return simplifier.asReshape(typed); })
      .Case<ExpandOp, TileOp>([&](auto typed) { return simplifier.unchanged(typed); })
      .Case<IdentityOp, DropoutOp, CastOp, ReshapeOp, TransposeOp, ConcatOp, SplitOp, SliceOp, PadOp, GatherOp, WhereOp,
            ReduceMeanOp, ScatterNDOp, MulOp, DivOp, PowOp, SubOp>(
          [&](auto typed) { return simplifier.simplify(typed); })
      .Default(Value());
}

/// Operands whose elements are known expressions are written in one form, by ops that use them as data: what their
/// exporter computed them from is not needed then.
static void materializeOperands(Operation *op, SymbolicShapes &shapes) {
  bool isArithmetic = op->getNumResults() != 0 && llvm::all_of(op->getResults(), [&](Value result) {
                        return shapes.contentOf(result).has_value();
                      });
  if (isArithmetic || isa<ReshapeOp>(op))
    return;
  SizeMaterializer sizes(op->getParentOfType<func::FuncOp>(), shapes);
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    std::optional<ArrayRef<SymExpr>> content = shapes.contentOf(value);
    if (!content || SizeMaterializer::isMaterialized(value) || !sizes.canMaterialize(*content, shapes) ||
        shapes.constantContentOf(value) || !shapes.elementTypeOf(value).isInteger(64))
      continue;
    OnnxBuilder builder(op, shapes);
    SmallVector<SymExpr> elements(*content), dims(shapes.shapeOf(value));
    operand.set(builder.reshape(sizes.materialize(elements, builder), dims));
  }
}

namespace {
struct OnnxSimplifyShapes : rheobase::impl::OnnxSimplifyShapesBase<OnnxSimplifyShapes> {
  void runOnOperation() override {
    auto rewrite = [](Operation *op, SymbolicShapes &known) {
      materializeOperands(op, known);
      return simplifyOp(op, known);
    };
    if (failed(rewriteOps(getOperation(), rewrite)))
      signalPassFailure();
  }
};
} // namespace
