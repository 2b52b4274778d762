//===- SpkObserveToResults.cpp - spk-observe-to-results -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

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
      op.replaceAllUsesWith(op.getInput());
      if (op.getRole() == kAttentionRole)
        continue;
      results.push_back(op.getInput());
      names.push_back(b.getDictionaryAttr(b.getNamedAttr(kNameAttr, op.getSiteAttr())));
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
};

} // namespace
