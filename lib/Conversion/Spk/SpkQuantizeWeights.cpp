//===- SpkQuantizeWeights.cpp - spk-quantize-weights --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Biases.h"
#include "Sites.h"
#include "dialects/spk/WeightFormats.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Conversion/Spk/Weights.h"
#include "rheobase/Interfaces/ConstantData.h"
#include "rheobase/Interfaces/SymbolicShapes.h"
#include "rheobase/Weights/Errors.h"
#include "rheobase/Weights/Recognition.h"

#include "llvm/ADT/MapVector.h"

#include <cmath>
#include <cstring>

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKQUANTIZEWEIGHTS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;
using weights::Codes;
using weights::Hessian;
using weights::InputMoments;

namespace {

/// A constant as vectors along the contracted axis: element k of vector n is at first(n) + k * stride.
class Vectors {
public:
  Vectors(RankedTensorType type, int64_t contractedFromEnd) : axis(type.getRank() - contractedFromEnd) {
    ArrayRef<int64_t> shape = type.getShape();
    length = shape[axis];
    for (int64_t d : shape.drop_front(axis + 1))
      stride *= d;
    scaleShape.assign(shape.begin(), shape.end());
    scaleShape[axis] = 1;
    count = length == 0 ? 0 : type.getNumElements() / length;
  }
  int64_t place(int64_t k, int64_t n) const { return n / stride * stride * length + n % stride + k * stride; }

  int64_t axis, length = 0, stride = 1, count = 0;
  SmallVector<int64_t> scaleShape;
};

/// [length, count], or nothing where a number is infinite or NaN, which have no code.
std::optional<std::vector<float>> finiteNumbers(const ConstantData &data, const Vectors &vectors) {
  std::vector<float> numbers(data.size());
  for (int64_t k = 0; k < vectors.length; ++k)
    for (int64_t n = 0; n < vectors.count; ++n) {
      auto number = static_cast<float>(data.number(vectors.place(k, n)));
      if (!std::isfinite(number))
        return std::nullopt;
      numbers[k * vectors.count + n] = number;
    }
  return numbers;
}

/// Writes codes as constants, and spk.unpack over them.
class UnpackWriter {
public:
  UnpackWriter(Value weights, Location loc) : b(weights.getContext()), loc(loc) {
    b.setInsertionPointAfterValue(weights);
  }

  /// A scale for each vector.
  UnpackOp bytes(RankedTensorType type, const Vectors &vectors, const Codes &found) {
    ConstantBuilder codes(cast<RankedTensorType>(type.clone(b.getI8Type()))), scales(type.clone(vectors.scaleShape));
    for (int64_t n = 0; n < vectors.count; ++n) {
      scales.setNumber(n, found.grids[n].scale);
      for (int64_t k = 0; k < vectors.length; ++k)
        codes.setInteger(vectors.place(k, n), found.codes[k * vectors.count + n]);
    }
    Value q = constant(codes), s = constant(scales);
    return UnpackOp::create(b, loc, type, q, s);
  }

  UnpackOp matrix(int64_t inputs, int64_t outputs, const Codes &found, const weights::Format &format) {
    auto typed = [&](int64_t rows, Type element) { return RankedTensorType::get({rows, outputs}, element); };
    auto attribute = format.attribute(b.getContext());
    int64_t rows = attribute.hasOffsets() ? 2 : 1;
    ConstantBuilder scales(typed(found.groups * rows, format.scaleType(b.getContext()))),
        zeros(typed(found.groups, b.getI8Type()));
    for (int64_t i = 0; i < found.groups * outputs; ++i) {
      const weights::Grid &grid = found.grids[i];
      int64_t place = i / outputs * rows * outputs + i % outputs;
      scales.setNumber(place, grid.scale);
      if (attribute.hasOffsets())
        scales.setNumber(place + outputs, grid.offset);
      zeros.setInteger(i, -grid.low);
    }
    RankedTensorType codes = typed(inputs, b.getI8Type());
    Value q = found.book ? lookup(codes, *found.book) : integers(codes, found.codes), s = constant(scales),
          z = format.hasZeros() ? constant(zeros) : Value();
    return UnpackOp::create(b, loc, typed(inputs, b.getF32Type()), q, s, z, attribute);
  }

private:
  /// Bytes, with or without a sign, as a constant of i8.
  template <typename Byte> Value integers(RankedTensorType type, const std::vector<Byte> &bytes) {
    ConstantBuilder builder(type);
    std::memcpy(builder.element(0), bytes.data(), bytes.size());
    return constant(builder);
  }
  Value lookup(RankedTensorType codes, const weights::Codebook &book) {
    Value indices = integers(codes.clone({codes.getDimSize(0) / book.length, codes.getDimSize(1)}), book.indices),
          numbers = integers(codes.clone({book.entries(), book.length}), book.numbers);
    return LookupOp::create(b, loc, codes, indices, numbers);
  }
  Value constant(ConstantBuilder &builder) { return onnx::ConstantOp::create(b, loc, builder.finish()); }

  OpBuilder b;
  Location loc;
};

/// Of all that is stored.
double bitsOf(UnpackOp packed) {
  if (std::optional<WeightFormatInterface> format = packed.getFormat())
    return static_cast<double>(storedBits(*format, packed.getCodes(), packed.getScale(), packed.getZero()));
  auto bits = [](Value part) {
    auto type = cast<ShapedType>(part.getType());
    return type.getNumElements() * static_cast<int64_t>(type.getElementTypeBitWidth());
  };
  return static_cast<double>(bits(packed.getCodes()) + bits(packed.getScale()));
}

bool isFactor(const CodedWeights &weights) {
  return weights.product->hasAttr(kFactorAttr);
}

/// A constant that is to become codes, and who reads it.
class Quantiser {
public:
  Quantiser(ArrayRef<CodedWeights> readers, const WeightCoding &coding, InputsOf inputsOf)
      : readers(readers), found(readers.front()), coding(coding), inputsOf(inputsOf), inputs(inputsOf(found)),
        type(cast<RankedTensorType>(found.value().getType())), vectors(type, found.contracted) {}

  /// What became of it; nothing where it cannot be read, has numbers without a code, or is to stay numbers.
  std::optional<CodedMatrix> run() {
    std::optional<ConstantData> data = ConstantData::of(found.value());
    if (!data || !type.getElementType().isF32() || type.getRank() < 2 || data->size() == 0)
      return std::nullopt;
    std::optional<std::vector<float>> finite = finiteNumbers(*data, vectors);
    auto own = found.product->getAttrOfType<StringAttr>(kWeightsAttr);
    if (!finite || (own && own == kFloatFormat))
      return std::nullopt;
    numbers = std::move(*finite);
    std::unique_ptr<weights::Format> ownFormat = own ? weights::parseFormat(own) : nullptr;
    const weights::Format &wished = ownFormat ? *ownFormat : coding.format;
    weights::Layer layer{numbers, vectors.length, vectors.count, inputs.hessian};
    if (isFactor(found))
      return writeSigns(layer);
    if (coding.recognises && found.isMatrix() && !wished.leavesOut())
      for (float slack : {0.0f, weights::kRoundings})
        if (std::optional<weights::Recognised> grid = weights::recognise(layer, wished.bits(), slack)) {
          CodedMatrix figures = write(*grid->format, grid->codes, layer, /*isExact=*/slack == 0);
          figures.isNear = slack != 0;
          return figures;
        }
    static const std::unique_ptr<weights::Format> simplest = weights::bytesPerOutput();
    const weights::Format &format = found.isMatrix() && wished.holds(vectors.length) ? wished : *simplest;
    Codes codes = choose(format);
    if (found.isMatrix())
      correctBiases(layer, codes);
    return write(format, codes, layer, /*isExact=*/false);
  }

private:
  /// One matrix of a pair: signs times a scale, unless somebody has changed it since.
  CodedMatrix writeSigns(const weights::Layer &layer) const {
    static const std::unique_ptr<weights::Format> signs = weights::parseFormat("sign");
    std::optional<Codes> exact = signs->exactCodes(layer, /*slack=*/0);
    return write(*signs, exact ? *exact : choose(*signs), layer, exact.has_value());
  }

  /// Feedback needs to know the inputs; of single weights none is asked for, and what needs none is not told.
  Codes choose(const weights::Format &format) const {
    bool knows = !inputs.hessian.empty() && found.isMatrix(), needs = coding.algorithm.needsInputs();
    const weights::Algorithm &chosen =
        needs && !knows ? *weights::findAlgorithm(weights::kWithoutInputs) : coding.algorithm;
    static const Hessian nothing;
    return chosen.quantise({numbers, vectors.length, vectors.count, needs && knows ? inputs.hessian : nothing}, format);
  }

  /// Each reader has inputs of its own.
  void correctBiases(const weights::Layer &layer, const Codes &codes) const {
    for (const CodedWeights &reader : readers)
      if (const weights::InputMean &mean = inputsOf(reader).mean; !mean.values.empty())
        addToBias(cast<onnx::MatMulOp>(reader.product), weights::biasCorrection(layer, codes, mean));
  }

  CodedMatrix write(const weights::Format &format, const Codes &codes, const weights::Layer &layer,
                    bool isExact) const {
    UnpackWriter writer(found.value(), found.product->getLoc());
    UnpackOp packed = format.attribute(type.getContext()) ? writer.matrix(vectors.length, vectors.count, codes, format)
                                                          : writer.bytes(type, vectors, codes);
    CodedMatrix figures{nodeName(found.product),
                        format.name(),
                        layer.inputs,
                        layer.outputs,
                        bitsOf(packed),
                        isExact,
                        isExact ? 0 : weights::weightError(layer, codes),
                        {},
                        weights::shareOfZeros(layer, codes)};
    if (!inputs.hessian.empty() && found.isMatrix())
      figures.outputError = isExact ? 0 : weights::outputError(layer, codes, inputs.mean);
    for (const CodedWeights &reader : readers)
      reader.product->setOperand(reader.side, packed);
    return figures;
  }

  ArrayRef<CodedWeights> readers;
  const CodedWeights &found;
  const WeightCoding &coding;
  InputsOf inputsOf;
  const InputMoments &inputs;
  RankedTensorType type;
  Vectors vectors;
  std::vector<float> numbers;
};

struct SpkQuantizeWeights : rheobase::spk::impl::SpkQuantizeWeightsBase<SpkQuantizeWeights> {
  using Base::Base;

  void runOnOperation() override {
    std::unique_ptr<weights::Format> wished = weights::parseFormat(format);
    const weights::Algorithm *algorithm = weights::findAlgorithm(method);
    if (!wished || !algorithm) {
      getOperation().emitError() << "spk-quantize-weights has format '" << format << "' and method '" << method << "', "
                                 << weights::formatPatterns() << " expected, and one of " << weights::algorithmNames();
      return signalPassFailure();
    }
    static const InputMoments nothing;
    quantizeWeights(codedWeights(getOperation()), {*wished, *algorithm, recognise},
                    [](const CodedWeights &) -> const InputMoments & { return nothing; });
  }
};

} // namespace

std::optional<std::vector<float>> rheobase::spk::finiteMatrix(Value matrix) {
  std::optional<ConstantData> data = ConstantData::of(matrix);
  if (!data || !data->getElementType().isF32() || data->size() == 0)
    return std::nullopt;
  return finiteNumbers(*data, Vectors(data->getType(), /*contractedFromEnd=*/2));
}

bool CodedWeights::isMatrix() const {
  auto type = cast<RankedTensorType>(value().getType());
  return side == 1 && type.getRank() >= 2 &&
         llvm::all_of(type.getShape().drop_back(2), [](int64_t size) { return size == 1; });
}

SmallVector<CodedWeights> rheobase::spk::codedWeights(func::FuncOp func) {
  SmallVector<CodedWeights> found;
  func.walk([&](onnx::MatMulOp op) {
    // The contracted axis, counted from the end: the last of the left operand, the one before it of the right.
    for (auto [side, contracted] : {std::pair(0U, int64_t(1)), std::pair(1U, int64_t(2))})
      if (isConstant(op->getOperand(side)) && op->getOperand(1 - side).getDefiningOp<DecodeOp>())
        found.push_back({op, side, contracted});
  });
  return found;
}

std::vector<CodedMatrix> rheobase::spk::quantizeWeights(ArrayRef<CodedWeights> found, const WeightCoding &coding,
                                                        InputsOf inputsOf) {
  // Those that read a constant alike share its codes.
  llvm::MapVector<std::tuple<Value, int64_t, Attribute>, SmallVector<CodedWeights>> constants;
  for (const CodedWeights &each : found)
    constants[{each.value(), each.contracted, each.product->getAttr(kWeightsAttr)}].push_back(each);
  std::vector<CodedMatrix> matrices;
  for (const auto &[constant, readers] : constants) {
    std::optional<CodedMatrix> figures = Quantiser(readers, coding, inputsOf).run();
    if (figures && !isFactor(readers.front()))
      matrices.push_back(*std::move(figures));
  }
  return matrices;
}
