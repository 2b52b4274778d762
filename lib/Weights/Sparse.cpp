//===- Sparse.cpp - formats with most weights 0 ---------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which weights stay is chosen block by block, as their codes are: those that lose most without, |w_i / B_ii|^2 of the
// error's measure |e B^-1|^2. Without samples that is the magnitude; where errors weigh as much as their inputs fire,
// Wanda's score |w| |x| (Sun et al., arXiv 2306.11695); with the factor of what is left of the inverse Hessian, that of
// SparseGPT (Frantar and Alistarh, arXiv 2301.00774). Inside a block, errors go to the inputs behind.
//
//===----------------------------------------------------------------------===//

#include "Factor.h"
#include "Kinds.h"
#include "Rounding.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

/// Which weights stay: `keep` of `of` inputs one after another of each output, or, where `of` is 0, the rest of a share
/// in per cent of all weights of a block of inputs.
struct Pattern {
  int64_t keep = 0, of = 0, percent = 0;

  static std::optional<Pattern> parse(llvm::StringRef text);
  std::string name() const {
    return of == 0 ? std::to_string(percent) + "%" : std::to_string(keep) + ":" + std::to_string(of);
  }
  /// Inputs that are chosen from together, of a matrix that has so many.
  int64_t blockLength(int64_t inputs) const;
  /// Of scores [inputs of a block, outputs].
  std::vector<bool> staying(llvm::ArrayRef<double> scores, int64_t outputs) const;
};

constexpr Pattern kPatterns[] = {{2, 4}, {1, 4}, {4, 8}};

/// Another format's integers, most of them 0.
class Sparse : public Format {
public:
  Sparse(std::unique_ptr<Format> base, Pattern pattern, bool isInteger)
      : base(std::move(base)), pattern(pattern), isInteger(isInteger) {}

  std::string name() const override { return base->name() + "-" + pattern.name(); }
  bool holds(int64_t inputs) const override { return base->holds(inputs) && groupLength(inputs) % unit() == 0; }
  int64_t groupLength(int64_t inputs) const override { return base->groupLength(inputs); }
  unsigned bits() const override { return base->bits(); }
  bool hasZeros() const override { return base->hasZeros(); }
  bool leavesOut() const override { return true; }
  mlir::Type scaleType(mlir::MLIRContext *context) const override { return base->scaleType(context); }
  std::unique_ptr<Quantiser> quantiser(const Layer &layer, Criterion criterion) const override;
  Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const override {
    return base->fit(weights, importance, criterion);
  }
  double storedBits(int64_t inputs) const override {
    constexpr double ofPlace = 2, of = 4;
    double dense = base->storedBits(inputs);
    return isPacked() ? dense - bits() + static_cast<double>(pattern.keep) * (bits() + ofPlace) / of : dense;
  }
  spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const override;

  std::unique_ptr<Format> base;
  Pattern pattern;

private:
  /// What kernels read without the zeros: of other formats, these are stored.
  bool isPacked() const { return pattern.of == 4 && isInteger && llvm::isPowerOf2_32(bits()); }
  /// Inputs of which whole numbers make groups.
  int64_t unit() const {
    constexpr int64_t stored = 16, of = 4;
    return isPacked() ? stored * of / pattern.keep : std::max<int64_t>(pattern.of, 1);
  }

  /// Whether the other format's integers are around 0, on equal steps.
  bool isInteger;
};

class SparseQuantiser : public BlockQuantiser {
public:
  SparseQuantiser(const Layer &layer, const Sparse &format, Criterion criterion);

  void assign(int64_t block, llvm::MutableArrayRef<double> weights, llvm::ArrayRef<double> factor) override;

private:
  std::vector<double> scoresOf(llvm::ArrayRef<double> weights, llvm::ArrayRef<double> factor) const;

  const Pattern &pattern;
};

} // namespace

std::optional<Pattern> Pattern::parse(llvm::StringRef text) {
  for (const Pattern &pattern : kPatterns)
    if (pattern.name() == text)
      return pattern;
  Pattern share;
  constexpr int64_t all = 100;
  if (text.consume_back("%") && !text.getAsInteger(10, share.percent) && share.percent > 0 && share.percent < all)
    return share;
  return std::nullopt;
}

int64_t Pattern::blockLength(int64_t inputs) const {
  constexpr int64_t most = 128;
  return of == 0 ? std::gcd(inputs, most) : of;
}

/// Marks those with the greatest scores of some places, of equal ones the first.
static void markBest(std::vector<int64_t> places, int64_t count, llvm::ArrayRef<double> scores,
                     std::vector<bool> &staying) {
  auto isBefore = [&](int64_t a, int64_t b) { return std::pair(-scores[a], a) < std::pair(-scores[b], b); };
  std::nth_element(places.begin(), places.begin() + count, places.end(), isBefore);
  for (int64_t i = 0; i < count; ++i)
    staying[places[i]] = true;
}

std::vector<bool> Pattern::staying(llvm::ArrayRef<double> scores, int64_t outputs) const {
  constexpr int64_t all = 100;
  auto size = static_cast<int64_t>(scores.size());
  std::vector<bool> stays(size);
  if (of == 0) {
    std::vector<int64_t> places(size);
    std::iota(places.begin(), places.end(), 0);
    markBest(std::move(places), size - size * percent / all, scores, stays);
    return stays;
  }
  for (int64_t n = 0; n < outputs; ++n) {
    std::vector<int64_t> places;
    for (int64_t i = 0; i < of; ++i)
      places.push_back(i * outputs + n);
    markBest(std::move(places), keep, scores, stays);
  }
  return stays;
}

/// The layer without the weights that count least as it is, for which grids are found.
static std::vector<float> withoutLeast(const Layer &layer, const Pattern &pattern) {
  std::vector<float> left(layer.weights.begin(), layer.weights.end());
  int64_t block = pattern.blockLength(layer.inputs);
  for (int64_t first = 0; first < layer.inputs; first += block) {
    std::vector<double> scores;
    for (int64_t i = first; i < first + block; ++i)
      for (int64_t n = 0; n < layer.outputs; ++n) {
        double fires = layer.hessian.empty() ? 1 : layer.hessian[i * (layer.inputs + 1)];
        scores.push_back(fires * layer.weight(i, n) * layer.weight(i, n));
      }
    std::vector<bool> stays = pattern.staying(scores, layer.outputs);
    for (size_t i = 0; i < stays.size(); ++i)
      if (!stays[i])
        left[first * layer.outputs + i] = 0;
  }
  return left;
}

static Codes gridsOfStaying(const Layer &layer, const Sparse &format, Criterion criterion) {
  std::vector<float> left = withoutLeast(layer, format.pattern);
  return fitGrids({left, layer.inputs, layer.outputs, layer.hessian}, *format.base, criterion);
}

SparseQuantiser::SparseQuantiser(const Layer &layer, const Sparse &format, Criterion criterion)
    : BlockQuantiser(format.pattern.blockLength(layer.inputs), layer, gridsOfStaying(layer, format, criterion)),
      pattern(format.pattern) {}

std::vector<double> SparseQuantiser::scoresOf(llvm::ArrayRef<double> weights, llvm::ArrayRef<double> factor) const {
  std::vector<double> scores(weights.size());
  for (size_t i = 0; i < scores.size(); ++i) {
    double alone = weights[i] / factor[i / outputs * (length + 1)];
    scores[i] = alone * alone;
  }
  return scores;
}

void SparseQuantiser::assign(int64_t block, llvm::MutableArrayRef<double> weights, llvm::ArrayRef<double> factor) {
  std::vector<bool> stays = pattern.staying(scoresOf(weights, factor), outputs);
  std::vector<double> error(outputs);
  for (int64_t i = 0; i < length; ++i) {
    const Grid *grids = gridsOf(block * length + i);
    double *row = &weights[i * outputs];
    for (int64_t n = 0; n < outputs; ++n) {
      int code = stays[i * outputs + n] ? grids[n].nearest(static_cast<float>(row[n])) : 0;
      codes.codes[(block * length + i) * outputs + n] = static_cast<int8_t>(code);
      double value = grids[n].value(code);
      error[n] = (row[n] - value) / factor[i * (length + 1)];
      row[n] = value;
    }
    for (int64_t later = i + 1; later < length; ++later)
      if (double share = factor[i * length + later]; share != 0)
        subtract(&weights[later * outputs], error.data(), share, outputs);
  }
}

spk::WeightFormatInterface Sparse::attribute(mlir::MLIRContext *context) const {
  spk::WeightFormatInterface dense = base->attribute(context);
  if (!isPacked())
    return dense;
  int64_t group = dense ? mlir::cast<spk::UniformWeightsAttr>(dense).getGroup() : 0;
  return mlir::cast<spk::WeightFormatInterface>(
      mlir::Attribute(spk::SparseWeightsAttr::get(context, bits(), group, pattern.keep)));
}

std::unique_ptr<Quantiser> Sparse::quantiser(const Layer &layer, Criterion criterion) const {
  return std::make_unique<SparseQuantiser>(layer, *this, criterion);
}

std::unique_ptr<Format> rheobase::weights::parseSparse(llvm::StringRef name) {
  auto [base, rest] = name.rsplit('-');
  std::optional<Pattern> pattern = Pattern::parse(rest);
  // Formats of which 0 is a code of every group.
  if (!pattern)
    return nullptr;
  if (std::unique_ptr<Format> format = parseUniform(base)) {
    bool isInteger = !format->hasZeros();
    return std::make_unique<Sparse>(std::move(format), *pattern, isInteger);
  }
  std::unique_ptr<Format> format = parseTernary(base);
  return format ? std::make_unique<Sparse>(std::move(format), *pattern, /*isInteger=*/false) : nullptr;
}
