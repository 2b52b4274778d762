//===- ExactValues.cpp - which tensors are of few levels -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExactValues.h"

#include "dialects/spk/Codes.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::spk;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int64_t kMostLevel = int64_t(1) << kMostSteps;
constexpr int kMantissaBits = 24;

/// Whether every q * step is a number of f32: that of the step's digits and of q's together.
bool areNumbers(double step, int64_t low, int64_t high) {
  if (!(step > 0) || step < std::numeric_limits<float>::min() || static_cast<double>(static_cast<float>(step)) != step)
    return false;
  int exponent = 0;
  double digits = std::ldexp(std::frexp(step, &exponent), kMantissaBits);
  while (digits > 0 && std::fmod(digits, 2) == 0)
    digits /= 2;
  auto farthest = static_cast<double>(std::max(-low, high));
  return digits * farthest <= std::ldexp(1.0, kMantissaBits) && std::isfinite(static_cast<float>(step * farthest));
}

KnownNumbers unknown() {
  return {-kInfinity, kInfinity, std::nullopt};
}

KnownNumbers between(float least, float most) {
  // An end that is no number is none.
  return {std::isnan(least) ? -kInfinity : least, std::isnan(most) ? kInfinity : most, std::nullopt};
}

KnownNumbers ofLevels(double step, int64_t low, int64_t high) {
  if (!fitCode(low, high) || !areNumbers(step, low, high))
    return unknown();
  auto size = static_cast<float>(step);
  return {static_cast<float>(low) * size, static_cast<float>(high) * size, Levels{size, low, high}};
}

KnownNumbers ofIntegers(double least, double most) {
  bool isNarrow = std::abs(least) < kMostLevel && std::abs(most) < kMostLevel;
  KnownNumbers found = isNarrow ? ofLevels(1.0, static_cast<int64_t>(least), static_cast<int64_t>(most)) : unknown();
  return found.levels ? found : between(static_cast<float>(least), static_cast<float>(most));
}

/// The numbers of a constant that are all the same.
KnownNumbers ofNumber(double number) {
  auto single = static_cast<float>(number);
  if (static_cast<double>(single) != number)
    return unknown();
  int64_t only = number < 0 ? -1 : 1;
  KnownNumbers found = number == 0 ? ofLevels(1, 0, 0) : ofLevels(std::abs(number), only, only);
  found.least = found.most = single;
  return found;
}

/// The same numbers in steps of `step`, where these are whole.
std::optional<Levels> inSteps(const Levels &levels, float step) {
  if (levels.low == 0 && levels.high == 0)
    return Levels{step, 0, 0};
  double ratio = double(levels.step) / step;
  if (ratio < 1 || ratio >= kMostLevel || ratio != std::floor(ratio) || ratio * step != double(levels.step))
    return std::nullopt;
  auto times = static_cast<int64_t>(ratio);
  return Levels{step, levels.low * times, levels.high * times};
}

/// Two tensors in the smaller of their steps.
std::optional<std::pair<Levels, Levels>> inOneStep(const KnownNumbers &a, const KnownNumbers &b) {
  if (!a.levels || !b.levels)
    return std::nullopt;
  bool isZero = b.levels->low == 0 && b.levels->high == 0;
  float step = isZero                                      ? a.levels->step
               : a.levels->low == 0 && a.levels->high == 0 ? b.levels->step
                                                           : std::min(a.levels->step, b.levels->step);
  auto x = inSteps(*a.levels, step), y = inSteps(*b.levels, step);
  return x && y ? std::optional(std::pair(*x, *y)) : std::nullopt;
}

KnownNumbers withEnds(KnownNumbers numbers, float least, float most) {
  numbers.least = std::max(numbers.least, std::isnan(least) ? -kInfinity : least);
  numbers.most = std::min(numbers.most, std::isnan(most) ? kInfinity : most);
  return numbers;
}

/// Numbers whose ends come of the ends of two others, of levels in one step.
template <typename Low, typename High>
KnownNumbers combined(const KnownNumbers &a, const KnownNumbers &b, Low low, High high) {
  KnownNumbers found = unknown();
  if (auto both = inOneStep(a, b))
    found =
        ofLevels(both->first.step, low(both->first.low, both->second.low), high(both->first.high, both->second.high));
  return withEnds(found, low(a.least, b.least), high(a.most, b.most));
}

constexpr auto kLesser = [](auto x, auto y) { return std::min(x, y); };
constexpr auto kGreater = [](auto x, auto y) { return std::max(x, y); };

KnownNumbers either(const KnownNumbers &a, const KnownNumbers &b) {
  return combined(a, b, kLesser, kGreater);
}

KnownNumbers sum(const KnownNumbers &a, const KnownNumbers &b) {
  return combined(a, b, std::plus<>(), std::plus<>());
}

KnownNumbers negated(const KnownNumbers &a) {
  KnownNumbers found{-a.most, -a.least, std::nullopt};
  if (a.levels)
    found.levels = Levels{a.levels->step, -a.levels->high, -a.levels->low};
  if (found.levels && !fitCode(found.levels->low, found.levels->high))
    found.levels = std::nullopt;
  return found;
}

template <typename Number> std::pair<Number, Number> endsOfProduct(Number a, Number b, Number c, Number d) {
  return std::minmax({a * c, a * d, b * c, b * d});
}

KnownNumbers product(const KnownNumbers &a, const KnownNumbers &b) {
  KnownNumbers found = unknown();
  if (a.levels && b.levels) {
    auto [low, high] = endsOfProduct(a.levels->low, a.levels->high, b.levels->low, b.levels->high);
    found = ofLevels(double(a.levels->step) * b.levels->step, low, high);
  }
  bool areFinite = std::isfinite(a.least) && std::isfinite(a.most) && std::isfinite(b.least) && std::isfinite(b.most);
  if (!areFinite)
    return found;
  auto [least, most] = endsOfProduct(a.least, a.most, b.least, b.most);
  return withEnds(found, least, most);
}

/// Division by a power of two is as exact as the product.
KnownNumbers quotient(const KnownNumbers &a, std::optional<double> divisor) {
  if (!divisor || *divisor == 0)
    return unknown();
  int exponent = 0;
  if (std::abs(std::frexp(*divisor, &exponent)) == 0.5)
    return product(a, ofNumber(1 / *divisor));
  auto by = static_cast<float>(*divisor);
  auto [least, most] = std::minmax({a.least / by, a.most / by});
  return between(least, most);
}

KnownNumbers larger(const KnownNumbers &a, const KnownNumbers &b) {
  return combined(a, b, kGreater, kGreater);
}

KnownNumbers smaller(const KnownNumbers &a, const KnownNumbers &b) {
  return negated(larger(negated(a), negated(b)));
}

KnownNumbers rounded(const KnownNumbers &a, double (*round)(double)) {
  if (a.levels && a.levels->step == std::floor(a.levels->step))
    return a;
  return std::isfinite(a.least) && std::isfinite(a.most) ? ofIntegers(round(a.least), round(a.most)) : unknown();
}

/// What an element type allows.
KnownNumbers ofType(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  constexpr unsigned byte = 8;
  if (!integer || integer.getWidth() > byte)
    return unknown();
  unsigned width = integer.getWidth();
  if (width == 1 || integer.isUnsigned())
    return ofLevels(1, 0, (int64_t(1) << width) - 1);
  return ofLevels(1, -(int64_t(1) << (width - 1)), (int64_t(1) << (width - 1)) - 1);
}

KnownNumbers cast(onnx::CastOp op, const KnownNumbers &from) {
  Type to = getElementTypeOrSelf(op.getOutput().getType());
  if (to.isF32())
    return from;
  bool isWhole = from.levels && from.levels->step == std::floor(from.levels->step);
  constexpr unsigned byte = 8;
  return isWhole && isa<IntegerType>(to) && to.getIntOrFloatBitWidth() > byte ? from : ofType(to);
}

/// How many elements a reduction adds up; nothing where that is open.
std::optional<int64_t> countOf(onnx::ReduceSumOp op) {
  auto from = dyn_cast<RankedTensorType>(op.getData().getType()),
       to = dyn_cast<RankedTensorType>(op.getReduced().getType());
  std::optional<ConstantData> axes = op.getAxes() ? ConstantData::of(op.getAxes()) : std::nullopt;
  if (!from || !to || !axes)
    return std::nullopt;
  int64_t count = 1;
  for (int64_t i = 0; i < axes->size(); ++i) {
    int64_t axis = *axes->integer(i), size = from.getDimSize(axis < 0 ? axis + from.getRank() : axis);
    if (ShapedType::isDynamic(size) || size > kMostLevel)
      return std::nullopt;
    count *= size;
  }
  return count;
}

} // namespace

ExactValues::ExactValues(func::FuncOp func) {
  func.walk([&](Operation *op) {
    if (op->getNumResults() == 0)
      return;
    KnownNumbers found = resultOf(op);
    for (Value result : op->getResults())
      numbers.try_emplace(result, found);
  });
}

std::optional<Levels> ExactValues::of(Value v) const {
  std::optional<Levels> levels = known(v).levels;
  // A code has a number for 0, as padding needs one.
  if (levels)
    levels->low = std::min<int64_t>(levels->low, 0), levels->high = std::max<int64_t>(levels->high, 0);
  return levels;
}

KnownNumbers ExactValues::known(Value v) const {
  auto found = numbers.find(v);
  return found != numbers.end() ? found->second : ofType(getElementTypeOrSelf(v.getType()));
}

KnownNumbers ExactValues::resultOf(Operation *op) const {
  auto at = [&](unsigned i) { return known(op->getOperand(i)); };
  KnownNumbers zero = ofNumber(0);
  return llvm::TypeSwitch<Operation *, KnownNumbers>(op)
      .Case([&](onnx::ConstantOp constant) {
        std::optional<double> number = uniformConstant(constant.getResult());
        return number ? ofNumber(*number) : ofType(getElementTypeOrSelf(constant.getType()));
      })
      .Case<onnx::IdentityOp, onnx::ReshapeOp, onnx::TransposeOp, onnx::SqueezeOp, onnx::UnsqueezeOp, onnx::FlattenOp,
            onnx::SplitOp, onnx::SliceOp, onnx::ExpandOp, onnx::GatherOp, onnx::TileOp, onnx::MaxPoolOp,
            onnx::ReduceMaxOp, onnx::ReduceMinOp, ObserveOp>([&](auto) { return at(0); })
      .Case<PatchesOp>([&](auto) { return either(at(0), zero); })
      .Case([&](onnx::PadOp pad) {
        bool isConstant = pad.getMode() == "constant";
        return isConstant ? either(at(0), pad.getConstantValue() ? known(pad.getConstantValue()) : zero) : at(0);
      })
      .Case([&](onnx::ConcatOp concat) {
        KnownNumbers all = at(0);
        for (Value each : concat.getInputs())
          all = either(all, known(each));
        return all;
      })
      .Case([&](onnx::CastOp each) { return cast(each, at(0)); })
      .Case<onnx::WhereOp>([&](auto) { return either(at(1), at(2)); })
      .Case<onnx::SignOp>([&](auto) { return ofLevels(1, -1, 1); })
      .Case<onnx::AddOp>([&](auto) { return sum(at(0), at(1)); })
      .Case<onnx::SubOp>([&](auto) { return sum(at(0), negated(at(1))); })
      .Case<onnx::MulOp>([&](auto) { return product(at(0), at(1)); })
      .Case<onnx::DivOp>([&](auto) { return quotient(at(0), uniformConstant(op->getOperand(1))); })
      .Case<onnx::NegOp>([&](auto) { return negated(at(0)); })
      .Case<onnx::AbsOp>([&](auto) { return larger(at(0), negated(at(0))); })
      .Case<onnx::ReluOp>([&](auto) { return larger(at(0), zero); })
      .Case<onnx::SigmoidOp>([&](auto) { return between(0, 1); })
      .Case<onnx::TanhOp>([&](auto) { return between(-1, 1); })
      .Case<onnx::RoundOp>([&](auto) { return rounded(at(0), std::nearbyint); })
      .Case<onnx::FloorOp>([&](auto) { return rounded(at(0), std::floor); })
      .Case<onnx::CeilOp>([&](auto) { return rounded(at(0), std::ceil); })
      .Case([&](onnx::ClipOp clip) {
        KnownNumbers found = at(0);
        if (clip.getMin())
          found = larger(found, known(clip.getMin()));
        return clip.getMax() ? smaller(found, known(clip.getMax())) : found;
      })
      .Case<onnx::MaxOp, onnx::MinOp>([&](auto) {
        KnownNumbers all = at(0);
        for (Value each : op->getOperands().drop_front())
          all = isa<onnx::MaxOp>(op) ? larger(all, known(each)) : smaller(all, known(each));
        return all;
      })
      .Case([&](onnx::ReduceSumOp reduce) {
        std::optional<int64_t> count = countOf(reduce);
        KnownNumbers each = at(0);
        return count && each.levels ? ofLevels(each.levels->step, each.levels->low * *count, each.levels->high * *count)
                                    : unknown();
      })
      .Default([&](Operation *other) { return ofType(getElementTypeOrSelf(other->getResult(0).getType())); });
}
