//===- Migration.h - how much of a site's channels to move -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_SPK_MIGRATION_H
#define RHEOBASE_CONVERSION_SPK_MIGRATION_H

#include "dialects/spk/Spk.h"

namespace rheobase::spk {

/// How a linear site will be coded.
struct LinearCoding {
  unsigned steps, outlierSteps;
  /// The share of its channels that may get a code of their own.
  double outliers;
  /// Whether each row sets its own threshold.
  bool rowThresholds;
  /// The exponent to stay with unless another one loses less by a tenth.
  double usual;
};

/// The exponent of spk-migrate-channels with which least is lost in the products of a "linear" site, by its code and by
/// weights of 8 bits, on rows that were seen (one after the other); nullopt where there is nothing to choose.
std::optional<double> bestMigration(ObserveOp observe, llvm::ArrayRef<float> rows, const LinearCoding &coding);

} // namespace rheobase::spk

#endif // RHEOBASE_CONVERSION_SPK_MIGRATION_H
