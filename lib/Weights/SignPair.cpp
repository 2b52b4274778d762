//===- SignPair.cpp - matrices as products of signs -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// W ~ U diag(l) V^T diag(s) with U [inputs, rank] and V [outputs, rank] of signs, as LittleBit (arXiv 2506.13771) and
// NanoQuant (arXiv 2602.06694) have it; their scale of the inputs is for the caller, who divides rows by it. Errors
// E = W - U diag(l) V^T diag(s) count as tr(E^T H E).
//
// Begun by terms: each l_j u_j v_j^T is what fits best what those before it leave of W diag(s)^-1, H's diagonal alone
// for a weight: u = sign(R v) and v = sign(R^T diag(h) u) in turn, l = u^T diag(h) R v / (tr(h) outputs), R -= l u v^T.
//
// Then sides change in turn, sign by sign, each the one with which less is lost, so that the error falls until it
// stays. With X = U diag(l), G = X^T H X and d = X^T H w / s - G v of an output, the best v_j is sign(d_j + G_jj v_j),
// and behind it s = v^T X^T H w / v^T G v. With Y = diag(l) V^T diag(s), G = Y Y^T and z = (H (W - U Y) Y^T)_k / H_kk
// of an input, the best u_j is sign(z_j + G_jj u_j); what it changes is taken off the z of the inputs behind by H_ik.
//
//===----------------------------------------------------------------------===//

#include "rheobase/Weights/SignPair.h"

#include "Factor.h"
#include "rheobase/Weights/Dense.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace rheobase::weights;

namespace {

/// Turns of u and v for a term, and of both sides after that: behind them less than a hundredth is gained.
constexpr int kTurnsOfTerm = 6, kTurns = 8;

using Numbers = std::vector<double>;

double signOf(double x) {
  return x < 0 ? -1 : 1;
}

/// Sums beside one another, so that they can be a vector.
RHEOBASE_CLONES double dot(const float *x, const float *y, int64_t count) {
  constexpr int64_t lanes = 16;
  float sums[lanes] = {};
  int64_t whole = count / lanes * lanes;
  for (int64_t i = 0; i < whole; i += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane)
      sums[lane] += x[i + lane] * y[i + lane];
  double sum = 0;
  for (float each : sums)
    sum += each;
  for (int64_t i = whole; i < count; ++i)
    sum += double(x[i]) * double(y[i]);
  return sum;
}

RHEOBASE_CLONES void add(float *to, const float *from, float factor, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    to[i] += from[i] * factor;
}

/// c = a^T b, of a [depth, rows] and b [depth, columns].
Numbers product(const Numbers &a, const Numbers &b, int64_t depth) {
  auto rows = static_cast<int64_t>(a.size()) / depth, columns = static_cast<int64_t>(b.size()) / depth;
  Numbers c(rows * columns);
  addProduct({c.data(), columns}, {a.data(), rows}, {b.data(), columns}, {rows, columns, depth}, 1);
  return c;
}

Numbers transposed(const Numbers &matrix, int64_t rows) {
  auto columns = static_cast<int64_t>(matrix.size()) / rows;
  Numbers result(matrix.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      result[j * rows + i] = matrix[i * columns + j];
  return result;
}

class Factoriser {
public:
  Factoriser(const Layer &layer, int64_t rank);
  SignPair run();

private:
  double counts(int64_t i, int64_t k) const { return h.empty() ? (i == k ? 1.0 : 0.0) : h[i * inputs + k]; }
  /// H times a matrix.
  Numbers weighed(Numbers matrix) const { return h.empty() ? matrix : product(h, matrix, inputs); }
  void begin();
  void addTerm(std::vector<float> &rest, int64_t term);
  void turnOutputs();
  void turnMiddle(const Numbers &gram, const Numbers &wanted);
  void turnInputs();
  bool flip(double *signs, double *d, const Numbers &gram) const;

  const Hessian &h;
  int64_t inputs, outputs, rank;
  Numbers weights;
  /// The diagonal of H.
  std::vector<float> firing;
  /// U [inputs, rank] and V [outputs, rank].
  Numbers u, v, middle, scales;
};

} // namespace

Factoriser::Factoriser(const Layer &layer, int64_t rank)
    : h(layer.hessian), inputs(layer.inputs), outputs(layer.outputs), rank(rank),
      weights(layer.weights.begin(), layer.weights.end()), u(inputs * rank, 1), v(outputs * rank, 1), middle(rank),
      scales(outputs) {
  for (int64_t i = 0; i < inputs; ++i)
    firing.push_back(static_cast<float>(counts(i, i)));
}

/// Signs one after the other; d becomes what is left of it. Whether any changed.
bool Factoriser::flip(double *signs, double *d, const Numbers &gram) const {
  bool changed = false;
  for (int64_t j = 0; j < rank; ++j) {
    double sign = signOf(d[j] + gram[j * rank + j] * signs[j]);
    if (sign == signs[j])
      continue;
    subtract(d, &gram[j * rank], sign - signs[j], rank);
    signs[j] = sign;
    changed = true;
  }
  return changed;
}

void Factoriser::turnOutputs() {
  Numbers x(u);
  for (int64_t i = 0; i < inputs * rank; ++i)
    x[i] *= middle[i % rank];
  Numbers hx = weighed(x), gram = product(x, hx, inputs);
  Numbers wanted = product(weights, hx, inputs), off = product(transposed(v, outputs), gram, rank);
  llvm::parallelFor(0, static_cast<size_t>(outputs), [&](size_t n) {
    double *signs = &v[n * rank], *d = &off[n * rank], *own = &wanted[n * rank];
    if (scales[n] == 0)
      return;
    for (int64_t j = 0; j < rank; ++j)
      d[j] = own[j] / scales[n] - d[j];
    flip(signs, d, gram);
    double seen = 0, all = 0;
    for (int64_t j = 0; j < rank; ++j) {
      seen += signs[j] * own[j];
      all += signs[j] * (own[j] / scales[n] - d[j]);
    }
    if (all > 0)
      scales[n] = seen / all;
  });
  turnMiddle(gram, wanted);
}

/// By how much each scale of the middle changes: G and X^T H W [outputs, rank] are of what they were.
void Factoriser::turnMiddle(const Numbers &gram, const Numbers &wanted) {
  Numbers right(v), factors(rank, 1), sums(rank);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t j = 0; j < rank; ++j) {
      right[n * rank + j] *= scales[n];
      sums[j] += right[n * rank + j] * wanted[n * rank + j];
    }
  Numbers products = product(right, right, outputs);
  for (int64_t j = 0; j < rank; ++j) {
    const double *ofLeft = &gram[j * rank], *ofRight = &products[j * rank];
    double own = ofLeft[j] * ofRight[j];
    if (own <= 0)
      continue;
    double rest = sums[j];
    for (int64_t i = 0; i < rank; ++i)
      rest -= i == j ? 0 : ofLeft[i] * ofRight[i] * factors[i];
    factors[j] = rest / own;
  }
  for (int64_t j = 0; j < rank; ++j)
    middle[j] *= factors[j];
}

void Factoriser::turnInputs() {
  Numbers y(v);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t j = 0; j < rank; ++j)
      y[n * rank + j] *= middle[j] * scales[n];
  Numbers gram = product(y, y, outputs), off = product(transposed(weights, inputs), y, outputs);
  addProduct({off.data(), rank}, {transposed(u, inputs).data(), inputs}, {gram.data(), rank}, {inputs, rank, rank}, -1);
  off = weighed(std::move(off));
  Numbers before(rank), d(rank);
  for (int64_t k = 0; k < inputs; ++k) {
    double own = counts(k, k);
    if (own <= 0)
      continue;
    for (int64_t j = 0; j < rank; ++j)
      before[j] = d[j] = off[k * rank + j] / own;
    if (!flip(&u[k * rank], d.data(), gram))
      continue;
    // What the outputs of the terms have changed by.
    for (int64_t j = 0; j < rank; ++j)
      before[j] -= d[j];
    for (int64_t i = k + 1; i < inputs; ++i)
      if (double share = counts(i, k); share != 0)
        subtract(&off[i * rank], before.data(), share, rank);
  }
}

/// Takes a term off what is left [inputs, outputs].
void Factoriser::addTerm(std::vector<float> &rest, int64_t term) {
  auto row = [&](int64_t k) { return &rest[k * outputs]; };
  std::vector<float> left(inputs), right(outputs);
  std::vector<double> lengths;
  for (int64_t k = 0; k < inputs; ++k)
    lengths.push_back(firing[k] * dot(row(k), row(k), outputs));
  const float *first = row(std::max_element(lengths.begin(), lengths.end()) - lengths.begin());
  std::copy_n(first, outputs, right.begin());
  double sum = 0;
  for (int turn = 0; turn <= kTurnsOfTerm; ++turn) {
    for (float &each : right)
      each = static_cast<float>(signOf(each));
    sum = 0;
    for (int64_t k = 0; k < inputs; ++k) {
      double inner = dot(row(k), right.data(), outputs);
      left[k] = static_cast<float>(signOf(inner));
      sum += firing[k] * std::abs(inner);
    }
    if (turn == kTurnsOfTerm)
      break;
    std::fill(right.begin(), right.end(), 0.0f);
    for (int64_t k = 0; k < inputs; ++k)
      add(right.data(), row(k), left[k] * firing[k], outputs);
  }
  double all = 0;
  for (float each : firing)
    all += each;
  middle[term] = all > 0 ? sum / (all * static_cast<double>(outputs)) : 0;
  for (int64_t k = 0; k < inputs; ++k) {
    u[k * rank + term] = left[k];
    add(row(k), right.data(), -left[k] * static_cast<float>(middle[term]), outputs);
  }
  for (int64_t n = 0; n < outputs; ++n)
    v[n * rank + term] = right[n];
}

void Factoriser::begin() {
  // Outputs are evened out: each counts by its own length.
  std::vector<float> rest(inputs * outputs);
  double all = 0;
  for (int64_t k = 0; k < inputs; ++k) {
    all += firing[k];
    for (int64_t n = 0; n < outputs; ++n)
      scales[n] += firing[k] * weights[k * outputs + n] * weights[k * outputs + n];
  }
  for (double &scale : scales)
    scale = all > 0 ? std::sqrt(scale / all) : 0;
  for (int64_t i = 0; i < inputs * outputs; ++i)
    if (double scale = scales[i % outputs]; scale > 0)
      rest[i] = static_cast<float>(weights[i] / scale);
  for (int64_t term = 0; term < rank; ++term)
    addTerm(rest, term);
}

SignPair Factoriser::run() {
  begin();
  for (int turn = 0; turn < kTurns; ++turn) {
    turnInputs();
    turnOutputs();
  }
  // A scale of 0 would have no signs.
  auto stored = [](double sign, double scale) {
    float magnitude = std::max(static_cast<float>(std::abs(scale)), std::numeric_limits<float>::min());
    return static_cast<float>(sign * signOf(scale)) * magnitude;
  };
  SignPair pair{rank, std::vector<float>(inputs * rank), std::vector<float>(rank * outputs)};
  for (int64_t i = 0; i < inputs * rank; ++i)
    pair.left[i] = stored(u[i], middle[i % rank]);
  for (int64_t i = 0; i < rank * outputs; ++i)
    pair.right[i] = stored(v[i % outputs * rank + i / outputs], scales[i % outputs]);
  return pair;
}

std::vector<float> SignPair::product() const {
  Numbers first(left.begin(), left.end()), second(right.begin(), right.end());
  Numbers result = ::product(transposed(first, static_cast<int64_t>(left.size()) / rank), second, rank);
  return {result.begin(), result.end()};
}

SignPair rheobase::weights::factorSigns(const Layer &layer, int64_t rank) {
  return Factoriser(layer, rank).run();
}
