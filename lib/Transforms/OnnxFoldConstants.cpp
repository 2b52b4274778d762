//===- OnnxFoldConstants.cpp - onnx-fold-constants -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantEvaluator.h"
#include "Rewriting.h"

#include "rheobase/Transforms/Passes.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace rheobase {
#define GEN_PASS_DEF_ONNXFOLDCONSTANTS
#include "rheobase/Transforms/Passes.h.inc"
} // namespace rheobase

using namespace rheobase;

/// The bytes a tensor takes; nullopt where its sizes are not known or multiply up too far.
static std::optional<int64_t> bytesOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  int64_t bytes = tensor ? constantElementBytes(tensor.getElementType()) : 0;
  if (!tensor || !tensor.hasStaticShape())
    return std::nullopt;
  for (int64_t size : tensor.getShape())
    if (llvm::MulOverflow(bytes, size, bytes))
      return std::nullopt;
  return bytes;
}

namespace {
struct OnnxFoldConstants : rheobase::impl::OnnxFoldConstantsBase<OnnxFoldConstants> {
  using OnnxFoldConstantsBase::OnnxFoldConstantsBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    FailureOr<SymbolicShapes> shapes = SymbolicShapes::compute(func);
    if (failed(shapes))
      return signalPassFailure();
    for (Operation &op : llvm::make_early_inc_range(func.getBody().front().without_terminator())) {
      if (!isa<onnx::OnnxDialect>(op.getDialect()) || isa<onnx::ConstantOp>(op) || op.getNumResults() == 0)
        continue;
      SmallVector<ElementsAttr> values = knownContents(&op, *shapes);
      if (values.empty() && hasInferredTypes(&op, *shapes) && isWithinLimits(&op))
        values = evaluateConstants(&op);
      if (!values.empty())
        replace(&op, values, *shapes);
    }
    eraseDeadOps(func);
  }

  /// Shape arithmetic: every element of every result is a number.
  static SmallVector<ElementsAttr> knownContents(Operation *op, const SymbolicShapes &shapes) {
    SmallVector<ElementsAttr> values;
    for (Value result : op->getResults()) {
      std::optional<SmallVector<int64_t>> numbers = shapes.constantContentOf(result);
      if (!numbers)
        return {};
      ConstantBuilder builder(shapes.refinedType(result));
      for (auto [i, number] : llvm::enumerate(*numbers))
        builder.setInteger(i, number);
      values.push_back(builder.finish());
    }
    return values;
  }

  /// The evaluators rely on the results' types.
  static bool hasInferredTypes(Operation *op, const SymbolicShapes &shapes) {
    return llvm::all_of(op->getResults(), [&](Value result) { return result.getType() == shapes.refinedType(result); });
  }

  bool isWithinLimits(Operation *op) const {
    int64_t sizeOfOperands = 0;
    for (Type type : op->getOperandTypes()) {
      std::optional<int64_t> bytes = bytesOf(type);
      if (!bytes || llvm::AddOverflow(sizeOfOperands, *bytes, sizeOfOperands))
        return false;
    }
    for (Type type : op->getResultTypes()) {
      std::optional<int64_t> bytes = bytesOf(type);
      if (!bytes || *bytes > maxBytes || *bytes - sizeOfOperands > maxGrowth)
        return false;
    }
    return true;
  }

  static void replace(Operation *op, ArrayRef<ElementsAttr> values, SymbolicShapes &shapes) {
    OnnxBuilder builder(op, shapes);
    for (auto [result, value] : llvm::zip_equal(op->getResults(), values))
      result.replaceAllUsesWith(builder.constant(value));
  }
};
} // namespace
