//===- CodeScalars.h - scalar programs of codes ------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RHEOBASE_DIALECTS_SPK_CODESCALARS_H
#define RHEOBASE_DIALECTS_SPK_CODESCALARS_H

#include "Scalars.h"
#include "dialects/spk/Spk.h"

namespace rheobase::spk {

/// What codes of a magnitude and a sign have in common.
struct CodeScalars : Scalars {
  /// |q| as an i32.
  mlir::Value magnitude(CodeInterface code, mlir::Value q) {
    if (code.isUnsigned())
      return mlir::arith::ExtUIOp::create(b, loc, b.getI32Type(), q);
    return mlir::math::AbsIOp::create(b, loc, wide(q));
  }
  mlir::Value wide(mlir::Value q) { return mlir::arith::ExtSIOp::create(b, loc, b.getI32Type(), q); }
  /// Bit `plane` of x, as an i32.
  mlir::Value bit(mlir::Value x, mlir::Value plane) {
    return andI(mlir::arith::ShRUIOp::create(b, loc, x, plane), i32(1));
  }
  mlir::Value ones(mlir::Value x) { return mlir::math::CtPopOp::create(b, loc, x); }
  /// The spike (i8) of q where `digit` (i32) is that of |q|.
  mlir::Value spike(CodeInterface code, mlir::Value q, mlir::Value digit) {
    if (!code.isUnsigned()) {
      mlir::Value negative = mlir::arith::CmpIOp::create(b, loc, mlir::arith::CmpIPredicate::slt, wide(q), i32(0));
      digit = select(negative, subI(i32(0), digit), digit);
    }
    return mlir::arith::TruncIOp::create(b, loc, b.getI8Type(), digit);
  }
};

/// An error where a code has not 1 to `most` planes.
mlir::LogicalResult verifyPlanes(llvm::function_ref<mlir::InFlightDiagnostic()> emitError, llvm::StringRef kind,
                                 unsigned planes, unsigned least, unsigned most);

} // namespace rheobase::spk

#endif // RHEOBASE_DIALECTS_SPK_CODESCALARS_H
