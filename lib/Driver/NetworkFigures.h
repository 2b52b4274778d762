//===- NetworkFigures.h - operations and sizes of a converted network ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_NETWORKFIGURES_H
#define RHEOBASE_LIB_DRIVER_NETWORKFIGURES_H

#include "SiteProbe.h"
#include "Work.h"

#include "dialects/spk/Spk.h"

#include "llvm/ADT/MapVector.h"

namespace rheobase {

/// A site with what was gathered at it.
struct ProbedSite {
  report::Site site;
  std::unique_ptr<SiteProbe> probe;
  /// Whether its spikes meet weights or other spikes; the codes inside a normalisation do not.
  bool feedsProducts = false;
};

using ProbedSites = llvm::MapVector<spk::EncodeOp, ProbedSite>;

/// The encode whose spikes `operand` of a product carries, directly or as windows of a convolution; null for none.
spk::EncodeOp encodeBehind(mlir::Value operand);
/// Whether a product reads the train of `encode`.
bool feedsProduct(spk::EncodeOp encode);

/// Everything that report::Network says, per sample, from the sites' figures, of the scheduled network; `ann` is the
/// one before conversion.
llvm::FailureOr<report::Network> networkFigures(mlir::func::FuncOp func, mlir::func::FuncOp ann,
                                                const InputShapes &inputs, const ProbedSites &sites,
                                                llvm::ArrayRef<TrialCount> counters, uint64_t samples);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_NETWORKFIGURES_H
