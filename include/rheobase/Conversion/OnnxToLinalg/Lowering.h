//===- Lowering.h - from tensor operators to linalg --------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The frame of the lowering: a table of functions per dialect, found through a dialect interface, and the context that
// they work in. A dialect takes part by adding an interface that derives from LoweringInterface; the pass asks the
// interface and knows no dialect by name.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_ONNXTOLINALG_LOWERING_H
#define RHEOBASE_CONVERSION_ONNXTOLINALG_LOWERING_H

#include "rheobase/Conversion/OnnxToLinalg/SizeBuilder.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/IR/DialectInterface.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <functional>

namespace rheobase {

using Dims = llvm::SmallVector<SymExpr>;

/// A tensor of the program being built, with its dimensions as expressions over the program's symbols. Element types
/// are as they lie in memory (`storedType`): what they mean is known from the type of the value that was lowered.
struct SymTensor {
  mlir::Value value;
  Dims dims;

  int64_t rank() const { return dims.size(); }
  mlir::Type elementType() const { return mlir::cast<mlir::RankedTensorType>(value.getType()).getElementType(); }
};

/// The state of lowering one function: where code goes, what every value became, the symbolic sizes.
class LoweringContext {
public:
  LoweringContext(mlir::func::FuncOp func, const SymbolicShapes &shapes)
      : builder(func.getLoc(), func.getContext()), shapes(shapes), sizes(func, shapes) {}

  /// Lowers the ops, in order. Reports every op that cannot be lowered, then fails. The lowered ops are left in place,
  /// without users among the new ones.
  mlir::LogicalResult lowerOps(llvm::ArrayRef<mlir::Operation *> ops);

  /// What `value` became; null where the op that makes it could not be lowered.
  mlir::Value lookup(mlir::Value value);

  /// What `value` became, with its dimensions. Only inside a lowering function, for its op's operands.
  SymTensor operand(mlir::Value value) { return {lookup(value), dimsOf(value)}; }

  /// States what `value` became. The tensor must have the element type and the dimensions of `value`.
  void replace(mlir::Value value, const SymTensor &tensor);
  /// The same where the new value is known to be right as it is (block arguments of a lowered region).
  void replace(mlir::Value value, mlir::Value lowered) { lowered_[value] = lowered; }

  /// The shape of a value of the original program.
  Dims dimsOf(mlir::Value value) const { return Dims(shapes.shapeOf(value)); }
  /// The elements of an operand that the shape function of its op has needed and found: as expressions, or as numbers.
  Dims contentOf(mlir::Value value) const { return Dims(*shapes.contentOf(value)); }
  llvm::SmallVector<int64_t> constantsOf(mlir::Value value) const { return *shapes.constantContentOf(value); }

  SymExpr constant(int64_t value) const { return shapes.constant(value); }

  /// Reports that `op` cannot be lowered: what was found, what was expected, one thing to try.
  mlir::LogicalResult unsupported(mlir::Operation *op, const llvm::Twine &found, const llvm::Twine &expected,
                                  const llvm::Twine &hint) const;

  /// Where new ops go, at the location of the op that is being lowered.
  mlir::ImplicitLocOpBuilder builder;
  const SymbolicShapes &shapes;
  SizeBuilder sizes;

private:
  mlir::LogicalResult lowerOp(mlir::Operation *op);
  mlir::LogicalResult lowerReturn(mlir::func::ReturnOp op);
  mlir::LogicalResult checkTypes(mlir::Operation *op) const;
  bool isAnsweredByContent(mlir::Operation *op) const;
  mlir::Value content(mlir::Value value);

  llvm::DenseMap<mlir::Value, mlir::Value> lowered_;
};

/// Lowers one op by building its replacement and calling `replace` for every result.
using LoweringFunction = std::function<mlir::LogicalResult(mlir::Operation *, LoweringContext &)>;

/// How the ops of a dialect are lowered: a dialect interface that holds a table of functions by operation name.
class LoweringInterface : public mlir::DialectInterface::Base<LoweringInterface> {
public:
  LoweringInterface(mlir::Dialect *dialect) : Base(dialect) {}

  template <typename OpTy> void add(mlir::LogicalResult (*function)(OpTy, LoweringContext &)) {
    add(OpTy::getOperationName(),
        [function](mlir::Operation *op, LoweringContext &ctx) { return function(mlir::cast<OpTy>(op), ctx); });
  }
  void add(llvm::StringRef operation, LoweringFunction function) { functions[operation] = std::move(function); }
  /// States that the operator converts elements of narrow types or only moves them; others do not take them.
  template <typename... OpTys> void takeNarrow() { (narrow.insert(OpTys::getOperationName()), ...); }

  /// The function for `op`, or null.
  static const LoweringFunction *find(mlir::Operation *op);
  static bool takesNarrow(mlir::Operation *op);

private:
  static const LoweringInterface *tableOf(mlir::Operation *op);

  llvm::StringMap<LoweringFunction> functions;
  llvm::StringSet<> narrow;
};

/// Whether the pass has a lowering for the operator of `op`.
inline bool isLowerable(mlir::Operation *op) {
  return LoweringInterface::find(op) != nullptr;
}

/// Lowers the body of `func`, whose shapes are computed first. The function keeps its name and types, but that
/// arguments and results of narrow types become codes, and say so (`rheobase.element`).
mlir::LogicalResult lowerToLinalg(mlir::func::FuncOp func);

/// Adds the lowerings of the onnx dialect, and that of `rt.measure` (as interfaces of the dialects).
void registerOnnxLowerings(mlir::DialectRegistry &registry);

} // namespace rheobase

#endif // RHEOBASE_CONVERSION_ONNXTOLINALG_LOWERING_H
