//===- WeightCodes.cpp - weights of few bits, by what samples show -------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightCodes.h"

#include "Trial.h"
#include "rheobase/Conversion/Spk/Weights.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace rheobase;
using weights::Hessian;

namespace {

constexpr StringLiteral kPurpose = "--weights-method";
/// What the sums over the inputs of all layers at hand may take.
constexpr int64_t kMostBytes = int64_t(1) << 28;
/// Rows that are taken at once, so that they are read from a cache.
constexpr int64_t kRowBlock = 16;

using Hessians = llvm::MapVector<Value, Hessian>;

int64_t channelsOf(Value inputs) {
  return cast<RankedTensorType>(inputs.getType()).getShape().back();
}

/// Adds x x^T for rows [count, n] to the lower triangle.
void addRows(Hessian &sums, ArrayRef<double> rows, int64_t n) {
  int64_t count = static_cast<int64_t>(rows.size()) / n;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t row = 0; row < count; ++row) {
      const double *x = &rows[row * n];
      double *sum = &sums[i * n], factor = x[i];
      // Most spikes are not there.
      if (factor == 0)
        continue;
      for (int64_t j = 0; j <= i; ++j)
        sum[j] += factor * x[j];
    }
}

/// All rows of a batch that are no padding.
void addBatch(Hessian &sums, const TrialOutput &output, int64_t n) {
  MaskedRows masked(output.mask, output.dims);
  ArrayRef<float> values = output.elements<float>();
  std::vector<double> block;
  for (int64_t first = 0, size = static_cast<int64_t>(values.size()); first < size; first += n) {
    if (masked.counts(first))
      block.insert(block.end(), values.begin() + first, values.begin() + first + n);
    if (static_cast<int64_t>(block.size()) == kRowBlock * n || first + n == size) {
      addRows(sums, block, n);
      block.clear();
    }
  }
}

void mirror(Hessian &sums, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < i; ++j)
      sums[j * n + i] = sums[i * n + j];
}

/// Runs the samples through the network as it is now, with these inputs as results more.
LogicalResult runSamples(ModuleOp module, Hessians &found, const CompileOptions &options) {
  IRMapping mapping;
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone(mapping));
  std::vector<std::pair<std::string, Value>> results;
  for (auto [number, each] : llvm::enumerate(found))
    results.emplace_back("inputs " + std::to_string(number), mapping.lookup(each.first));
  auto func = *copy->getOps<func::FuncOp>().begin();
  size_t first = func.getNumResults();
  addResults(func, results);
  Trial trial(kPurpose);
  if (failed(trial.build(std::move(copy))))
    return failure();
  auto take = [&](ArrayRef<TrialBatch> batches) {
    for (auto [i, each] : llvm::enumerate(found))
      addBatch(each.second, batches.front().outputs[first + i], channelsOf(each.first));
    return success();
  };
  if (failed(runTrials({&trial}, options.calibrate, take, options.progress ? "looking at inputs in" : "")))
    return failure();
  for (auto &[inputs, sums] : found)
    mirror(sums, channelsOf(inputs));
  return success();
}

/// The first layers of those left whose sums fit; at least one.
size_t nextLayers(ArrayRef<spk::CodedWeights> layers, Hessians &found) {
  int64_t bytes = 0;
  size_t count = 0;
  for (const spk::CodedWeights &layer : layers) {
    if (layer.isMatrix() && !found.contains(layer.inputs())) {
      int64_t n = channelsOf(layer.inputs()), more = n * n * static_cast<int64_t>(sizeof(double));
      if (count > 0 && bytes + more > kMostBytes)
        break;
      bytes += more;
      found[layer.inputs()].resize(n * n);
    }
    ++count;
  }
  return count;
}

LogicalResult codeBySamples(ModuleOp module, const weights::Format &format, const weights::Algorithm &algorithm,
                            const CompileOptions &options) {
  if (options.calibrate.empty())
    return module.emitError() << kPurpose << "=" << algorithm.name()
                              << " chooses codes by what samples show, and there "
                              << "are none; give --calibrate=FILE.npz, or --weights-method=" << weights::kWithoutInputs;
  auto func = *module.getOps<func::FuncOp>().begin();
  static const Hessian nothing;
  SmallVector<spk::CodedWeights> all = spk::codedWeights(func);
  for (ArrayRef<spk::CodedWeights> left = all; !left.empty();) {
    Hessians found;
    ArrayRef<spk::CodedWeights> now = left.take_front(nextLayers(left, found));
    left = left.drop_front(now.size());
    if (!found.empty() && failed(runSamples(module, found, options)))
      return failure();
    spk::quantizeWeights(now, format, algorithm, [&](const spk::CodedWeights &layer) -> const Hessian & {
      auto *sums = found.find(layer.inputs());
      return sums == found.end() ? nothing : sums->second;
    });
  }
  return success();
}

} // namespace

LogicalResult rheobase::codeWeights(ModuleOp module, const CompileOptions &options) {
  std::unique_ptr<weights::Format> format = weights::parseFormat(options.weights);
  const weights::Algorithm *algorithm = weights::findAlgorithm(options.weightsMethod);
  if (algorithm->needsInputs())
    return codeBySamples(module, *format, *algorithm, options);
  static const Hessian nothing;
  for (auto func : module.getOps<func::FuncOp>())
    spk::quantizeWeights(spk::codedWeights(func), *format, *algorithm,
                         [](const spk::CodedWeights &) -> const Hessian & { return nothing; });
  return success();
}
