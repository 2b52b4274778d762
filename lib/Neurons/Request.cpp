//===- Request.cpp - a fit request with everything filled in -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Request.h"

#include <algorithm>
#include <cmath>

using namespace rheobase::neurons;

/// The names of all items, for a message.
template <typename Items, typename NameOf> static std::string listOf(const Items &items, NameOf nameOf) {
  std::string text;
  for (const auto &item : items)
    text += (text.empty() ? "" : ", ") + std::string(nameOf(item));
  return text;
}

Error rheobase::neurons::unknownFunction(std::string_view name) {
  return {"unknown function '" + std::string(name) + "', expected one of " +
          listOf(functions(), [](const Function &function) { return function.name; })};
}

Error rheobase::neurons::unknownKind(std::string_view name) {
  return {"unknown kind of neuron '" + std::string(name) + "', expected one of " +
          listOf(kinds(), [](const Neuron *kind) { return kind->name(); })};
}

/// Without the zeros at the end.
static std::string numberText(float value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (!text.empty() && text.back() == '.')
    text.pop_back();
  return text;
}

static std::string intervalText(Interval interval) {
  return '[' + numberText(interval.lower) + ", " + numberText(interval.upper) + ']';
}

std::optional<Error> rheobase::neurons::checkDomain(const Function &function, Interval interval) {
  if (interval.lower > function.domainLower || (interval.lower == function.domainLower && !function.domainOpen))
    return std::nullopt;
  return Error{"function " + std::string(function.name) + " is not defined on all of " + intervalText(interval) +
               ", expected an interval above " + numberText(static_cast<float>(function.domainLower))};
}

std::optional<Error> rheobase::neurons::checkCalibration(const std::vector<float> &calibration) {
  for (size_t i = 0; i < calibration.size(); ++i)
    if (!std::isfinite(calibration[i]))
      return Error{"calibration input " + std::to_string(i) + " is " + std::to_string(calibration[i]) +
                   ", expected a finite number"};
  return std::nullopt;
}

/// Wide intervals overflow where a function grows, as squares do.
std::optional<Error> rheobase::neurons::checkInterval(const Function &function, Interval interval) {
  constexpr float most = 1e6f, least = 1e-6f;
  if (!(std::fabs(interval.lower) <= most && std::fabs(interval.upper) <= most))
    return Error{"the interval is " + intervalText(interval) + ", expected ends between -1e6 and 1e6"};
  if (!(interval.upper - interval.lower >= least))
    return Error{"the interval " + intervalText(interval) + " is narrower than 1e-6, expected lower < upper"};
  if (auto error = checkDomain(function, interval))
    return error;
  for (float end : {interval.lower, interval.upper})
    if (!(std::fabs(function.value(end)) <= 1e30))
      return Error{"function " + std::string(function.name) + " exceeds 1e30 on " + intervalText(interval) +
                   ", expected a narrower interval"};
  return std::nullopt;
}

static std::optional<Error> checkCounts(const Neuron &kind, int bases, const FitRequest &request) {
  if (request.steps < 1 || request.steps > kMaxSteps)
    return Error{"a neuron of " + std::to_string(request.steps) + " steps was asked for, expected 1 to " +
                 std::to_string(kMaxSteps)};
  if (bases < 1 || bases > kind.maxBases())
    return Error{"a neuron of kind " + request.kind + " with " + std::to_string(bases) +
                 " bases was asked for, expected 1 to " + std::to_string(kind.maxBases())};
  if (request.budget < 0)
    return Error{"a budget of " + std::to_string(request.budget) +
                 " candidates was given, expected 0 (default) or more"};
  return checkCalibration(request.calibration);
}

Result<Request> rheobase::neurons::checkRequest(const FitRequest &request) {
  Request checked;
  checked.kind = findKind(request.kind);
  if (!checked.kind)
    return unknownKind(request.kind);
  checked.function = findFunction(request.function);
  if (!checked.function)
    return unknownFunction(request.function);
  int bases = request.bases == 0 ? checked.kind->defaultBases(*checked.function) : request.bases;
  if (auto error = checkCounts(*checked.kind, bases, request))
    return *error;
  checked.shape = {bases, request.steps, request.interval.value_or(checked.function->interval)};
  if (auto error = checkInterval(*checked.function, checked.shape.interval))
    return *error;
  std::vector<std::string_view> variants = checked.kind->variants(checked.shape);
  if (!request.variant.empty() && std::find(variants.begin(), variants.end(), request.variant) == variants.end())
    return Error{"kind " + request.kind + " has no variant '" + request.variant + "' with " + std::to_string(bases) +
                 " bases on " + intervalText(checked.shape.interval) + ", expected one of " +
                 listOf(variants, [](std::string_view name) { return name; })};
  checked.variant = request.variant;
  checked.calibration = request.calibration;
  checked.seed = request.seed;
  checked.budget = request.budget ? request.budget : checked.kind->defaultBudget(checked.shape);
  return checked;
}
