//===- SpkNeurons.cpp - spk-neurons -------------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronPatterns.h"
#include "Sites.h"
#include "rheobase/Conversion/Spk/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKNEURONS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

struct SpkNeurons : rheobase::spk::impl::SpkNeuronsBase<SpkNeurons> {
  using SpkNeuronsBase::SpkNeuronsBase;

  void runOnOperation() override {
    CodeChoice choice{steps, bases, code};
    if (failed(choice.verify(getOperation())))
      return signalPassFailure();
    const neurons::Neuron *kind = neurons::findKind(neuron.getValue());
    if (!kind) {
      auto names = llvm::map_range(neurons::kinds(), [](const neurons::Neuron *each) { return each->name(); });
      getOperation().emitError() << "neuron is '" << neuron << "', one of " << llvm::join(names, ", ") << " expected";
      return signalPassFailure();
    }
    choice.truncates = kind->truncatesCodes();
    NeuronFactory factory(&getContext(), *kind, static_cast<int>(choice.digits()));
    NeuronOptions options{factory, choice};
    WalkResult codes = getOperation().walk([&](ObserveOp op) {
      bool isGood = op.getRole() != kAttentionRole || succeeded(options.choice.at(op).verify(op));
      return isGood ? WalkResult::advance() : WalkResult::interrupt();
    });
    if (codes.wasInterrupted())
      return signalPassFailure();
    // What several operators make up goes before each of them does.
    RewritePatternSet composites(&getContext()), patterns(&getContext());
    populateSoftmaxPatterns(composites, options);
    populateLayerNormPatterns(composites, options);
    populateRmsNormPatterns(composites, options);
    populateActivationPatterns(patterns, options);
    if (failed(applyPatternsGreedily(getOperation(), std::move(composites))) ||
        failed(applyPatternsGreedily(getOperation(), std::move(patterns))) || factory.hasFailed())
      return signalPassFailure();
    // Sites of what stayed on numbers.
    getOperation().walk([](ObserveOp op) {
      if (op.getRole() != kNeuronRole && op.getRole() != kAttentionRole)
        return;
      op.replaceAllUsesWith(op.getInput());
      op.erase();
    });
  }
};

} // namespace
