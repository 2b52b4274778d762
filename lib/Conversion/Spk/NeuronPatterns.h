//===- NeuronPatterns.h - rewrites to static neurons -----------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_NEURONPATTERNS_H
#define RHEOBASE_LIB_CONVERSION_SPK_NEURONPATTERNS_H

#include "NeuronFactory.h"
#include "rheobase/Conversion/Spk/CodeChoice.h"

#include "mlir/IR/PatternMatch.h"

namespace rheobase::spk {

struct NeuronOptions {
  NeuronFactory &factory;
  /// The codes of attention weights, and, with more digits, those inside a normalisation.
  CodeChoice choice;
};

/// The neuron for `function` applied to `x`, at a location.
mlir::Value applyNeuron(mlir::OpBuilder &b, mlir::Location loc, const FittedNeuron &neuron, llvm::StringRef function,
                        mlir::Value x);

/// c * rsqrt(mean(c^2) + epsilon) over the last axis, with c the code of each row of x against its own largest
/// magnitude: legal as a row is normalised by itself, and the squares are products of codes.
mlir::Value normalizeRows(mlir::OpBuilder &b, mlir::Location loc, const NeuronOptions &options,
                          const FittedNeuron &rsqrt, mlir::Value x, mlir::Value epsilon);

void populateActivationPatterns(mlir::RewritePatternSet &patterns, const NeuronOptions &options);
void populateSoftmaxPatterns(mlir::RewritePatternSet &patterns, const NeuronOptions &options);
void populateLayerNormPatterns(mlir::RewritePatternSet &patterns, const NeuronOptions &options);
void populateRmsNormPatterns(mlir::RewritePatternSet &patterns, const NeuronOptions &options);

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_NEURONPATTERNS_H
