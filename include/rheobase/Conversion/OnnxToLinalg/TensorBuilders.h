//===- TensorBuilders.h - linalg over symbolic sizes -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The few forms of code that code generation accepts: parallel and folding generics over explicit index maps,
// contractions, windows, views and copies. Lowerings are written with these and make no linalg op themselves.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_ONNXTOLINALG_TENSORBUILDERS_H
#define RHEOBASE_CONVERSION_ONNXTOLINALG_TENSORBUILDERS_H

#include "rheobase/Conversion/OnnxToLinalg/Lowering.h"
#include "rheobase/Interfaces/ConstantData.h"

namespace rheobase::lower {

//===----------------------------------------------------------------------===//
// Types and sizes
//===----------------------------------------------------------------------===//

/// The type that elements have in memory: integers are signless, those of narrow types codes of a byte.
mlir::Type storedType(mlir::Type type);

/// The tensor type with the dimensions that are constants, `?` elsewhere.
mlir::RankedTensorType tensorType(llvm::ArrayRef<SymExpr> dims, mlir::Type element);

/// `tensor` as `type`: the same elements, other knowledge of the sizes or of the sign.
mlir::Value withType(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor, mlir::RankedTensorType type);

/// `tensor` with its dimensions written as `dims`, which are equal to them.
SymTensor withDims(LoweringContext &ctx, const SymTensor &tensor, llvm::ArrayRef<SymExpr> dims);

/// Whether two sizes are the same number in every call that passes the program's checks.
bool sameSize(const LoweringContext &ctx, SymExpr a, SymExpr b);
bool sameSizes(const LoweringContext &ctx, llvm::ArrayRef<SymExpr> a, llvm::ArrayRef<SymExpr> b);

/// `axis`, which the shape functions have checked, counted from the front.
inline int64_t fromFront(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The first element of a constant.
mlir::TypedAttr numberOf(const ConstantData &constant);
/// The one number that all elements of a constant tensor have, if `tensor` is such a constant.
mlir::TypedAttr splatOf(mlir::Value tensor);

/// A number as an attribute of a scalar type.
mlir::TypedAttr numberAttr(mlir::Type type, double value);
/// The identities of maximum and minimum: infinities, or the ends of the integer's range.
mlir::TypedAttr lowestAttr(mlir::Type type, bool isUnsigned);
mlir::TypedAttr highestAttr(mlir::Type type, bool isUnsigned);

//===----------------------------------------------------------------------===//
// Generics
//===----------------------------------------------------------------------===//

using BodyBuilder = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &, mlir::ValueRange)>;

/// An operand of a generic and the place it is read at, as a function of the loops.
struct Mapped {
  SymTensor tensor;
  mlir::AffineMap map;
};

SymTensor emptyTensor(LoweringContext &ctx, llvm::ArrayRef<SymExpr> dims, mlir::Type element);

/// A tensor whose elements are all `number`.
SymTensor filled(LoweringContext &ctx, llvm::ArrayRef<SymExpr> dims, mlir::TypedAttr number);

/// One loop per dimension of the result: result[d0, d1, ...] = body(inputs at their places).
SymTensor generic(LoweringContext &ctx, llvm::ArrayRef<Mapped> inputs, llvm::ArrayRef<SymExpr> dims, mlir::Type element,
                  BodyBuilder body);

/// Loops that `result` does not name are folded: acc = body(inputs, acc), from `init` on, in the order of the loops.
SymTensor fold(LoweringContext &ctx, llvm::ArrayRef<Mapped> inputs, mlir::AffineMap result,
               llvm::ArrayRef<SymExpr> dims, mlir::TypedAttr init, BodyBuilder body);

/// The map that reads an operand of shape `from` at the places of a result of shape `to`, under multidirectional
/// broadcasting; reports sizes that may differ.
mlir::FailureOr<mlir::AffineMap> broadcastMap(LoweringContext &ctx, llvm::ArrayRef<SymExpr> from,
                                              llvm::ArrayRef<SymExpr> to);

/// The shape that two operands broadcast to; reports sizes that do not fit.
mlir::FailureOr<Dims> broadcastDims(LoweringContext &ctx, llvm::ArrayRef<SymExpr> a, llvm::ArrayRef<SymExpr> b);

/// A scalar function of every element under broadcasting to `dims`. Constants with one value become scalars of the
/// body.
mlir::FailureOr<SymTensor> elementwise(LoweringContext &ctx, llvm::ArrayRef<SymTensor> inputs,
                                       llvm::ArrayRef<SymExpr> dims, mlir::Type element, BodyBuilder body);

/// The same for one input: no broadcasting, no failure.
SymTensor mapElements(LoweringContext &ctx, const SymTensor &input, mlir::Type element, BodyBuilder body);

/// Folds `input` over `axes` (sorted, from the front); body(element, accumulator). `keepdims` leaves sizes of 1.
SymTensor reduce(LoweringContext &ctx, const SymTensor &input, llvm::ArrayRef<int64_t> axes, bool keepdims,
                 mlir::TypedAttr init, BodyBuilder body);

/// The map of the loops of `rank` dimensions that leaves out `axes`: how a reduced tensor is read beside its source.
mlir::AffineMap dropAxes(mlir::MLIRContext *context, int64_t rank, llvm::ArrayRef<int64_t> axes);

//===----------------------------------------------------------------------===//
// Views and copies
//===----------------------------------------------------------------------===//

/// The same elements in the same order with other dimensions: a view (of a constant: a constant over the same bytes).
SymTensor reshape(LoweringContext &ctx, const SymTensor &input, llvm::ArrayRef<SymExpr> dims);

/// Dimension i of the result is dimension permutation[i] of the input.
SymTensor transpose(LoweringContext &ctx, const SymTensor &input, llvm::ArrayRef<int64_t> permutation);

/// The box of size `dims` at `offsets`, taking every steps[i]-th element (positive): a view.
SymTensor slice(LoweringContext &ctx, const SymTensor &input, llvm::ArrayRef<SymExpr> offsets,
                llvm::ArrayRef<SymExpr> dims, llvm::ArrayRef<int64_t> steps);

/// `input` written into `into` at `offsets`.
SymTensor insert(LoweringContext &ctx, const SymTensor &input, const SymTensor &into, llvm::ArrayRef<SymExpr> offsets);

/// `input` between `low` and `high` (not negative) elements of `number` in every dimension.
SymTensor pad(LoweringContext &ctx, const SymTensor &input, llvm::ArrayRef<SymExpr> low, llvm::ArrayRef<SymExpr> high,
              mlir::TypedAttr number);

//===----------------------------------------------------------------------===//
// Contractions and windows
//===----------------------------------------------------------------------===//

/// How the product of two elements is widened and summed.
struct ProductKind {
  /// The type of the sum: operands are extended to it.
  mlir::Type accumulator;
  bool lhsUnsigned = false;
  bool rhsUnsigned = false;
};

/// result[batch..., m, n] = sum over k of lhs[batch..., m, k] * rhs[batch..., k, n], where the batch dimensions
/// broadcast. With `transposedRhs`, rhs is [batch..., n, k]. Loops: batch..., m, n, k. Reports sizes that do not fit.
mlir::FailureOr<SymTensor> matmul(LoweringContext &ctx, const SymTensor &lhs, const SymTensor &rhs,
                                  const ProductKind &kind, bool transposedRhs = false);

/// A window that slides over the trailing (spatial) dimensions of an input.
struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  Dims low, high; ///< sizes of the padding
  Dims positions; ///< how many places it takes
};

/// The elements under every place of the window (im2col): [outer..., inner..., spatial...] becomes
/// [outer..., positions..., inner..., kernel...], the input padded with `padding`. `outer` counts dimensions.
SymTensor patches(LoweringContext &ctx, const SymTensor &input, const Window &window, int64_t outer,
                  mlir::TypedAttr padding);

/// Folds the elements under every place of the window: [leading..., spatial...] becomes [leading..., positions...].
/// body(element, accumulator) starts from `init`, and so does the padding.
SymTensor foldWindows(LoweringContext &ctx, const SymTensor &input, const Window &window, mlir::TypedAttr init,
                      BodyBuilder body);

} // namespace rheobase::lower

#endif // RHEOBASE_CONVERSION_ONNXTOLINALG_TENSORBUILDERS_H
