//===- Windows.cpp - kernels that are one of few sign kernels ------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of a convolution with 3 x 3 windows, as S2NN trains it (arXiv 2509.24266): the nine weights of a channel have the
// signs of one of 2^eta kernels, all weights of an output one magnitude. Inputs are taps times channels, so that those
// of a window are as far apart as there are channels.
//
//===----------------------------------------------------------------------===//

#include "Kinds.h"

#include "dialects/spk/WeightFormats.h"

#include "llvm/Support/MathExtras.h"

#include <array>
#include <cmath>

using namespace rheobase;
using namespace rheobase::weights;

namespace {

constexpr int64_t kTaps = spk::kWindowTaps, kEntries[] = {16, 32, 64};
constexpr int64_t kByteBits = 8, kScaleBits = 32;
/// What packed products read at a time.
constexpr int64_t kChannels = 32;

class Windows : public Format {
public:
  explicit Windows(int64_t entries) : entries(entries) {}

  std::string name() const override { return "vq" + std::to_string(kTaps) + "x" + std::to_string(entries) + "s"; }
  bool holds(int64_t inputs) const override { return inputs % (kTaps * kChannels) == 0; }
  int64_t groupLength(int64_t inputs) const override { return inputs; }
  unsigned bits() const override { return 1; }
  bool hasZeros() const override { return false; }
  mlir::Type scaleType(mlir::MLIRContext *context) const override { return mlir::Float32Type::get(context); }
  double storedBits(int64_t inputs) const override {
    return static_cast<double>(indexBits()) / kTaps + static_cast<double>(kScaleBits) / static_cast<double>(inputs);
  }
  std::optional<Codes> exactCodes(const Layer &layer, float slack) const override;
  /// The magnitude of sign kernels that are off least.
  Grid fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> importance, Criterion criterion) const override;
  spk::WeightFormatInterface attribute(mlir::MLIRContext *context) const override {
    return mlir::cast<spk::WeightFormatInterface>(
        mlir::Attribute(spk::CodebookWeightsAttr::get(context, kTaps, entries, /*isSigns=*/true, /*group=*/0)));
  }

private:
  int64_t indexBits() const { return llvm::Log2_64(entries); }
  /// Whether indices and codebook are less than a bit for each weight.
  bool isSmaller(const Layer &layer) const {
    int64_t windows = layer.inputs / kTaps * layer.outputs;
    return windows * indexBits() + entries * kTaps * kByteBits < windows * kTaps;
  }

  int64_t entries;
};

/// Numbers kernels in the order in which they are met.
class Kernels {
public:
  explicit Kernels(int64_t most) : most(most) { numbers.fill(-1); }

  /// Null where there are too many.
  std::optional<uint8_t> numberOf(unsigned signs) {
    if (numbers[signs] < 0) {
      if (count() == most)
        return std::nullopt;
      numbers[signs] = static_cast<int>(count());
      met.push_back(signs);
    }
    return static_cast<uint8_t>(numbers[signs]);
  }
  /// [entries, taps] of -1 and 1; entries that no window has are of ones.
  std::vector<int8_t> codebook() const {
    std::vector<int8_t> book(most * kTaps, 1);
    for (int64_t entry = 0; entry < count(); ++entry)
      for (int64_t tap = 0; tap < kTaps; ++tap)
        if (met[entry] >> tap & 1)
          book[entry * kTaps + tap] = -1;
    return book;
  }

private:
  int64_t count() const { return static_cast<int64_t>(met.size()); }

  int64_t most;
  std::array<int, 1 << kTaps> numbers;
  std::vector<unsigned> met;
};

} // namespace

Grid Windows::fit(llvm::ArrayRef<float> weights, llvm::ArrayRef<float>, Criterion) const {
  double sum = 0;
  for (float weight : weights)
    sum += std::abs(weight);
  return {static_cast<float>(sum / static_cast<double>(weights.size())), -1, 1};
}

std::optional<Codes> Windows::exactCodes(const Layer &layer, float slack) const {
  if (!isSmaller(layer))
    return std::nullopt;
  int64_t channels = layer.inputs / kTaps;
  Codes codes;
  codes.groups = 1;
  codes.codes.resize(layer.weights.size());
  codes.book = Codebook{kTaps, {}, std::vector<uint8_t>(channels * layer.outputs)};
  Kernels kernels(entries);
  for (int64_t n = 0; n < layer.outputs; ++n) {
    float magnitude = std::abs(layer.weight(0, n));
    for (int64_t c = 0; c < channels; ++c) {
      unsigned signs = 0;
      for (int64_t tap = 0; tap < kTaps; ++tap) {
        int64_t input = tap * channels + c;
        float weight = layer.weight(input, n);
        if (!(std::abs(std::abs(weight) - magnitude) <= slack * magnitude))
          return std::nullopt;
        signs |= unsigned(std::signbit(weight)) << tap;
        codes.codes[input * layer.outputs + n] = std::signbit(weight) ? -1 : 1;
      }
      std::optional<uint8_t> index = kernels.numberOf(signs);
      if (!index)
        return std::nullopt;
      codes.book->indices[c * layer.outputs + n] = *index;
    }
    codes.grids.push_back({magnitude, -1, 1});
  }
  codes.book->numbers = kernels.codebook();
  return codes;
}

std::unique_ptr<Format> rheobase::weights::parseWindows(llvm::StringRef name) {
  for (int64_t entries : kEntries) {
    auto format = std::make_unique<Windows>(entries);
    if (name == format->name())
      return format;
  }
  return nullptr;
}

std::vector<std::string> rheobase::weights::windowNames() {
  std::vector<std::string> names;
  for (int64_t entries : kEntries)
    names.push_back(Windows(entries).name());
  return names;
}
