//===- SpkSplitOutliers.cpp - spk-split-outliers ------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinearSite.h"
#include "TensorBuilder.h"
#include "rheobase/Conversion/Spk/CodeChoice.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKSPLITOUTLIERS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

struct SpkSplitOutliers : rheobase::spk::impl::SpkSplitOutliersBase<SpkSplitOutliers> {
  using SpkSplitOutliersBase::SpkSplitOutliersBase;

  void runOnOperation() override {
    if (failed(codeOfRest().verify(getOperation())) || failed(verifyRanges(getOperation(), ranges)))
      return signalPassFailure();
    if (!(share >= 0 && share <= 1)) {
      getOperation().emitError() << "share is " << double(share) << ", 0 to 1 expected";
      return signalPassFailure();
    }
    for (LinearSite &site : linearSites(getOperation())) {
      if (!site.observe.getOutliers() && hasGroupSteps(site.observe, ranges))
        continue;
      double limit = site.observe.getOutliers() ? site.observe.getOutliers()->convertToDouble() : share.getValue();
      if (SmallVector<int64_t> chosen = standingOut(*site.observe.getPeaks(), limit); !chosen.empty())
        split(site, chosen);
    }
  }

private:
  CodeChoice codeOfRest() const { return {steps, bases}; }

  void split(LinearSite &site, ArrayRef<int64_t> chosen) {
    SmallVector<float> kept(site.channels, 1);
    for (int64_t channel : chosen)
      kept[channel] = 0;
    OpBuilder b(site.observe);
    Value outliers = takenOut(b, site.observe, chosen);
    keepRest(b, site.observe, kept);
    for (onnx::MatMulOp product : site.readers) {
      ChannelWeights weights(product);
      b.setInsertionPointAfter(product);
      TensorBuilder tensors(b, product.getLoc());
      Value few = tensors.matmul(outliers, weights.rows(b, product.getLoc(), chosen));
      // Rows that meet zeros may be anything: weights on a grid stay there.
      if (!site.observe.getGrid()) {
        product.setOperand(1, weights.scaled(b, product.getLoc(), kept));
        product.getB().getDefiningOp()->moveBefore(product);
      }
      Value sum = tensors.add(product.getY(), few);
      product.getY().replaceAllUsesExcept(sum, sum.getDefiningOp());
    }
  }

  /// The chosen channels as a site of their own.
  Value takenOut(OpBuilder &b, ObserveOp observe, ArrayRef<int64_t> chosen) const {
    Location loc = observe.getLoc();
    TensorBuilder tensors(b, loc);
    auto type = observe.getInput().getType();
    SmallVector<int64_t> shape(type.getShape());
    shape.back() = static_cast<int64_t>(chosen.size());
    Value few = onnx::GatherOp::create(b, loc, type.clone(shape), observe.getInput(), tensors.vector(chosen),
                                       b.getI64IntegerAttr(type.getRank() - 1));
    auto site = ObserveOp::create(b, loc, few, (observe.getSite() + ":outliers").str(), observe.getRole());
    site.setCodeAttr(observe.getCodeAttr());
    site.setBasesAttr(observe.getBasesAttr());
    site.setSteps(stepsOfOutliers(observe));
    site.setRangesAttr(observe.getRangesAttr());
    ChannelRanges(observe).chosen(chosen).describe(site);
    return site;
  }

  /// `extra` digits more than the rest has, in whole steps of as many trains.
  unsigned stepsOfOutliers(ObserveOp rest) const {
    CodeChoice code = codeOfRest().at(rest);
    uint64_t digits = uint64_t(code.digits()) + extra;
    return static_cast<unsigned>(std::min<uint64_t>(llvm::divideCeil(digits, code.bases), kMostSteps / code.bases));
  }

  /// The site with zeros in the place of the others.
  static void keepRest(OpBuilder &b, ObserveOp observe, ArrayRef<float> kept) {
    TensorBuilder tensors(b, observe.getLoc());
    observe.setOperand(tensors.mul(observe.getInput(), tensors.numbers(kept)));
    ChannelRanges(observe).scaled(kept).describe(observe);
  }
};

} // namespace
