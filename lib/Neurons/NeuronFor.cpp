//===- NeuronFor.cpp - the table for a request ---------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"
#include "Request.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

using namespace rheobase::neurons;

static bool isAroundZero(Interval interval) {
  return interval.lower <= 0 && interval.upper >= 0 && interval.upper - interval.lower > 1;
}

static Interval doubled(Interval interval) {
  return {2 * interval.lower, 2 * interval.upper};
}

/// The interval where none is asked for: nobody promises that activations which go on growing stay in the own one.
static Interval unaskedInterval(const Function &function) {
  Interval own = function.interval;
  auto grows = [&](float end) { return std::fabs(function.value(2.0 * end)) > 1.5 * std::fabs(function.value(end)); };
  bool growing = (!function.flatBelow && grows(own.lower)) || (!function.flatAbove && grows(own.upper));
  return isAroundZero(own) && growing ? doubled(own) : own;
}

/// The interval a table is made for: flat ends are cut off; within the function's own interval that one serves; where
/// the function goes on around zero the own interval doubles until it covers; else the interval is as asked. Kinds that
/// fit at once take it as asked, but cut.
static Interval servedInterval(const Neuron &kind, const Function &function, Interval asked) {
  Interval own = function.interval, cut = asked;
  if (function.flatBelow)
    cut.lower = std::clamp(cut.lower, own.lower, std::max(own.lower, cut.upper));
  if (function.flatAbove)
    cut.upper = std::clamp(cut.upper, std::min(own.upper, cut.lower), own.upper);
  if (!(cut.lower < cut.upper))
    return own;
  if (kind.fitsAtOnce())
    return cut;
  bool aroundZero = isAroundZero(own);
  auto covers = [&](Interval interval) { return interval.lower <= cut.lower && interval.upper >= cut.upper; };
  for (int doubling = 0; aroundZero && doubling < 16 && !covers(own); ++doubling)
    own = doubled(own);
  return covers(own) ? own : cut;
}

/// Everything a table depends on, in order.
static auto keyOf(const FitRequest &request) {
  return std::make_tuple(request.kind, request.function, request.variant, request.bases, request.steps,
                         request.interval->lower, request.interval->upper, request.calibration, request.seed,
                         request.budget);
}

Result<const Table *> rheobase::neurons::neuronFor(const FitRequest &request) {
  Result<const Fitted *> fitted = fittedFor(request);
  if (!fitted)
    return Error{fitted.error()};
  return &(*fitted)->table;
}

Result<const Fitted *> rheobase::neurons::fittedFor(const FitRequest &request) {
  Result<Request> checked = checkRequest(request);
  if (!checked)
    return Error{checked.error()};
  FitRequest full = request;
  full.bases = checked->shape.bases;
  bool asAsked = request.exact && request.interval;
  if (!asAsked)
    full.interval = servedInterval(*checked->kind, *checked->function,
                                   request.interval.value_or(unaskedInterval(*checked->function)));
  static std::mutex mutex;
  static std::map<decltype(keyOf(full)), Fitted> made;
  std::lock_guard<std::mutex> lock(mutex);
  auto known = made.find(keyOf(full));
  if (known != made.end())
    return &known->second;
  Fitted fitted;
  if (const CatalogueEntry *entry = findCatalogueEntry(full)) {
    fitted = {entry->table(), std::string(entry->variant), entry->parameters()};
  } else {
    Result<FitResult> result = fit(full);
    if (!result)
      return Error{result.error()};
    fitted = std::move(*result);
  }
  return &made.emplace(keyOf(full), std::move(fitted)).first->second;
}
