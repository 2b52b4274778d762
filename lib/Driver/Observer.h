//===- Observer.h - the network as it is, run over samples ---------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_OBSERVER_H
#define RHEOBASE_LIB_DRIVER_OBSERVER_H

#include "CalibrationFile.h"
#include "Samples.h"

#include "rheobase/runtime.hpp"

#include "mlir/IR/BuiltinOps.h"

namespace rheobase {

/// A site as the observer needs it: how its tensors are laid out.
struct ObservedSite {
  std::string role;
  SiteStatistics *statistics;
};

/// The network as it is, returning the tensor at every site, ready to run.
class Observer {
public:
  explicit Observer(llvm::ArrayRef<ObservedSite> sites) : sites(sites) {}

  llvm::LogicalResult build(mlir::ModuleOp module);
  /// Adds what the samples show to the statistics.
  llvm::LogicalResult run(const SampleSet &samples, bool progress);

private:
  /// Samples of all inputs, `count` of them.
  struct Batch {
    std::vector<std::vector<int64_t>> dims;
    std::vector<rhb_tensor> inputs;
  };

  llvm::LogicalResult fail(const llvm::Twine &text) const;
  llvm::LogicalResult take(const SampleSet &samples, int64_t first, int64_t count, Batch &batch) const;
  llvm::LogicalResult outputDims(const Batch &batch, std::vector<std::vector<int64_t>> &dims) const;
  /// How many samples to run at once, and whether the model says so.
  llvm::FailureOr<std::pair<int64_t, bool>> batchSize(const SampleSet &samples) const;
  llvm::LogicalResult runBatch(const Batch &batch);
  /// Which rows of site `site` count.
  std::optional<RowMask> maskFor(size_t site) const;
  void readMask(const Batch &batch);

  llvm::ArrayRef<ObservedSite> sites;
  mlir::MLIRContext *context = nullptr;
  std::vector<uint8_t> bytes;
  rhb::Artifact artifact;
  rhb::Session session;
  std::vector<std::vector<float>> values;
  /// The mask among the inputs, if there is one, and whether each of its positions counts.
  std::optional<size_t> maskInput;
  std::vector<uint8_t> maskCounts;
  int64_t maskSequence = 0;
};

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_OBSERVER_H
