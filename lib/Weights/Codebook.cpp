//===- Codebook.cpp - weights that are looked up -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Several inputs of an output have one index. The codebook is found by weighted k-means over all vectors of a layer,
// each divided by its output's (or group's) scale; its numbers are integers, so that a product with them is exact.
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "KMeans.h"
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

constexpr int64_t kLengths[] = {4, 8}, kEntries[] = {16, 256};
/// What the magnitudes of a vector may add up to: times a byte with a sign, within 16 bits.
constexpr int64_t kMostOfVector = 248;
/// Vectors that k-means looks at.
constexpr int64_t kMostSamples = 16384;

class Vectors : public Format {
public:
  Vectors(int64_t length, int64_t entries, bool signs, Grouping grouping)
      : length(length), entries(entries), signs(signs), grouping(grouping) {}

  std::string name() const override {
    return "vq" + std::to_string(length) + "x" + std::to_string(entries) + (signs ? "s" : "") + grouping.name();
  }
  bool holds(int64_t inputs) const override { return grouping.holds(inputs) && grouping.length(inputs) % unit() == 0; }
  int64_t groupLength(int64_t inputs) const override { return grouping.length(inputs); }
  unsigned bits() const override { return static_cast<unsigned>(llvm::divideCeil(indexBits(), length)); }
  bool hasZeros() const override { return false; }
  /// The codebook is stored once, whatever the number of inputs.
  double storedBits(int64_t inputs) const override {
    return static_cast<double>(indexBits()) / static_cast<double>(length) +
           grouping.scaleBits() / static_cast<double>(groupLength(inputs));
  }
  mlir::Type scaleType(mlir::MLIRContext *context) const override { return grouping.scaleType(context); }
  std::unique_ptr<Quantiser> quantiser(const Layer &layer, Criterion criterion) const override;
  /// The scale by which vectors are compared, before the codebook says what its integers weigh.
  Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const override;
  spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const override {
    return mlir::cast<spk::WeightFormatInterface>(
        mlir::Attribute(spk::CodebookWeightsAttr::get(context, length, entries, signs, grouping.group)));
  }

  int64_t length, entries;
  bool signs;
  Grouping grouping;

private:
  int64_t indexBits() const { return llvm::Log2_64_Ceil(entries); }
  /// Inputs whose indices fill a word of 32 bits.
  int64_t unit() const { return length * (entries == kEntries[0] ? 8 : 4); }
};

class VectorQuantiser : public BlockQuantiser {
public:
  VectorQuantiser(const Layer &layer, const Vectors &format, Criterion criterion);
  void assign(int64_t block, llvm::MutableArrayRef<double> weights, llvm::ArrayRef<double> factor) override;

private:
  Samples samplesOf(const Layer &layer) const;
  void setCodebook(const Centroids &centroids, bool signs, Grouping grouping);
};

} // namespace

Grid Vectors::fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float>, Criterion) const {
  double squares = 0;
  for (float weight : weights)
    squares += double(weight) * weight;
  auto scale = static_cast<float>(std::sqrt(squares / static_cast<double>(weights.size())));
  return {scale > 0 ? scale : 1};
}

std::unique_ptr<Quantiser> Vectors::quantiser(const Layer &layer, Criterion criterion) const {
  return std::make_unique<VectorQuantiser>(layer, *this, criterion);
}

VectorQuantiser::VectorQuantiser(const Layer &layer, const Vectors &format, Criterion criterion)
    : BlockQuantiser(format.length, layer, fitGrids(layer, format, criterion)) {
  Centroids centroids = kMeans(samplesOf(layer), format.entries, format.signs);
  codes.book = Codebook{length, {}, {}};
  codes.book->indices.resize(layer.inputs / length * outputs);
  setCodebook(centroids, format.signs, format.grouping);
}

/// Vectors of equal distances in the layer; errors weigh as much as their inputs do, and as their outputs' scales make
/// them.
Samples VectorQuantiser::samplesOf(const Layer &layer) const {
  int64_t all = layer.inputs / length * outputs, stride = llvm::divideCeil(all, kMostSamples);
  // Neighbours in memory are of one place of all outputs: a stride that shares no factor with them takes from all.
  while (stride > 1 && std::gcd(stride, outputs) != 1)
    ++stride;
  Samples samples{length, {}, {}};
  for (int64_t vector = 0; vector < all; vector += stride) {
    int64_t first = vector / outputs * length, n = vector % outputs;
    float scale = gridsOf(first)[n].scale;
    for (int64_t input = first; input < first + length; ++input) {
      double importance = layer.hessian.empty() ? 1 : layer.hessian[input * layer.inputs + input];
      samples.numbers.push_back(layer.weight(input, n) / scale);
      samples.weights.push_back(static_cast<float>(importance * scale * scale));
    }
  }
  return samples;
}

/// Integers for the centroids' numbers, and scales that take in what these weigh.
void VectorQuantiser::setCodebook(const Centroids &centroids, bool signs, Grouping grouping) {
  float largest = 0;
  for (int64_t i = 0; i < length; ++i)
    for (int64_t c = 0; c < centroids.count; ++c)
      largest = std::max(largest, std::abs(centroids.at(i, c)));
  int64_t most = signs ? 1 : kMostOfVector / length;
  float step = largest > 0 ? largest / static_cast<float>(most) : 1;
  auto high = static_cast<int>(most);
  for (int64_t c = 0; c < centroids.count; ++c)
    for (int64_t i = 0; i < length; ++i)
      codes.book->numbers.push_back(static_cast<int8_t>(Grid{step, -high, high}.nearest(centroids.at(i, c))));
  for (Grid &grid : codes.grids)
    grid = Grid{grouping.stored(grid.scale * step), -high, high};
}

/// Upper triangular B to B^-1, [n, n].
static std::vector<double> inverseOf(llvm::ArrayRef<double> factor, int64_t n) {
  std::vector<double> inverse(n * n);
  for (int64_t j = 0; j < n; ++j) {
    inverse[j * n + j] = 1 / factor[j * n + j];
    for (int64_t i = j - 1; i >= 0; --i) {
      double sum = 0;
      for (int64_t k = i + 1; k <= j; ++k)
        sum += factor[i * n + k] * inverse[k * n + j];
      inverse[i * n + j] = -sum / factor[i * n + i];
    }
  }
  return inverse;
}

void VectorQuantiser::assign(int64_t block, llvm::MutableArrayRef<double> weights, llvm::ArrayRef<double> factor) {
  Codebook &book = *codes.book;
  int64_t entries = book.entries();
  std::vector<double> inverse = inverseOf(factor, length);
  // |w - c|^2 after both are multiplied by B^-1, less |w|^2, halved: |c|^2 / 2 - w c.
  Centroids moved(length, entries);
  std::vector<float> halves(entries), errors(entries);
  for (int64_t c = 0; c < entries; ++c) {
    double squares = 0;
    for (int64_t j = 0; j < length; ++j) {
      double sum = 0;
      for (int64_t i = 0; i <= j; ++i)
        sum += book.numbers[c * length + i] * inverse[i * length + j];
      moved.at(j, c) = static_cast<float>(sum);
      squares += sum * sum;
    }
    halves[c] = static_cast<float>(squares / 2);
  }
  int64_t first = block * length;
  for (int64_t n = 0; n < outputs; ++n) {
    double scale = gridsOf(first)[n].scale;
    errors = halves;
    for (int64_t j = 0; j < length; ++j) {
      double sum = 0;
      for (int64_t i = 0; i <= j; ++i)
        sum += weights[i * outputs + n] / scale * inverse[i * length + j];
      auto number = static_cast<float>(sum);
      const float *row = moved.row(j);
      for (int64_t c = 0; c < entries; ++c)
        errors[c] -= number * row[c];
    }
    int64_t chosen = smallest(errors);
    book.indices[block * outputs + n] = static_cast<uint8_t>(chosen);
    for (int64_t i = 0; i < length; ++i) {
      int8_t code = book.numbers[chosen * length + i];
      codes.codes[(first + i) * outputs + n] = code;
      weights[i * outputs + n] = gridsOf(first)[n].value(code);
    }
  }
}

std::unique_ptr<Format> rheobase::weights::parseCodebook(llvm::StringRef name) {
  int64_t length = 0, entries = 0;
  if (!name.consume_front("vq") || name.consumeInteger(10, length) || !name.consume_front("x") ||
      name.consumeInteger(10, entries))
    return nullptr;
  bool signs = name.consume_front("s");
  std::optional<Grouping> grouping = Grouping::parse(name);
  if (!grouping || !llvm::is_contained(kLengths, length) || !llvm::is_contained(kEntries, entries))
    return nullptr;
  return std::make_unique<Vectors>(length, entries, signs, *grouping);
}
