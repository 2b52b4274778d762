//===- Rewriting.h - what the rewriting passes share ---------- -*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_TRANSFORMS_REWRITING_H
#define RHEOBASE_LIB_TRANSFORMS_REWRITING_H

#include "dialects/onnx/Onnx.h"
#include "rheobase/Interfaces/ConstantData.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace rheobase {

/// Makes ops before a given one, at its location, and infers their shapes and types as it goes.
class OnnxBuilder {
public:
  OnnxBuilder(mlir::Operation *before, SymbolicShapes &shapes)
      : builder(before), location(before->getLoc()), shapes(shapes) {}

  /// An op whose first result has its type inferred. `args` are those of the op's builder after that type.
  template <typename OpT, typename... Args> mlir::Value create(Args &&...args) {
    auto op = OpT::create(builder, location, placeholder(), std::forward<Args>(args)...);
    return infer(op);
  }
  mlir::Value constant(mlir::ElementsAttr value);
  /// A vector of 64-bit integers.
  mlir::Value constant(llvm::ArrayRef<int64_t> values);
  /// A tensor without dimensions.
  mlir::Value scalar(double value, mlir::Type elementType);
  /// A constant tensor with one value in all places.
  mlir::Value splat(llvm::ArrayRef<int64_t> sizes, double value, mlir::Type elementType);
  /// A Reshape to `dims`; the value itself where it has that shape. Null where the shape cannot be said.
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<SymExpr> dims);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> perm);
  /// A copy of an op with other operands.
  mlir::Value clone(mlir::Operation *op, mlir::IRMapping &mapping) { return infer(builder.clone(*op, mapping)); }

  SymbolicShapes &getShapes() { return shapes; }
  mlir::OpBuilder &getBuilder() { return builder; }

private:
  mlir::Type placeholder() { return mlir::RankedTensorType::get({}, builder.getF32Type()); }
  mlir::Value infer(mlir::Operation *op);

  mlir::OpBuilder builder;
  mlir::Location location;
  SymbolicShapes &shapes;
};

/// Writes sizes as tensors, from the dimensions of the function's arguments.
class SizeMaterializer {
public:
  SizeMaterializer(mlir::func::FuncOp func, const SymbolicShapes &shapes);

  /// True where the value is computed as `materialize` would, or constant.
  static bool isMaterialized(mlir::Value value);
  /// True where every expression can be written.
  bool canMaterialize(llvm::ArrayRef<SymExpr> elements, const SymbolicShapes &shapes) const;
  /// A vector of 64-bit integers.
  mlir::Value materialize(llvm::ArrayRef<SymExpr> elements, OnnxBuilder &builder) const;

private:
  mlir::Value element(SymExpr e, OnnxBuilder &builder) const;
  bool canWrite(SymExpr e, const SymbolicShapes &shapes) const;

  /// The argument and the dimension that a symbol is read from, and the number that multiplies it there.
  struct Source {
    mlir::Value argument;
    int64_t dim = 0, factor = 1;
  };
  /// By symbol.
  llvm::SmallVector<Source> sources;
};

/// The numbers of a Reshape's shape operand that make `to` from `from`: sizes, 0 to copy, at most one -1. Nullopt where
/// these do not suffice.
std::optional<llvm::SmallVector<int64_t>> constantTarget(llvm::ArrayRef<SymExpr> from, llvm::ArrayRef<SymExpr> to,
                                                         mlir::MLIRContext *context);

/// True where a tensor of index tuples names every place of the tensor that its leading dimensions are, in order: what
/// exporters write for an assignment to a whole tensor.
bool isIndexGrid(mlir::Value indices, const SymbolicShapes &shapes);

/// Calls `rewrite` on every op of a function that has a body, in order, with the shapes; the value it returns takes the
/// place of the op's first result. Ops that are not used any more are removed at the end. Fails where the shapes do.
llvm::LogicalResult rewriteOps(mlir::func::FuncOp func,
                               llvm::function_ref<mlir::Value(mlir::Operation *, SymbolicShapes &)> rewrite);

/// Removes ops without effect whose results are not used, from the last to the first.
void eraseDeadOps(mlir::func::FuncOp func);

} // namespace rheobase

#endif // RHEOBASE_LIB_TRANSFORMS_REWRITING_H
