//===- BinaryCode.cpp - binary expansion of a number -------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/spk/Spk.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace rheobase::spk;

namespace {

/// Emits a constant of a float or integer scalar type.
Value constant(OpBuilder &b, Location loc, Type type, double value) {
  if (auto f = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(f, value));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}

/// |q| of a code as an i32.
Value magnitude(OpBuilder &b, Location loc, BinaryCodeAttr code, Value q) {
  if (code.isUnsigned())
    return arith::ExtUIOp::create(b, loc, b.getI32Type(), q);
  Value wide = arith::ExtSIOp::create(b, loc, b.getI32Type(), q);
  return math::AbsIOp::create(b, loc, wide);
}

} // namespace

Attribute BinaryCodeAttr::parse(AsmParser &parser, Type) {
  unsigned planes = 0;
  StringRef sign, rounding;
  SMLoc at = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseInteger(planes) || parser.parseComma() || parser.parseKeyword(&sign) ||
      parser.parseComma() || parser.parseKeyword(&rounding) || parser.parseGreater())
    return {};
  if ((sign != "signed" && sign != "unsigned") || (rounding != "nearest" && rounding != "truncate")) {
    parser.emitError(at, "expected <planes, signed|unsigned, nearest|truncate>");
    return {};
  }
  return getChecked([&] { return parser.emitError(at); }, parser.getContext(), planes, sign == "signed",
                    rounding == "truncate");
}

void BinaryCodeAttr::print(AsmPrinter &printer) const {
  printer << "<" << getPlanes() << ", " << (getIsSigned() ? "signed" : "unsigned") << ", "
          << (getTruncates() ? "truncate" : "nearest") << ">";
}

LogicalResult BinaryCodeAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned planes, bool isSigned,
                                     bool truncates) {
  unsigned most = isSigned ? 15 : 16;
  if (planes < 1 || planes > most)
    return emitError() << "binary code has " << planes << " planes, 1 to " << most << " expected";
  return success();
}

unsigned BinaryCodeAttr::getPlaneCount() const {
  return getPlanes();
}
unsigned BinaryCodeAttr::getStepCount() const {
  return getPlanes() + (getIsSigned() ? 1 : 0);
}
int64_t BinaryCodeAttr::getMax() const {
  return (int64_t(1) << getPlanes()) - 1;
}
int64_t BinaryCodeAttr::getMin() const {
  return getIsSigned() ? -getMax() : 0;
}
int64_t BinaryCodeAttr::getPlaneWeight(unsigned plane) const {
  return int64_t(1) << plane;
}
bool BinaryCodeAttr::isUnsigned() const {
  return !getIsSigned();
}

IntegerType BinaryCodeAttr::getStorageType() const {
  return IntegerType::get(getContext(), getStepCount() <= 8 ? 8 : 16);
}

Value BinaryCodeAttr::emitEncode(OpBuilder &b, Location loc, Value x, Value inverse, Value zero) const {
  Type f32 = b.getF32Type();
  Value scaled = arith::MulFOp::create(b, loc, x, inverse);
  Value isNan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, scaled, scaled);
  Value number = arith::SelectOp::create(b, loc, isNan, constant(b, loc, f32, 0), scaled);
  if (zero) {
    Value whole = getTruncates() ? math::TruncOp::create(b, loc, number).getResult()
                                 : math::RoundEvenOp::create(b, loc, number).getResult();
    number = arith::AddFOp::create(b, loc, whole, zero);
  }
  Value low = constant(b, loc, f32, getMin()), high = constant(b, loc, f32, getMax());
  // Clamping first keeps the conversion to an integer defined for every input; the bounds are whole, so the order is
  // immaterial.
  number = arith::SelectOp::create(b, loc, arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, number, low), low,
                                   number);
  number = arith::SelectOp::create(b, loc, arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, number, high), high,
                                   number);
  // fptosi cuts toward zero by itself.
  if (!getTruncates() && !zero)
    number = math::RoundEvenOp::create(b, loc, number);
  Value wide = arith::FPToSIOp::create(b, loc, b.getI32Type(), number);
  return arith::TruncIOp::create(b, loc, getStorageType(), wide);
}

Value BinaryCodeAttr::emitClipped(OpBuilder &b, Location loc, Value x, Value inverse, Value zero) const {
  Value scaled = arith::MulFOp::create(b, loc, x, inverse);
  if (zero)
    scaled = arith::AddFOp::create(b, loc, scaled, zero);
  Type f32 = b.getF32Type();
  // Half a step beyond the ends (a whole one where the code cuts) still rounds to the end without loss; NaN compares
  // unordered and counts. 0 * inf (an all-zero row) does not.
  double room = getTruncates() ? 1.0 : 0.5;
  Value high = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UGT, scaled, constant(b, loc, f32, getMax() + room));
  Value low = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ULT, scaled, constant(b, loc, f32, getMin() - room));
  Value beyond = arith::OrIOp::create(b, loc, high, low);
  Value nonZero = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, x, constant(b, loc, f32, 0));
  return arith::AndIOp::create(b, loc, beyond, nonZero);
}

Value BinaryCodeAttr::emitSpike(OpBuilder &b, Location loc, Value q, Value plane) const {
  Value bits = magnitude(b, loc, *this, q);
  Value one = constant(b, loc, b.getI32Type(), 1);
  Value bit = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, bits, plane), one);
  if (!isUnsigned()) {
    Value zero = constant(b, loc, getStorageType(), 0);
    Value negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, q, zero);
    Value minus = arith::SubIOp::create(b, loc, constant(b, loc, b.getI32Type(), 0), bit);
    bit = arith::SelectOp::create(b, loc, negative, minus, bit);
  }
  return arith::TruncIOp::create(b, loc, b.getI8Type(), bit);
}

Value BinaryCodeAttr::emitSpikeCount(OpBuilder &b, Location loc, Value q) const {
  return math::CtPopOp::create(b, loc, magnitude(b, loc, *this, q));
}
