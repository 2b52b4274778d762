//===- Function.cpp - the scalar functions neurons stand for -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Neurons/Function.h"

#include "Arithmetic.h"

#include <cmath>
#include <limits>

using namespace rheobase::neurons;

namespace {

double relu(double x) {
  return x > 0 ? x : 0;
}
double sigmoid(double x) {
  return 0.5 + 0.5 * arithmetic::tanh(0.5 * x);
}
double gelu(double x) {
  return 0.5 * x * (1 + arithmetic::erf(x * 0x1.6a09e667f3bcdp-1));
}
double geluTanh(double x) {
  return x * sigmoid(0x1.9884533d43651p+0 * (x + 0.044715 * x * x * x));
}
double silu(double x) {
  return x * sigmoid(x);
}

template <double (*F)(double)> double bump(double a) {
  return relu(a) - F(a);
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Interval kSigned = {-8, 8}, kMagnitude = {0, 8};

/// A function of all real numbers.
Function everywhere(std::string_view name, double (*value)(double), Interval interval, Natural natural,
                    bool flatBelow = false, bool flatAbove = false) {
  return {name, value, interval, natural, -kInfinity, true, flatBelow, flatAbove};
}

/// A function of the positive numbers.
Function positive(std::string_view name, double (*value)(double), Interval interval) {
  return {name, value, interval, Natural::LogUniform, 0, true, false, false};
}

std::vector<Function> makeFunctions() {
  return {
      everywhere("gelu", gelu, kSigned, Natural::Normal, true),
      everywhere("gelu_bump", bump<gelu>, kMagnitude, Natural::HalfNormal, false, true),
      everywhere("gelu_tanh", geluTanh, kSigned, Natural::Normal, true),
      everywhere("gelu_tanh_bump", bump<geluTanh>, kMagnitude, Natural::HalfNormal, false, true),
      everywhere("silu", silu, kSigned, Natural::Normal),
      everywhere("silu_bump", bump<silu>, kMagnitude, Natural::HalfNormal),
      everywhere("tanh", arithmetic::tanh, kSigned, Natural::Normal, true, true),
      everywhere("tanh_odd", arithmetic::tanh, kMagnitude, Natural::HalfNormal, false, true),
      everywhere("sigmoid", sigmoid, kSigned, Natural::Normal, true, true),
      everywhere(
          "sigmoid_odd", [](double x) { return sigmoid(x) - 0.5; }, kMagnitude, Natural::HalfNormal, false, true),
      everywhere(
          "exp2", [](double x) { return arithmetic::exp(x * 0x1.62e42fefa39efp-1); }, {0, 1}, Natural::Uniform),
      everywhere("exp", arithmetic::exp, {-16, 0}, Natural::Softmax, true),
      positive("reciprocal", [](double x) { return 1 / x; }, {0.5, 1}),
      positive("rsqrt", [](double x) { return 1 / std::sqrt(x); }, {0.5, 2}),
      everywhere(
          "square", [](double x) { return x * x; }, kSigned, Natural::Normal),
      everywhere(
          "square_even", [](double x) { return x * x; }, kMagnitude, Natural::HalfNormal),
      everywhere(
          "identity", [](double x) { return x; }, kSigned, Natural::Normal),
      everywhere("relu", relu, kSigned, Natural::Normal, true),
  };
}

} // namespace

const std::vector<Function> &rheobase::neurons::functions() {
  static const std::vector<Function> all = makeFunctions();
  return all;
}

const Function *rheobase::neurons::findFunction(std::string_view name) {
  for (const Function &function : functions())
    if (function.name == name)
      return &function;
  return nullptr;
}
