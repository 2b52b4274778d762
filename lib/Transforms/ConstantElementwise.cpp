//===- ConstantElementwise.cpp - functions of constant elements ----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantEvaluator.h"

#include "dialects/onnx/Onnx.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <cstring>
#include <numeric>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

// Floats are computed in double and rounded once: for + - * / and square roots that is the rounding of the element
// type.
using Floats = ArrayRef<double>;
using FloatFunction = double (*)(Floats);
using Integers = ArrayRef<int64_t>;
using IntegerFunction = std::optional<int64_t> (*)(Integers);

/// Between the ends that are given: which operands those are, `Clip` says.
static FloatFunction clipFunction(ClipOp op) {
  if (op.getMin() && op.getMax())
    return [](Floats x) { return std::isnan(x[0]) ? x[0] : std::fmin(std::fmax(x[0], x[1]), x[2]); };
  if (op.getMin())
    return [](Floats x) { return std::isnan(x[0]) ? x[0] : std::fmax(x[0], x[1]); };
  if (op.getMax())
    return [](Floats x) { return std::isnan(x[0]) ? x[0] : std::fmin(x[0], x[1]); };
  return [](Floats x) { return x[0]; };
}

/// The largest or smallest of the arguments; NaN where one is.
static double extremum(Floats x, bool largest) {
  double found = x[0];
  for (double value : x)
    if (std::isnan(value) || (!std::isnan(found) && (largest ? value > found : value < found)))
      found = value;
  return found;
}

static FloatFunction floatFunction(Operation *op) {
  using F = FloatFunction;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](AddOp) -> F { return [](Floats x) { return x[0] + x[1]; }; })
      .Case([](SubOp) -> F { return [](Floats x) { return x[0] - x[1]; }; })
      .Case([](MulOp) -> F { return [](Floats x) { return x[0] * x[1]; }; })
      .Case([](DivOp) -> F { return [](Floats x) { return x[0] / x[1]; }; })
      .Case([](PowOp) -> F { return [](Floats x) { return std::pow(x[0], x[1]); }; })
      .Case([](MaxOp) -> F { return [](Floats x) { return extremum(x, true); }; })
      .Case([](MinOp) -> F { return [](Floats x) { return extremum(x, false); }; })
      .Case([](SqrtOp) -> F { return [](Floats x) { return std::sqrt(x[0]); }; })
      .Case([](ReciprocalOp) -> F { return [](Floats x) { return 1.0 / x[0]; }; })
      .Case([](NegOp) -> F { return [](Floats x) { return -x[0]; }; })
      .Case([](SignOp) -> F {
        return [](Floats x) { return std::isnan(x[0]) ? x[0] : double((x[0] > 0) - (x[0] < 0)); };
      })
      .Case([](ClipOp clip) -> F { return clipFunction(clip); })
      .Case([](ReluOp) -> F { return [](Floats x) { return x[0] < 0 ? 0 : x[0]; }; })
      .Case([](TanhOp) -> F { return [](Floats x) { return std::tanh(x[0]); }; })
      .Case([](AbsOp) -> F { return [](Floats x) { return std::fabs(x[0]); }; })
      .Case([](FloorOp) -> F { return [](Floats x) { return std::floor(x[0]); }; })
      .Case([](CeilOp) -> F { return [](Floats x) { return std::ceil(x[0]); }; })
      .Case([](RoundOp) -> F { return [](Floats x) { return std::nearbyint(x[0]); }; })
      .Case([](ExpOp) -> F { return [](Floats x) { return std::exp(x[0]); }; })
      .Case([](LogOp) -> F { return [](Floats x) { return std::log(x[0]); }; })
      .Case([](SinOp) -> F { return [](Floats x) { return std::sin(x[0]); }; })
      .Case([](CosOp) -> F { return [](Floats x) { return std::cos(x[0]); }; })
      .Case([](EqualOp) -> F { return [](Floats x) { return double(x[0] == x[1]); }; })
      .Case([](LessOp) -> F { return [](Floats x) { return double(x[0] < x[1]); }; })
      .Case([](LessOrEqualOp) -> F { return [](Floats x) { return double(x[0] <= x[1]); }; })
      .Case([](GreaterOp) -> F { return [](Floats x) { return double(x[0] > x[1]); }; })
      .Case([](GreaterOrEqualOp) -> F { return [](Floats x) { return double(x[0] >= x[1]); }; })
      .Default(F(nullptr));
}

/// Two's complement, as the standard's integers wrap.
static int64_t wrap(uint64_t value) {
  return int64_t(value);
}

static std::optional<int64_t> divide(Integers x) {
  if (x[1] == 0 || x[0] == INT64_MIN)
    return std::nullopt;
  return x[0] / x[1];
}

/// The remainder with the divisor's sign.
static std::optional<int64_t> floorModulo(Integers x) {
  if (x[1] == 0 || x[0] == INT64_MIN)
    return std::nullopt;
  int64_t r = x[0] % x[1];
  return r != 0 && (r < 0) != (x[1] < 0) ? r + x[1] : r;
}

static IntegerFunction integerFunction(Operation *op) {
  using F = IntegerFunction;
  using R = std::optional<int64_t>;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](AddOp) -> F { return [](Integers x) -> R { return wrap(uint64_t(x[0]) + uint64_t(x[1])); }; })
      .Case([](SubOp) -> F { return [](Integers x) -> R { return wrap(uint64_t(x[0]) - uint64_t(x[1])); }; })
      .Case([](MulOp) -> F { return [](Integers x) -> R { return wrap(uint64_t(x[0]) * uint64_t(x[1])); }; })
      .Case([](NegOp) -> F { return [](Integers x) -> R { return wrap(0 - uint64_t(x[0])); }; })
      .Case([](DivOp) -> F { return divide; })
      .Case([](ModOp mod) -> F { return mod.getFmod() ? F(nullptr) : F(floorModulo); })
      .Case([](MaxOp) -> F { return [](Integers x) -> R { return *llvm::max_element(x); }; })
      .Case([](MinOp) -> F { return [](Integers x) -> R { return *llvm::min_element(x); }; })
      .Case([](EqualOp) -> F { return [](Integers x) -> R { return x[0] == x[1]; }; })
      .Case([](LessOp) -> F { return [](Integers x) -> R { return x[0] < x[1]; }; })
      .Case([](LessOrEqualOp) -> F { return [](Integers x) -> R { return x[0] <= x[1]; }; })
      .Case([](GreaterOp) -> F { return [](Integers x) -> R { return x[0] > x[1]; }; })
      .Case([](GreaterOrEqualOp) -> F { return [](Integers x) -> R { return x[0] >= x[1]; }; })
      .Case([](NotOp) -> F { return [](Integers x) -> R { return x[0] == 0; }; })
      .Case([](AndOp) -> F { return [](Integers x) -> R { return x[0] && x[1]; }; })
      .Case([](OrOp) -> F { return [](Integers x) -> R { return x[0] || x[1]; }; })
      .Case([](XorOp) -> F { return [](Integers x) -> R { return (x[0] != 0) != (x[1] != 0); }; })
      .Default(F(nullptr));
}

/// Places of the operands' elements for every element of the result, under broadcasting.
static void forEachBroadcast(ArrayRef<int64_t> sizes, ArrayRef<ConstantData> operands,
                             llvm::function_ref<bool(int64_t, ArrayRef<int64_t>)> visit) {
  size_t rank = sizes.size();
  SmallVector<SmallVector<int64_t>> strides;
  for (const ConstantData &operand : operands) {
    SmallVector<int64_t> own(rank, 0);
    int64_t stride = 1;
    for (size_t i = rank, k = operand.getType().getRank(); k-- > 0;) {
      int64_t size = operand.getType().getDimSize(k);
      own[--i] = size == 1 ? 0 : stride;
      stride *= size;
    }
    strides.push_back(std::move(own));
  }
  SmallVector<int64_t> index(rank, 0), places(operands.size(), 0);
  int64_t count = std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<>());
  for (int64_t to = 0; to < count; ++to) {
    if (!visit(to, places))
      return;
    for (size_t axis = rank; axis-- > 0;) {
      bool wraps = ++index[axis] == sizes[axis];
      for (size_t i = 0; i < operands.size(); ++i)
        places[i] += wraps ? -strides[i][axis] * (sizes[axis] - 1) : strides[i][axis];
      if (!wraps)
        break;
      index[axis] = 0;
    }
  }
}

/// Writes one element of the result, from the operands' elements at `places`; false where it has no value.
using WriteElement = llvm::function_ref<bool(ConstantBuilder &, int64_t to, ArrayRef<int64_t> places)>;

static ElementsAttr compute(RankedTensorType type, ArrayRef<ConstantData> operands, WriteElement write) {
  bool splat =
      llvm::all_of(operands, [](const ConstantData &operand) { return operand.isSplat() || operand.size() == 1; });
  if (splat && type.getNumElements() != 0) {
    ConstantBuilder one(RankedTensorType::get({}, type.getElementType()));
    if (!write(one, 0, SmallVector<int64_t>(operands.size(), 0)))
      return nullptr;
    return splatConstant(type, ArrayRef(one.element(0), constantElementBytes(type.getElementType())));
  }
  ConstantBuilder result(type);
  bool defined = true;
  forEachBroadcast(type.getShape(), operands,
                   [&](int64_t to, ArrayRef<int64_t> places) { return defined = write(result, to, places); });
  return defined ? result.finish() : ElementsAttr();
}

/// One element from one type to another; false for integers that no float says exactly.
static bool castElement(const ConstantData &source, int64_t from, ConstantBuilder &result, int64_t to, Type toType,
                        const Narrowing &narrowing) {
  if (std::optional<int64_t> integer = source.integer(from)) {
    if (isa<IntegerType>(toType)) {
      result.setInteger(to, *integer);
      return true;
    }
    constexpr int64_t kExact = int64_t(1) << 53;
    if (*integer < -kExact || *integer > kExact)
      return false;
  }
  double number = source.number(from);
  if (isa<IntegerType>(toType) && std::isnan(number) && !toType.isInteger(1))
    return false;
  result.setNumber(to, number, narrowing);
  return true;
}

ElementsAttr rheobase::evaluateElementwise(Operation *op, ArrayRef<ConstantData> operands) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Type elementType = type.getElementType();
  if (auto cast = dyn_cast<CastOp>(op)) {
    Narrowing narrowing = narrowingOf(cast);
    return compute(type, operands, [&](ConstantBuilder &result, int64_t to, ArrayRef<int64_t> places) {
      return castElement(operands[0], places[0], result, to, elementType, narrowing);
    });
  }
  if (isa<WhereOp>(op))
    return compute(type, operands, [&](ConstantBuilder &result, int64_t to, ArrayRef<int64_t> places) {
      unsigned chosen = operands[0].integer(places[0]) != 0 ? 1 : 2;
      std::memcpy(result.element(to), operands[chosen].element(places[chosen]), operands[chosen].elementBytes());
      return true;
    });
  bool integers = isa<IntegerType>(operands[0].getElementType());
  if (IntegerFunction function = integers ? integerFunction(op) : nullptr)
    return compute(type, operands, [&](ConstantBuilder &result, int64_t to, ArrayRef<int64_t> places) {
      SmallVector<int64_t> args;
      for (auto [operand, place] : llvm::zip_equal(operands, places)) {
        std::optional<int64_t> arg = operand.integer(place);
        if (!arg)
          return false;
        args.push_back(*arg);
      }
      std::optional<int64_t> value = function(args);
      if (value)
        result.setInteger(to, *value);
      return value.has_value();
    });
  if (FloatFunction function = integers ? nullptr : floatFunction(op))
    return compute(type, operands, [&](ConstantBuilder &result, int64_t to, ArrayRef<int64_t> places) {
      SmallVector<double> args;
      for (auto [operand, place] : llvm::zip_equal(operands, places))
        args.push_back(operand.number(place));
      result.setNumber(to, function(args));
      return true;
    });
  return nullptr;
}
