//===- ScalarBuilder.h - scalar arithmetic of a body -------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_CONVERSION_ONNXTOLINALG_SCALARBUILDER_H
#define RHEOBASE_CONVERSION_ONNXTOLINALG_SCALARBUILDER_H

#include "rheobase/Artifact/SmallFloats.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace rheobase {

enum class Comparison { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual };

/// Writes scalar arithmetic in the body of a generic, for floats and for signed and unsigned integers alike, with the
/// standard's meaning. No operation here is undefined for any input.
class ScalarBuilder {
public:
  using Value = mlir::Value;

  explicit ScalarBuilder(mlir::ImplicitLocOpBuilder &b, bool isUnsigned = false) : b(b), isUnsigned(isUnsigned) {}

  static bool isFloat(Value v) { return mlir::isa<mlir::FloatType>(v.getType()); }

  /// A number of the type of `like`.
  Value number(Value like, double number) { return constant(like.getType(), number); }
  Value constant(mlir::Type type, double number);
  Value integer(Value like, int64_t number);

  Value add(Value x, Value y);
  Value sub(Value x, Value y);
  Value mul(Value x, Value y);
  /// Of integers: rounded toward zero; x divided by zero is 0, the smallest number by -1 wraps.
  Value div(Value x, Value y);
  /// The rest of `div`: it has the sign of x. Of floats: exact, as C's fmod.
  Value remainder(Value x, Value y);
  /// The rest with the sign of y.
  Value modulo(Value x, Value y);
  Value neg(Value x);
  Value abs(Value x);
  Value sign(Value x);
  /// NaN where either is NaN.
  Value maximum(Value x, Value y);
  Value minimum(Value x, Value y);
  Value compare(Comparison comparison, Value x, Value y);
  Value select(Value condition, Value x, Value y);
  /// Of integers.
  Value bitAnd(Value x, Value y);
  Value bitOr(Value x, Value y);
  Value bitXor(Value x, Value y);
  /// x moved by y bits (as an unsigned number): what is moved out is lost, signed numbers keep their sign to the right.
  Value shift(Value x, Value y, bool left);
  Value isNaN(Value x);
  /// x between two numbers.
  Value clamp(Value x, double low, double high);

  /// One op of the math dialect.
  template <typename MathOp> Value apply(Value x) { return MathOp::create(b, x); }
  Value exp(Value x);
  Value log(Value x);
  /// Of integers: rounded toward zero.
  Value sqrt(Value x);
  Value erf(Value x);
  Value tanh(Value x);
  Value power(Value x, Value y);
  Value sin(Value x);
  Value cos(Value x);
  Value tan(Value x);
  /// Inverse circular and hyperbolic functions; f64 has the precision of f32 here.
  Value atan(Value x);
  Value asin(Value x);
  Value acos(Value x);
  Value sinh(Value x);
  Value cosh(Value x);
  Value asinh(Value x);
  Value acosh(Value x);
  Value atanh(Value x);
  /// exp(x) - 1, log(1 + x)
  Value expm1(Value x);
  Value log1p(Value x);
  Value copySign(Value magnitude, Value sign);
  Value sigmoid(Value x);
  Value softplus(Value x);
  /// x/2 * (1 + erf(x / sqrt(2)))
  Value gelu(Value x);
  /// x/2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
  Value geluByTanh(Value x);

  /// ONNX Cast between element types, where unsigned integers are written so: floats are truncated (NaN and what does
  /// not fit become the smallest number), integers wrap, bool is "not 0". Of narrow types x, or the result, is the
  /// code.
  static Value convert(mlir::ImplicitLocOpBuilder &b, Value x, mlir::Type from, mlir::Type to,
                       const Narrowing &narrowing = {});

private:
  Value floatRemainder(Value x, Value y);
  Value integerPower(Value x, Value y);
  Value safeDivisor(Value y, Value &overflow);

  mlir::ImplicitLocOpBuilder &b;
  bool isUnsigned;
};

} // namespace rheobase

#endif // RHEOBASE_CONVERSION_ONNXTOLINALG_SCALARBUILDER_H
