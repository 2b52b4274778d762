//===- Fit.cpp - from a function to a table ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Fit.h"

#include "Request.h"
#include "Samples.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace rheobase::neurons;

static constexpr size_t kMeasured = 8192;

namespace {
struct Errors {
  double largest = 0, rms = 0;
};
} // namespace

static Errors errorsOf(const Neuron &kind, const Table &table, const Samples &samples) {
  Errors errors;
  for (size_t i = 0; i < samples.x.size(); ++i) {
    double error = kind.evaluate(table, samples.x[i]) - samples.y[i];
    errors.largest = std::max(errors.largest, std::fabs(error));
    errors.rms += error * error;
  }
  errors.rms = std::sqrt(errors.rms / static_cast<double>(samples.x.size()));
  return errors;
}

static double meanSpikes(const Neuron &kind, const Table &table, const Samples &samples) {
  int64_t count = 0;
  std::vector<uint8_t> train(static_cast<size_t>(table.steps));
  for (float x : samples.x)
    for (size_t n = 0; n < table.bases.size(); ++n) {
      kind.train(table, n, x, train.data());
      count = std::accumulate(train.begin(), train.end(), count);
    }
  return static_cast<double>(count) / static_cast<double>(samples.x.size());
}

static Accuracy accuracyOf(const Neuron &kind, const Table &table, const Function &function,
                           const std::vector<float> &calibration) {
  Errors uniform = errorsOf(kind, table, uniformSamples(function, table.interval, kMeasured));
  Samples natural = naturalSamples(function, table.interval, kMeasured / 4, calibration);
  return {uniform.largest, uniform.rms, errorsOf(kind, table, natural).rms, meanSpikes(kind, table, natural)};
}

/// What fits are compared by: the mean square over the mixture they are fitted on.
static double score(const Accuracy &accuracy) {
  return accuracy.rmsUniform * accuracy.rmsUniform + accuracy.rmsNatural * accuracy.rmsNatural;
}

static bool isBetter(const FitResult &a, const FitResult &b) {
  return b.parameters.empty() || score(a.accuracy) < score(b.accuracy);
}

static FitResult fitVariant(const Request &request, std::string_view variant, int64_t budget, uint64_t seed) {
  const Neuron &kind = *request.kind;
  FitResult best;
  for (const std::vector<float> &parameters : kind.search(
           {*request.function, request.shape, variant, request.calibration, seed, std::max<int64_t>(budget, 1)})) {
    FitResult result;
    result.variant = variant;
    result.parameters = parameters;
    result.table = kind.expand(request.shape, parameters);
    result.accuracy = accuracyOf(kind, result.table, *request.function, request.calibration);
    if (isBetter(result, best))
      best = std::move(result);
  }
  return best;
}

/// Half of the budget finds the variant, the other half improves on it.
static FitResult fitBest(const Request &request) {
  std::vector<std::string_view> variants = request.kind->variants(request.shape);
  if (!request.variant.empty())
    variants = {request.variant};
  if (variants.size() == 1)
    return fitVariant(request, variants[0], request.budget, request.seed);
  FitResult best;
  for (std::string_view variant : variants) {
    int64_t part = request.budget / 2 / static_cast<int64_t>(variants.size());
    FitResult result = fitVariant(request, variant, part, request.seed);
    if (isBetter(result, best))
      best = std::move(result);
  }
  FitResult again = fitVariant(request, best.variant, request.budget / 2, request.seed + 1);
  return isBetter(again, best) ? again : best;
}

Result<FitResult> rheobase::neurons::fit(const FitRequest &request) {
  Result<Request> checked = checkRequest(request);
  if (!checked)
    return Error{checked.error()};
  FitResult result = fitBest(*checked);
  if (auto error = check(result.table))
    return *error;
  return result;
}

static Result<const Function *> functionOf(const Table &table, std::string_view name) {
  const Function *function = findFunction(name);
  if (!function)
    return unknownFunction(name);
  if (auto error = check(table))
    return *error;
  return function;
}

Result<Accuracy> rheobase::neurons::measure(const Table &table, std::string_view function,
                                            const std::vector<float> &calibration) {
  Result<const Function *> found = functionOf(table, function);
  if (!found)
    return Error{found.error()};
  if (auto error = checkDomain(**found, table.interval))
    return *error;
  if (auto error = checkCalibration(calibration))
    return *error;
  return accuracyOf(*findKind(table.kind), table, **found, calibration);
}

Result<double> rheobase::neurons::rmsOnNormal(const Table &table, std::string_view function, double deviation) {
  Result<const Function *> found = functionOf(table, function);
  if (!found)
    return Error{found.error()};
  if ((*found)->domainLower > -HUGE_VAL)
    return Error{"function " + std::string(function) + " is not defined for all inputs of a normal distribution"};
  return errorsOf(*findKind(table.kind), table, normalSamples(**found, deviation, kMeasured)).rms;
}
