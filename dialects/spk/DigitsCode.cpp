//===- DigitsCode.cpp - signed digits ----------------------------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeScalars.h"
#include "dialects/spk/Codes.h"

using namespace mlir;
using namespace rheobase::spk;

namespace {

/// The digits 1 and -1 of |q|, as bits of two i32.
struct Digits {
  Value plus, minus;
};

/// The highest bit of a number of at most 16 bits, alone.
Value highestBit(CodeScalars &s, Value x) {
  for (int shift = 1; shift < int(kMostSteps); shift *= 2)
    x = s.orI(x, s.shr(x, shift));
  return s.subI(x, s.shr(x, 1));
}

Digits digitsOf(CodeScalars &s, DigitsCodeAttr code, Value q) {
  Value magnitude = s.magnitude(code, q);
  Value half = s.shr(magnitude, 1), three = s.addI(magnitude, half), differ = s.xorI(half, three);
  Digits digits{s.andI(three, differ), s.andI(half, differ)};
  if (code.getIsSigned())
    return digits;
  // 2^P - 2^k, with nothing between, is 2^k + .. + 2^(P-1): 2^k less on both sides.
  Value beyond = s.subI(s.i32(0), s.shr(digits.plus, int(code.getPlanes())));
  Value next = s.andI(highestBit(s, digits.minus), beyond);
  return {s.subI(digits.plus, next), s.subI(digits.minus, next)};
}

} // namespace

CodeInterface DigitsCodeAttr::make(MLIRContext *context, const CodeRequest &request) {
  return cast<CodeInterface>(Attribute(get(context, request.steps, !request.isUnsigned, request.truncates)));
}

LogicalResult DigitsCodeAttr::verify(function_ref<InFlightDiagnostic()> emitError, unsigned planes, bool isSigned,
                                     bool) {
  return verifyPlanes(emitError, getMnemonic(), planes, isSigned ? 2 : 1, kMostSteps);
}

unsigned DigitsCodeAttr::getPlaneCount() const {
  return getPlanes();
}
unsigned DigitsCodeAttr::getStepCount() const {
  return getPlanes();
}
int64_t DigitsCodeAttr::getMax() const {
  return (int64_t(1) << (getPlanes() - (getIsSigned() ? 1 : 0))) - 1;
}
int64_t DigitsCodeAttr::getMin() const {
  return getIsSigned() ? -getMax() : 0;
}
int64_t DigitsCodeAttr::getPlaneWeight(unsigned plane) const {
  return int64_t(1) << plane;
}

Value DigitsCodeAttr::emitSpike(OpBuilder &b, Location loc, Value q, Value plane) const {
  CodeScalars s{{b, loc}};
  Digits digits = digitsOf(s, *this, q);
  return s.spike(*this, q, s.subI(s.bit(digits.plus, plane), s.bit(digits.minus, plane)));
}

Value DigitsCodeAttr::emitSpikeCount(OpBuilder &b, Location loc, Value q) const {
  CodeScalars s{{b, loc}};
  Digits digits = digitsOf(s, *this, q);
  return s.ones(s.orI(digits.plus, digits.minus));
}
