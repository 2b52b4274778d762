//===- WeightFormats.cpp - what formats of weights have in common --------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/WeightFormats.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

static RankedTensorType typeOf(Value value) {
  return value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
}

int64_t rheobase::spk::largestCode(WeightFormatInterface format) {
  // The difference of two codes as they are stored.
  return (int64_t(1) << format.getCodeBits()) - 1;
}

static int64_t bitsOf(Value value) {
  RankedTensorType type = typeOf(value);
  return type ? type.getNumElements() * type.getElementTypeBitWidth() : 0;
}

int64_t rheobase::spk::storedBits(WeightFormatInterface format, Value codes, Value scale, Value zero) {
  int64_t beside = bitsOf(scale) + bitsOf(zero);
  if (auto lookup = codes.getDefiningOp<LookupOp>()) {
    int64_t entries = typeOf(lookup.getCodebook()).getDimSize(0);
    return beside + bitsOf(lookup.getCodebook()) +
           typeOf(lookup.getIndices()).getNumElements() * static_cast<int64_t>(llvm::Log2_64_Ceil(entries));
  }
  return beside + format.getStoredBits(typeOf(codes).getNumElements());
}

std::optional<KnownWeights> KnownWeights::of(Value weights, WeightFormatInterface format) {
  auto lookup = weights.getDefiningOp<LookupOp>();
  std::optional<ConstantData> stored = ConstantData::of(lookup ? lookup.getIndices() : weights);
  if (!stored)
    return std::nullopt;
  KnownWeights known(lookup ? typeOf(weights) : stored->getType(), *stored, format && format.isOdd());
  if (!lookup)
    return known;
  known.codebook = ConstantData::of(lookup.getCodebook());
  return known.codebook ? std::optional(known) : std::nullopt;
}

CodebookPlace rheobase::spk::placeInCodebook(int64_t input, int64_t inputs, int64_t length) {
  int64_t channels = inputs / length;
  if (length == kWindowTaps)
    return {input % channels, input / channels};
  return {input / length, input % length};
}

double KnownWeights::number(int64_t i) const {
  return isOdd ? 2 * code(i) + 1 : code(i);
}

double KnownWeights::code(int64_t i) const {
  if (!codebook)
    return stored.number(i);
  int64_t length = codebook->getType().getDimSize(1), outputs = type.getDimSize(1);
  CodebookPlace place = placeInCodebook(i / outputs, type.getDimSize(0), length);
  int64_t entry = static_cast<uint8_t>(*stored.integer(place.vector * outputs + i % outputs));
  return codebook->number(entry * length + place.element);
}

ElementsAttr KnownWeights::expanded() const {
  ConstantBuilder result(type);
  for (int64_t i = 0; i < size(); ++i)
    result.setNumber(i, code(i));
  return result.finish();
}

LogicalResult LookupOp::verify() {
  RankedTensorType indices = typeOf(getIndices()), book = typeOf(getCodebook()), codes = typeOf(getCodes());
  bool areMatrices = llvm::all_of(ArrayRef({indices, book, codes}), [](RankedTensorType type) {
    return type && type.getRank() == 2 && type.hasStaticShape() && type.getNumElements() > 0;
  });
  if (!areMatrices)
    return emitOpError() << "looks up " << getIndices().getType() << " in " << getCodebook().getType() << " as "
                         << getCodes().getType() << ", matrices of fixed sizes expected";
  int64_t entries = book.getDimSize(0), length = book.getDimSize(1);
  const int64_t expected[] = {indices.getDimSize(0) * length, indices.getDimSize(1)};
  if (codes.getShape() != ArrayRef(expected))
    return emitOpError() << "gives " << codes << " of " << indices << " and vectors of " << length << ", ["
                         << ArrayRef(expected) << "] expected";
  constexpr int64_t mostEntries = 256;
  if (entries > mostEntries)
    return emitOpError() << "has a codebook of " << entries << " entries, at most " << mostEntries << " expected";
  std::optional<ConstantData> data = entries < mostEntries ? ConstantData::of(getIndices()) : std::nullopt;
  for (int64_t i = 0; data && i < data->size(); ++i)
    if (int64_t index = static_cast<uint8_t>(*data->integer(i)); index >= entries)
      return emitOpError() << "has index " << index << " at [" << i / expected[1] << ", " << i % expected[1]
                           << "], less than the codebook's " << entries << " entries expected";
  return success();
}

/// That of each 4 inputs no more are other than 0 than are stored.
static LogicalResult verifyKept(Operation *op, WeightFormatInterface format, Value weights) {
  constexpr int64_t of = 4;
  std::optional<ConstantData> known = format.getKept() < of ? ConstantData::of(weights) : std::nullopt;
  if (!known)
    return success();
  int64_t inputs = known->getType().getDimSize(0), outputs = known->getType().getDimSize(1);
  for (int64_t first = 0; first < inputs; first += of)
    for (int64_t n = 0; n < outputs; ++n) {
      int64_t found = 0;
      for (int64_t i = first; i < first + of; ++i)
        found += *known->element(i * outputs + n) != 0;
      if (found > format.getKept())
        return op->emitOpError("has ") << found << " codes other than 0 among inputs " << first << " to "
                                       << first + of - 1 << " of output " << n << ", at most " << format.getKept()
                                       << " expected";
    }
  return success();
}

LogicalResult rheobase::spk::verifyWeights(Operation *op, WeightFormatInterface format, Value weights, Value scale,
                                           Value zero) {
  RankedTensorType weightsType = typeOf(weights), scaleType = typeOf(scale), zeroType = typeOf(zero);
  if (!weightsType || !scaleType || (zero && !zeroType))
    return op->emitOpError("has weights, a scale or a zero of no known rank, tensors of known rank expected");
  if (failed(format.verifyParts([&] { return op->emitOpError(); }, weightsType, scaleType, zeroType)))
    return failure();
  if (failed(verifyKept(op, format, weights)))
    return failure();
  std::optional<ConstantData> scales = ConstantData::of(scale);
  for (int64_t i = 0; scales && i < scales->size(); ++i)
    if (!std::isfinite(scales->number(i)))
      return op->emitOpError("has the scale ")
             << scales->number(i) << " at element " << i << ", finite numbers expected";
  return success();
}

int64_t rheobase::spk::groupCount(WeightFormatInterface format, int64_t inputs) {
  return inputs / format.getGroupLength(inputs);
}

LogicalResult rheobase::spk::verifyGroupSize(function_ref<InFlightDiagnostic()> emitError, StringRef name,
                                             int64_t group) {
  if (group < 0)
    return emitError() << name << " weights have groups of " << group << " inputs, 0 (all) or more expected";
  return success();
}

LogicalResult rheobase::spk::verifyGrouping(function_ref<InFlightDiagnostic()> emitError, StringRef name,
                                            BitRange range, int64_t group) {
  if (range.bits < range.fewest || range.bits > range.most)
    return emitError() << name << " weights have " << range.bits << " bits, " << range.fewest << " to " << range.most
                       << " expected";
  return verifyGroupSize(emitError, name, group);
}

LogicalResult rheobase::spk::verifyGroups(function_ref<InFlightDiagnostic()> emitError, WeightFormatInterface format,
                                          RankedTensorType codes, RankedTensorType scale) {
  if (codes.getRank() != 2 || !codes.hasStaticShape() || codes.getNumElements() == 0)
    return emitError() << "has codes " << codes << " of the format " << format
                       << ", [inputs, outputs] of fixed sizes expected";
  int64_t inputs = codes.getDimSize(0), length = format.getGroupLength(inputs);
  if (inputs % length != 0)
    return emitError() << "has " << inputs << " inputs in groups of " << length << ", a multiple expected";
  const int64_t expected[] = {groupCount(format, inputs) * (format.hasOffsets() ? 2 : 1), codes.getDimSize(1)};
  if (scale.getShape() != ArrayRef(expected))
    return emitError() << "has a scale " << scale << ", [" << ArrayRef(expected) << "] expected";
  return success();
}

LogicalResult rheobase::spk::verifyNoZero(function_ref<InFlightDiagnostic()> emitError, Attribute format,
                                          RankedTensorType zero) {
  if (zero)
    return emitError() << "has a zero " << zero << " of the format " << format << ", none expected";
  return success();
}

std::string rheobase::spk::withGroup(std::string name, int64_t group) {
  return group == 0 ? name : name + "g" + std::to_string(group);
}
