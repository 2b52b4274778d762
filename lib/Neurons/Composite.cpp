//===- Composite.cpp - functions by way of a neuron -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Composite.h"

#include "Request.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace rheobase::neurons;

namespace {

bool always(float) {
  return true;
}
float itself(float x) {
  return x;
}
float magnitude(float x) {
  return std::fabs(x);
}
std::optional<Interval> sameInterval(Interval interval) {
  return interval;
}
std::optional<Interval> magnitudes(Interval interval) {
  return Interval{0, std::max(std::fabs(interval.lower), std::fabs(interval.upper))};
}
std::optional<Interval> ownInterval(Interval) {
  return std::nullopt;
}

float signedBy(float x, float y) {
  return x < 0 ? -y : y;
}

uint32_t bitsOf(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  return bits;
}
float numberOf(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof(x));
  return x;
}
/// 2^e, of a normal number's e.
float powerOf2(int e) {
  return numberOf(static_cast<uint32_t>(e + 127) << 23);
}

bool isPositiveNormal(float x) {
  return x >= 0x1p-126f && x <= 0x1.fffffep127f;
}
/// e of a positive normal number in [2^e, 2^(e + 1)), and the number's bits below it.
int exponentOf(float x) {
  return static_cast<int>(bitsOf(x) >> 23) - 127;
}
uint32_t fractionOf(float x) {
  return bitsOf(x) & 0x007fffff;
}

float inBits(float x) {
  return x * 0x1.715476p+0f;
}
bool hasPower(float x) {
  return std::floor(inBits(x)) >= -126;
}
float fractionOfPower(float x) {
  float z = inBits(x), fraction = z - std::floor(z);
  return std::isnan(fraction) ? 0 : fraction;
}
float timesPower(float x, float y) {
  return y * powerOf2(static_cast<int>(std::min(std::floor(inBits(x)), 127.0f)));
}

/// 2^-e would be denormal for x >= 2^126.
bool hasInverse(float x) {
  return isPositiveNormal(x) && exponentOf(x) < 126;
}
float mantissaBelowOne(float x) {
  return numberOf(fractionOf(x) | 0x3f000000);
}
float timesInversePower(float x, float y) {
  return y * powerOf2(-(exponentOf(x) + 1));
}

/// An odd exponent leaves [1, 2) with one power more: half of it, in [1/2, 1).
float mantissaOfEvenPower(float x) {
  return numberOf(fractionOf(x) | static_cast<uint32_t>(127 - (exponentOf(x) & 1)) << 23);
}
float timesInverseRoot(float x, float y) {
  int e = exponentOf(x);
  return y * powerOf2(-((e + (e & 1)) / 2));
}

constexpr Reduction kDirect = {"direct", "n(x)", always, itself, [](float, float y) { return y; }, sameInterval};
constexpr Reduction kReluMinus = {
    "relu_minus", "relu(x) - n(|x|)", always, magnitude, [](float x, float y) { return (x > 0 ? x : 0) - y; },
    magnitudes};
constexpr Reduction kOdd = {"odd", "sign(x) n(|x|)", always, magnitude, signedBy, magnitudes};
constexpr Reduction kLogistic = {
    "logistic", "1/2 + sign(x) n(|x|)", always, magnitude, [](float x, float y) { return 0.5f + signedBy(x, y); },
    magnitudes};
constexpr Reduction kExp = {
    "exp", "2^i n(z - i), z = x log2(e), i = floor(z)", hasPower, fractionOfPower, timesPower, ownInterval};
constexpr Reduction kReciprocal = {
    "reciprocal", "2^-E n(M), x = M 2^E, M in [1/2, 1)", hasInverse, mantissaBelowOne, timesInversePower, ownInterval};
constexpr Reduction kRsqrt = {"rsqrt",          "2^(-E/2) n(M), x = M 2^E, E even, M in [1/2, 2)",
                              isPositiveNormal, mantissaOfEvenPower,
                              timesInverseRoot, ownInterval};

constexpr Decomposition kDecompositions[] = {
    {"gelu", kReluMinus, "gelu_bump", false},        {"gelu_tanh", kReluMinus, "gelu_tanh_bump", false},
    {"silu", kReluMinus, "silu_bump", false},        {"tanh", kOdd, "tanh_odd", false},
    {"sigmoid", kLogistic, "sigmoid_odd", false},    {"exp", kExp, "exp2", true},
    {"reciprocal", kReciprocal, "reciprocal", true}, {"rsqrt", kRsqrt, "rsqrt", true},
};

} // namespace

const Decomposition *rheobase::neurons::decompositionOf(std::string_view function) {
  for (const Decomposition &decomposition : kDecompositions)
    if (decomposition.function == function)
      return &decomposition;
  return nullptr;
}

float Composite::evaluate(float x) const {
  if (!reduction->reaches(x))
    return 0;
  return reduction->value(x, neurons::evaluate(fitted->table, reduction->argument(x)));
}

int Composite::spikes(float x) const {
  return reduction->reaches(x) ? neurons::spikes(fitted->table, reduction->argument(x)) : 0;
}

Result<Composite> rheobase::neurons::compositeFor(const FitRequest &request) {
  Result<Request> checked = checkRequest(request);
  if (!checked)
    return Error{checked.error()};
  Composite composite = {&kDirect, checked->function->name, nullptr};
  FitRequest part = request;
  const Decomposition *found = decompositionOf(request.function);
  if (found && (found->always || checked->kind->fitsParts())) {
    composite = {&found->reduction, found->part, nullptr};
    part.function = found->part;
    if (part.interval)
      part.interval = found->reduction.part(*part.interval);
    for (float &x : part.calibration)
      x = found->reduction.argument(x);
  }
  Result<const Fitted *> fitted = fittedFor(part);
  if (!fitted)
    return Error{fitted.error()};
  composite.fitted = *fitted;
  return composite;
}
