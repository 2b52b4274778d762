//===- Scalars.h - writing scalar programs -------------------------*- C++ -*-===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_SPK_SCALARS_H
#define RHEOBASE_DIALECTS_SPK_SCALARS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

namespace rheobase::spk {

/// Scalars with operators, so that the equations below read as in the documentation.
struct Scalars {
  mlir::OpBuilder &b;
  mlir::Location loc;

  mlir::Value f32(double v) {
    return mlir::arith::ConstantOp::create(b, loc, b.getF32FloatAttr(static_cast<float>(v)));
  }
  mlir::Value i32(int64_t v) {
    return mlir::arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(static_cast<int32_t>(v)));
  }
  mlir::Value add(mlir::Value x, mlir::Value y) { return mlir::arith::AddFOp::create(b, loc, x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return mlir::arith::SubFOp::create(b, loc, x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return mlir::arith::MulFOp::create(b, loc, x, y); }
  mlir::Value abs(mlir::Value x) { return mlir::math::AbsFOp::create(b, loc, x); }
  mlir::Value negate(mlir::Value x) { return mlir::arith::NegFOp::create(b, loc, x); }
  mlir::Value greater(mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::OGT, x, y);
  }
  mlir::Value less(mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::OLT, x, y);
  }
  mlir::Value atOrAbove(mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::OGE, x, y);
  }
  mlir::Value select(mlir::Value c, mlir::Value x, mlir::Value y) {
    return mlir::arith::SelectOp::create(b, loc, c, x, y);
  }
  mlir::Value bits(mlir::Value x) { return mlir::arith::BitcastOp::create(b, loc, b.getI32Type(), x); }
  mlir::Value number(mlir::Value x) { return mlir::arith::BitcastOp::create(b, loc, b.getF32Type(), x); }
  mlir::Value addI(mlir::Value x, mlir::Value y) { return mlir::arith::AddIOp::create(b, loc, x, y); }
  mlir::Value subI(mlir::Value x, mlir::Value y) { return mlir::arith::SubIOp::create(b, loc, x, y); }
  mlir::Value andI(mlir::Value x, mlir::Value y) { return mlir::arith::AndIOp::create(b, loc, x, y); }
  mlir::Value orI(mlir::Value x, mlir::Value y) { return mlir::arith::OrIOp::create(b, loc, x, y); }
  mlir::Value xorI(mlir::Value x, mlir::Value y) { return mlir::arith::XOrIOp::create(b, loc, x, y); }
  mlir::Value shl(mlir::Value x, int n) { return mlir::arith::ShLIOp::create(b, loc, x, i32(n)); }
  mlir::Value shr(mlir::Value x, int n) { return mlir::arith::ShRSIOp::create(b, loc, x, i32(n)); }
  /// x where it is greater than `low`, and `low` for NaN.
  mlir::Value atLeast(mlir::Value x, mlir::Value low) { return select(greater(x, low), x, low); }
  mlir::Value atMost(mlir::Value x, mlir::Value high) { return select(less(x, high), x, high); }
  /// x where it is a positive normal number, else 1; and whether it is.
  std::pair<mlir::Value, mlir::Value> positiveNormal(mlir::Value x) {
    mlir::Value ok = mlir::arith::AndIOp::create(
        b, loc, mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::OGE, x, f32(0x1p-126)),
        mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::OLE, x, f32(0x1.fffffep127)));
    return {select(ok, x, f32(1)), ok};
  }
};

} // namespace rheobase::spk

#endif // RHEOBASE_DIALECTS_SPK_SCALARS_H
