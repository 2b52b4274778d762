//===- Quantizer.cpp - from a number to a code, once for all codes -----------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeScalars.h"

using namespace mlir;
using namespace rheobase::spk;

int64_t CodeInterface::getLargestMagnitude() const {
  return std::max(getMax(), -getMin());
}

IntegerType CodeInterface::getStorageType() const {
  constexpr unsigned narrow = 8, wide = 16;
  int64_t values = int64_t(1) << narrow;
  bool fits = isUnsigned() ? getMax() < values : getMax() < values / 2 && getMin() >= -values / 2;
  return IntegerType::get(getContext(), fits ? narrow : wide);
}

Value CodeInterface::emitEncode(OpBuilder &b, Location loc, Value x, Value inverse, Value zero) const {
  Scalars s{b, loc};
  Value scaled = s.mul(x, inverse);
  Value isNan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, scaled, scaled);
  Value number = s.select(isNan, s.f32(0), scaled);
  if (zero) {
    Value whole = getTruncates() ? math::TruncOp::create(b, loc, number).getResult()
                                 : math::RoundEvenOp::create(b, loc, number).getResult();
    number = s.add(whole, zero);
  }
  Value low = s.f32(static_cast<double>(getMin())), high = s.f32(static_cast<double>(getMax()));
  // Clamping first keeps the conversion to an integer defined for every input; the bounds are whole, so the order is
  // immaterial.
  number = s.select(s.less(number, low), low, number);
  number = s.select(s.greater(number, high), high, number);
  // fptosi cuts toward zero by itself.
  if (!getTruncates() && !zero)
    number = math::RoundEvenOp::create(b, loc, number);
  Value wide = arith::FPToSIOp::create(b, loc, b.getI32Type(), number);
  return arith::TruncIOp::create(b, loc, getStorageType(), wide);
}

Value CodeInterface::emitClipped(OpBuilder &b, Location loc, Value x, Value inverse, Value zero) const {
  Scalars s{b, loc};
  Value scaled = s.mul(x, inverse);
  if (zero)
    scaled = s.add(scaled, zero);
  // Half a step beyond the ends (a whole one where the code cuts) still rounds to the end without loss; NaN compares
  // unordered and counts. 0 * inf (an all-zero row) does not.
  double room = getTruncates() ? 1.0 : 0.5;
  Value most = s.f32(static_cast<double>(getMax()) + room), least = s.f32(static_cast<double>(getMin()) - room);
  Value high = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UGT, scaled, most);
  Value low = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ULT, scaled, least);
  Value nonZero = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, x, s.f32(0));
  return s.andI(s.orI(high, low), nonZero);
}

LogicalResult rheobase::spk::verifyPlanes(function_ref<InFlightDiagnostic()> emitError, StringRef kind, unsigned planes,
                                          unsigned least, unsigned most) {
  if (planes >= least && planes <= most)
    return success();
  return emitError() << kind << " code has " << planes << " planes, " << least << " to " << most << " expected";
}
