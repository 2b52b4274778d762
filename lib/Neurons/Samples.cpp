//===- Samples.cpp - the inputs a fit is judged on -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Samples.h"

#include "Arithmetic.h"
#include "Random.h"

#include <algorithm>

using namespace rheobase::neurons;

/// Values z - max z over rows of 64 independent z of N(0, 1), sorted.
static const std::vector<double> &softmaxInputs() {
  static const std::vector<double> sorted = [] {
    constexpr size_t rows = 128, columns = 64;
    Random random(1);
    std::vector<double> all;
    for (size_t row = 0; row < rows; ++row) {
      std::vector<double> z(columns);
      for (double &value : z)
        value = arithmetic::normalQuantile((static_cast<double>(random.next() >> 12) + 0.5) * 0x1p-52);
      double most = *std::max_element(z.begin(), z.end());
      for (double value : z)
        all.push_back(value - most);
    }
    std::sort(all.begin(), all.end());
    return all;
  }();
  return sorted;
}

static double naturalQuantile(Natural natural, Interval interval, double p) {
  double lower = interval.lower, upper = interval.upper;
  switch (natural) {
  case Natural::Uniform:
    break;
  case Natural::LogUniform:
    return arithmetic::exp((1 - p) * arithmetic::log(lower) + p * arithmetic::log(upper));
  case Natural::Normal:
    return arithmetic::normalQuantile(p);
  case Natural::HalfNormal:
    return arithmetic::normalQuantile(0.5 + 0.5 * p);
  case Natural::Softmax:
    return softmaxInputs()[static_cast<size_t>(p * static_cast<double>(softmaxInputs().size()))];
  }
  return (1 - p) * lower + p * upper;
}

static void add(Samples &samples, const Function &function, double x) {
  samples.x.push_back(static_cast<float>(x));
  samples.y.push_back(function.value(samples.x.back()));
}

static double cell(size_t i, size_t count) {
  return (static_cast<double>(i) + 0.5) / static_cast<double>(count);
}

Samples rheobase::neurons::uniformSamples(const Function &function, Interval interval, size_t count) {
  Samples samples;
  for (size_t i = 0; i < count; ++i)
    add(samples, function,
        naturalQuantile(Natural::Uniform, interval, static_cast<double>(i) / static_cast<double>(count - 1)));
  return samples;
}

Samples rheobase::neurons::naturalSamples(const Function &function, Interval interval, size_t count,
                                          const std::vector<float> &calibration) {
  std::vector<float> sorted = calibration;
  std::sort(sorted.begin(), sorted.end());
  Samples samples;
  for (size_t i = 0; i < count; ++i) {
    double p = cell(i, count);
    double x = sorted.empty() ? naturalQuantile(function.natural, interval, p)
                              : sorted[static_cast<size_t>(p * static_cast<double>(sorted.size()))];
    add(samples, function, std::clamp<double>(x, interval.lower, interval.upper));
  }
  return samples;
}

Samples rheobase::neurons::normalSamples(const Function &function, double deviation, size_t count) {
  Samples samples;
  for (size_t i = 0; i < count; ++i)
    add(samples, function, deviation * arithmetic::normalQuantile(cell(i, count)));
  return samples;
}

Samples rheobase::neurons::mixedSamples(const Function &function, Interval interval, size_t count,
                                        const std::vector<float> &calibration) {
  Samples uniform = uniformSamples(function, interval, count - count / 2);
  Samples natural = naturalSamples(function, interval, count / 2, calibration);
  Samples mixed;
  mixed.x.resize(count);
  std::merge(uniform.x.begin(), uniform.x.end(), natural.x.begin(), natural.x.end(), mixed.x.begin());
  for (float x : mixed.x)
    mixed.y.push_back(function.value(x));
  return mixed;
}
