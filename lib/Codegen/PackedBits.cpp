//===- PackedBits.cpp - where codes of few bits lie -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/PackedBits.h"

#include "rheobase/Interfaces/ConstantData.h"

#include <cstdlib>
#include <cstring>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::codegen;

SmallVector<BitPart, 3> codegen::bitParts(unsigned bits) {
  SmallVector<BitPart, 3> parts;
  unsigned shift = 0;
  for (unsigned width : {8U, 4U, 2U, 1U})
    if (bits & width) {
      // A part of w bits takes w vectors.
      parts.push_back({width, shift, shift});
      shift += width;
    }
  return parts;
}

ElementsAttr codegen::packBits(ElementsAttr weights, ElementsAttr zeros, StoredCodes stored, int64_t lanes) {
  ConstantData data = *ConstantData::get(weights);
  std::optional<ConstantData> zeroData = zeros ? ConstantData::get(zeros) : std::nullopt;
  int64_t rows = data.getType().getDimSize(0), columns = data.getType().getDimSize(1),
          groupLength = zeroData ? rows / zeroData->getType().getDimSize(0) : rows;
  int64_t vectorBytes = lanes * kStepRows, blocks = rows / rt::kGroupUnit,
          columnGroups = llvm::divideCeil(columns, lanes);
  auto type = RankedTensorType::get({columnGroups, blocks, static_cast<int64_t>(stored.bits) * vectorBytes},
                                    IntegerType::get(weights.getContext(), 8));
  ConstantBuilder packed(type);
  SmallVector<BitPart, 3> parts = bitParts(stored.bits);
  for (int64_t n = 0; n < columns; ++n)
    for (int64_t k = 0; k < rows; ++k) {
      int64_t weight = *data.integer(k * columns + n);
      int64_t zero = zeroData ? *zeroData->integer(k / groupLength * columns + n) : stored.added;
      auto code = static_cast<unsigned>(weight + zero);
      int64_t step = k % rt::kGroupUnit / kStepRows, within = n % lanes * kStepRows + k % kStepRows,
              block = (n / lanes * blocks + k / rt::kGroupUnit) * stored.bits;
      for (const BitPart &part : parts) {
        unsigned cut = (code >> part.shift) & ((1U << part.width) - 1);
        char &byte = *packed.element((block + part.vectorOf(step)) * vectorBytes + within);
        byte = static_cast<char>(static_cast<unsigned char>(byte) | cut << part.bitOf(step));
      }
    }
  return packed.finish();
}

namespace {

/// The weights of a column that are stored of 4 rows, and where they were: what is not 0, filled up with others.
struct KeptOf4 {
  SmallVector<int64_t, 4> places;

  KeptOf4(ArrayRef<int64_t> weights, int64_t kept) {
    for (bool zeros : {false, true})
      for (auto [place, weight] : llvm::enumerate(weights))
        if ((weight == 0) == zeros && static_cast<int64_t>(places.size()) < kept)
          places.push_back(static_cast<int64_t>(place));
    llvm::sort(places);
  }
};

} // namespace

ElementsAttr codegen::packSparse(ElementsAttr weights, unsigned bits, int64_t kept, int64_t lanes) {
  constexpr int64_t of = 4, placeBits = 2;
  ConstantData data = *ConstantData::get(weights);
  int64_t rows = data.getType().getDimSize(0), columns = data.getType().getDimSize(1), unit = rt::sparseUnit(kept),
          blocks = rows / unit, vectorBytes = lanes * kStepRows, vectors = sparseVectors(bits) + 1;
  ConstantBuilder packed(
      RankedTensorType::get({static_cast<int64_t>(llvm::divideCeil(columns, lanes)), blocks, vectors * vectorBytes},
                            IntegerType::get(weights.getContext(), 8)));
  BitPart part{bits, 0, 0};
  auto put = [&](int64_t block, int64_t byte, unsigned value) {
    char &at = *packed.element(block * vectors * vectorBytes + byte);
    at = static_cast<char>(static_cast<unsigned char>(at) | value);
  };
  for (int64_t n = 0; n < columns; ++n)
    for (int64_t first = 0; first < rows; first += of) {
      SmallVector<int64_t, 4> own;
      for (int64_t i = first; i < first + of; ++i)
        own.push_back(*data.integer(i * columns + n));
      int64_t block = n / lanes * blocks + first / unit, column = n % lanes * kStepRows, quad = first % unit / of;
      for (auto [j, place] : llvm::enumerate(KeptOf4(own, kept).places)) {
        int64_t index = quad * kept + static_cast<int64_t>(j), step = index / kStepRows;
        // In two's complement a negative code is what it is with its highest bit added and taken by XOR.
        unsigned code = static_cast<unsigned>(own[place]) & ((1U << bits) - 1);
        put(block, part.vectorOf(step) * vectorBytes + column + index % kStepRows, code << part.bitOf(step));
        int64_t bit = index * placeBits;
        put(block, (vectors - 1) * vectorBytes + column + bit / 8, static_cast<unsigned>(place) << bit % 8);
      }
    }
  return packed.finish();
}

ElementsAttr codegen::packIndices(ElementsAttr indices, unsigned bits, int64_t lanes) {
  ConstantData data = *ConstantData::get(indices);
  int64_t rows = data.getType().getDimSize(0), columns = data.getType().getDimSize(1), inWord = rt::indicesInWord(bits),
          words = rows / inWord, columnGroups = llvm::divideCeil(columns, lanes);
  ConstantBuilder packed(
      RankedTensorType::get({columnGroups, words, lanes * rt::kQuad}, IntegerType::get(indices.getContext(), 8)));
  for (int64_t v = 0; v < rows; ++v)
    for (int64_t n = 0; n < columns; ++n) {
      int64_t bit = v % inWord * bits, word = n / lanes * words + v / inWord;
      char &byte = *packed.element((word * lanes + n % lanes) * rt::kQuad + bit / 8);
      auto index = static_cast<unsigned char>(*data.integer(v * columns + n));
      byte = static_cast<char>(static_cast<unsigned char>(byte) | index << bit % 8);
    }
  return packed.finish();
}

ElementsAttr codegen::codebookWords(ElementsAttr codebook) {
  ConstantData data = *ConstantData::get(codebook);
  int64_t entries = data.getType().getDimSize(0), length = data.getType().getDimSize(1);
  ConstantBuilder words(
      RankedTensorType::get({length / rt::kQuad, entries}, IntegerType::get(codebook.getContext(), rt::kWordBits)));
  for (int64_t entry = 0; entry < entries; ++entry)
    for (int64_t i = 0; i < length; ++i)
      words.element(i / rt::kQuad * entries + entry)[i % rt::kQuad] =
          static_cast<char>(*data.integer(entry * length + i));
  return words.finish();
}

ElementsAttr codegen::codebookTables(ElementsAttr codebook) {
  ConstantData data = *ConstantData::get(codebook);
  int64_t entries = data.getType().getDimSize(0), taps = data.getType().getDimSize(1);
  ConstantBuilder tables(data.getType().clone({taps, entries}));
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t entry = 0; entry < entries; ++entry)
      *tables.element(tap * entries + entry) = *data.element(entry * taps + tap);
  return tables.finish();
}

bool codegen::hasSmallVectors(ElementsAttr codebook) {
  ConstantData data = *ConstantData::get(codebook);
  int64_t length = data.getType().getDimSize(1), sum = 0;
  constexpr int64_t most = 255;
  for (int64_t i = 0; i < data.size(); ++i) {
    sum = (i % length == 0 ? 0 : sum) + std::abs(*data.integer(i));
    if (sum > most)
      return false;
  }
  return true;
}

ElementsAttr codegen::rowsOfColumnGroups(ElementsAttr rows, int64_t lanes) {
  ConstantData data = *ConstantData::get(rows);
  int64_t count = data.getType().getDimSize(0), width = data.getType().getDimSize(1),
          groups = llvm::divideCeil(width, lanes);
  ConstantBuilder result(data.getType().clone({groups, count, lanes}));
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < width; ++j)
      std::memcpy(result.element((j / lanes * count + i) * lanes + j % lanes), data.element(i * width + j),
                  data.elementBytes());
  return result.finish();
}
