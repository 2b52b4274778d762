//===- Moments.h - means and variances without samples --------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// What activations are like where nothing is known of the inputs: a normalisation fixes the mean and variance of its
/// channels, weights carry them on, as if channels were independent ("Data-Free Quantization", Nagel and others 2019,
/// uses the same of batch normalisation). Estimates, not bounds, but for the ends that a function has by itself.
///
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CONVERSION_SPK_MOMENTS_H
#define RHEOBASE_LIB_CONVERSION_SPK_MOMENTS_H

#include "dialects/onnx/Onnx.h"

#include <limits>
#include <optional>
#include <vector>

namespace rheobase::spk {

struct Moments {
  /// Of each channel (the last axis), or of all elements together: one.
  std::vector<double> mean, variance;
  /// What no element exceeds.
  double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();

  /// `deviations` standard deviations to either side of the mean of any channel, within least and most.
  std::pair<double, double> reach(double deviations) const;
};

/// The moments of values, from constants and normalisations on.
class MomentAnalysis {
public:
  /// Nullopt where they depend on the network's inputs in a way that no normalisation hides.
  std::optional<Moments> of(mlir::Value v);

private:
  std::optional<Moments> compute(mlir::Value v);

  llvm::DenseMap<mlir::Value, std::optional<Moments>> known;
};

} // namespace rheobase::spk

#endif // RHEOBASE_LIB_CONVERSION_SPK_MOMENTS_H
