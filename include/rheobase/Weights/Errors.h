//===- Errors.h - what codes of weights lose -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_WEIGHTS_ERRORS_H
#define RHEOBASE_WEIGHTS_ERRORS_H

#include "rheobase/Weights/BiasCorrection.h"

namespace rheobase::weights {

/// Beyond this relative output error of single layers a network is expected to fail (docs/weights.md).
inline constexpr double kMostOutputError = 0.02;

/// The squares of what codes are off, over the squares of the weights: tr(E^T E) / tr(W^T W).
double weightError(const Layer &layer, const Codes &codes);
/// Of numbers that stand for the weights.
double weightError(const Layer &layer, llvm::ArrayRef<float> instead);

/// The squares of what the layer's outputs are off over the samples, over the squares of the outputs:
/// tr(E^T H E) / tr(W^T H W). The layer's hessian must be known; with a mean of the inputs, what codes do to the mean
/// output is made good and no error.
double outputError(const Layer &layer, const Codes &codes, const InputMean &mean = {});
double outputError(const Layer &layer, llvm::ArrayRef<float> instead);

/// The share of the weights that codes make 0.
double shareOfZeros(const Layer &layer, const Codes &codes);

} // namespace rheobase::weights

#endif // RHEOBASE_WEIGHTS_ERRORS_H
