//===- Fit.cpp - from a function to a table ------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Fit.h"

#include "rheobase/Neurons/Composite.h"

#include "Request.h"
#include "Samples.h"

#include <algorithm>
#include <cmath>

using namespace rheobase::neurons;

static constexpr size_t kMeasured = 8192;

namespace {

struct Errors {
  double largest = 0, rms = 0;
};

/// The function a table stands for, as it is.
struct Plain {
  const Neuron &kind;
  const Table &table;

  float evaluate(float x) const { return kind.evaluate(table, x); }
  int spikes(float x) const { return rheobase::neurons::spikes(table, x); }
};

template <typename Approximation> Errors errorsOf(const Approximation &approximation, const Samples &samples) {
  Errors errors;
  for (size_t i = 0; i < samples.x.size(); ++i) {
    double error = approximation.evaluate(samples.x[i]) - samples.y[i];
    errors.largest = std::max(errors.largest, std::fabs(error));
    errors.rms += error * error;
  }
  errors.rms = std::sqrt(errors.rms / static_cast<double>(samples.x.size()));
  return errors;
}

template <typename Approximation>
Accuracy accuracyOf(const Approximation &approximation, const Function &function, Interval interval,
                    const std::vector<float> &calibration) {
  Errors uniform = errorsOf(approximation, uniformSamples(function, interval, kMeasured));
  Samples natural = naturalSamples(function, interval, kMeasured / 4, calibration);
  int64_t spikes = 0;
  for (float x : natural.x)
    spikes += approximation.spikes(x);
  return {uniform.largest, uniform.rms, errorsOf(approximation, natural).rms,
          static_cast<double>(spikes) / static_cast<double>(natural.x.size())};
}

} // namespace

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
    result.accuracy =
        accuracyOf(Plain{kind, result.table}, *request.function, request.shape.interval, request.calibration);
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
  return accuracyOf(Plain{*findKind(table.kind), table}, **found, table.interval, calibration);
}

Result<Accuracy> rheobase::neurons::measure(const Composite &composite, std::string_view function, Interval interval,
                                            const std::vector<float> &calibration) {
  const Function *found = findFunction(function);
  if (!found)
    return unknownFunction(function);
  if (auto error = checkInterval(*found, interval))
    return *error;
  if (auto error = checkCalibration(calibration))
    return *error;
  return accuracyOf(composite, *found, interval, calibration);
}

Result<double> rheobase::neurons::rmsOnNormal(const Table &table, std::string_view function, double deviation) {
  Result<const Function *> found = functionOf(table, function);
  if (!found)
    return Error{found.error()};
  if ((*found)->domainLower > -HUGE_VAL)
    return Error{"function " + std::string(function) + " is not defined for all inputs of a normal distribution"};
  return errorsOf(Plain{*findKind(table.kind), table}, normalSamples(**found, deviation, kMeasured)).rms;
}
