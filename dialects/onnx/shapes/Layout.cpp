//===- Layout.cpp - shapes of operators that keep every element ----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeModels.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

/// The result has the same elements in the same order: so has its content.
static void setReshaped(Value result, Value source, ArrayRef<SymExpr> dims, SymbolicShapes &shapes) {
  shapes.setResult(result, shapes.elementTypeOf(source), dims);
  if (std::optional<ArrayRef<SymExpr>> content = shapes.partialContentOf(source))
    shapes.setContent(result, *content);
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

/// The numbers of elements that a Reshape leaves to the dimension that it does not state: those of `from` and of
/// `others` (null at the place of that dimension), without the dimensions that both have. A product of symbols divides
/// by no other.
static std::pair<Dims, Dims> withoutCommonDims(ArrayRef<SymExpr> from, ArrayRef<SymExpr> others,
                                               const SymbolicShapes &shapes) {
  Dims before(from), after;
  for (SymExpr dim : others) {
    auto same = llvm::find(before, dim);
    if (dim && same != before.end() && shapes.minOf(dim).value_or(0) > 0)
      before.erase(same);
    else if (dim)
      after.push_back(dim);
  }
  return {before, after};
}

/// Two open sizes at one place are taken as the same, where nothing else tells what the unknown dimension is.
static LogicalResult unifyAtTheirPlaces(ReshapeOp op, MutableArrayRef<SymExpr> from, MutableArrayRef<SymExpr> others,
                                        SymbolicShapes &shapes) {
  for (size_t i = 0; i < std::min(from.size(), others.size()); ++i) {
    SymExpr &a = from[i], &b = others[i];
    if (!b || a == b || sym::asConstant(a) || sym::asConstant(b))
      continue;
    FailureOr<SymExpr> common = expectEqual(op, a, "dimension " + Twine(i), b, "that of the result", shapes);
    if (failed(common))
      return failure();
    a = b = *common;
  }
  return success();
}

/// The dimension that makes the numbers of elements agree; `others` is null at its place.
static FailureOr<SymExpr> inferredDim(ReshapeOp op, Dims from, Dims others, SymbolicShapes &shapes) {
  for (bool unified : {false, true}) {
    if (unified && failed(unifyAtTheirPlaces(op, from, others, shapes)))
      return failure();
    auto [before, after] = withoutCommonDims(from, others, shapes);
    SymExpr total = shapes.product(before), rest = shapes.product(after);
    if (SymExpr exact = sym::divideExactly(total, rest))
      return exact;
    std::optional<int64_t> count = sym::asConstant(total), divisor = sym::asConstant(rest);
    SymExpr quotient = sym::floorDiv(total, rest);
    if (!quotient || (count && divisor)) {
      if (!unified)
        continue;
      return emitNodeError(op) << "shape " << shapes.print(from) << " does not divide into " << shapes.print(rest)
                               << " elements per unknown dimension, expected it to";
    }
    FailureOr<SymExpr> whole =
        expectEqual(op, total, "the number of elements", sym::mul(quotient, rest), "that of the result", shapes);
    if (failed(whole))
      return failure();
    return quotient;
  }
  return failure();
}

static LogicalResult inferReshape(ReshapeOp op, SymbolicShapes &shapes) {
  FailureOr<Dims> target = contentOperand(op, op.getShape(), "shape", shapes);
  if (failed(target))
    return failure();
  Dims from(shapes.shapeOf(op.getData())), dims;
  std::optional<size_t> inferred;
  for (auto [i, dim] : llvm::enumerate(*target)) {
    std::optional<int64_t> known = sym::asConstant(dim);
    if (known && *known == 0 && !op.getAllowzero()) {
      if (i >= from.size())
        return emitNodeError(op) << "0 found for dimension " << i << " of the result, expected a dimension of "
                                 << shapes.print(from) << " to copy";
      dim = from[i];
    } else if (known && *known < -1) {
      return emitNodeError(op) << *known << " found for dimension " << i << " of the result, expected a size, 0 or -1";
    } else if (!dim || (known && *known == -1)) {
      // One size that is computed from data can still be told from the number of elements.
      if (inferred && !dim)
        return dataDependent(op, "dimension " + Twine(i) + " of the result");
      if (inferred)
        return emitNodeError(op) << "two dimensions of the result are unknown, expected at most one -1";
      inferred = i;
      dims.push_back(SymExpr());
      continue;
    }
    dims.push_back(dim);
  }
  if (inferred) {
    FailureOr<SymExpr> dim = inferredDim(op, from, dims, shapes);
    if (failed(dim))
      return failure();
    dims[*inferred] = *dim;
  } else if (failed(expectEqual(op, shapes.product(from), "the number of elements of " + shapes.print(from),
                                shapes.product(dims), "that of " + shapes.print(dims), shapes))) {
    return failure();
  }
  setReshaped(op.getReshaped(), op.getData(), dims, shapes);
  return success();
}

//===----------------------------------------------------------------------===//
// Squeeze, Unsqueeze, Flatten, Identity, Dropout
//===----------------------------------------------------------------------===//

static LogicalResult inferSqueeze(SqueezeOp op, SymbolicShapes &shapes) {
  ArrayRef<SymExpr> from = shapes.shapeOf(op.getData());
  SmallVector<int64_t> axes;
  if (op.getAxes()) {
    FailureOr<SmallVector<int64_t>> given = constantOperand(op, op.getAxes(), "axes", shapes);
    if (succeeded(given))
      given = normalizeAxes(op, *given, from.size());
    if (failed(given))
      return failure();
    axes = *given;
  } else {
    for (auto [i, dim] : llvm::enumerate(from))
      if (sym::asConstant(dim) == 1)
        axes.push_back(i);
  }
  Dims dims;
  for (auto [i, dim] : llvm::enumerate(from)) {
    if (!llvm::is_contained(axes, int64_t(i)))
      dims.push_back(dim);
    else if (failed(expectEqual(op, dim, "dimension " + Twine(i), shapes.constant(1), "what can be removed", shapes)))
      return failure();
  }
  setReshaped(op.getSqueezed(), op.getData(), dims, shapes);
  return success();
}

static LogicalResult inferUnsqueeze(UnsqueezeOp op, SymbolicShapes &shapes) {
  FailureOr<SmallVector<int64_t>> axes = constantOperand(op, op.getAxes(), "axes", shapes);
  if (failed(axes))
    return failure();
  Dims dims(shapes.shapeOf(op.getData()));
  axes = normalizeAxes(op, *axes, dims.size() + axes->size());
  if (failed(axes))
    return failure();
  for (int64_t axis : *axes)
    dims.insert(dims.begin() + axis, shapes.constant(1));
  setReshaped(op.getExpanded(), op.getData(), dims, shapes);
  return success();
}

static LogicalResult inferFlatten(FlattenOp op, SymbolicShapes &shapes) {
  ArrayRef<SymExpr> from = shapes.shapeOf(op.getInput());
  int64_t rank = from.size(), axis = op.getAxis();
  if (axis < -rank || axis > rank)
    return emitNodeError(op) << "axis " << axis << " found, expected one in [" << -rank << ", " << rank << "]";
  axis = axis < 0 ? axis + rank : axis;
  setReshaped(op.getOutput(), op.getInput(),
              {shapes.product(from.take_front(axis)), shapes.product(from.drop_front(axis))}, shapes);
  return success();
}

static LogicalResult inferIdentity(IdentityOp op, SymbolicShapes &shapes) {
  setReshaped(op.getOutput(), op.getInput(), shapes.shapeOf(op.getInput()), shapes);
  return success();
}

static LogicalResult inferDropout(DropoutOp op, SymbolicShapes &shapes) {
  setReshaped(op.getOutput(), op.getData(), shapes.shapeOf(op.getData()), shapes);
  if (op.getMask())
    shapes.setResult(op.getMask(), IntegerType::get(op.getContext(), 1), shapes.shapeOf(op.getData()));
  return success();
}

//===----------------------------------------------------------------------===//
// Transpose, Concat, Split
//===----------------------------------------------------------------------===//

static LogicalResult inferTranspose(TransposeOp op, SymbolicShapes &shapes) {
  ArrayRef<SymExpr> from = shapes.shapeOf(op.getData());
  int64_t rank = from.size();
  SmallVector<int64_t> perm = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
  if (std::optional<ArrayRef<int64_t>> given = op.getPerm()) {
    perm.assign(given->begin(), given->end());
    SmallVector<int64_t> sorted = perm;
    llvm::sort(sorted);
    if (!llvm::equal(sorted, llvm::seq<int64_t>(0, rank))) {
      InFlightDiagnostic error = emitNodeError(op) << "attribute 'perm' is [";
      llvm::interleaveComma(perm, error);
      return error << "], expected each of the " << rank << " dimensions once";
    }
  }
  Dims dims = llvm::map_to_vector(perm, [&](int64_t axis) { return from[axis]; });
  shapes.setResult(op.getTransposed(), shapes.elementTypeOf(op.getData()), dims);
  gatherContent(op.getTransposed(), op.getData(), shapes,
                [&](ArrayRef<int64_t> index, MutableArrayRef<int64_t> source) {
                  for (auto [i, axis] : llvm::enumerate(perm))
                    source[axis] = index[i];
                });
  return success();
}

/// The elements of vectors one after the other.
static void concatContent(ConcatOp op, SymbolicShapes &shapes) {
  std::optional<SmallVector<int64_t>> sizes = contentSizes(shapes.shapeOf(op.getConcatResult()));
  if (!sizes || sizes->size() != 1)
    return;
  Dims elements;
  for (Value input : op.getInputs()) {
    if (std::optional<ArrayRef<SymExpr>> content = shapes.partialContentOf(input))
      llvm::append_range(elements, *content);
    else if (std::optional<int64_t> size = sym::asConstant(shapes.shapeOf(input)[0]))
      elements.append(std::clamp<int64_t>(*size, 0, kMaxContent), SymExpr());
  }
  if (int64_t(elements.size()) == sizes->front())
    shapes.setContent(op.getConcatResult(), elements);
}

static LogicalResult inferConcat(ConcatOp op, SymbolicShapes &shapes) {
  if (op.getInputs().empty())
    return emitNodeError(op) << "no inputs found, expected at least one";
  Dims dims(shapes.shapeOf(op.getInputs()[0]));
  FailureOr<int64_t> axis = normalizeAxis(op, op.getAxis(), dims.size());
  if (failed(axis) || failed(expectSameElementType(op, op.getInputs(), shapes)))
    return failure();
  for (Value input : op.getInputs().drop_front()) {
    if (failed(expectRank(op, input, "inputs", dims.size(), dims.size(), shapes)))
      return failure();
    for (auto [i, dim] : llvm::enumerate(shapes.shapeOf(input))) {
      if (int64_t(i) == *axis) {
        dims[i] = sym::add(dims[i], dim);
        continue;
      }
      FailureOr<SymExpr> common =
          expectEqual(op, dims[i], "dimension " + Twine(i) + " of one input", dim, "that of another", shapes);
      if (failed(common))
        return failure();
      dims[i] = *common;
    }
  }
  shapes.setResult(op.getConcatResult(), shapes.elementTypeOf(op.getInputs()[0]), dims);
  concatContent(op, shapes);
  return success();
}

/// The sizes of the parts of a Split without an operand that says them: equal, the last one smaller.
static FailureOr<Dims> equalParts(SplitOp op, SymExpr size, SymbolicShapes &shapes) {
  int64_t parts = op->getNumResults();
  if (op.getNumOutputs() && int64_t(*op.getNumOutputs()) != parts)
    return emitNodeError(op) << "attribute 'num_outputs' is " << *op.getNumOutputs() << " for a node with " << parts
                             << " outputs, expected the same number";
  SymExpr count = shapes.constant(parts);
  if (SymExpr each = sym::divideExactly(size, count))
    return Dims(parts, each);
  SymExpr chunk = sym::ceilDiv(size, count);
  SymExpr last = sym::sub(size, sym::mul(chunk, shapes.constant(parts - 1)));
  if (!last || (shapes.minOf(last).value_or(-1) < 0 && failed(shapes.requireAtMost(shapes.constant(0), last, op))))
    return emitNodeError(op) << "dimension of " << shapes.print(size) << " found, expected one that divides into "
                             << parts << " parts";
  Dims sizes(parts, chunk);
  sizes.back() = last;
  return sizes;
}

static LogicalResult inferSplit(SplitOp op, SymbolicShapes &shapes) {
  Value input = op.getInput();
  Dims dims(shapes.shapeOf(input));
  FailureOr<int64_t> axis = normalizeAxis(op, op.getAxis(), dims.size());
  if (failed(axis))
    return failure();
  if (op->getNumResults() == 0)
    return emitNodeError(op) << "no outputs found, expected at least one";
  FailureOr<Dims> sizes =
      op.getSplit() ? contentOperand(op, op.getSplit(), "split", shapes) : equalParts(op, dims[*axis], shapes);
  if (failed(sizes))
    return failure();
  if (sizes->size() != op->getNumResults())
    return emitNodeError(op) << sizes->size() << " sizes for " << op->getNumResults()
                             << " outputs found, expected one each";
  SymExpr sum = shapes.constant(0), offset = sum;
  for (auto [i, size] : llvm::enumerate(*sizes)) {
    if (!size)
      return dataDependent(op, "size " + Twine(i));
    if (sym::asConstant(size).value_or(0) < 0)
      return emitNodeError(op) << "size " << shapes.print(size)
                               << " of a part found, expected one that is not negative";
    sum = sym::add(sum, size);
  }
  if (failed(expectEqual(op, dims[*axis], "the dimension to split", sum, "the sum of the parts", shapes)))
    return failure();
  for (auto [result, size] : llvm::zip_equal(op->getResults(), *sizes)) {
    dims[*axis] = size;
    shapes.setResult(result, shapes.elementTypeOf(input), dims);
    if (std::optional<int64_t> begin = sym::asConstant(offset))
      gatherContent(result, input, shapes, [&](ArrayRef<int64_t> index, MutableArrayRef<int64_t> source) {
        llvm::copy(index, source.begin());
        source[*axis] += *begin;
      });
    offset = sym::add(offset, size);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Expand, Tile, Pad
//===----------------------------------------------------------------------===//

/// The content of a result that repeats its input, right aligned.
static void repeatContent(Value result, Value input, SymbolicShapes &shapes) {
  std::optional<SmallVector<int64_t>> sizes = contentSizes(shapes.shapeOf(input));
  if (!sizes)
    return;
  gatherContent(result, input, shapes, [&](ArrayRef<int64_t> index, MutableArrayRef<int64_t> source) {
    for (auto [i, own, size] : llvm::zip_equal(index.take_back(source.size()), source, *sizes))
      own = i % size;
  });
}

static LogicalResult inferExpand(ExpandOp op, SymbolicShapes &shapes) {
  FailureOr<Dims> target = contentOperand(op, op.getShape(), "shape", shapes);
  if (failed(target))
    return failure();
  for (auto [i, dim] : llvm::enumerate(*target)) {
    if (!dim)
      return dataDependent(op, "dimension " + Twine(i) + " of the result");
    if (sym::asConstant(dim).value_or(0) < 0)
      return emitNodeError(op) << shapes.print(dim) << " found for dimension " << i << ", expected a size";
  }
  FailureOr<Dims> dims = broadcast(op, {Dims(shapes.shapeOf(op.getInput())), *target}, shapes);
  if (failed(dims))
    return failure();
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(op.getInput()), *dims);
  repeatContent(op.getOutput(), op.getInput(), shapes);
  return success();
}

static LogicalResult inferTile(TileOp op, SymbolicShapes &shapes) {
  FailureOr<Dims> repeats = contentOperand(op, op.getRepeats(), "repeats", shapes);
  if (failed(repeats))
    return failure();
  Dims dims(shapes.shapeOf(op.getInput()));
  if (repeats->size() != dims.size())
    return emitNodeError(op) << repeats->size() << " repeats for shape " << shapes.print(dims)
                             << " found, expected one per dimension";
  for (auto [i, dim, repeat] : llvm::enumerate(dims, *repeats)) {
    if (!repeat)
      return dataDependent(op, "repeat " + Twine(i));
    dim = sym::mul(dim, repeat);
  }
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(op.getInput()), dims);
  repeatContent(op.getOutput(), op.getInput(), shapes);
  return success();
}

static LogicalResult inferPad(PadOp op, SymbolicShapes &shapes) {
  if (!llvm::is_contained({"constant", "edge", "reflect", "wrap"}, op.getMode()))
    return emitNodeError(op) << "attribute 'mode' is '" << op.getMode()
                             << "', expected constant, edge, reflect or wrap";
  Dims dims(shapes.shapeOf(op.getData()));
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, dims.size()));
  if (op.getAxes()) {
    FailureOr<SmallVector<int64_t>> given = constantOperand(op, op.getAxes(), "axes", shapes);
    if (failed(given) || failed(normalizeAxes(op, *given, dims.size())))
      return failure();
    axes = llvm::map_to_vector(*given, [&](int64_t axis) { return axis < 0 ? axis + int64_t(dims.size()) : axis; });
  }
  FailureOr<Dims> pads = contentOperand(op, op.getPads(), "pads", shapes);
  if (failed(pads))
    return failure();
  if (pads->size() != 2 * axes.size())
    return emitNodeError(op) << pads->size() << " pads for " << axes.size() << " axes found, expected two per axis";
  for (auto [i, axis] : llvm::enumerate(axes)) {
    SymExpr before = (*pads)[i], after = (*pads)[i + axes.size()];
    if (!before || !after)
      return dataDependent(op, "padding of dimension " + Twine(axis));
    dims[axis] = sym::add(dims[axis], sym::add(before, after));
  }
  shapes.setResult(op.getOutput(), shapes.elementTypeOf(op.getData()), dims);
  return success();
}

void rheobase::onnx::attachLayoutModels(MLIRContext *context) {
  attach<ReshapeOp, inferReshape>(context);
  attach<SqueezeOp, inferSqueeze>(context);
  attach<UnsqueezeOp, inferUnsqueeze>(context);
  attach<FlattenOp, inferFlatten>(context);
  attach<IdentityOp, inferIdentity>(context);
  attach<DropoutOp, inferDropout>(context);
  attach<TransposeOp, inferTranspose>(context);
  attach<ConcatOp, inferConcat>(context);
  attach<SplitOp, inferSplit>(context);
  attach<ExpandOp, inferExpand>(context);
  attach<TileOp, inferTile>(context);
  attach<PadOp, inferPad>(context);
}
