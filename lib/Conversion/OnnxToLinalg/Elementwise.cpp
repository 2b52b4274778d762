//===- Elementwise.cpp - scalar functions of every element ---------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/ScopedPrinter.h"

#include <numeric>

using namespace mlir;
using namespace rheobase;
using namespace rheobase::lower;
using namespace rheobase::onnx;

/// The element types that an operator takes, as bits.
enum Kinds : unsigned { kFloat = 1, kInteger = 2, kBool = 4, kNumber = kFloat | kInteger, kAny = kNumber | kBool };

/// The scalar function of an operator. Narrow floats arrive as f32.
using ScalarFunction = Value (*)(ScalarBuilder &s, Operation *op, ValueRange x);

static unsigned kindOf(Type element) {
  if (isa<FloatType>(element))
    return kFloat;
  return element.isInteger(1) ? kBool : kInteger;
}

static StringRef kindName(unsigned kinds) {
  if (kinds == kFloat)
    return "a float type";
  if (kinds == kBool)
    return "bool";
  return kinds == kNumber ? "a float or integer type" : "another type";
}

Type lower::computeType(Type element) {
  auto floating = dyn_cast<FloatType>(element);
  return floating && floating.getWidth() < 32 ? Float32Type::get(element.getContext()) : storedType(element);
}

SymTensor lower::convert(LoweringContext &ctx, const SymTensor &tensor, Type from, Type to,
                         const Narrowing &narrowing) {
  if (from == to)
    return tensor;
  return mapElements(ctx, tensor, storedType(to), [&](ImplicitLocOpBuilder &b, ValueRange x) {
    return ScalarBuilder::convert(b, x[0], from, to, narrowing);
  });
}

static LogicalResult lowerScalar(Operation *op, LoweringContext &ctx, unsigned kinds, ScalarFunction function) {
  Type element = elementOf(op->getOperand(0)), result = elementOf(op->getResult(0));
  if (!(kindOf(element) & kinds))
    return ctx.unsupported(op, "elements of type " + llvm::to_string(element), kindName(kinds),
                           "cast the operand first");
  SmallVector<SymTensor> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(ctx.operand(operand));
  Type compute = computeType(element);
  auto body = [&](ImplicitLocOpBuilder &b, ValueRange args) {
    SmallVector<Value> wide;
    for (Value arg : args)
      wide.push_back(ScalarBuilder::convert(b, arg, isNarrow(element) ? element : arg.getType(), compute));
    ScalarBuilder s(b, element.isUnsignedInteger());
    Value value = function(s, op, wide);
    return ScalarBuilder::isFloat(value) ? ScalarBuilder::convert(b, value, compute, result) : value;
  };
  FailureOr<SymTensor> made = elementwise(ctx, inputs, ctx.dimsOf(op->getResult(0)), storedType(result), body);
  if (failed(made))
    return failure();
  ctx.replace(op->getResult(0), *made);
  return success();
}

template <typename OpTy> static void add(LoweringInterface &table, unsigned kinds, ScalarFunction function) {
  table.add(OpTy::getOperationName(),
            [kinds, function](Operation *op, LoweringContext &ctx) { return lowerScalar(op, ctx, kinds, function); });
}

/// A comparison; the operands' order is the operator's.
template <typename OpTy, Comparison comparison> static void addComparison(LoweringInterface &table, unsigned kinds) {
  add<OpTy>(table, kinds,
            [](ScalarBuilder &s, Operation *, ValueRange x) { return s.compare(comparison, x[0], x[1]); });
}

static void addArithmetic(LoweringInterface &table) {
  add<AddOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.add(x[0], x[1]); });
  add<SubOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.sub(x[0], x[1]); });
  add<MulOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.mul(x[0], x[1]); });
  add<DivOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.div(x[0], x[1]); });
  add<NegOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.neg(x[0]); });
  add<AbsOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.abs(x[0]); });
  add<ModOp>(table, kNumber, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    return cast<ModOp>(op).getFmod() ? s.remainder(x[0], x[1]) : s.modulo(x[0], x[1]);
  });
  add<SignOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.sign(x[0]); });
  add<MaxOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) {
    return std::accumulate(x.begin() + 1, x.end(), x[0], [&](Value a, Value b) { return s.maximum(a, b); });
  });
  add<MinOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) {
    return std::accumulate(x.begin() + 1, x.end(), x[0], [&](Value a, Value b) { return s.minimum(a, b); });
  });
  add<ReciprocalOp>(table, kFloat,
                    [](ScalarBuilder &s, Operation *, ValueRange x) { return s.div(s.number(x[0], 1), x[0]); });
  add<ClipOp>(table, kNumber, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    auto clip = cast<ClipOp>(op);
    Value result = clip.getMin() ? s.maximum(x[0], x[1]) : x[0];
    return clip.getMax() ? s.minimum(result, x.back()) : result;
  });
}

static void addActivations(LoweringInterface &table) {
  // maximum would cost more: here NaN is kept by taking x where the comparison fails.
  add<ReluOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) {
    Value zero = s.number(x[0], 0);
    return s.select(s.compare(Comparison::Greater, zero, x[0]), zero, x[0]);
  });
  add<LeakyReluOp>(table, kFloat, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    Value slope = s.number(x[0], cast<LeakyReluOp>(op).getAlpha().convertToFloat());
    return s.select(s.compare(Comparison::Less, x[0], s.number(x[0], 0)), s.mul(slope, x[0]), x[0]);
  });
  add<PReluOp>(table, kNumber, [](ScalarBuilder &s, Operation *, ValueRange x) {
    return s.select(s.compare(Comparison::Less, x[0], s.number(x[0], 0)), s.mul(x[1], x[0]), x[0]);
  });
  add<EluOp>(table, kFloat, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    Value alpha = s.number(x[0], cast<EluOp>(op).getAlpha().convertToFloat());
    Value curve = s.mul(alpha, s.sub(s.exp(x[0]), s.number(x[0], 1)));
    return s.select(s.compare(Comparison::Less, x[0], s.number(x[0], 0)), curve, x[0]);
  });
  add<HardSigmoidOp>(table, kFloat, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    auto sigmoid = cast<HardSigmoidOp>(op);
    Value alpha = s.number(x[0], sigmoid.getAlpha().convertToFloat());
    Value beta = s.number(x[0], sigmoid.getBeta().convertToFloat());
    return s.clamp(s.add(s.mul(alpha, x[0]), beta), 0, 1);
  });
  add<HardSwishOp>(table, kFloat, [](ScalarBuilder &s, Operation *, ValueRange x) {
    return s.mul(x[0], s.clamp(s.add(s.mul(x[0], s.number(x[0], 1.0 / 6)), s.number(x[0], 0.5)), 0, 1));
  });
  add<CeluOp>(table, kFloat, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    Value alpha = s.number(x[0], cast<CeluOp>(op).getAlpha().convertToFloat());
    Value zero = s.number(x[0], 0), curve = s.mul(alpha, s.expm1(s.div(x[0], alpha)));
    return s.add(s.maximum(x[0], zero), s.minimum(curve, zero));
  });
  add<SeluOp>(table, kFloat, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    auto selu = cast<SeluOp>(op);
    Value alpha = s.number(x[0], selu.getAlpha().convertToFloat());
    Value positive = s.compare(Comparison::Greater, x[0], s.number(x[0], 0));
    return s.mul(s.number(x[0], selu.getGamma().convertToFloat()),
                 s.select(positive, x[0], s.mul(alpha, s.expm1(x[0]))));
  });
  add<ShrinkOp>(table, kNumber, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    auto shrink = cast<ShrinkOp>(op);
    double limit = shrink.getLambd().convertToFloat();
    Value bias = s.number(x[0], shrink.getBias().convertToFloat());
    Value low =
        s.select(s.compare(Comparison::Less, x[0], s.number(x[0], -limit)), s.add(x[0], bias), s.number(x[0], 0));
    return s.select(s.compare(Comparison::Greater, x[0], s.number(x[0], limit)), s.sub(x[0], bias), low);
  });
  add<SoftsignOp>(table, kFloat, [](ScalarBuilder &s, Operation *, ValueRange x) {
    return s.div(x[0], s.add(s.number(x[0], 1), s.abs(x[0])));
  });
  add<SwishOp>(table, kFloat, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    return s.mul(x[0], s.sigmoid(s.mul(s.number(x[0], cast<SwishOp>(op).getAlpha().convertToFloat()), x[0])));
  });
  add<ThresholdedReluOp>(table, kFloat, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    Value alpha = s.number(x[0], cast<ThresholdedReluOp>(op).getAlpha().convertToFloat());
    return s.select(s.compare(Comparison::Greater, x[0], alpha), x[0], s.number(x[0], 0));
  });
  add<SigmoidOp>(table, kFloat, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.sigmoid(x[0]); });
  add<SoftplusOp>(table, kFloat, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.softplus(x[0]); });
  add<MishOp>(table, kFloat,
              [](ScalarBuilder &s, Operation *, ValueRange x) { return s.mul(x[0], s.tanh(s.softplus(x[0]))); });
  add<GeluOp>(table, kFloat, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    return cast<GeluOp>(op).getApproximate() == "tanh" ? s.geluByTanh(x[0]) : s.gelu(x[0]);
  });
}

/// A function that is one op of the math dialect.
template <typename OpTy, typename MathOp> static void addMath(LoweringInterface &table) {
  add<OpTy>(table, kFloat, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.apply<MathOp>(x[0]); });
}

/// A function of ScalarBuilder.
template <typename OpTy, Value (ScalarBuilder::*function)(Value)> static void addFunction(LoweringInterface &table) {
  add<OpTy>(table, kFloat, [](ScalarBuilder &s, Operation *, ValueRange x) { return (s.*function)(x[0]); });
}

static void addFunctions(LoweringInterface &table) {
  addFunction<AcosOp, &ScalarBuilder::acos>(table);
  addFunction<AcoshOp, &ScalarBuilder::acosh>(table);
  addFunction<AsinOp, &ScalarBuilder::asin>(table);
  addFunction<AsinhOp, &ScalarBuilder::asinh>(table);
  addFunction<AtanOp, &ScalarBuilder::atan>(table);
  addFunction<AtanhOp, &ScalarBuilder::atanh>(table);
  addFunction<CoshOp, &ScalarBuilder::cosh>(table);
  addFunction<SinhOp, &ScalarBuilder::sinh>(table);
  addFunction<TanOp, &ScalarBuilder::tan>(table);
  addMath<CeilOp, math::CeilOp>(table);
  addMath<CosOp, math::CosOp>(table);
  addMath<ErfOp, math::ErfOp>(table);
  addMath<ExpOp, math::ExpOp>(table);
  addMath<FloorOp, math::FloorOp>(table);
  addMath<LogOp, math::LogOp>(table);
  addMath<RoundOp, math::RoundEvenOp>(table);
  addMath<SinOp, math::SinOp>(table);
  addMath<SqrtOp, math::SqrtOp>(table);
  addMath<TanhOp, math::TanhOp>(table);
}

static void addLogic(LoweringInterface &table) {
  addComparison<EqualOp, Comparison::Equal>(table, kAny);
  addComparison<LessOp, Comparison::Less>(table, kNumber);
  addComparison<LessOrEqualOp, Comparison::LessOrEqual>(table, kNumber);
  addComparison<GreaterOp, Comparison::Greater>(table, kNumber);
  addComparison<GreaterOrEqualOp, Comparison::GreaterOrEqual>(table, kNumber);
  addComparison<XorOp, Comparison::NotEqual>(table, kBool);
  add<AndOp>(table, kBool, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.select(x[0], x[1], x[0]); });
  add<OrOp>(table, kBool, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.select(x[0], x[0], x[1]); });
  add<NotOp>(table, kBool, [](ScalarBuilder &s, Operation *, ValueRange x) {
    return s.compare(Comparison::Equal, x[0], s.integer(x[0], 0));
  });
  add<IsNaNOp>(table, kFloat, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.isNaN(x[0]); });
  add<IsInfOp>(table, kFloat, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    auto isInf = cast<IsInfOp>(op);
    // A side that does not count is compared with NaN, which equals nothing.
    double infinity = std::numeric_limits<double>::infinity(), none = std::numeric_limits<double>::quiet_NaN();
    Value up = s.number(x[0], isInf.getDetectPositive() ? infinity : none);
    Value down = s.number(x[0], isInf.getDetectNegative() ? -infinity : none);
    Value isUp = s.compare(Comparison::Equal, x[0], up);
    return s.select(isUp, isUp, s.compare(Comparison::Equal, x[0], down));
  });
}

static void addBits(LoweringInterface &table) {
  add<BitwiseAndOp>(table, kInteger, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.bitAnd(x[0], x[1]); });
  add<BitwiseOrOp>(table, kInteger, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.bitOr(x[0], x[1]); });
  add<BitwiseXorOp>(table, kInteger, [](ScalarBuilder &s, Operation *, ValueRange x) { return s.bitXor(x[0], x[1]); });
  add<BitwiseNotOp>(table, kInteger,
                    [](ScalarBuilder &s, Operation *, ValueRange x) { return s.bitXor(x[0], s.integer(x[0], -1)); });
  add<BitShiftOp>(table, kInteger, [](ScalarBuilder &s, Operation *op, ValueRange x) {
    return s.shift(x[0], x[1], cast<BitShiftOp>(op).getDirection() == "LEFT");
  });
}

/// The exponent may have another type than the base, whose type the result has.
static LogicalResult lowerPow(PowOp op, LoweringContext &ctx) {
  Type base = elementOf(op.getX()), exponent = elementOf(op.getY());
  if (kindOf(base) == kBool || kindOf(exponent) == kBool)
    return ctx.unsupported(op, "elements of type bool", kindName(kNumber), "cast the operand first");
  Type compute = isa<FloatType>(exponent) ? computeType(isa<FloatType>(base) ? base : exponent) : computeType(base);
  bool fromZero = isa<IntegerType>(compute) && base.isUnsignedInteger();
  auto body = [&](ImplicitLocOpBuilder &b, ValueRange x) {
    ScalarBuilder s(b, fromZero);
    Value power =
        s.power(ScalarBuilder::convert(b, x[0], base, compute), ScalarBuilder::convert(b, x[1], exponent, compute));
    return isa<FloatType>(compute) ? ScalarBuilder::convert(b, power, compute, base) : power;
  };
  FailureOr<SymTensor> made =
      elementwise(ctx, {ctx.operand(op.getX()), ctx.operand(op.getY())}, ctx.dimsOf(op.getZ()), storedType(base), body);
  if (failed(made))
    return failure();
  ctx.replace(op.getZ(), *made);
  return success();
}

/// The same bits as another type: a bool is a byte that is 0 or 1.
static LogicalResult lowerBitCast(BitCastOp op, LoweringContext &ctx) {
  Type from = elementOf(op.getInput()), to = elementOf(op.getOutput());
  SymTensor x = ctx.operand(op.getInput());
  if (from.isInteger(1) || to.isInteger(1))
    ctx.replace(op.getOutput(), convert(ctx, x, storedType(from), storedType(to)));
  else if (storedType(from) == storedType(to))
    ctx.replace(op.getOutput(), x);
  else
    ctx.replace(op.getOutput(),
                mapElements(ctx, x, storedType(to), [&](ImplicitLocOpBuilder &b, ValueRange v) -> Value {
                  return arith::BitcastOp::create(b, storedType(to), v[0]);
                }));
  return success();
}

static LogicalResult lowerWhere(WhereOp op, LoweringContext &ctx) {
  Type element = elementOf(op.getX());
  if (!elementOf(op.getCondition()).isInteger(1))
    return ctx.unsupported(op, "a condition of type " + llvm::to_string(elementOf(op.getCondition())), "bool",
                           "compare it with 0 first");
  SymTensor inputs[] = {ctx.operand(op.getCondition()), ctx.operand(op.getX()), ctx.operand(op.getY())};
  FailureOr<SymTensor> made =
      elementwise(ctx, inputs, ctx.dimsOf(op.getOutput()), storedType(element),
                  [](ImplicitLocOpBuilder &b, ValueRange x) { return ScalarBuilder(b).select(x[0], x[1], x[2]); });
  if (failed(made))
    return failure();
  ctx.replace(op.getOutput(), *made);
  return success();
}

static LogicalResult lowerCast(CastOp op, LoweringContext &ctx) {
  ctx.replace(op.getOutput(), convert(ctx, ctx.operand(op.getInput()), elementOf(op.getInput()),
                                      elementOf(op.getOutput()), narrowingOf(op)));
  return success();
}

void lower::addElementwiseLowerings(LoweringInterface &table) {
  addArithmetic(table);
  addActivations(table);
  addFunctions(table);
  addLogic(table);
  addBits(table);
  table.add<BitCastOp>(lowerBitCast);
  table.add<PowOp>(lowerPow);
  table.add<WhereOp>(lowerWhere);
  table.add<CastOp>(lowerCast);
}
