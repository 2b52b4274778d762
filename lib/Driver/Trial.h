//===- Trial.h - a network run over samples while it is compiled ---------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calibration, plans and reports learn what a network does by running it:
//
//     Trial trial("calibration");
//     trial.build(std::move(copy));                // machine code for this host, in memory
//     runTrials({&trial}, path, [&](ArrayRef<TrialBatch> batches) { look at batches[0].outputs; return success(); });
//     trial.counters();                            // what the runtime counted, over all batches
//
// Several trials see the same batches at the same time, so that their results can be compared without keeping them.
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_DRIVER_TRIAL_H
#define RHEOBASE_LIB_DRIVER_TRIAL_H

#include "Samples.h"
#include "Statistics.h"

#include "rheobase/runtime.hpp"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OwningOpRef.h"

namespace rheobase {

/// One result of the network for one batch. What it points to lives until the next batch.
struct TrialOutput {
  llvm::StringRef name;
  rhb_dtype dtype;
  llvm::ArrayRef<int64_t> dims;
  llvm::ArrayRef<uint8_t> bytes;
  /// Which of its rows are no padding, where that is known: a mask for each axis of positions, and it where it is one.
  llvm::SmallVector<RowMask, 2> masks;
  std::optional<RowMask> mask;

  /// The elements, of their C++ type.
  template <typename T> llvm::ArrayRef<T> elements() const {
    return {reinterpret_cast<const T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

struct TrialBatch {
  /// The samples in it, of their set; where the model fixes the batch, the last one may begin in the one before.
  int64_t first, count;
  /// In the order of the function's results.
  std::vector<TrialOutput> outputs;
};

/// What the runtime counted: `quantity` ("spikes", "synops", ...) at `site`.
struct TrialCount {
  std::string site, quantity;
  uint64_t value;
};

/// The sum of what was counted under `quantity`, at one site or at all.
uint64_t countOf(llvm::ArrayRef<TrialCount> counters, llvm::StringRef quantity,
                 std::optional<llvm::StringRef> site = std::nullopt);

/// Appends results to a function that ends in func.return. Names must be new.
void addResults(mlir::func::FuncOp func, llvm::ArrayRef<std::pair<std::string, mlir::Value>> results);

class Trial {
public:
  /// `purpose` stands before every error, `counts` makes the runtime count.
  explicit Trial(llvm::StringRef purpose, bool counts = false) : purpose(purpose), counts(counts) {}

  /// Compiles the network for this machine: any module that lowerToProgram takes, ONNX or scheduled. Its states become
  /// ordinary inputs, so that every sample stands alone.
  llvm::LogicalResult build(mlir::OwningOpRef<mlir::ModuleOp> module);

  const rhb_artifact_info &info() const { return artifact.info(); }
  /// Summed over all batches since the build; empty unless the trial counts.
  std::vector<TrialCount> counters() const;

  /// How many samples to run at once, and whether the model says so.
  struct BatchSize {
    int64_t count;
    bool isFixed;
  };
  llvm::FailureOr<BatchSize> batchSize(const SampleSet &samples);
  /// Runs `count` samples from `first` on.
  llvm::FailureOr<TrialBatch> runBatch(const SampleSet &samples, int64_t first, int64_t count);

  /// Reports `text` as an error of this trial.
  llvm::LogicalResult fail(const llvm::Twine &text) const;

private:
  /// Samples of all inputs.
  struct Batch {
    std::vector<std::vector<int64_t>> dims;
    std::vector<rhb_tensor> inputs;
  };

  llvm::LogicalResult fill(const SampleSet &samples, int64_t first, int64_t count, Batch &batch) const;
  /// The shapes of all results.
  llvm::LogicalResult outputDims(const Batch &batch, std::vector<std::vector<int64_t>> &dims);
  void readMask(const Batch &batch);
  llvm::SmallVector<RowMask, 2> masksFor(size_t output) const;

  std::string purpose;
  bool counts;
  mlir::MLIRContext *context = nullptr;
  /// Aligned, so that the artifact takes them as they are.
  std::shared_ptr<char> bytes;
  rhb::Artifact artifact;
  rhb::Session session;
  /// Of the results of the last batch.
  std::vector<std::vector<int64_t>> dims;
  std::vector<std::vector<uint8_t>> values;
  /// The mask among the inputs, if there is one, and whether each of its positions counts.
  std::optional<size_t> maskInput;
  std::vector<uint8_t> maskCounts;
  int64_t maskSequence = 0;
};

/// Runs the samples that `path` means, a file or a folder of them, batch by batch through all trials. `take` sees a
/// batch of each, of the same samples. `verb`, unless it is empty, says on stderr how far it is.
llvm::LogicalResult runTrials(llvm::ArrayRef<Trial *> trials, const std::string &path,
                              llvm::function_ref<llvm::LogicalResult(llvm::ArrayRef<TrialBatch>)> take,
                              llvm::StringRef verb = "");

/// How samples are run: what stands before errors, where they are, and `verb` as above.
struct SampleRun {
  llvm::StringRef purpose;
  const std::string &path;
  llvm::StringRef verb;
};

/// Runs the samples through a copy of the network that gives values of it as results more: those that `choose` takes or
/// makes, told where the copy has what `module` has. `take` sees these of each batch.
llvm::LogicalResult runObserved(mlir::ModuleOp module, const SampleRun &run,
                                llvm::function_ref<llvm::SmallVector<mlir::Value>(const mlir::IRMapping &)> choose,
                                llvm::function_ref<void(llvm::ArrayRef<TrialOutput>)> take);

} // namespace rheobase

#endif // RHEOBASE_LIB_DRIVER_TRIAL_H
