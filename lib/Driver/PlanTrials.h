//===- PlanTrials.h - what codes do to the outputs, measured ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_PLANTRIALS_H
#define RHEOBASE_LIB_DRIVER_PLANTRIALS_H

#include "Trial.h"

#include "rheobase/Driver/Driver.h"

#include "llvm/ADT/StringMap.h"

namespace rheobase {

/// The f32 results of a batch.
using OutputValues = std::vector<std::vector<float>>;
OutputValues valuesOf(const TrialBatch &batch);

/// How far results are from those expected: of each f32 result the sum of the squares of the differences over that of
/// what was expected, and the mean of these over the results. Padding does not count.
class OutputError {
public:
  /// Adds found - expected, relative to `reference`.
  void add(const OutputValues &expected, const OutputValues &reference, const TrialBatch &found);
  double square() const;

private:
  std::vector<double> lost, whole;
};

/// What the runtime counted at a code, or, synaptic operations, at the operator behind it.
struct SiteCounts {
  double activations = 0, spikes = 0, synops = 0;
};
using CountsBySite = llvm::StringMap<SiteCounts>;
CountsBySite countsOf(const Trial &trial);

/// The site that a code belongs to: its own name but for that of outlier channels.
llvm::StringRef siteOfCode(llvm::StringRef name);

/// The converted network with a gate before each code (spk-gate-codes).
class GatedTrial {
public:
  GatedTrial() : trial("plan", /*counts=*/true) {}

  /// `module` is annotated, with sites.
  llvm::LogicalResult build(mlir::ModuleOp module, const CompileOptions &options);

  /// Samples that run at once: as many as the model fixes, else one.
  int64_t batch() const { return rows; }
  /// Runs a batch with the codes of these sites, and all that belong to none.
  llvm::FailureOr<TrialBatch> run(SampleSet &samples, int64_t first, llvm::ArrayRef<llvm::StringRef> open);
  CountsBySite counts() const { return countsOf(trial); }

private:
  Trial trial;
  int64_t rows = 1;
  /// The sites of the codes in their order; "" where a code belongs to none.
  std::vector<std::string> sites;
};

/// The network as `options` compile it, in value form.
llvm::LogicalResult buildConverted(Trial &trial, mlir::ModuleOp module, const CompileOptions &options);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_PLANTRIALS_H
