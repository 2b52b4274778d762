//===- Errors.cpp - what codes of weights lose ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Weights/Errors.h"

#include "rheobase/Weights/Dense.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <numeric>

using namespace rheobase::weights;

namespace {

/// Columns that are taken at once, so that all their rows stay in a cache.
constexpr int64_t kColumns = 64;

/// A number for each weight of a layer.
using Numbers = llvm::function_ref<double(int64_t input, int64_t output)>;

double ratio(double lost, double all) {
  return all > 0 ? lost / all : 0;
}

double squares(const Layer &layer, Numbers numbers) {
  double sum = 0;
  for (int64_t i = 0; i < layer.inputs; ++i)
    for (int64_t n = 0; n < layer.outputs; ++n)
      sum += numbers(i, n) * numbers(i, n);
  return sum;
}

/// tr(X^T H X).
double quadraticForm(const Layer &layer, Numbers numbers) {
  double total = 0;
  for (int64_t first = 0; first < layer.outputs; first += kColumns) {
    int64_t width = std::min(kColumns, layer.outputs - first);
    std::vector<double> tile(layer.inputs * width), products(layer.inputs * width);
    for (int64_t i = 0; i < layer.inputs; ++i)
      for (int64_t n = 0; n < width; ++n)
        tile[i * width + n] = numbers(i, first + n);
    // H is its own transpose.
    addProduct({products.data(), width}, {layer.hessian.data(), layer.inputs}, {tile.data(), width},
               {layer.inputs, width, layer.inputs}, 1);
    total += std::inner_product(tile.begin(), tile.end(), products.begin(), 0.0);
  }
  return total;
}

} // namespace

static double relativeError(const Layer &layer, Numbers instead,
                            double (*measure)(const Layer &layer, Numbers numbers)) {
  auto weight = [&](int64_t i, int64_t n) -> double { return layer.weight(i, n); };
  auto lost = [&](int64_t i, int64_t n) { return weight(i, n) - instead(i, n); };
  return ratio(measure(layer, lost), measure(layer, weight));
}

double rheobase::weights::weightError(const Layer &layer, const Codes &codes) {
  return relativeError(layer, [&](int64_t i, int64_t n) -> double { return codes.weight(layer, i, n); }, squares);
}

double rheobase::weights::weightError(const Layer &layer, llvm::ArrayRef<float> instead) {
  return relativeError(layer, [&](int64_t i, int64_t n) -> double { return instead[i * layer.outputs + n]; }, squares);
}

double rheobase::weights::outputError(const Layer &layer, const Codes &codes, const InputMean &mean) {
  auto weight = [&](int64_t i, int64_t n) -> double { return layer.weight(i, n); };
  auto lost = [&](int64_t i, int64_t n) { return weight(i, n) - codes.weight(layer, i, n); };
  double corrected = 0;
  for (double each : biasCorrection(layer, codes, mean))
    corrected += each * each;
  return ratio(quadraticForm(layer, lost) - static_cast<double>(mean.rows) * corrected, quadraticForm(layer, weight));
}

double rheobase::weights::outputError(const Layer &layer, llvm::ArrayRef<float> instead) {
  return relativeError(
      layer, [&](int64_t i, int64_t n) -> double { return instead[i * layer.outputs + n]; }, quadraticForm);
}

double rheobase::weights::shareOfZeros(const Layer &layer, const Codes &codes) {
  double zeros = 0;
  for (int64_t i = 0; i < layer.inputs; ++i)
    for (int64_t n = 0; n < layer.outputs; ++n)
      zeros += codes.weight(layer, i, n) == 0;
  return ratio(zeros, static_cast<double>(layer.inputs * layer.outputs));
}
