//===- Gptq.cpp - errors of a code made good by the weights behind it -----===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// GPTQ (Frantar et al., arXiv 2210.17323): weights are rounded input by input, and what rounding one of them adds to
// the outputs is taken off by the inputs that are still to come, as far as they are seen together. With U the upper
// Cholesky factor of the inverse of H: e = (w_j - q_j) / U_jj, w_k -= e U_jk for every k behind j. Inputs go by
// falling H_jj, on grids that were found before.
//
// Inputs that share a code go together (van Baalen et al., arXiv 2402.15319): with B the block of U on the diagonal,
// E = (w - q) B^-1 is their error, |E|^2 what is least, and w_k -= E U_bk for every k behind.
//
//===----------------------------------------------------------------------===//

#include "Factor.h"
#include "Kinds.h"
#include "rheobase/Weights/Dense.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <numeric>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

/// What is added to the diagonal, as a share of its mean. With a few thousand rows of samples the usual 1 % makes
/// feedback of what they happen to show.
constexpr double kDamping = 0.1;
/// Inputs whose feedback to those far behind is added at once.
constexpr int64_t kSlice = 128;

class Feedback {
public:
  Feedback(const Layer &layer, const Format &format);
  Codes run();

private:
  void factorise();
  void assign(int64_t place, int64_t sliceEnd);

  const Layer &layer;
  std::unique_ptr<Quantiser> quantiser;
  /// Inputs with a code of their own, or those that share one.
  int64_t inputs, outputs, length;
  /// Which input is at a place of the order.
  std::vector<int64_t> order;
  /// U and the weights that are left, in this order; the errors of the slice's inputs.
  std::vector<double> factor, rest, errors;
};

class Gptq : public Algorithm {
public:
  llvm::StringRef name() const override { return "gptq"; }
  bool needsInputs() const override { return true; }
  Codes quantise(const Layer &layer, const Format &format) const override { return Feedback(layer, format).run(); }
  Hessian metric(const Layer &layer) const override;
};

/// What is added to the diagonal. Inputs that samples never showed are rounded by themselves; so are all where there
/// was nothing to see.
double dampingOf(const Layer &layer) {
  double trace = 0;
  for (int64_t i = 0; i < layer.inputs; ++i)
    trace += layer.hessian[i * layer.inputs + i];
  return trace > 0 ? kDamping * trace / static_cast<double>(layer.inputs) : 1;
}

} // namespace

Feedback::Feedback(const Layer &layer, const Format &format)
    : layer(layer), quantiser(format.quantiser(layer, Criterion::LeastSquares)), inputs(layer.inputs),
      outputs(layer.outputs), length(quantiser->blockLength()), order(inputs) {
  std::vector<double> firing(inputs / length);
  for (int64_t i = 0; i < inputs; ++i)
    firing[i / length] += layer.hessian[i * inputs + i];
  std::iota(order.begin(), order.end(), 0);
  // Of equal ones the first goes first.
  llvm::sort(order, [&](int64_t a, int64_t b) {
    return std::pair(-firing[a / length], a) < std::pair(-firing[b / length], b);
  });
  for (int64_t input : order)
    for (int64_t n = 0; n < outputs; ++n)
      rest.push_back(layer.weight(input, n));
  factorise();
}

void Feedback::factorise() {
  double added = dampingOf(layer);
  factor.resize(inputs * inputs);
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t j = 0; j < inputs; ++j)
      factor[i * inputs + j] = layer.hessian[order[i] * inputs + order[j]] + (i == j ? added : 0);
  upperFactorOfInverse(factor, inputs);
}

/// Gives codes to the inputs at `place`; the slice's later ones make good for it now, those behind the slice later.
void Feedback::assign(int64_t place, int64_t sliceEnd) {
  std::vector<double> block(length * length);
  for (int64_t i = 0; i < length; ++i)
    std::copy_n(&factor[(place + i) * inputs + place], length, &block[i * length]);
  double *weights = &rest[place * outputs], *error = &errors[place % kSlice * outputs];
  std::copy_n(weights, length * outputs, error);
  quantiser->assign(order[place] / length, {weights, static_cast<size_t>(length * outputs)}, block);
  for (int64_t i = 0; i < length; ++i) {
    double *row = error + i * outputs;
    for (int64_t before = 0; before < i; ++before)
      subtract(row, error + before * outputs, block[before * length + i], outputs);
    for (int64_t n = 0; n < outputs; ++n)
      row[n] = (row[n] - weights[i * outputs + n]) / block[i * length + i];
  }
  for (int64_t later = place + length; later < sliceEnd; ++later)
    for (int64_t i = 0; i < length; ++i)
      subtract(&rest[later * outputs], error + i * outputs, factor[(place + i) * inputs + later], outputs);
}

Codes Feedback::run() {
  errors.resize(kSlice * outputs);
  for (int64_t first = 0; first < inputs; first += kSlice) {
    int64_t end = std::min(first + kSlice, inputs);
    for (int64_t place = first; place < end; place += length)
      assign(place, end);
    if (end < inputs)
      addProduct({&rest[end * outputs], outputs}, {&factor[first * inputs + end], inputs}, {errors.data(), outputs},
                 {inputs - end, outputs, end - first}, -1);
  }
  return quantiser->take();
}

Hessian Gptq::metric(const Layer &layer) const {
  Hessian metric = layer.hessian;
  for (int64_t i = 0; i < layer.inputs && !metric.empty(); ++i)
    metric[i * (layer.inputs + 1)] += dampingOf(layer);
  return metric;
}

const Algorithm &rheobase::weights::gptq() {
  static const Gptq algorithm;
  return algorithm;
}
