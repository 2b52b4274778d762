//===- TensorBuilder.h - tensor algebra in onnx ops ------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_TENSORBUILDER_H
#define RHEOBASE_LIB_CONVERSION_SPK_TENSORBUILDER_H

#include "dialects/onnx/Onnx.h"
#include "mlir/IR/Builders.h"

namespace rheobase::spk {

/// Writes tensor algebra as onnx ops with their result types worked out, at one location.
class TensorBuilder {
public:
  TensorBuilder(mlir::OpBuilder &builder, mlir::Location loc) : b(builder), loc(loc) {}

  mlir::Value scalar(float value);
  /// An i32 scalar.
  mlir::Value integer(int32_t value);
  /// An f32 constant with the last axis last; of one axis where no shape is given.
  mlir::Value numbers(llvm::ArrayRef<float> values, llvm::ArrayRef<int64_t> shape = {});
  /// Int64 vector, for axes and shapes.
  mlir::Value vector(llvm::ArrayRef<int64_t> values);

  mlir::Value add(mlir::Value x, mlir::Value y) { return binary<onnx::AddOp>(x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return binary<onnx::SubOp>(x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return binary<onnx::MulOp>(x, y); }
  mlir::Value matmul(mlir::Value x, mlir::Value y);
  mlir::Value toFloat(mlir::Value x) { return toType(x, b.getF32Type()); }
  /// To f32, i32 or i64; x itself where it is that already.
  mlir::Value toType(mlir::Value x, mlir::Type element);
  /// [samples, 1, ..] with as many dimensions as `rank`.
  mlir::Value perSample(mlir::Value x, int64_t rank);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> permutation);
  /// Keeps the reduced axes with size 1.
  mlir::Value mean(mlir::Value x, llvm::ArrayRef<int64_t> axes) { return reduce<onnx::ReduceMeanOp>(x, axes, true); }
  mlir::Value sum(mlir::Value x, llvm::ArrayRef<int64_t> axes) { return reduce<onnx::ReduceSumOp>(x, axes, true); }
  mlir::Value max(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep = true) {
    return reduce<onnx::ReduceMaxOp>(x, axes, keep);
  }
  mlir::Value min(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep = true) {
    return reduce<onnx::ReduceMinOp>(x, axes, keep);
  }

  /// The type of an elementwise result under ONNX's broadcasting.
  static mlir::RankedTensorType broadcast(mlir::RankedTensorType x, mlir::RankedTensorType y, mlir::Type element);
  /// The type of x times y: batch dimensions broadcast, [m, k] times [k, n].
  static mlir::RankedTensorType contraction(llvm::ArrayRef<int64_t> x, llvm::ArrayRef<int64_t> y, mlir::Type element);

private:
  template <typename OpTy> mlir::Value binary(mlir::Value x, mlir::Value y) {
    auto tx = mlir::cast<mlir::RankedTensorType>(x.getType()), ty = mlir::cast<mlir::RankedTensorType>(y.getType());
    return OpTy::create(b, loc, broadcast(tx, ty, tx.getElementType()), x, y);
  }

  template <typename OpTy> mlir::Value reduce(mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keep) {
    auto type = reducedType(mlir::cast<mlir::RankedTensorType>(x.getType()), axes, keep);
    return OpTy::create(b, loc, type, x, vector(axes), b.getI64IntegerAttr(keep), b.getI64IntegerAttr(0));
  }

  static mlir::RankedTensorType reducedType(mlir::RankedTensorType x, llvm::ArrayRef<int64_t> axes, bool keep);

  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_TENSORBUILDER_H
