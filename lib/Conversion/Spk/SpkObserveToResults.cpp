//===- SpkObserveToResults.cpp - spk-observe-to-results -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorBuilder.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Interfaces/SymbolicShapes.h"

#include "mlir/Transforms/RegionUtils.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKOBSERVETORESULTS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// Beyond this magnitude a value is a mask, not an activation.
constexpr float kMask = 1e30f;

struct SpkObserveToResults : rheobase::spk::impl::SpkObserveToResultsBase<SpkObserveToResults> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    auto ret = dyn_cast<func::ReturnOp>(func.front().getTerminator());
    if (!ret) {
      func.emitOpError("does not end in func.return");
      return signalPassFailure();
    }
    SmallVector<ObserveOp> observers(func.getOps<ObserveOp>());
    OpBuilder b(ret);
    SmallVector<Value> results;
    SmallVector<DictionaryAttr> names;
    for (ObserveOp op : observers) {
      auto [low, high] = extremes(b, op);
      for (auto [value, suffix] : {std::pair(low, ":min"), std::pair(high, ":max")}) {
        results.push_back(value);
        names.push_back(b.getDictionaryAttr(b.getNamedAttr(kNameAttr, b.getStringAttr(op.getSite() + suffix))));
      }
      op.replaceAllUsesWith(op.getInput());
    }
    ret->setOperands(results);
    func.setFunctionType(b.getFunctionType(func.getArgumentTypes(), ValueRange(results).getTypes()));
    func.setAllResultAttrs(names);
    // What states would be made from is gone.
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      func.removeArgAttr(i, kStateAttr);
    for (ObserveOp op : observers)
      op.erase();
    IRRewriter rewriter(&getContext());
    (void)runRegionDCE(rewriter, func.getBody());
  }

private:
  /// The smallest and the largest finite element, as scalars.
  std::pair<Value, Value> extremes(OpBuilder &b, ObserveOp op) {
    Location loc = op.getLoc();
    TensorBuilder tensors(b, loc);
    Value x = op.getInput();
    auto type = cast<RankedTensorType>(x.getType());
    auto conditions = cast<RankedTensorType>(type.clone(b.getI1Type()));
    Value size = onnx::AbsOp::create(b, loc, type, x);
    Value counts = onnx::LessOp::create(b, loc, conditions, size, tensors.scalar(kMask));
    Value shown = onnx::WhereOp::create(b, loc, type, counts, x, tensors.scalar(0));
    auto axes = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
    return {tensors.min(shown, axes, /*keep=*/false), tensors.max(shown, axes, /*keep=*/false)};
  }
};

} // namespace
