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
//===----------------------------------------------------------------------===//

#include "Factor.h"
#include "Kinds.h"
#include "Rounding.h"

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
constexpr int64_t kBlock = 128;

class Feedback {
public:
  Feedback(const Layer &layer, const Format &format);
  Codes run();

private:
  void factorise();
  void roundInput(int64_t place, int64_t blockEnd);

  const Layer &layer;
  int64_t inputs, outputs;
  /// Which input is at a place of the order.
  std::vector<int64_t> order;
  /// U and the weights that are left, in this order; the errors of the block's inputs.
  std::vector<double> factor, rest, errors;
  Codes codes;
};

class Gptq : public Algorithm {
public:
  llvm::StringRef name() const override { return "gptq"; }
  bool needsInputs() const override { return true; }
  Codes quantise(const Layer &layer, const Format &format) const override { return Feedback(layer, format).run(); }
};

} // namespace

Feedback::Feedback(const Layer &layer, const Format &format)
    : layer(layer), inputs(layer.inputs), outputs(layer.outputs), order(inputs),
      codes(fitGrids(layer, format, Criterion::LeastSquares)) {
  std::iota(order.begin(), order.end(), 0);
  auto diagonal = [&](int64_t i) { return layer.hessian[i * inputs + i]; };
  // Of equal ones the first goes first.
  llvm::sort(order, [&](int64_t a, int64_t b) { return std::pair(-diagonal(a), a) < std::pair(-diagonal(b), b); });
  for (int64_t input : order)
    for (int64_t n = 0; n < outputs; ++n)
      rest.push_back(layer.weight(input, n));
  factorise();
}

void Feedback::factorise() {
  double trace = 0;
  for (int64_t i = 0; i < inputs; ++i)
    trace += layer.hessian[i * inputs + i];
  // Inputs that samples never showed are rounded by themselves; so are all where there was nothing to see.
  double added = trace > 0 ? kDamping * trace / static_cast<double>(inputs) : 1;
  factor.resize(inputs * inputs);
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t j = 0; j < inputs; ++j)
      factor[i * inputs + j] = layer.hessian[order[i] * inputs + order[j]] + (i == j ? added : 0);
  upperFactorOfInverse(factor, inputs);
}

/// Rounds the input at `place`; the block's later ones make good for it now, those behind the block later.
void Feedback::roundInput(int64_t place, int64_t blockEnd) {
  int64_t input = order[place], length = inputs / codes.groups, first = place / kBlock * kBlock;
  const Grid *grids = &codes.grids[input / length * outputs];
  const double *row = &factor[place * inputs];
  double *weights = &rest[place * outputs], *error = &errors[(place - first) * outputs];
  for (int64_t n = 0; n < outputs; ++n) {
    int code = grids[n].nearest(static_cast<float>(weights[n]));
    codes.codes[input * outputs + n] = static_cast<int8_t>(code);
    error[n] = (weights[n] - grids[n].value(code)) / row[place];
  }
  for (int64_t later = place + 1; later < blockEnd; ++later)
    subtract(&rest[later * outputs], error, row[later], outputs);
}

Codes Feedback::run() {
  errors.resize(kBlock * outputs);
  for (int64_t first = 0; first < inputs; first += kBlock) {
    int64_t end = std::min(first + kBlock, inputs);
    for (int64_t place = first; place < end; ++place)
      roundInput(place, end);
    for (int64_t later = end; later < inputs; ++later)
      for (int64_t place = first; place < end; ++place)
        subtract(&rest[later * outputs], &errors[(place - first) * outputs], factor[place * inputs + later], outputs);
  }
  return std::move(codes);
}

const Algorithm &rheobase::weights::gptq() {
  static const Gptq algorithm;
  return algorithm;
}
