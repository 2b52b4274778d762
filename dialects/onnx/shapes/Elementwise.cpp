//===- Elementwise.cpp - shapes of elementwise operators -----------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One shape function for all: broadcasting, then two things per operator: the element type of the result, and the value
// of an element where operands are known integers.
//
//===----------------------------------------------------------------------===//

#include "ElementTypes.h"
#include "ShapeModels.h"
#include "rheobase/Interfaces/ConstantData.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace rheobase;
using namespace rheobase::onnx;

namespace {

using Args = ArrayRef<SymExpr>;

/// A truth value that is known or not.
SymExpr truth(std::optional<bool> value, const SymbolicShapes &shapes) {
  return value ? shapes.constant(*value) : SymExpr();
}

/// a < b (or a <= b) where the symbols' ranges decide it.
std::optional<bool> isBelow(SymExpr a, SymExpr b, bool orEqual, const SymbolicShapes &shapes) {
  if (!a || !b)
    return std::nullopt;
  SymExpr first = orEqual ? a : sym::add(a, shapes.constant(1));
  if (shapes.provablyAtMost(first, b))
    return true;
  if (shapes.provablyAtMost(orEqual ? sym::add(b, shapes.constant(1)) : b, a))
    return false;
  return std::nullopt;
}

std::optional<bool> isEqual(SymExpr a, SymExpr b, const SymbolicShapes &shapes) {
  if (!a || !b)
    return std::nullopt;
  if (a == b)
    return true;
  if (shapes.provablyDifferent(a, b))
    return false;
  return std::nullopt;
}

/// Rounded towards zero, as the standard divides integers.
SymExpr truncatingDiv(SymExpr a, SymExpr b, const SymbolicShapes &shapes) {
  std::optional<int64_t> x = sym::asConstant(a), y = sym::asConstant(b);
  if (y && *y == 0)
    return SymExpr();
  if (x && y)
    return *x == INT64_MIN ? SymExpr() : shapes.constant(*x / *y);
  if (SymExpr exact = sym::divideExactly(a, b))
    return exact;
  bool natural = a && shapes.minOf(a).value_or(-1) >= 0 && y && *y > 0;
  return natural ? sym::floorDiv(a, b) : SymExpr();
}

//===----------------------------------------------------------------------===//
// The value of one element. The general form, for operators whose values are not followed, is unknown.
//===----------------------------------------------------------------------===//

template <typename OpT> SymExpr elementOf(OpT, Args, const SymbolicShapes &) {
  return SymExpr();
}
SymExpr elementOf(AddOp, Args args, const SymbolicShapes &) {
  return sym::add(args[0], args[1]);
}
SymExpr elementOf(SubOp, Args args, const SymbolicShapes &) {
  return sym::sub(args[0], args[1]);
}
SymExpr elementOf(MulOp, Args args, const SymbolicShapes &) {
  return sym::mul(args[0], args[1]);
}
SymExpr elementOf(DivOp, Args args, const SymbolicShapes &shapes) {
  return truncatingDiv(args[0], args[1], shapes);
}
SymExpr elementOf(NegOp, Args args, const SymbolicShapes &shapes) {
  return sym::sub(shapes.constant(0), args[0]);
}

SymExpr elementOf(ModOp op, Args args, const SymbolicShapes &shapes) {
  if (!op.getFmod())
    return sym::mod(args[0], args[1]);
  return sym::sub(args[0], sym::mul(truncatingDiv(args[0], args[1], shapes), args[1]));
}

SymExpr elementOf(AbsOp, Args args, const SymbolicShapes &shapes) {
  if (!args[0])
    return SymExpr();
  if (shapes.minOf(args[0]).value_or(-1) >= 0)
    return args[0];
  return shapes.maxOf(args[0]).value_or(1) <= 0 ? sym::sub(shapes.constant(0), args[0]) : SymExpr();
}

/// The largest (or smallest) argument where the symbols' ranges order them all.
SymExpr extreme(Args args, bool largest, const SymbolicShapes &shapes) {
  SymExpr best = args[0];
  for (SymExpr next : args.drop_front()) {
    if (shapes.provablyAtMost(best, next))
      best = largest ? next : best;
    else if (shapes.provablyAtMost(next, best))
      best = largest ? best : next;
    else
      return SymExpr();
  }
  return best;
}
SymExpr elementOf(MaxOp, Args args, const SymbolicShapes &shapes) {
  return extreme(args, /*largest=*/true, shapes);
}
SymExpr elementOf(MinOp, Args args, const SymbolicShapes &shapes) {
  return extreme(args, /*largest=*/false, shapes);
}

SymExpr elementOf(EqualOp, Args args, const SymbolicShapes &shapes) {
  return truth(isEqual(args[0], args[1], shapes), shapes);
}
SymExpr elementOf(LessOp, Args args, const SymbolicShapes &shapes) {
  return truth(isBelow(args[0], args[1], /*orEqual=*/false, shapes), shapes);
}
SymExpr elementOf(LessOrEqualOp, Args args, const SymbolicShapes &shapes) {
  return truth(isBelow(args[0], args[1], /*orEqual=*/true, shapes), shapes);
}
SymExpr elementOf(GreaterOp, Args args, const SymbolicShapes &shapes) {
  return truth(isBelow(args[1], args[0], /*orEqual=*/false, shapes), shapes);
}
SymExpr elementOf(GreaterOrEqualOp, Args args, const SymbolicShapes &shapes) {
  return truth(isBelow(args[1], args[0], /*orEqual=*/true, shapes), shapes);
}

SymExpr elementOf(NotOp, Args args, const SymbolicShapes &shapes) {
  return sym::sub(shapes.constant(1), args[0]);
}

/// And (absorbing 0) and Or (absorbing 1) of truth values of which some may be unknown.
SymExpr absorb(Args args, int64_t absorbing) {
  for (SymExpr arg : args)
    if (sym::asConstant(arg) == absorbing)
      return arg;
  return llvm::all_of(args, [](SymExpr arg) { return bool(sym::asConstant(arg)); }) ? args[0] : SymExpr();
}
SymExpr elementOf(AndOp, Args args, const SymbolicShapes &) {
  return absorb(args, 0);
}
SymExpr elementOf(OrOp, Args args, const SymbolicShapes &) {
  return absorb(args, 1);
}

SymExpr elementOf(XorOp, Args args, const SymbolicShapes &shapes) {
  std::optional<int64_t> a = sym::asConstant(args[0]), b = sym::asConstant(args[1]);
  return a && b ? shapes.constant(*a != *b) : SymExpr();
}

SymExpr elementOf(WhereOp, Args args, const SymbolicShapes &) {
  std::optional<int64_t> condition = sym::asConstant(args[0]);
  if (condition)
    return *condition ? args[1] : args[2];
  return args[1] == args[2] ? args[1] : SymExpr();
}

SymExpr elementOf(CastOp op, Args args, const SymbolicShapes &shapes) {
  auto type = dyn_cast_if_present<IntegerType>(elementTypeOfNumber(op.getTo(), op.getContext()));
  if (!args[0] || !type)
    return SymExpr();
  if (type.getWidth() == 1) {
    std::optional<bool> zero = isEqual(args[0], shapes.constant(0), shapes);
    return zero ? shapes.constant(!*zero) : SymExpr();
  }
  if (type.getWidth() == 64 && !type.isUnsigned())
    return args[0];
  // Sizes are assumed to fit where the model casts them to 32 bits; numbers are checked.
  std::optional<int64_t> number = sym::asConstant(args[0]);
  if (!number)
    return type.getWidth() >= 32 ? args[0] : SymExpr();
  bool fits = type.isUnsigned() ? *number >= 0 && (type.getWidth() == 64 || llvm::isUIntN(type.getWidth(), *number))
                                : llvm::isIntN(type.getWidth(), *number);
  return fits ? args[0] : SymExpr();
}

//===----------------------------------------------------------------------===//
// The element type of the result: of the first operand, unless said otherwise.
//===----------------------------------------------------------------------===//

template <typename OpT>
inline constexpr bool kIsPredicate = llvm::is_one_of<OpT, EqualOp, LessOp, LessOrEqualOp, GreaterOp, GreaterOrEqualOp,
                                                     AndOp, OrOp, XorOp, NotOp, IsNaNOp, IsInfOp>::value;

template <typename OpT> FailureOr<Type> elementTypeOf(OpT op, const SymbolicShapes &shapes) {
  if constexpr (std::is_same_v<OpT, CastOp>) {
    if (Type type = elementTypeOfNumber(op.getTo(), op.getContext()))
      return type;
    return emitNodeError(op)
           << "cast to element type number " << op.getTo()
           << " found, expected a float of 4, 8, 16, 32 or 64 bits, bool or an integer of 2 to 64 bits";
  } else if constexpr (std::is_same_v<OpT, BitCastOp>) {
    Type from = shapes.elementTypeOf(op.getInput()), to = elementTypeOfNumber(op.getTo(), op.getContext());
    // A bool is a byte.
    auto bits = [](Type type) { return type.isInteger(1) ? 8 : type.getIntOrFloatBitWidth(); };
    if (to && bits(to) == bits(from))
      return to;
    return emitNodeError(op) << "the bits of " << from << " as element type number " << op.getTo()
                             << " found, expected a type of the same size";
  } else if constexpr (kIsPredicate<OpT>) {
    return Type(IntegerType::get(op.getContext(), 1));
  } else if constexpr (std::is_same_v<OpT, WhereOp>) {
    return shapes.elementTypeOf(op.getX());
  } else {
    return shapes.elementTypeOf(op->getOperand(0));
  }
}

/// The operands that must have one element type: all, but for Where's condition and Pow's exponent.
template <typename OpT> ValueRange sameTypeOperands(OpT op) {
  if constexpr (std::is_same_v<OpT, WhereOp>)
    return op->getOperands().drop_front();
  else if constexpr (std::is_same_v<OpT, PowOp>)
    return op->getOperands().take_front();
  else
    return op->getOperands();
}

/// The contents of the result, from those of the operands.
template <typename OpT> void followContent(OpT op, Value result, SymbolicShapes &shapes) {
  std::optional<SmallVector<int64_t>> sizes = contentSizes(shapes.shapeOf(result));
  bool anyKnown = llvm::any_of(op->getOperands(), [&](Value v) { return shapes.partialContentOf(v).has_value(); });
  if (!sizes || !anyKnown || !isa<IntegerType>(shapes.elementTypeOf(result)))
    return;
  Dims elements;
  forEachIndex(*sizes, [&](ArrayRef<int64_t> index) {
    Dims args;
    for (Value operand : op->getOperands()) {
      std::optional<ArrayRef<SymExpr>> content = shapes.partialContentOf(operand);
      std::optional<SmallVector<int64_t>> operandSizes = contentSizes(shapes.shapeOf(operand));
      if (!content || !operandSizes) {
        args.push_back(SymExpr());
        continue;
      }
      SmallVector<int64_t> own(index.take_back(operandSizes->size()));
      for (auto [i, size] : llvm::zip_equal(own, *operandSizes))
        i = size == 1 ? 0 : i;
      args.push_back((*content)[linearIndex(own, *operandSizes)]);
    }
    elements.push_back(elementOf(op, args, shapes));
  });
  shapes.setContent(result, elements);
}

template <typename OpT> LogicalResult inferElementwise(OpT op, SymbolicShapes &shapes) {
  if (op->getNumOperands() == 0)
    return emitNodeError(op) << "no operands found, expected at least one";
  if (failed(expectSameElementType(op, sameTypeOperands(op), shapes)))
    return failure();
  FailureOr<Type> elementType = elementTypeOf(op, shapes);
  if (failed(elementType))
    return failure();
  SmallVector<Dims> operands;
  for (Value operand : op->getOperands())
    operands.emplace_back(shapes.shapeOf(operand));
  FailureOr<Dims> dims = broadcast(op, operands, shapes);
  if (failed(dims))
    return failure();
  Value result = op->getResult(0);
  shapes.setResult(result, *elementType, *dims);
  followContent(op, result, shapes);
  return success();
}

template <typename... Ops> void attachAll(MLIRContext *context) {
  (attach<Ops, inferElementwise<Ops>>(context), ...);
}

} // namespace

void rheobase::onnx::attachElementwiseModels(MLIRContext *context) {
  attachAll<AbsOp, AcosOp, AcoshOp, AddOp, AndOp, AsinOp, AsinhOp, AtanOp, AtanhOp, BitCastOp, BitShiftOp, BitwiseAndOp,
            BitwiseNotOp, BitwiseOrOp, BitwiseXorOp, CastOp, CeilOp, CeluOp, ClipOp, CosOp, CoshOp, DivOp, EluOp,
            EqualOp, ErfOp, ExpOp, FloorOp, GeluOp, GreaterOp, GreaterOrEqualOp, HardSigmoidOp, HardSwishOp, IsInfOp,
            IsNaNOp, LeakyReluOp, LessOp, LessOrEqualOp, LogOp, MaxOp, MinOp, MishOp, ModOp, MulOp, NegOp, NotOp, OrOp,
            PReluOp, PowOp, ReciprocalOp, ReluOp, RoundOp, SeluOp, ShrinkOp, SigmoidOp, SignOp, SinOp, SinhOp,
            SoftplusOp, SoftsignOp, SqrtOp, SubOp, SwishOp, TanOp, TanhOp, ThresholdedReluOp, WhereOp, XorOp>(context);
}
