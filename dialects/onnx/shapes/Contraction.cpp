//===- Contraction.cpp - shapes of products and convolutions -------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Windows.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

static LogicalResult inferMatMul(MatMulOp op, SymbolicShapes &shapes) {
  if (failed(expectRank(op, op.getA(), "A", 1, INT64_MAX, shapes)) ||
      failed(expectRank(op, op.getB(), "B", 1, INT64_MAX, shapes)) ||
      failed(expectSameElementType(op, op->getOperands(), shapes)))
    return failure();
  Dims a(shapes.shapeOf(op.getA())), b(shapes.shapeOf(op.getB()));
  SymExpr contracted = b.size() == 1 ? b[0] : b[b.size() - 2];
  if (failed(expectEqual(op, a.back(), "the last dimension of A", contracted, "the contracted dimension of B", shapes)))
    return failure();
  Dims batchA(ArrayRef<SymExpr>(a).drop_back(std::min<size_t>(a.size(), 2)));
  Dims batchB(ArrayRef<SymExpr>(b).drop_back(std::min<size_t>(b.size(), 2)));
  FailureOr<Dims> dims = broadcast(op, {batchA, batchB}, shapes);
  if (failed(dims))
    return failure();
  // A vector on either side takes part with a dimension of 1 that the result does not have.
  if (a.size() > 1)
    dims->push_back(a[a.size() - 2]);
  if (b.size() > 1)
    dims->push_back(b.back());
  shapes.setResult(op.getY(), shapes.elementTypeOf(op.getA()), *dims);
  return success();
}

static LogicalResult inferGemm(GemmOp op, SymbolicShapes &shapes) {
  if (failed(expectRank(op, op.getA(), "A", 2, 2, shapes)) || failed(expectRank(op, op.getB(), "B", 2, 2, shapes)) ||
      failed(expectSameElementType(op, op->getOperands(), shapes)))
    return failure();
  Dims a(shapes.shapeOf(op.getA())), b(shapes.shapeOf(op.getB()));
  if (op.getTransA())
    std::swap(a[0], a[1]);
  if (op.getTransB())
    std::swap(b[0], b[1]);
  if (failed(expectEqual(op, a[1], "the contracted dimension of A", b[0], "the contracted dimension of B", shapes)))
    return failure();
  Dims dims{a[0], b[1]};
  if (op.getC()) {
    FailureOr<Dims> common = broadcast(op, {dims, Dims(shapes.shapeOf(op.getC()))}, shapes);
    if (failed(common))
      return failure();
    if (*common != dims)
      return emitNodeError(op) << "operand 'C' has shape " << shapes.print(shapes.shapeOf(op.getC()))
                               << ", expected one that broadcasts to " << shapes.print(dims);
  }
  shapes.setResult(op.getY(), shapes.elementTypeOf(op.getA()), dims);
  return success();
}

/// The shape of a convolution, without its bias: what Conv and ConvInteger share.
template <typename OpT> static FailureOr<Dims> convolved(OpT op, Value input, Value weights, SymbolicShapes &shapes) {
  if (failed(expectRank(op, input, "X", 3, INT64_MAX, shapes)))
    return failure();
  Dims x(shapes.shapeOf(input)), w(shapes.shapeOf(weights));
  if (failed(expectRank(op, weights, "W", x.size(), x.size(), shapes)))
    return failure();
  int64_t groups = op.getGroup();
  std::optional<int64_t> filters = sym::asConstant(w[0]);
  if (groups < 1 || (filters && *filters % groups != 0))
    return emitNodeError(op) << groups << " groups for " << shapes.print(w[0])
                             << " filters found, expected a positive number that divides them";
  SymExpr channels = sym::mul(w[1], shapes.constant(groups));
  if (failed(expectEqual(op, x[1], "the number of input channels", channels, "channels that the weights take", shapes)))
    return failure();
  Window window{op.getAutoPad(), /*ceil=*/false, {}, op.getStrides(), op.getPads(), op.getDilations()};
  for (auto [i, size] : llvm::enumerate(ArrayRef(w).drop_front(2))) {
    std::optional<int64_t> known = sym::asConstant(size);
    if (!known)
      return emitNodeError(op) << "kernel of shape " << shapes.print(w) << " found, expected constant sizes";
    if (op.getKernelShape() && (op.getKernelShape()->size() != x.size() - 2 || (*op.getKernelShape())[i] != *known))
      return emitNodeError(op) << "attribute 'kernel_shape' does not agree with weights of shape " << shapes.print(w);
    window.kernel.push_back(*known);
  }
  FailureOr<Dims> spatial = slideWindow(op, window, ArrayRef(x).drop_front(2), shapes);
  if (failed(spatial))
    return failure();
  Dims dims{x[0], w[0]};
  dims.append(*spatial);
  return dims;
}

static LogicalResult inferConv(ConvOp op, SymbolicShapes &shapes) {
  if (failed(expectSameElementType(op, op->getOperands(), shapes)))
    return failure();
  FailureOr<Dims> dims = convolved(op, op.getX(), op.getW(), shapes);
  if (failed(dims))
    return failure();
  if (op.getB())
    if (failed(expectRank(op, op.getB(), "B", 1, 1, shapes)) ||
        failed(expectEqual(op, shapes.shapeOf(op.getB())[0], "the size of the bias", (*dims)[1],
                           "the number of filters", shapes)))
      return failure();
  shapes.setResult(op.getY(), shapes.elementTypeOf(op.getX()), *dims);
  return success();
}

static LogicalResult inferConvInteger(ConvIntegerOp op, SymbolicShapes &shapes) {
  if (op.getXZeroPoint() && failed(expectRank(op, op.getXZeroPoint(), "x_zero_point", 0, 1, shapes)))
    return failure();
  if (op.getWZeroPoint() && failed(expectRank(op, op.getWZeroPoint(), "w_zero_point", 0, 1, shapes)))
    return failure();
  FailureOr<Dims> dims = convolved(op, op.getX(), op.getW(), shapes);
  if (failed(dims))
    return failure();
  shapes.setResult(op.getY(), IntegerType::get(op.getContext(), 32), *dims);
  return success();
}

void rheobase::onnx::attachContractionModels(MLIRContext *context) {
  attach<MatMulOp, inferMatMul>(context);
  attach<GemmOp, inferGemm>(context);
  attach<ConvOp, inferConv>(context);
  attach<ConvIntegerOp, inferConvInteger>(context);
}
