//===- ShapeModels.cpp - what the shape functions share ------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeModels.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

LogicalResult rheobase::onnx::checkResults(Operation *op, const SymbolicShapes &shapes) {
  // No element takes more than eight bytes: a size in bytes then fits into 63 bits.
  constexpr int64_t kMaxElements = INT64_MAX / 8;
  for (Value result : op->getResults()) {
    ArrayRef<SymExpr> dims = shapes.shapeOf(result);
    int64_t elements = 1;
    for (auto [i, dim] : llvm::enumerate(dims)) {
      if (!dim)
        return emitNodeError(op) << "dimension " << i
                                 << " of the result is too large to compute, expected sizes within 63 bits";
      std::optional<int64_t> most = shapes.maxOf(dim);
      if (most && *most < 0)
        return emitNodeError(op) << "dimension " << i << " of the result is " << shapes.print(dim)
                                 << ", expected a size that is not negative";
      std::optional<int64_t> known = sym::asConstant(dim);
      if (known && *known != 0 && (llvm::MulOverflow(elements, *known, elements) || elements > kMaxElements))
        return emitNodeError(op) << "result of shape " << shapes.print(dims) << " is too large, expected at most "
                                 << kMaxElements << " elements";
    }
  }
  return success();
}

FailureOr<int64_t> rheobase::onnx::normalizeAxis(Operation *op, int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return emitNodeError(op) << "axis " << axis << " found, expected one in [" << -rank << ", " << rank - 1 << "]";
  return axis < 0 ? axis + rank : axis;
}

FailureOr<SmallVector<int64_t>> rheobase::onnx::normalizeAxes(Operation *op, ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    FailureOr<int64_t> normal = normalizeAxis(op, axis, rank);
    if (failed(normal))
      return failure();
    result.push_back(*normal);
  }
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) != result.end())
    return emitNodeError(op) << "an axis occurs twice, expected each at most once";
  return result;
}

FailureOr<Dims> rheobase::onnx::contentOperand(Operation *op, Value operand, StringRef name,
                                               const SymbolicShapes &shapes) {
  if (shapes.shapeOf(operand).size() > 1)
    return emitNodeError(op) << "operand '" << name << "' has shape " << shapes.print(shapes.shapeOf(operand))
                             << ", expected a vector";
  if (std::optional<ArrayRef<SymExpr>> content = shapes.partialContentOf(operand))
    return Dims(*content);
  // The number of elements alone is worth knowing: it is the rank of what is computed from them.
  std::optional<int64_t> count = sym::asConstant(shapes.product(shapes.shapeOf(operand)));
  if (!count || *count > kMaxContent)
    return emitNodeError(op) << "operand '" << name << "' has " << shapes.print(shapes.shapeOf(operand))
                             << " elements, expected a small constant number of them";
  return Dims(*count);
}

FailureOr<SmallVector<int64_t>> rheobase::onnx::constantOperand(Operation *op, Value operand, StringRef name,
                                                                const SymbolicShapes &shapes) {
  std::optional<SmallVector<int64_t>> numbers = shapes.constantContentOf(operand);
  if (!numbers)
    return emitNodeError(op) << "operand '" << name << "' is computed by the model, expected a constant of integers";
  return *numbers;
}

LogicalResult rheobase::onnx::dataDependent(Operation *op, const Twine &what) {
  return emitNodeError(op) << what << " depends on the data, expected an expression of the input's dimensions";
}

FailureOr<SymExpr> rheobase::onnx::expectEqual(Operation *op, SymExpr a, const Twine &nameOfA, SymExpr b,
                                               const Twine &nameOfB, SymbolicShapes &shapes) {
  if (SymExpr common = shapes.unify(a, b, op))
    return common;
  return emitNodeError(op) << nameOfA << " is " << shapes.print(a) << " and " << nameOfB << " is " << shapes.print(b)
                           << ", expected equal sizes";
}

LogicalResult rheobase::onnx::expectRank(Operation *op, Value operand, StringRef name, int64_t least, int64_t most,
                                         const SymbolicShapes &shapes) {
  ArrayRef<SymExpr> dims = shapes.shapeOf(operand);
  if (int64_t(dims.size()) >= least && int64_t(dims.size()) <= most)
    return success();
  InFlightDiagnostic error = emitNodeError(op)
                             << "operand '" << name << "' has shape " << shapes.print(dims) << ", expected ";
  if (most == INT64_MAX)
    return error << "at least " << least << " dimensions";
  if (least == most)
    return error << least << " dimensions";
  return error << least << " to " << most << " dimensions";
}

LogicalResult rheobase::onnx::expectSameElementType(Operation *op, ValueRange operands, const SymbolicShapes &shapes) {
  Type first;
  for (Value operand : operands) {
    Type type = shapes.elementTypeOf(operand);
    if (!first)
      first = type;
    if (type != first)
      return emitNodeError(op) << "operands of element types " << first << " and " << type
                               << " found, expected one type";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes and contents
//===----------------------------------------------------------------------===//

FailureOr<Dims> rheobase::onnx::broadcast(Operation *op, ArrayRef<Dims> operands, SymbolicShapes &shapes) {
  size_t rank = 0;
  for (const Dims &dims : operands)
    rank = std::max(rank, dims.size());
  SymExpr one = shapes.constant(1);
  Dims result(rank, one);
  for (const Dims &dims : operands) {
    size_t lead = rank - dims.size();
    for (auto [i, dim] : llvm::enumerate(dims)) {
      SymExpr &common = result[lead + i];
      if (dim == one)
        continue;
      SymExpr unified = common == one ? dim : shapes.unify(common, dim, op);
      if (!unified) {
        InFlightDiagnostic error = emitNodeError(op) << "shapes ";
        llvm::interleave(operands, [&](const Dims &each) { error << shapes.print(each); }, [&] { error << " and "; });
        return error << " do not broadcast, expected equal sizes or 1";
      }
      common = unified;
    }
  }
  return result;
}

std::optional<SmallVector<int64_t>> rheobase::onnx::contentSizes(ArrayRef<SymExpr> dims) {
  SmallVector<int64_t> sizes;
  int64_t count = 1;
  for (SymExpr dim : dims) {
    std::optional<int64_t> size = sym::asConstant(dim);
    if (!size || *size < 0 || *size > kMaxContent)
      return std::nullopt;
    count *= *size;
    if (count > kMaxContent)
      return std::nullopt;
    sizes.push_back(*size);
  }
  return sizes;
}

int64_t rheobase::onnx::linearIndex(ArrayRef<int64_t> index, ArrayRef<int64_t> sizes) {
  int64_t linear = 0;
  for (auto [i, size] : llvm::zip_equal(index, sizes))
    linear = linear * size + i;
  return linear;
}

void rheobase::onnx::forEachIndex(ArrayRef<int64_t> sizes, llvm::function_ref<void(ArrayRef<int64_t>)> visit) {
  if (llvm::is_contained(sizes, 0))
    return;
  SmallVector<int64_t> index(sizes.size(), 0);
  while (true) {
    visit(index);
    int64_t axis = int64_t(sizes.size()) - 1;
    for (; axis >= 0 && ++index[axis] == sizes[axis]; --axis)
      index[axis] = 0;
    if (axis < 0)
      return;
  }
}

void rheobase::onnx::gatherContent(
    Value result, Value source, SymbolicShapes &shapes,
    llvm::function_ref<void(ArrayRef<int64_t> index, MutableArrayRef<int64_t> source)> indexOf) {
  std::optional<ArrayRef<SymExpr>> content = shapes.partialContentOf(source);
  std::optional<SmallVector<int64_t>> from = contentSizes(shapes.shapeOf(source));
  std::optional<SmallVector<int64_t>> to = contentSizes(shapes.shapeOf(result));
  if (!content || !from || !to)
    return;
  Dims elements;
  SmallVector<int64_t> sourceIndex(from->size(), 0);
  forEachIndex(*to, [&](ArrayRef<int64_t> index) {
    indexOf(index, sourceIndex);
    elements.push_back((*content)[linearIndex(sourceIndex, *from)]);
  });
  shapes.setContent(result, elements);
}
