//===- ScalarFunctions.cpp - circular and hyperbolic functions -----------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Conversion/OnnxToLinalg/ScalarBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace rheobase;

Value ScalarBuilder::sin(Value x) {
  return math::SinOp::create(b, x);
}
Value ScalarBuilder::cos(Value x) {
  return math::CosOp::create(b, x);
}
Value ScalarBuilder::tan(Value x) {
  return math::TanOp::create(b, x);
}
Value ScalarBuilder::expm1(Value x) {
  return math::ExpM1Op::create(b, x);
}
Value ScalarBuilder::log1p(Value x) {
  return math::Log1pOp::create(b, x);
}
Value ScalarBuilder::copySign(Value magnitude, Value sign) {
  return math::CopySignOp::create(b, magnitude, sign);
}

/// |x| is brought below 1 by atan(1/x) = pi/2 - atan(x), then below tan(pi/8) by atan((x-1)/(x+1)) = atan(x) - pi/4.
/// There a polynomial of u^2, fitted at Chebyshev points, is within 3e-9 of atan(u)/u.
Value ScalarBuilder::atan(Value x) {
  static constexpr double kPolynomial[] = {-0.06506775094701633, 0.10763705225927298, -0.14266306602589907,
                                           0.19999636332546697, -0.33333332614052025};
  Value size = abs(x), one = number(x, 1);
  Value above1 = compare(Comparison::Greater, size, one);
  Value below1 = select(above1, div(one, size), size);
  Value upper = compare(Comparison::Greater, below1, number(x, std::tan(M_PI / 8)));
  Value u = select(upper, div(sub(below1, one), add(below1, one)), below1);
  Value square = mul(u, u), sum = number(x, kPolynomial[0]);
  for (double coefficient : llvm::ArrayRef(kPolynomial).drop_front())
    sum = add(mul(sum, square), number(x, coefficient));
  Value angle = add(u, mul(mul(u, square), sum));
  angle = select(upper, add(angle, number(x, M_PI / 4)), angle);
  angle = select(above1, sub(number(x, M_PI / 2), angle), angle);
  return copySign(angle, x);
}

/// At the ends the root is 0 and the quotient infinite, whose atan is pi/2.
Value ScalarBuilder::asin(Value x) {
  Value one = number(x, 1);
  return atan(div(x, sqrt(mul(sub(one, x), add(one, x)))));
}

Value ScalarBuilder::acos(Value x) {
  Value one = number(x, 1);
  return mul(number(x, 2), atan(sqrt(div(sub(one, x), add(one, x)))));
}

Value ScalarBuilder::sinh(Value x) {
  return mul(number(x, 0.5), sub(expm1(x), expm1(neg(x))));
}

Value ScalarBuilder::cosh(Value x) {
  return mul(number(x, 0.5), add(exp(x), exp(neg(x))));
}

/// Beyond this the square is not representable, and 2x is what matters of x + sqrt(x^2 + 1).
static constexpr double kHuge = 1e15;

Value ScalarBuilder::asinh(Value x) {
  Value size = abs(x), one = number(x, 1), square = mul(size, size);
  Value inner = log1p(add(size, div(square, add(one, sqrt(add(square, one))))));
  Value huge = compare(Comparison::Greater, size, number(x, kHuge));
  return copySign(select(huge, add(log(size), number(x, M_LN2)), inner), x);
}

Value ScalarBuilder::acosh(Value x) {
  Value above = sub(x, number(x, 1));
  Value inner = log1p(add(above, sqrt(mul(above, add(x, number(x, 1))))));
  Value huge = compare(Comparison::Greater, x, number(x, kHuge));
  return select(huge, add(log(x), number(x, M_LN2)), inner);
}

Value ScalarBuilder::atanh(Value x) {
  Value size = abs(x);
  Value inner = log1p(div(mul(number(x, 2), size), sub(number(x, 1), size)));
  return copySign(mul(number(x, 0.5), inner), x);
}
