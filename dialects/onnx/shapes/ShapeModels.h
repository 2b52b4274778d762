//===- ShapeModels.h - what the shape functions share -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A shape function is a plain function over an op and the shapes so far; `attach` makes it the op's model of
// SymbolicShapeOpInterface. It reads operands through SymbolicShapes only, never through the types of values: results
// may have provisional types while a graph is imported.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_ONNX_SHAPES_SHAPEMODELS_H
#define RHEOBASE_DIALECTS_ONNX_SHAPES_SHAPEMODELS_H

#include "dialects/onnx/Onnx.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

namespace rheobase::onnx {

using Dims = llvm::SmallVector<SymExpr>;

/// Tensors of at most this many elements have their contents followed.
inline constexpr int64_t kMaxContent = 1024;

/// Fails, with a diagnostic, where a result's shape is unknown, negative, or too large to have a size in bytes.
llvm::LogicalResult checkResults(mlir::Operation *op, const SymbolicShapes &shapes);

template <typename OpT, llvm::LogicalResult (*infer)(OpT, SymbolicShapes &)>
struct ShapeModel : SymbolicShapeOpInterface::ExternalModel<ShapeModel<OpT, infer>, OpT> {
  llvm::LogicalResult inferSymbolicShapes(mlir::Operation *op, SymbolicShapes &shapes) const {
    if (failed(infer(llvm::cast<OpT>(op), shapes)))
      return llvm::failure();
    return checkResults(op, shapes);
  }
};

template <typename OpT, llvm::LogicalResult (*infer)(OpT, SymbolicShapes &)> void attach(mlir::MLIRContext *context) {
  OpT::template attachInterface<ShapeModel<OpT, infer>>(*context);
}

// One per file of shape functions.
void attachElementwiseModels(mlir::MLIRContext *context);
void attachReductionModels(mlir::MLIRContext *context);
void attachNormalizationModels(mlir::MLIRContext *context);
void attachLayoutModels(mlir::MLIRContext *context);
void attachSelectionModels(mlir::MLIRContext *context);
void attachScatterModels(mlir::MLIRContext *context);
void attachQuantizationModels(mlir::MLIRContext *context);
void attachContractionModels(mlir::MLIRContext *context);
void attachPoolingModels(mlir::MLIRContext *context);
void attachShapeOpModels(mlir::MLIRContext *context);

//===----------------------------------------------------------------------===//
// Checks. Each fails with a diagnostic that names the node, what was found and what was expected.
//===----------------------------------------------------------------------===//

/// The axis counted from the front.
llvm::FailureOr<int64_t> normalizeAxis(mlir::Operation *op, int64_t axis, int64_t rank);
/// The axes counted from the front, sorted, each once.
llvm::FailureOr<llvm::SmallVector<int64_t>> normalizeAxes(mlir::Operation *op, llvm::ArrayRef<int64_t> axes,
                                                          int64_t rank);
/// The numbers in an integer operand that must be constant.
llvm::FailureOr<llvm::SmallVector<int64_t>> constantOperand(mlir::Operation *op, mlir::Value operand,
                                                            llvm::StringRef name, const SymbolicShapes &shapes);
/// The elements of an integer operand whose number must be known; single elements may be null.
llvm::FailureOr<Dims> contentOperand(mlir::Operation *op, mlir::Value operand, llvm::StringRef name,
                                     const SymbolicShapes &shapes);
/// An error that the element `what` depends on the data.
llvm::LogicalResult dataDependent(mlir::Operation *op, const llvm::Twine &what);
/// `unify`, or an error with the names of both.
llvm::FailureOr<SymExpr> expectEqual(mlir::Operation *op, SymExpr a, const llvm::Twine &nameOfA, SymExpr b,
                                     const llvm::Twine &nameOfB, SymbolicShapes &shapes);
llvm::LogicalResult expectRank(mlir::Operation *op, mlir::Value operand, llvm::StringRef name, int64_t least,
                               int64_t most, const SymbolicShapes &shapes);
/// All present operands have one element type.
llvm::LogicalResult expectSameElementType(mlir::Operation *op, mlir::ValueRange operands, const SymbolicShapes &shapes);

//===----------------------------------------------------------------------===//
// Shapes and contents
//===----------------------------------------------------------------------===//

/// The shape that all shapes broadcast to under numpy's rules.
llvm::FailureOr<Dims> broadcast(mlir::Operation *op, llvm::ArrayRef<Dims> operands, SymbolicShapes &shapes);

/// The sizes, where all are constant and small enough for the contents to be followed.
std::optional<llvm::SmallVector<int64_t>> contentSizes(llvm::ArrayRef<SymExpr> dims);
/// Sets the content of `result` to elements of `source`: `indexOf` maps a result's index to the source's.
void gatherContent(
    mlir::Value result, mlir::Value source, SymbolicShapes &shapes,
    llvm::function_ref<void(llvm::ArrayRef<int64_t> index, llvm::MutableArrayRef<int64_t> source)> indexOf);
/// Calls `visit` with every index of a shape, in row-major order.
void forEachIndex(llvm::ArrayRef<int64_t> sizes, llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);
int64_t linearIndex(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> sizes);

} // namespace rheobase::onnx

#endif // RHEOBASE_DIALECTS_ONNX_SHAPES_SHAPEMODELS_H
