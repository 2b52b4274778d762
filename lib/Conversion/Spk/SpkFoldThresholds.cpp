//===- SpkFoldThresholds.cpp - spk-fold-thresholds -----------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Behind an integer sum, scales and offsets of channels and a comparison are a monotone function of an integer: for
// each channel there is one integer from which on it is true, or false. It is found by running the f32 program that
// stands there, so that nothing is rounded anew.
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/Spk/Passes.h"

#include "dialects/onnx/Onnx.h"
#include "dialects/spk/WeightFormats.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

namespace rheobase::spk {
#define GEN_PASS_DEF_SPKFOLDTHRESHOLDS
#include "rheobase/Conversion/Spk/Passes.h.inc"
} // namespace rheobase::spk

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

/// One operation with a constant of each channel.
struct Step {
  enum Kind { Add, Subtract, SubtractFrom, Multiply, Divide } kind;
  std::vector<float> numbers;

  float run(float x, int64_t channel) const {
    float number = numbers[channel];
    switch (kind) {
    case Add:
      return x + number;
    case Subtract:
      return x - number;
    case SubtractFrom:
      return number - x;
    case Multiply:
      return x * number;
    case Divide:
      return x / number;
    }
    return x;
  }
};

/// An integer sum and what is computed of it up to a comparison.
class Threshold {
public:
  /// Nothing where something else is between the two, or sees what is.
  static std::optional<Threshold> behind(Operation *product);
  void fold();

private:
  bool start(Operation *product);
  bool follow(Operation *user, Value value);
  bool addStep(Operation *op, Value value);
  bool compare(Operation *op, Value value);
  std::optional<std::vector<float>> perChannel(Value constant, RankedTensorType type) const;
  bool isTrue(int64_t sum, int64_t channel) const;
  /// The sums, or their negatives, from this one on give true.
  struct First {
    bool isNegated;
    int64_t sum;
  };
  First firstOf(int64_t channel) const;
  bool setScale(Value sign);

  Operation *product = nullptr, *comparison = nullptr;
  int64_t channels = 0, axis = 0, bound = 0;
  std::vector<Step> steps;
  std::vector<float> threshold;
  /// How a number x is compared with a threshold t.
  bool (*relation)(float x, float threshold) = nullptr;
  /// What leads from the product to the comparison.
  SmallVector<Operation *> path;
};

/// The largest sum that f32 holds with all below it.
constexpr int64_t kMostSum = int64_t(1) << 24;

bool greaterOrEqual(float x, float t) {
  return x >= t;
}
bool greater(float x, float t) {
  return x > t;
}
bool lessOrEqual(float x, float t) {
  return x <= t;
}
bool less(float x, float t) {
  return x < t;
}

} // namespace

std::optional<Threshold> Threshold::behind(Operation *product) {
  Threshold found;
  if (!found.start(product))
    return std::nullopt;
  for (Value value = product->getResult(0); !found.comparison; value = found.path.back()->getResult(0)) {
    if (!value.hasOneUse() || !found.follow(*value.user_begin(), value))
      return std::nullopt;
    found.path.push_back(*value.user_begin());
  }
  return found;
}

/// The largest magnitude of an operand's codes, and how many are added up.
static int64_t boundOf(int64_t inputs, int64_t left, int64_t right) {
  return ShapedType::isDynamic(inputs) ? kMostSum : inputs * left * right;
}

bool Threshold::start(Operation *op) {
  product = op;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getRank() < 2 || type.isDynamicDim(type.getRank() - 1))
    return false;
  axis = type.getRank() - 1, channels = type.getDimSize(axis);
  auto ofCode = [](Value train) { return cast<TrainType>(train.getType()).getCode().getLargestMagnitude(); };
  constexpr int64_t byte = 128;
  auto inputsOf = [](Value weights) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(weights.getType()).getShape();
    return shape[shape.size() - 2];
  };
  auto scaled = [&](auto each, int64_t left) {
    std::optional<ConstantData> scale = ConstantData::of(each.getScale());
    if (!scale || scale->size() != channels || each.getZero() || each.getFormat().hasOffsets())
      return false;
    bound = boundOf(inputsOf(each.getWeights()), left, largestCode(each.getFormat()));
    Step step{Step::Multiply, {}};
    for (int64_t n = 0; n < channels; ++n)
      step.numbers.push_back(static_cast<float>(scale->number(n)));
    steps.push_back(std::move(step));
    return true;
  };
  bool isKnown = llvm::TypeSwitch<Operation *, bool>(op)
                     .Case([&](MatmulOp each) {
                       bound = boundOf(inputsOf(each.getRhs()), largestMagnitude(each.getLhs(), each.getLhsUnsigned()),
                                       largestMagnitude(each.getRhs(), each.getRhsUnsigned()));
                       return type.getElementType().isInteger(32);
                     })
                     .Case([&](SynapseOp each) {
                       bound = boundOf(inputsOf(each.getWeights()), ofCode(each.getTrain()), byte);
                       return type.getElementType().isInteger(32);
                     })
                     .Case([&](ScaledMatmulOp each) {
                       return scaled(each, largestMagnitude(each.getLhs(), each.getLhsUnsigned()));
                     })
                     .Case([&](ScaledSynapseOp each) { return scaled(each, ofCode(each.getTrain())); })
                     .Default([](Operation *) { return false; });
  return isKnown && bound < kMostSum;
}

bool Threshold::follow(Operation *user, Value value) {
  auto type = dyn_cast_or_null<RankedTensorType>(user->getNumResults() == 1 ? user->getResult(0).getType() : Type());
  if (!type)
    return false;
  if (isa<onnx::CastOp>(user))
    return type.getElementType().isF32();
  if (auto transpose = dyn_cast<onnx::TransposeOp>(user); transpose && transpose.getPerm()) {
    axis = llvm::find(*transpose.getPerm(), axis) - transpose.getPerm()->begin();
    return true;
  }
  if (isa<onnx::ReshapeOp>(user)) {
    bool wasLast = axis == cast<RankedTensorType>(value.getType()).getRank() - 1;
    axis = type.getRank() - 1;
    return wasLast && axis >= 0 && type.getDimSize(axis) == channels;
  }
  return addStep(user, value) || compare(user, value);
}

std::optional<std::vector<float>> Threshold::perChannel(Value constant, RankedTensorType type) const {
  std::optional<ConstantData> data = ConstantData::of(constant);
  if (!data || !data->getElementType().isF32())
    return std::nullopt;
  ArrayRef<int64_t> shape = data->getType().getShape();
  int64_t lacking = type.getRank() - static_cast<int64_t>(shape.size());
  for (auto [i, size] : llvm::enumerate(shape))
    if (size != 1 && (static_cast<int64_t>(i) + lacking != axis || size != channels))
      return std::nullopt;
  std::vector<float> numbers;
  for (int64_t n = 0; n < channels; ++n) {
    numbers.push_back(static_cast<float>(data->number(data->size() == 1 ? 0 : n)));
    if (!std::isfinite(numbers.back()))
      return std::nullopt;
  }
  return numbers;
}

bool Threshold::addStep(Operation *op, Value value) {
  bool isArithmetic = isa<onnx::AddOp, onnx::SubOp, onnx::MulOp, onnx::DivOp>(op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!isArithmetic || !type.getElementType().isF32() ||
      type.getRank() != cast<RankedTensorType>(value.getType()).getRank())
    return false;
  bool isLeft = op->getOperand(0) == value;
  auto numbers = perChannel(op->getOperand(isLeft ? 1 : 0), type);
  if (!numbers || (isa<onnx::DivOp>(op) && (!isLeft || llvm::is_contained(*numbers, 0.0f))))
    return false;
  Step::Kind kind = isa<onnx::AddOp>(op)   ? Step::Add
                    : isa<onnx::MulOp>(op) ? Step::Multiply
                    : isa<onnx::DivOp>(op) ? Step::Divide
                    : isLeft               ? Step::Subtract
                                           : Step::SubtractFrom;
  steps.push_back({kind, *std::move(numbers)});
  return true;
}

bool Threshold::compare(Operation *op, Value value) {
  bool isLeft = op->getOperand(0) == value;
  relation = llvm::TypeSwitch<Operation *, decltype(relation)>(op)
                 .Case<onnx::GreaterOrEqualOp>([&](auto) { return isLeft ? greaterOrEqual : lessOrEqual; })
                 .Case<onnx::GreaterOp>([&](auto) { return isLeft ? greater : less; })
                 .Case<onnx::LessOrEqualOp>([&](auto) { return isLeft ? lessOrEqual : greaterOrEqual; })
                 .Case<onnx::LessOp>([&](auto) { return isLeft ? less : greater; })
                 .Default([](Operation *) { return nullptr; });
  if (!relation)
    return false;
  auto type = cast<RankedTensorType>(value.getType());
  auto numbers = perChannel(op->getOperand(isLeft ? 1 : 0), type);
  if (!numbers || cast<RankedTensorType>(op->getResult(0).getType()).getRank() != type.getRank())
    return false;
  threshold = *std::move(numbers);
  comparison = op;
  return true;
}

bool Threshold::isTrue(int64_t sum, int64_t channel) const {
  auto x = static_cast<float>(sum);
  for (const Step &step : steps)
    x = step.run(x, channel);
  return relation(x, threshold[channel]);
}

/// Rounding keeps the order of numbers, so that between the ends of the sums the answer changes once at most.
Threshold::First Threshold::firstOf(int64_t channel) const {
  bool atLow = isTrue(-bound, channel), atHigh = isTrue(bound, channel);
  if (atLow == atHigh)
    return {false, atLow ? -bound : bound + 1};
  int64_t low = -bound, high = bound;
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    (isTrue(middle, channel) == atLow ? low : high) = middle;
  }
  return atHigh ? First{false, high} : First{true, -low};
}

void Threshold::fold() {
  auto type = cast<RankedTensorType>(product->getResult(0).getType());
  SmallVector<int64_t> shape(cast<RankedTensorType>(comparison->getResult(0).getType()).getRank() - axis, 1);
  shape.front() = channels;
  ConstantBuilder signs(RankedTensorType::get({channels}, type.getElementType())),
      firsts(RankedTensorType::get(shape, type.getElementType()));
  bool isAnyNegated = false;
  for (int64_t n = 0; n < channels; ++n) {
    First first = firstOf(n);
    signs.setNumber(n, first.isNegated ? -1 : 1);
    firsts.setNumber(n, static_cast<double>(first.sum));
    isAnyNegated |= first.isNegated;
  }
  OpBuilder b(comparison);
  Location loc = comparison->getLoc();
  Value value = product->getResult(0), sign = onnx::ConstantOp::create(b, loc, signs.finish());
  if (!setScale(sign) && isAnyNegated)
    value = onnx::MulOp::create(b, loc, type, value, sign);
  // The moves stand where they stood, of sums instead of numbers.
  for (Operation *move : path) {
    if (!isa<onnx::TransposeOp, onnx::ReshapeOp>(move))
      continue;
    Operation *moved = b.clone(*move);
    moved->setOperand(0, value);
    value = moved->getResult(0);
    value.setType(cast<RankedTensorType>(value.getType()).clone(type.getElementType()));
  }
  Value first = onnx::ConstantOp::create(b, loc, firsts.finish());
  Value found = onnx::GreaterOrEqualOp::create(b, loc, comparison->getResult(0).getType(), value, first);
  comparison->getResult(0).replaceAllUsesWith(found);
  for (Operation *op : llvm::reverse(path))
    op->erase();
}

/// A product that scales its sums scales them by their signs alone.
bool Threshold::setScale(Value sign) {
  return llvm::TypeSwitch<Operation *, bool>(product)
      .Case<ScaledMatmulOp, ScaledSynapseOp>([&](auto each) {
        auto type = cast<RankedTensorType>(each.getScale().getType());
        OpBuilder b(each);
        ConstantBuilder scales(type);
        ConstantData signs = *ConstantData::of(sign);
        for (int64_t n = 0; n < channels; ++n)
          scales.setNumber(n, signs.number(n));
        each.getScaleMutable().assign(onnx::ConstantOp::create(b, each.getLoc(), scales.finish()));
        return true;
      })
      .Default([](Operation *) { return false; });
}

namespace {

struct SpkFoldThresholds : rheobase::spk::impl::SpkFoldThresholdsBase<SpkFoldThresholds> {
  void runOnOperation() override {
    SmallVector<Operation *> products;
    getOperation().walk([&](Operation *op) {
      if (isa<MatmulOp, SynapseOp, ScaledMatmulOp, ScaledSynapseOp>(op))
        products.push_back(op);
    });
    for (Operation *product : products)
      if (std::optional<Threshold> found = Threshold::behind(product))
        found->fold();
  }
};

} // namespace
