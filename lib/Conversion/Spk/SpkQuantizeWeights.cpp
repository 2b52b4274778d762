//===- SpkQuantizeWeights.cpp - spk-quantize-weights --------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sites.h"
#include "rheobase/Conversion/Spk/Passes.h"
#include "rheobase/Conversion/Spk/Weights.h"
#include "rheobase/Interfaces/ConstantData.h"

#include <cmath>

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKQUANTIZEWEIGHTS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;
using weights::Codes;
using weights::Hessian;

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
  Value bytes(RankedTensorType type, const Vectors &vectors, const Codes &found) {
    ConstantBuilder codes(cast<RankedTensorType>(type.clone(b.getI8Type()))), scales(type.clone(vectors.scaleShape));
    for (int64_t n = 0; n < vectors.count; ++n) {
      scales.setNumber(n, found.grids[n].scale);
      for (int64_t k = 0; k < vectors.length; ++k)
        codes.setInteger(vectors.place(k, n), found.codes[k * vectors.count + n]);
    }
    Value q = constant(codes), s = constant(scales);
    return UnpackOp::create(b, loc, type, q, s);
  }

  Value matrix(int64_t inputs, int64_t outputs, const Codes &found, const weights::Format &format) {
    auto typed = [&](int64_t rows, Type element) { return RankedTensorType::get({rows, outputs}, element); };
    ConstantBuilder codes(typed(inputs, b.getI8Type())), scales(typed(found.groups, format.scaleType(b.getContext()))),
        zeros(typed(found.groups, b.getI8Type()));
    for (auto [i, code] : llvm::enumerate(found.codes))
      codes.setInteger(static_cast<int64_t>(i), code);
    for (auto [i, grid] : llvm::enumerate(found.grids)) {
      scales.setNumber(static_cast<int64_t>(i), grid.scale);
      zeros.setInteger(static_cast<int64_t>(i), -grid.low);
    }
    Value q = constant(codes), s = constant(scales), z = format.hasZeros() ? constant(zeros) : Value();
    return UnpackOp::create(b, loc, typed(inputs, b.getF32Type()), q, s, z, format.attribute(b.getContext()));
  }

private:
  Value constant(ConstantBuilder &builder) { return onnx::ConstantOp::create(b, loc, builder.finish()); }

  OpBuilder b;
  Location loc;
};

/// Codes for one constant; null where it cannot be read or has numbers without a code.
Value quantise(const CodedWeights &found, const weights::Format &wished, const weights::Algorithm &algorithm,
               const Hessian &inputs) {
  Value value = found.value();
  auto type = cast<RankedTensorType>(value.getType());
  std::optional<ConstantData> data = ConstantData::of(value);
  if (!data || !type.getElementType().isF32() || type.getRank() < 2 || data->size() == 0)
    return {};
  Vectors vectors(type, found.contracted);
  std::optional<std::vector<float>> numbers = finiteNumbers(*data, vectors);
  if (!numbers)
    return {};
  static const std::unique_ptr<weights::Format> simplest = weights::bytesPerOutput();
  const weights::Format &format = found.isMatrix() && wished.holds(vectors.length) ? wished : *simplest;
  // Feedback needs to know the inputs; of single weights none is asked for.
  bool knows = !inputs.empty() && found.isMatrix();
  const weights::Algorithm &chosen =
      algorithm.needsInputs() && !knows ? *weights::findAlgorithm(weights::kWithoutInputs) : algorithm;
  static const Hessian nothing;
  weights::Layer layer{*numbers, vectors.length, vectors.count, knows ? inputs : nothing};
  Codes codes = chosen.quantise(layer, format);
  UnpackWriter writer(value, found.product->getLoc());
  return format.attribute(value.getContext()) ? writer.matrix(vectors.length, vectors.count, codes, format)
                                              : writer.bytes(type, vectors, codes);
}

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
    static const Hessian nothing;
    quantizeWeights(codedWeights(getOperation()), *wished, *algorithm,
                    [](const CodedWeights &) -> const Hessian & { return nothing; });
  }
};

} // namespace

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

void rheobase::spk::quantizeWeights(ArrayRef<CodedWeights> found, const weights::Format &format,
                                    const weights::Algorithm &algorithm, InputsOf inputsOf) {
  llvm::DenseMap<std::pair<Value, int64_t>, Value> done;
  for (const CodedWeights &each : found) {
    Value &packed = done[{each.value(), each.contracted}];
    if (!packed)
      packed = quantise(each, format, algorithm, inputsOf(each));
    if (packed)
      each.product->setOperand(each.side, packed);
  }
}
