//===- Arithmetic.cpp - elementary functions that are the same everywhere --------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"

#include <cmath>

namespace rheobase::neurons::arithmetic {

double exp(double x) {
  if (x < -700)
    return 0;
  if (x > 700)
    x = 700;
  // ln 2 in two parts: k times the first is exact.
  constexpr double log2e = 0x1.71547652b82fep+0, high = 0x1.62e42fee00000p-1, low = 0x1.a39ef35793c76p-33;
  double k = std::floor(x * log2e + 0.5);
  double r = (x - k * high) - k * low;
  double sum = 1;
  for (int n = 14; n > 0; --n)
    sum = 1 + sum * r / n;
  return std::ldexp(sum, static_cast<int>(k));
}

double log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0x1.6a09e667f3bcdp-1) {
    m *= 2;
    --exponent;
  }
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int n = 27; n > 0; n -= 2)
    sum = sum * square + 1.0 / n;
  return exponent * 0x1.62e42fefa39efp-1 + 2 * s * sum;
}

double erf(double x) {
  double a = std::fabs(x);
  if (a > 6)
    return x < 0 ? -1 : 1;
  // 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!: all terms have one sign.
  double term = a, sum = a;
  for (int n = 1; term > sum * 0x1p-56; ++n) {
    term *= 2 * a * a / (2 * n + 1);
    sum += term;
  }
  double value = 0x1.20dd750429b6dp+0 * exp(-a * a) * sum;
  return x < 0 ? -value : value;
}

double tanh(double x) {
  double e = exp(-2 * std::fabs(x));
  double value = (1 - e) / (1 + e);
  return x < 0 ? -value : value;
}

double normalQuantile(double p) {
  // Newton's method on the smaller tail, kept inside a bracket.
  double tail = p < 0.5 ? p : 1 - p;
  double low = 0, high = 9, x = 1;
  for (int i = 0; i < 60; ++i) {
    double error = 0.5 * (1 - erf(x * 0x1.6a09e667f3bcdp-1)) - tail;
    (error > 0 ? low : high) = x;
    double step = error / (0x1.9884533d43651p-2 * exp(-x * x / 2));
    if (std::fabs(step) < 1e-12)
      break;
    double next = x + step;
    x = next > low && next < high ? next : (low + high) / 2;
  }
  return p < 0.5 ? -x : x;
}

} // namespace rheobase::neurons::arithmetic
