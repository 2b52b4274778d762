//===- SpkMigrateChannels.cpp - spk-migrate-channels --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelScaling.h"
#include "LinearSite.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKMIGRATECHANNELS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

struct SpkMigrateChannels : rheobase::spk::impl::SpkMigrateChannelsBase<SpkMigrateChannels> {
  using SpkMigrateChannelsBase::SpkMigrateChannelsBase;

  void runOnOperation() override {
    if (!(exponent >= 0 && exponent <= 1)) {
      getOperation().emitError() << "exponent is " << double(exponent) << ", 0 to 1 expected";
      return signalPassFailure();
    }
    for (LinearSite &site : linearSites(getOperation()))
      if (SmallVector<float> scales = channelScales(site, exponentOf(site.observe)); !scales.empty())
        migrate(site, scales);
  }

private:
  double exponentOf(ObserveOp observe) const {
    if (observe.getGrid())
      return 0;
    return observe.getMigrate() ? observe.getMigrate()->convertToDouble() : exponent;
  }

  static void migrate(LinearSite &site, ArrayRef<float> scales) {
    ObserveOp observe = site.observe;
    SmallVector<float> inverse;
    for (float scale : scales)
      inverse.push_back(1 / scale);
    scaleChannels(observe, inverse);
    for (onnx::MatMulOp product : site.readers) {
      OpBuilder before(product);
      product.setOperand(1, ChannelWeights(product).scaled(before, product.getLoc(), scales));
    }
  }
};

} // namespace
