//===- InputSums.cpp - what samples show of the inputs of layers ---------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InputSums.h"

#include "Trial.h"

#include "rheobase/Weights/Dense.h"

using namespace mlir;
using namespace rheobase;
using weights::Hessian;
using weights::InputMean;
using weights::InputMoments;

namespace {

/// What the sums over the inputs of all layers at hand may take.
constexpr int64_t kMostBytes = int64_t(1) << 28;
/// Rows that are taken at once, so that a sum is read and written once for all.
constexpr int64_t kRowBlock = 256;

int64_t channelsOf(Value inputs) {
  return cast<RankedTensorType>(inputs.getType()).getShape().back();
}

/// Adds x x^T for rows [count, n] to the lower triangle.
void addRows(Hessian &sums, ArrayRef<double> rows, int64_t n) {
  weights::Rows<const double> x{rows.data(), n};
  weights::addProduct({sums.data(), n}, x, x, {n, n, static_cast<int64_t>(rows.size()) / n}, 1, weights::Part::Lower);
}

/// Where the mean is asked for.
void addToMean(InputMean &mean, ArrayRef<double> rows, int64_t n) {
  mean.rows += static_cast<int64_t>(rows.size()) / n;
  for (ArrayRef<double> left = rows; !mean.values.empty() && !left.empty(); left = left.drop_front(n))
    for (int64_t i = 0; i < n; ++i)
      mean.values[i] += left[i];
}

/// All rows of a batch that are no padding; as long as there is more to come, the mean is their sum.
void addBatch(InputMoments &sums, const TrialOutput &output, int64_t n) {
  MaskedRows masked(output.mask, output.dims);
  ArrayRef<float> values = output.elements<float>();
  std::vector<double> block;
  for (int64_t first = 0, size = static_cast<int64_t>(values.size()); first < size; first += n) {
    if (masked.counts(first))
      block.insert(block.end(), values.begin() + first, values.begin() + first + n);
    if (static_cast<int64_t>(block.size()) == kRowBlock * n || first + n == size) {
      addRows(sums.hessian, block, n);
      addToMean(sums.mean, block, n);
      block.clear();
    }
  }
}

void mirror(Hessian &sums, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < i; ++j)
      sums[j * n + i] = sums[i * n + j];
}

} // namespace

bool InputSums::add(Value inputs) {
  if (sums.contains(inputs))
    return true;
  int64_t n = channelsOf(inputs), more = n * n * static_cast<int64_t>(sizeof(double));
  if (!sums.empty() && bytes + more > kMostBytes)
    return false;
  bytes += more;
  InputMoments &found = sums[inputs];
  found.hessian.resize(n * n);
  if (options.correctBiases)
    found.mean.values.resize(n);
  return true;
}

LogicalResult InputSums::gather(ModuleOp module) {
  if (sums.empty())
    return success();
  auto choose = [&](const IRMapping &mapping) {
    SmallVector<Value> inputs;
    for (auto &each : sums)
      inputs.push_back(mapping.lookup(each.first));
    return inputs;
  };
  auto take = [&](ArrayRef<TrialOutput> outputs) {
    for (auto [each, output] : llvm::zip(sums, outputs))
      addBatch(each.second, output, channelsOf(each.first));
  };
  if (failed(runObserved(module, {"weights", options.calibrate, options.progress ? "looking at inputs in" : ""}, choose,
                         take)))
    return failure();
  for (auto &[inputs, sum] : sums) {
    mirror(sum.hessian, channelsOf(inputs));
    for (double &value : sum.mean.values)
      value /= static_cast<double>(std::max<int64_t>(sum.mean.rows, 1));
  }
  return success();
}

const InputMoments &InputSums::of(Value inputs) const {
  static const InputMoments nothing;
  const auto *found = sums.find(inputs);
  return found == sums.end() ? nothing : found->second;
}
