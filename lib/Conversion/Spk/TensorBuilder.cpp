//===- TensorBuilder.cpp - tensor algebra in onnx ops --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorBuilder.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

/// ONNX's number of the element type f32.
/// The standard's number of an element type.
static int64_t onnxNumber(Type element) {
  constexpr int64_t kFloat = 1, kInt32 = 6, kInt64 = 7;
  if (element.isF32())
    return kFloat;
  return element.isInteger(32) ? kInt32 : kInt64;
}

Value TensorBuilder::scalar(float value) {
  auto type = RankedTensorType::get({}, b.getF32Type());
  return onnx::ConstantOp::create(b, loc, DenseElementsAttr::get(type, value));
}

Value TensorBuilder::integer(int32_t value) {
  auto type = RankedTensorType::get({}, b.getI32Type());
  return onnx::ConstantOp::create(b, loc, DenseElementsAttr::get(type, value));
}

Value TensorBuilder::numbers(ArrayRef<float> values, ArrayRef<int64_t> shape) {
  int64_t size = static_cast<int64_t>(values.size());
  auto type = RankedTensorType::get(shape.empty() ? ArrayRef(size) : shape, b.getF32Type());
  return onnx::ConstantOp::create(b, loc, DenseElementsAttr::get(type, values));
}

Value TensorBuilder::vector(ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, b.getI64Type());
  return onnx::ConstantOp::create(b, loc, DenseElementsAttr::get(type, values));
}

Value TensorBuilder::matmul(Value x, Value y) {
  auto tx = cast<RankedTensorType>(x.getType()), ty = cast<RankedTensorType>(y.getType());
  return onnx::MatMulOp::create(b, loc, contraction(tx.getShape(), ty.getShape(), tx.getElementType()), x, y);
}

Value TensorBuilder::toType(Value x, Type element) {
  auto type = cast<RankedTensorType>(x.getType());
  if (type.getElementType() == element)
    return x;
  return onnx::CastOp::create(b, loc, type.clone(element), x, b.getStringAttr("up"), b.getI64IntegerAttr(1),
                              b.getI64IntegerAttr(onnxNumber(element)));
}

Value TensorBuilder::perSample(Value x, int64_t rank) {
  auto from = cast<RankedTensorType>(x.getType());
  // In the target 0 copies the dimension.
  SmallVector<int64_t> target(rank, 1), shape(rank, 1);
  target[0] = 0;
  shape[0] = from.getDimSize(0);
  return onnx::ReshapeOp::create(b, loc, from.clone(shape), x, vector(target), b.getI64IntegerAttr(0));
}

Value TensorBuilder::transpose(Value x, ArrayRef<int64_t> permutation) {
  auto from = cast<RankedTensorType>(x.getType());
  SmallVector<int64_t> shape;
  for (int64_t axis : permutation)
    shape.push_back(from.getDimSize(axis));
  return onnx::TransposeOp::create(b, loc, from.clone(shape), x, b.getDenseI64ArrayAttr(permutation));
}

RankedTensorType TensorBuilder::broadcast(RankedTensorType x, RankedTensorType y, Type element) {
  size_t rank = std::max(x.getRank(), y.getRank());
  SmallVector<int64_t> shape(rank, 1);
  for (RankedTensorType side : {x, y})
    for (auto [dim, from] : llvm::zip(llvm::reverse(shape), llvm::reverse(side.getShape())))
      if (dim == 1 || (ShapedType::isDynamic(dim) && from != 1))
        dim = from;
  return RankedTensorType::get(shape, element);
}

RankedTensorType TensorBuilder::contraction(ArrayRef<int64_t> x, ArrayRef<int64_t> y, Type element) {
  auto batch = broadcast(RankedTensorType::get(x.drop_back(2), element), RankedTensorType::get(y.drop_back(2), element),
                         element);
  SmallVector<int64_t> shape(batch.getShape());
  shape.push_back(x[x.size() - 2]);
  shape.push_back(y.back());
  return RankedTensorType::get(shape, element);
}

RankedTensorType TensorBuilder::reducedType(RankedTensorType x, ArrayRef<int64_t> axes, bool keep) {
  SmallVector<int64_t> shape;
  for (auto [axis, size] : llvm::enumerate(x.getShape())) {
    bool reduced = llvm::is_contained(axes, static_cast<int64_t>(axis));
    if (!reduced)
      shape.push_back(size);
    else if (keep)
      shape.push_back(1);
  }
  return x.clone(shape);
}
