//===- GroupTest.cpp - codes times packed weights in groups ----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/codegen/Modules.h"

#include "gtest/gtest.h"

using namespace rheobase;
using namespace rheobase::test;

namespace {

struct Layer {
  int64_t rows, k, groups, columns;
};

/// One group and many, of one block of 32 inputs and of several; rows and columns around tiles, vectors and blocks of
/// rows.
const Layer kLayers[] = {{1, 32, 1, 1},   {2, 64, 2, 16},  {5, 96, 1, 17},
                         {7, 256, 4, 64}, {97, 64, 1, 33}, {13, 128, 4, 200}};

/// Of a 3 x 3 window.
constexpr int64_t kTaps = 9;

struct Kind {
  int bits;
  bool zeros, isUnsigned, odd = false;
  /// Inputs that share an index of so many bits, or 0; whether a vector times as many signed bytes is within 16 bits.
  int64_t length = 0;
  bool small = false;
  /// Of 4 inputs so many weights may be other than 0.
  int64_t kept = 4;
  /// Whether each row has a step for each group.
  bool steps = false;
  /// Of bits that codes are given as, or 0 where they are bytes.
  int64_t planes = 0;

  /// Elements of a row of `k` codes.
  int64_t width(int64_t k) const { return planes > 0 ? k / 32 * planes : k; }
};

int zeroOf(const Kind &kind, int64_t i) {
  return static_cast<int>(i * 7 % (int64_t(1) << kind.bits));
}

struct Weights {
  std::vector<int8_t> codes, zeros, indices, book;
  std::vector<float> scales;

  /// Codes with the extremes among them; scales that are sums of few powers of 2, as f16 holds them.
  Weights(const Layer &l, const Kind &kind) {
    int low = kind.bits == 8 && !kind.odd ? -127 : -(1 << (kind.bits - 1)), high = (1 << (kind.bits - 1)) - 1;
    codes = randomIntegers<int8_t>(l.k * l.columns, low, high, 5);
    for (size_t i = 0; i < codes.size(); i += 3)
      codes[i] = static_cast<int8_t>(i % 2 ? low : high);
    std::vector<int8_t> fine = randomIntegers<int8_t>(l.groups * l.columns, -100, 100, 6);
    for (size_t i = 0; i < fine.size(); ++i)
      scales.push_back(static_cast<float>(fine[i]) / 1024);
    if (kind.length > 0)
      lookUp(l, kind);
    leaveOut(l, kind.kept);
    if (!kind.zeros)
      return;
    for (int64_t i = 0; i < l.groups * l.columns; ++i)
      zeros.push_back(static_cast<int8_t>(zeroOf(kind, i)));
    int64_t length = l.k / l.groups;
    for (int64_t k = 0; k < l.k; ++k)
      for (int64_t n = 0; n < l.columns; ++n) {
        int8_t &code = codes[k * l.columns + n];
        code = static_cast<int8_t>(code - low - zeros[k / length * l.columns + n]);
      }
  }

  /// Which stay differs from output to output; here and there fewer do.
  void leaveOut(const Layer &l, int64_t kept) {
    std::vector<int8_t> first = randomIntegers<int8_t>(l.k * l.columns, 0, 3, 11);
    for (int64_t k = 0; k < l.k; ++k)
      for (int64_t n = 0; n < l.columns && kept < 4; ++n) {
        int64_t place = (k % 4 - first[k / 4 * l.columns + n] + 4) % 4, stride = n % 2 ? 1 : 2;
        bool stays = place == 0 || (kept == 2 && place == stride);
        if (!stays || (k / 4 + n) % 7 == 0)
          codes[k * l.columns + n] = 0;
      }
  }

  void lookUp(const Layer &l, const Kind &kind) {
    int most = kind.small ? static_cast<int>(255 / kind.length) : 127;
    book = randomIntegers<int8_t>((int64_t(1) << kind.bits) * kind.length, -most, most, 8);
    // Sums at the ends.
    for (int64_t i = 0; i < kind.length; ++i)
      book[i] = static_cast<int8_t>(most), book[kind.length + i] = static_cast<int8_t>(-most);
    indices = randomIntegers<int8_t>(l.k / kind.length * l.columns, -128, 127, 9);
    for (size_t i = 0; i < indices.size(); ++i)
      indices[i] = static_cast<int8_t>(static_cast<uint8_t>(indices[i]) % (1 << kind.bits));
    int64_t channels = l.k / kind.length;
    for (int64_t k = 0; k < l.k; ++k)
      for (int64_t n = 0; n < l.columns; ++n) {
        // Taps of a window are as far apart as there are channels.
        bool isWindow = kind.length == kTaps;
        int64_t vector = isWindow ? k % channels : k / kind.length, i = isWindow ? k / channels : k % kind.length;
        codes[k * l.columns + n] = book[static_cast<uint8_t>(indices[vector * l.columns + n]) * kind.length + i];
      }
  }
};

std::string matrix(const std::string &rows, int64_t columns, const std::string &element) {
  return "tensor<" + rows + "x" + std::to_string(columns) + "x" + element + ">";
}

std::string groupModule(const Layer &l, const Kind &kind, const Weights &w, bool half) {
  std::string k = std::to_string(l.k), g = std::to_string(l.groups);
  std::string x = matrix("?", kind.width(l.k), kind.planes > 0 ? "i32" : "i8"), y = matrix("?", l.columns, "f32"),
              r = matrix("?", l.groups, "i32"), weights = matrix(k, l.columns, "i8"),
              wide = matrix(g, l.columns, "f32"), scales = matrix(g, l.columns, half ? "f16" : "f32"),
              zeros = matrix(g, l.columns, "i8");
  std::string bookOperand, bookType;
  if (kind.length > 0) {
    weights = matrix(std::to_string(l.k / kind.length), l.columns, "i8");
    bookOperand = " of %b", bookType = " of " + matrix(std::to_string(int64_t(1) << kind.bits), kind.length, "i8");
  }
  std::string body =
      denseConstant("w", kind.length > 0 ? w.indices : w.codes, weights) + denseConstant("s", w.scales, wide);
  if (kind.length > 0)
    body += denseConstant("b", w.book, bookType.substr(4));
  std::string scale = "%s";
  if (half) {
    std::vector<uint16_t> halves;
    for (float value : w.scales) {
      llvm::APFloat number(value);
      bool inexact = false;
      number.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven, &inexact);
      EXPECT_FALSE(inexact);
      halves.push_back(static_cast<uint16_t>(number.bitcastToAPInt().getZExtValue()));
    }
    body += denseConstant("h", halves, scales);
    scale = "%h";
  }
  std::string zeroOperand, zeroType;
  if (kind.zeros) {
    body += denseConstant("z", w.zeros, zeros);
    zeroOperand = " zeros %z", zeroType = " zeros " + zeros;
  }
  std::string steps = matrix("?", l.groups, "f32");
  body += "  %y = rt.group_matmul %x, %w" + bookOperand + ", " + scale + zeroOperand + " rows %r" +
          (kind.steps ? " steps %l" : "") + " {bits = " + std::to_string(kind.bits) + " : i64" +
          (kind.isUnsigned ? ", isUnsigned" : "") + (kind.odd ? ", odd" : "") +
          (kind.kept < 4 ? ", kept = " + std::to_string(kind.kept) + " : i64" : "") + "} : " + x + ", " + weights +
          bookType + ", " + scales + zeroType + " rows " + r + (kind.steps ? " steps " + steps : "") + " -> " + y +
          "\n";
  std::vector<Argument> arguments{{"x", x, "m, " + std::to_string(kind.width(l.k))}, {"r", r, "m, " + g}};
  if (kind.steps)
    arguments.push_back({"l", steps, "m, " + g});
  return mainModule(arguments, {y}, body, "%y", {"m"});
}

int32_t valueOf(int8_t x, bool isUnsigned) {
  return isUnsigned ? static_cast<uint8_t>(x) : x;
}

/// What a code of a weight stands for.
int32_t weightOf(int8_t code, const Kind &kind) {
  return kind.odd ? 2 * code + 1 : code;
}

/// The sums of each row's groups, and the scaled sums in the order that is promised.
struct Reference {
  std::vector<int32_t> rowSums;
  std::vector<float> sums;

  Reference(const Layer &l, const Kind &kind, const Weights &w, const std::vector<int8_t> &x,
            const std::vector<float> &steps)
      : rowSums(l.rows * l.groups), sums(l.rows * l.columns) {
    int64_t length = l.k / l.groups;
    for (int64_t i = 0; i < l.rows; ++i)
      for (int64_t g = 0; g < l.groups; ++g) {
        for (int64_t k = g * length; k < (g + 1) * length; ++k)
          rowSums[i * l.groups + g] += valueOf(x[i * l.k + k], kind.isUnsigned);
        for (int64_t n = 0; n < l.columns; ++n) {
          int32_t sum = 0;
          for (int64_t k = g * length; k < (g + 1) * length; ++k)
            sum += valueOf(x[i * l.k + k], kind.isUnsigned) * weightOf(w.codes[k * l.columns + n], kind);
          float scaled = static_cast<float>(sum) * w.scales[g * l.columns + n];
          if (!steps.empty())
            scaled *= steps[i * l.groups + g];
          sums[i * l.columns + n] += scaled;
        }
      }
  }
};

/// Plane p of 32 codes is a word, whose bit 8 i + s is of code 4 s + i.
std::vector<int32_t> bitWords(const Layer &l, const Kind &kind, const std::vector<int8_t> &x) {
  std::vector<int32_t> words(l.rows * kind.width(l.k));
  for (int64_t i = 0; i < l.rows; ++i)
    for (int64_t k = 0; k < l.k; ++k)
      for (int64_t p = 0; p < kind.planes; ++p) {
        auto bit = static_cast<uint32_t>(x[i * l.k + k] >> p & 1) << (k % 4 * 8 + k % 32 / 4);
        int32_t &word = words[i * kind.width(l.k) + k / 32 * kind.planes + p];
        word = static_cast<int32_t>(static_cast<uint32_t>(word) | bit);
      }
  return words;
}

std::vector<int8_t> codesOf(const Layer &l, const Kind &kind) {
  if (kind.planes > 0)
    return randomIntegers<int8_t>(l.rows * l.k, 0, (1 << kind.planes) - 1, 3);
  std::vector<int8_t> x = randomIntegers<int8_t>(l.rows * l.k, -128, 127, 3);
  for (size_t i = 0; i < x.size(); i += 5)
    x[i] = static_cast<int8_t>(i % 2 ? -128 : 127);
  return x;
}

void check(const Layer &l, const Kind &kind, bool half) {
  Weights w(l, kind);
  ProgramRunner runner(groupModule(l, kind, w, half));
  ASSERT_TRUE(runner.ok()) << runner.error();
  std::vector<int8_t> x = codesOf(l, kind);
  std::vector<float> steps;
  for (int64_t i = 0; kind.steps && i < l.rows * l.groups; ++i)
    steps.push_back(static_cast<float>(i % 11) * 0.37f);
  Reference expected(l, kind, w, x, steps);
  Array left =
      kind.planes > 0 ? Array::of({l.rows, kind.width(l.k)}, bitWords(l, kind, x)) : Array::of({l.rows, l.k}, x);
  std::vector<Array> inputs = {left, Array::of({l.rows, l.groups}, expected.rowSums)};
  if (kind.steps)
    inputs.push_back(Array::of({l.rows, l.groups}, steps));
  ASSERT_EQ(runEverywhere(runner, inputs)[0].as<float>(), expected.sums)
      << kind.bits << " bits, " << l.rows << "x" << l.k << "x" << l.columns << " in " << l.groups << " groups";
}

/// Every kind at one of the layers: code for each layer and kind takes its time.
void check(const Kind &kind, bool half) {
  size_t number = static_cast<size_t>(kind.bits) + (kind.isUnsigned ? 2 : 0) + (kind.zeros ? 1 : 0);
  check(kLayers[number % std::size(kLayers)], kind, half);
}

TEST(Groups, SignedCodes) {
  for (int bits = 2; bits <= 8; ++bits)
    check({bits, /*zeros=*/false, /*isUnsigned=*/false}, /*half=*/true);
}
TEST(Groups, UnsignedCodes) {
  for (int bits = 2; bits <= 8; ++bits)
    check({bits, /*zeros=*/false, /*isUnsigned=*/true}, /*half=*/false);
}
TEST(Groups, ZerosOfTheirOwn) {
  for (int bits = 2; bits <= 7; ++bits)
    for (bool isUnsigned : {false, true})
      check({bits, /*zeros=*/true, isUnsigned}, /*half=*/true);
}

TEST(Groups, OddCodes) {
  for (int bits = 1; bits <= 8; ++bits)
    for (bool isUnsigned : {false, true})
      check({bits, /*zeros=*/false, isUnsigned, /*odd=*/true}, /*half=*/true);
}

/// Bytes with a sign, and 1 more than twice the sum.
TEST(Groups, OddBytes) {
  for (const Layer &layer : kLayers)
    check(layer, {8, /*zeros=*/false, /*isUnsigned=*/false, /*odd=*/true}, /*half=*/false);
  Kind kind{8, /*zeros=*/false, /*isUnsigned=*/true, /*odd=*/true};
  kind.steps = true;
  check(kLayers[3], kind, /*half=*/true);
}

/// Signs, counted instead of multiplied.
TEST(Groups, PlanesOfBits) {
  Kind kind{1, /*zeros=*/false, /*isUnsigned=*/true, /*odd=*/true};
  for (int64_t planes : {1, 2, 7}) {
    kind.planes = planes, kind.steps = planes == 2;
    for (const Layer &layer : kLayers)
      check(layer, kind, /*half=*/planes == 1);
  }
}

TEST(Groups, StepsOfRows) {
  Kind kind{4, /*zeros=*/false, /*isUnsigned=*/false};
  kind.steps = true;
  for (const Layer &layer : kLayers)
    check(layer, kind, /*half=*/true);
}

/// Vectors of 4 and 8 inputs out of 16 and 256, around the same tiles.
const Layer kCodebookLayers[] = {{1, 64, 1, 1}, {5, 192, 3, 17}, {13, 128, 2, 330}, {97, 64, 1, 33}};

TEST(Groups, Codebooks) {
  size_t number = 0;
  for (int bits : {4, 8})
    for (int64_t length : {4, 8})
      for (bool isUnsigned : {false, true})
        check(kCodebookLayers[number++ % std::size(kCodebookLayers)],
              {bits, /*zeros=*/false, isUnsigned, /*odd=*/false, length},
              /*half=*/isUnsigned);
}

/// Single rows, and rows beyond whole tiles, are added by tables.
TEST(Groups, CodebooksOfSmallVectors) {
  for (const Layer &layer : kCodebookLayers)
    for (int64_t length : {4, 8})
      check(layer, {4, /*zeros=*/false, /*isUnsigned=*/false, /*odd=*/false, length, /*small=*/true}, /*half=*/true);
}

/// Out of 16 to 64, of 32 channels and more.
const Layer kWindowLayers[] = {{1, 288, 1, 1}, {5, 576, 1, 17}, {13, 864, 1, 200}, {97, 288, 1, 33}};

TEST(Groups, Windows) {
  size_t number = 0;
  for (int bits : {4, 5, 6})
    for (bool isUnsigned : {false, true})
      check(kWindowLayers[number++ % std::size(kWindowLayers)],
            {bits, /*zeros=*/false, isUnsigned, /*odd=*/false, kTaps}, /*half=*/isUnsigned);
}

TEST(Groups, WindowsStoreTheirIndices) {
  Layer l{1, 576, 1, 64};
  for (int bits : {4, 5, 6}) {
    Kind kind{bits, false, false, false, kTaps};
    ProgramRunner runner(groupModule(l, kind, Weights(l, kind), /*half=*/true), {"x86-64"});
    ASSERT_TRUE(runner.ok()) << runner.error();
    size_t bytes = 0;
    for (const artifact::ConstantBlob &blob : runner.program().constants)
      bytes += blob.size;
    EXPECT_EQ(bytes,
              static_cast<size_t>(l.k / kTaps * l.columns * bits / 8 + (int64_t(1) << bits) * kTaps + l.columns * 2));
  }
}

TEST(Groups, CodebooksStoreTheirIndices) {
  Layer l{1, 256, 1, 64};
  for (int64_t length : {4, 8})
    for (int bits : {4, 8}) {
      Kind kind{bits, false, false, false, length};
      ProgramRunner runner(groupModule(l, kind, Weights(l, kind), /*half=*/true), {"x86-64"});
      ASSERT_TRUE(runner.ok()) << runner.error();
      size_t bytes = 0;
      for (const artifact::ConstantBlob &blob : runner.program().constants)
        bytes += blob.size;
      EXPECT_EQ(bytes, static_cast<size_t>(l.k * l.columns * bits / 8 / length + (int64_t(1) << bits) * length +
                                           l.columns * 2));
    }
}

/// Blocks of 32 inputs and of 64, around the same tiles.
const Layer kSparseLayers[] = {{1, 64, 1, 1}, {5, 192, 3, 17}, {13, 128, 2, 200}, {97, 64, 1, 33}, {2, 256, 1, 64}};

TEST(Groups, SomeOfFour) {
  size_t number = 0;
  for (int64_t kept : {1, 2})
    for (int bits : {2, 4, 8})
      for (bool isUnsigned : {false, true})
        check(kSparseLayers[number++ % std::size(kSparseLayers)],
              {bits, /*zeros=*/false, isUnsigned, /*odd=*/false, /*length=*/0, /*small=*/false, kept},
              /*half=*/isUnsigned);
}

TEST(Groups, SomeOfFourStoreThese) {
  Layer l{1, 256, 4, 64};
  for (int64_t kept : {1, 2})
    for (int bits : {2, 4, 8}) {
      Kind kind{bits, false, false, false, 0, false, kept};
      ProgramRunner runner(groupModule(l, kind, Weights(l, kind), /*half=*/true), {"x86-64"});
      ASSERT_TRUE(runner.ok()) << runner.error();
      size_t bytes = 0;
      for (const artifact::ConstantBlob &blob : runner.program().constants)
        bytes += blob.size;
      EXPECT_EQ(bytes, static_cast<size_t>(l.k * l.columns * kept * (bits + 2) / 32 + l.groups * l.columns * 2));
    }
}

/// What is stored is as small as it is said to be.
TEST(Groups, StoreTheirBits) {
  Layer l{1, 256, 8, 64};
  for (int bits = 2; bits <= 8; ++bits) {
    Kind kind{bits, false, false};
    ProgramRunner runner(groupModule(l, kind, Weights(l, kind), /*half=*/true), {"x86-64"});
    ASSERT_TRUE(runner.ok()) << runner.error();
    size_t bytes = 0;
    for (const artifact::ConstantBlob &blob : runner.program().constants)
      bytes += blob.size;
    EXPECT_EQ(bytes, static_cast<size_t>(l.k * l.columns * bits / 8 + l.groups * l.columns * 2));
  }
}

TEST(Groups, WeightsThatAreComputedAreRefused) {
  std::string text = mainModule(
      {{"x", "tensor<?x32xi8>", "m, 32"}, {"r", "tensor<?x1xi32>", "m, 1"}, {"w", "tensor<32x4xi8>", "32, 4"}},
      {"tensor<?x4xf32>"},
      "  %s = arith.constant dense<1.0> : tensor<1x4xf32>\n"
      "  %y = rt.group_matmul %x, %w, %s rows %r {bits = 4 : i64} : tensor<?x32xi8>, tensor<32x4xi8>, tensor<1x4xf32> "
      "rows tensor<?x1xi32> -> tensor<?x4xf32>\n",
      "%y", {"m"});
  ProgramRunner runner(text);
  EXPECT_FALSE(runner.ok());
  EXPECT_NE(runner.error().find("computed when running, expected constants"), std::string::npos) << runner.error();
}

} // namespace
