//===- Polynomials.h - functions as polynomials in arith ops ----*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_LIB_CODEGEN_POLYNOMIALS_H
#define RHEOBASE_LIB_CODEGEN_POLYNOMIALS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

namespace rheobase::codegen {

/// Writes float functions as multiplications, additions and exponent arithmetic, in the order that stands here on every
/// target. Scalars of f32 (and f64 where said). NaN gives NaN; infinities give the limits.
class Polynomials {
public:
  Polynomials(mlir::OpBuilder &builder, mlir::Location loc) : b(builder), loc(loc) {}

  // f32, within 2 units in the last place unless said otherwise.
  mlir::Value exp(mlir::Value x);
  mlir::Value exp2(mlir::Value x);
  mlir::Value expm1(mlir::Value x);
  /// The logarithm to the base whose natural logarithm is 1 / `scale`.
  mlir::Value log(mlir::Value x, double scale);
  mlir::Value log1p(mlir::Value x);
  mlir::Value erf(mlir::Value x);
  mlir::Value erfc(mlir::Value x);
  mlir::Value tanh(mlir::Value x);
  /// sin and cos are good to 1e-7 absolute for |x| up to 1e9; beyond they lose digits.
  mlir::Value sin(mlir::Value x) { return sinCos(x, 0); }
  mlir::Value cos(mlir::Value x) { return sinCos(x, 1); }
  mlir::Value pow(mlir::Value x, mlir::Value y);
  /// The remainder of truncated division; exact where the quotient is below 2^29.
  mlir::Value remainder(mlir::Value x, mlir::Value y);

  // f32 and f64, each step correctly rounded.
  mlir::Value rsqrt(mlir::Value x) { return div(constant(x, 1.0), mlir::math::SqrtOp::create(b, loc, x)); }

  // f64, within 1e-10 relative.
  mlir::Value exp2Wide(mlir::Value x);
  mlir::Value log2Wide(mlir::Value x);
  mlir::Value powWide(mlir::Value x, mlir::Value y);

  mlir::Value constant(mlir::Value like, double value);
  mlir::Value mul(mlir::Value x, mlir::Value y) { return mlir::arith::MulFOp::create(b, loc, x, y); }
  mlir::Value mul(mlir::Value x, double y) { return mul(x, constant(x, y)); }
  mlir::Value div(mlir::Value x, mlir::Value y) { return mlir::arith::DivFOp::create(b, loc, x, y); }
  mlir::Value widen(mlir::Value x) { return mlir::arith::ExtFOp::create(b, loc, b.getF64Type(), x); }
  mlir::Value narrow(mlir::Value x) { return mlir::arith::TruncFOp::create(b, loc, b.getF32Type(), x); }

private:
  struct Reduced {
    mlir::Value remainder; ///< in +-ln(2)/2
    mlir::Value exponent;  ///< an integer
  };

  mlir::Value add(mlir::Value x, mlir::Value y) { return mlir::arith::AddFOp::create(b, loc, x, y); }
  mlir::Value add(mlir::Value x, double y) { return add(x, constant(x, y)); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return mlir::arith::SubFOp::create(b, loc, x, y); }
  mlir::Value abs(mlir::Value x) { return mlir::math::AbsFOp::create(b, loc, x); }
  mlir::Value copySign(mlir::Value magnitude, mlir::Value sign) {
    return mlir::math::CopySignOp::create(b, loc, magnitude, sign);
  }
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y) {
    return mlir::arith::SelectOp::create(b, loc, condition, x, y);
  }
  mlir::Value compare(mlir::arith::CmpFPredicate predicate, mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpFOp::create(b, loc, predicate, x, y);
  }
  mlir::Value compare(mlir::arith::CmpFPredicate predicate, mlir::Value x, double y) {
    return compare(predicate, x, constant(x, y));
  }
  /// NaN stays NaN.
  mlir::Value clamp(mlir::Value x, double low, double high);
  mlir::Value horner(mlir::Value x, llvm::ArrayRef<double> coefficients);

  mlir::Type integerType(mlir::Value x);
  mlir::Value integer(mlir::Type type, int64_t value);
  mlir::Value bits(mlir::Value x) { return mlir::arith::BitcastOp::create(b, loc, integerType(x), x); }
  mlir::Value fromBits(mlir::Value bits, mlir::Type type) { return mlir::arith::BitcastOp::create(b, loc, type, bits); }

  mlir::Value roundToInteger(mlir::Value x, mlir::Value &asInteger);
  Reduced reduce(mlir::Value x);
  mlir::Value powerOfTwo(mlir::Value exponent, mlir::Type type);
  mlir::Value scale(mlir::Value x, mlir::Value exponent);
  mlir::Value expm1Polynomial(mlir::Value r);
  mlir::Value splitExponent(mlir::Value x, mlir::Value &mantissa);
  mlir::Value atLogLimits(mlir::Value x, mlir::Value result);
  mlir::Value erfcExponent(mlir::Value magnitude);
  mlir::Value sinCos(mlir::Value x, int64_t quarterTurns);

  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace rheobase::codegen

#endif // RHEOBASE_LIB_CODEGEN_POLYNOMIALS_H
