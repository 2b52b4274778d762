//===- ExpandSignal.cpp - Fourier transforms and windows -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ComputedSizes.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace rheobase;

namespace {

/// Numbers that are written out: of a transform, and of where the frames begin.
constexpr int64_t kMaxPlaces = 1 << 22;

/// a0 - a1 cos(2 pi i / n) + a2 cos(4 pi i / n)
void expandWindow(Expander &e, double a0, double a1, double a2) {
  ComputedSizes c(e);
  Type wide = Float64Type::get(e.node().loc.getContext());
  auto real = [&](double number) { return e.number(number, wide); };
  Value size = c.count(e.input(0), "size");
  Value steps = c.max(e.intOr("periodic", 1) ? size : e.sub(size, e.scalar(1)), e.scalar(1));
  Value turn = e.div(e.cast(e.range(size), wide), e.cast(steps, wide));
  auto cosine = [&](double turns) { return e.op("Cos", e.mul(turn, real(2 * M_PI * turns))); };
  Value window = e.add(e.sub(real(a0), e.mul(real(a1), cosine(1))), e.mul(real(a2), cosine(2)));
  e.result(0, e.op("Cast", window, e.attr("to", e.intOr("output_datatype", 1))));
}

void expandHannWindow(Expander &e) {
  expandWindow(e, 0.5, 0.5, 0);
}
void expandHammingWindow(Expander &e) {
  expandWindow(e, 25.0 / 46, 21.0 / 46, 0);
}
void expandBlackmanWindow(Expander &e) {
  expandWindow(e, 0.42, 0.5, 0.08);
}

/// A discrete Fourier transform along the dimension before the last, which holds real and imaginary parts (or the real
/// one alone), as products with matrices of cosines and sines.
class Fourier {
public:
  Fourier(Expander &e, bool inverse, bool oneSided)
      : e(e), inverse(inverse), oneSided(oneSided), wide(Float64Type::get(e.node().loc.getContext())) {}

  /// `length` elements of x are transformed: what is missing is zero.
  Value transform(Value x, int64_t length) {
    int64_t last = e.rank(x) - 1, parts = e.size(x, last);
    bool mirrored = inverse && oneSided && parts == 2;
    Value real = part(x, 0), imaginary = parts == 2 ? part(x, 1) : Value();
    int64_t given = mirrored ? length / 2 + 1 : length;
    real = resized(real, given);
    if (imaginary)
      imaginary = resized(imaginary, given);
    int64_t results = oneSided && !inverse ? length / 2 + 1 : length;
    // The rows of a one-sided spectrum but the first, and the middle of an even length, stand for two.
    SmallVector<double> weights(given, inverse ? 1.0 / double(length) : 1.0);
    if (mirrored)
      for (int64_t i = 1; i < given; ++i)
        if (2 * i != length)
          weights[i] *= 2;
    Type type = e.type(x);
    Value cosines = e.cast(matrix(given, results, length, weights, false), type);
    Value sines = e.cast(matrix(given, results, length, weights, true), type);
    // exp(-i a) = cos a - i sin a; the inverse has the other sign.
    Value re = e.matmul(real, cosines), im = e.matmul(real, sines);
    if (!inverse)
      im = e.op("Neg", im);
    if (imaginary) {
      Value cross = e.matmul(imaginary, sines);
      re = inverse ? e.sub(re, cross) : e.add(re, cross);
      im = e.add(im, e.matmul(imaginary, cosines));
    }
    if (mirrored)
      return e.unsqueeze(re, last);
    return e.concat({e.unsqueeze(re, last), e.unsqueeze(im, last)}, last);
  }

private:
  Value part(Value x, int64_t index) { return e.gather(x, e.scalar(index), e.rank(x) - 1); }

  Value resized(Value x, int64_t length) {
    int64_t axis = e.rank(x) - 1, size = e.size(x, axis);
    if (size == length || e.hasFailed())
      return x;
    if (size > length)
      return e.slice(x, axis, 0, length);
    return e.op("Pad", {x, e.vector({0, length - size}), Value(), e.vector(axis)});
  }

  /// weights[row] * cos (or sin) of 2 pi row column / length.
  Value matrix(int64_t rows, int64_t columns, int64_t length, ArrayRef<double> weights, bool sine) {
    if (rows < 1 || columns < 1 || rows > kMaxPlaces / columns) {
      if (!e.hasFailed())
        e.error() << "a transform of " << rows << " to " << columns
                  << " elements found, a product of 1 to 2^22 was expected";
      return Value();
    }
    SmallVector<double> numbers;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column) {
        double angle = 2 * M_PI * double(row * column % length) / double(length);
        numbers.push_back(weights[row] * (sine ? std::sin(angle) : std::cos(angle)));
      }
    return e.reshape(e.numbers(numbers, wide), {rows, columns});
  }

  Expander &e;
  bool inverse, oneSided;
  Type wide;
};

void expandDFT(Expander &e) {
  Value x = e.input(0);
  int64_t rank = e.rank(x), axis = -2;
  bool inverse = e.intOr("inverse", 0), oneSided = e.intOr("onesided", 0);
  if (Value given = e.input(2))
    if (SmallVector<int64_t> number = e.constantInts(given, "axis"); !number.empty())
      axis = number.front();
  axis = e.axis(axis, rank);
  if (e.hasFailed())
    return;
  int64_t parts = e.size(x, rank - 1);
  if (rank < 2 || axis == rank - 1 || (parts != 1 && parts != 2)) {
    e.error() << "a transform along axis " << axis << " of a tensor of rank " << rank << " with " << parts
              << " parts found, an axis before the last, which has 1 or 2, was expected";
    return;
  }
  int64_t length = e.size(x, axis);
  if (inverse && oneSided)
    length = 2 * (length - 1);
  if (Value given = e.input(1))
    if (SmallVector<int64_t> number = e.constantInts(given, "dft_length"); !number.empty())
      length = number.front();
  if (e.hasFailed())
    return;
  if (length < 1 || length > kMaxPlaces) {
    e.error() << "a transform of " << length << " elements found, 1 to 2^22 were expected";
    return;
  }
  SmallVector<int64_t> swap = to_vector(seq<int64_t>(0, rank));
  std::swap(swap[axis], swap[rank - 2]);
  bool moves = axis != rank - 2;
  Value y = Fourier(e, inverse, oneSided).transform(moves ? e.transpose(x, swap) : x, length);
  e.result(0, moves ? e.transpose(y, swap) : y);
}

/// Transforms of windows that begin every `frame_step` elements.
void expandSTFT(Expander &e) {
  Value signal = e.input(0), window = e.input(2);
  SmallVector<int64_t> step = e.constantInts(e.input(1), "frame_step"), length;
  if (e.input(3))
    length = e.constantInts(e.input(3), "frame_length");
  else if (window)
    length = {e.size(window, 0)};
  int64_t size = e.size(signal, 1);
  if (e.hasFailed())
    return;
  if (e.rank(signal) != 3 || step.size() != 1 || length.size() != 1 || step[0] < 1 || length[0] < 1 ||
      length[0] > size) {
    e.error() << "a signal of " << size
              << " elements found, a frame of at most as many and a positive step were expected";
    return;
  }
  SmallVector<int64_t> places;
  int64_t frames = (size - length[0]) / step[0] + 1;
  if (frames > kMaxPlaces / length[0]) {
    e.error() << frames << " frames of " << length[0] << " elements found, at most 2^22 elements were expected";
    return;
  }
  for (int64_t i = 0; i < frames * length[0]; ++i)
    places.push_back(i / length[0] * step[0] + i % length[0]);
  Value cut = e.gather(signal, e.reshape(e.vector(places), {frames, length[0]}), 1);
  if (window)
    cut = e.mul(cut, e.unsqueeze(window, 1));
  e.result(0, e.op("DFT", {cut, Value(), e.scalar(2)}, e.attr("onesided", e.intOr("onesided", 1))));
}

/// Triangles over the bins of a spectrum, evenly spaced in mel.
void expandMelWeightMatrix(Expander &e) {
  SmallVector<double> numbers;
  for (size_t i = 0; i < 5; ++i) {
    SmallVector<double> one =
        isa<IntegerType>(e.type(e.input(i)))
            ? map_to_vector(e.constantInts(e.input(i), e.node().op), [](int64_t n) { return double(n); })
            : e.constantNumbers(e.input(i), e.node().op);
    numbers.push_back(one.size() == 1 ? one.front() : -1);
  }
  if (e.hasFailed())
    return;
  double count = numbers[0], length = numbers[1], rate = numbers[2];
  if (!(count >= 1 && count <= 1024 && length >= 1 && length <= 65536 && rate > 0 && numbers[3] >= 0 &&
        numbers[4] >= numbers[3])) {
    e.error() << formatv("a matrix of {0:F0} bands over a transform of {1:F0}", count, length).str()
              << " elements found, positive numbers and rising edges were expected";
    return;
  }
  int64_t bands = int64_t(count), bins = int64_t(length) / 2 + 1;
  auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  double low = mel(numbers[3]), step = (mel(numbers[4]) - low) / double(bands + 2);
  auto edge = [&](int64_t i) {
    double hertz = 700 * (std::pow(10, (low + step * double(i)) / 2595) - 1);
    return std::clamp<int64_t>(int64_t(std::floor((length + 1) * hertz / rate)), 0, bins - 1);
  };
  SmallVector<double> matrix(bins * bands, 0);
  for (int64_t band = 0; band < bands; ++band) {
    int64_t left = edge(band), centre = edge(band + 1), right = edge(band + 2);
    for (int64_t bin = left; bin <= centre; ++bin)
      matrix[bin * bands + band] = centre == left ? 1 : double(bin - left) / double(centre - left);
    for (int64_t bin = centre; bin < right; ++bin)
      matrix[bin * bands + band] = double(right - bin) / double(right - centre);
  }
  Value made = e.reshape(e.numbers(matrix, Float64Type::get(e.node().loc.getContext())), {bins, bands});
  e.result(0, e.op("Cast", made, e.attr("to", e.intOr("output_datatype", 1))));
}

constexpr NamedExpansion kExpansions[] = {
    {"BlackmanWindow", expandBlackmanWindow},   {"DFT", expandDFT},
    {"HammingWindow", expandHammingWindow},     {"HannWindow", expandHannWindow},
    {"MelWeightMatrix", expandMelWeightMatrix}, {"STFT", expandSTFT},
};

} // namespace

ArrayRef<NamedExpansion> rheobase::signalExpansions() {
  return kExpansions;
}
