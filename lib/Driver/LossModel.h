//===- LossModel.h - what a layer loses by a format ----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_LOSSMODEL_H
#define RHEOBASE_LIB_DRIVER_LOSSMODEL_H

#include "rheobase/Weights/Algorithm.h"
#include "rheobase/Weights/BiasCorrection.h"

#include "llvm/ADT/StringMap.h"

namespace rheobase {

/// The share of a layer's outputs' squares that formats lose: rounding is measured in one format, by the algorithm that
/// will choose codes, leaving weights out in one format for each pattern, and other formats are told from these.
class LossModel {
public:
  /// `layer` with the inputs' hessian, and their mean where biases make good for it; both must outlive this.
  LossModel(const weights::Layer &layer, const weights::InputMean &mean, const weights::Algorithm &algorithm);

  double lost(const weights::Format &format);

  /// Inputs that measured groups have: what is measured has whole ones.
  static int64_t measuredGroup();

private:
  double lostByLeavingOut(const weights::Format &format);

  const weights::Layer &layer;
  const weights::InputMean &mean;
  double rounding = 0;
  llvm::StringMap<double> byPattern;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_LOSSMODEL_H
